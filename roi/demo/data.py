"""Who works at the simulated company, and what became of its twenty-five candidates. Facts, no behaviour."""

from dataclasses import dataclass

COMPANY = "Northwind Works (simulated)"
SEED = 20_251
RATE_JOB = "all jobs (simulated)"

# Department of the file -> business unit.
UNITS = {
    "Finance": "Finance",
    "IT": "IT",
    "IT/FinOps": "IT",
    "Legal": "Legal",
    "Support": "Customer support",
    "Service": "Customer support",
    "Sales": "Sales",
    "Sales ops": "Sales",
    "HR": "Human resources",
    "HR/IT": "Human resources",
    "Procurement": "Procurement",
    "All": "Workplace",
    "Supply chain": "Supply chain",
    "Marketing": "Marketing",
    "Engineering": "Engineering",
    "Operations": "Operations",
    "Exec office": "Executive office",
}
COMPANY_RATE = 44
UNIT_RATES = {
    "Finance": 36,
    "IT": 52,
    "Customer support": 32,
    "Legal": 95,
    "Engineering": 85,
    "Marketing": 40,
}


@dataclass(frozen=True)
class Person:
    """Somebody made up; `owns` are the units in which an owner answers."""

    key: str
    email: str
    name: str
    title: str
    role: str
    home: str
    owns: tuple[str, ...] = ()


PEOPLE = (
    Person("it", "it@demo.payback", "Ines Thorne", "IT administrator", "it_admin", "IT"),
    Person("lead", "lead@demo.payback", "Lena Adler", "Chairs the ROI review", "lead", "Executive office"),
    Person("lead2", "lead2@demo.payback", "Luis Ortega", "Stands in for the lead", "lead", "Operations"),
    Person("finance", "finance@demo.payback", "Farid Nasser", "Controller", "finance", "Finance"),
    Person("finance2", "finance2@demo.payback", "Freya Lind", "Business partner", "finance", "Finance"),
    Person("assessor", "assessor@demo.payback", "Anton Berg", "Solution architect", "assessor", "IT"),
    Person("evaluator", "evaluator@demo.payback", "Eva Morel", "Quality engineer", "evaluator", "IT"),
    Person("auditor", "auditor@demo.payback", "Amara Okoye", "Internal audit", "auditor", "Finance"),
    Person("executive", "executive@demo.payback", "Edith Wolf", "Board member", "executive", "Executive office"),
    Person("owner", "owner@demo.payback", "Olga Reyes", "Head of accounting", "owner", "Finance", ("Finance",)),
    Person("owner_it", "service.desk@demo.payback", "Igor Hansen", "Head of IT service", "owner", "IT",
           ("IT", "Engineering")),
    Person("owner_support", "support@demo.payback", "Sofia Brandt", "Head of support", "owner",
           "Customer support", ("Customer support",)),
    Person("owner_sales", "sales@demo.payback", "Samir Patel", "Sales operations", "owner", "Sales",
           ("Sales", "Marketing", "Legal")),
    Person("owner_ops", "operations@demo.payback", "Otto Lindqvist", "Plant operations", "owner", "Operations",
           ("Operations", "Supply chain", "Procurement")),
    Person("owner_people", "people@demo.payback", "Hana Suzuki", "People and workplace", "owner",
           "Human resources", ("Human resources", "Workplace", "Executive office")),
)  # fmt: skip

# How far each candidate came: (days since filing, end state). Live ones were filed before the year of calls.
HISTORIES = {
    "C01": (442, "live"),
    "C02": (448, "live"),
    "C03": (61, "in_review"),
    "C04": (75, "in_review"),
    "C05": (436, "live"),
    "C06": (33, "sizing"),
    "C07": (430, "live"),
    "C08": (170, "building"),
    "C09": (260, "rejected"),
    "C10": (54, "in_review"),
    "C11": (88, "in_review"),
    "C12": (40, "sizing"),
    "C13": (439, "live"),
    "C14": (27, "sizing"),
    "C15": (120, "approved"),
    "C16": (9, "received"),
    "C17": (210, "deferred"),
    "C18": (190, "measuring"),
    "C19": (48, "in_review"),
    "C20": (433, "live"),
    "C21": (21, "sizing"),
    "C22": (66, "in_review"),
    "C23": (16, "sizing"),
    "C24": (12, "sizing"),
    "C25": (5, "received"),
}
COST_UNKNOWN = ("C14", "C16", "C25")
# Who does the work today, in full-time people: two candidates of one team cannot free the same post.
TEAMS = {
    "C01": ("Accounts payable clerks", 9),
    "C24": ("Accounts payable clerks", 9),
    "C05": ("Support agents", 26),
    "C06": ("Support agents", 26),
}
# C24 is nearly C01 again; what the chatbot (C06) answers, the reply assistant (C05) does not: a fifth of its tickets.
RELATIONS = {"C24": ("C01", "excludes", None), "C06": ("C05", "overlaps", 0.2)}
# Months to first and to full use, assumed by the size of the build (in thousands): the file says nothing of them.
START_SMALL, START_LARGE, RAMP = (1, 2, 4), (2, 3, 6), (2, 3, 5)
LARGE_BUILD = 80
# Days of each role for a thousand of build cost, assumed.
EFFORT = {"engineering": 0.75, "data": 0.25, "integration": 0.2, "business": 0.15, "security": 0.05}
REASONS = {
    "approve": "The range is wide and the likely case is worth it: people keep the last word; measured from day one.",
    "defer": "The planning system is being replaced: the history it needs moves next year.",
    "measure": "Nobody knows how long a claim takes today, and everything hangs on it.",
    "reject": "High risk under the EU AI Act, and the cash does not cover the oversight it would need.",
}
MEASURE = "Minutes per claim, timed for two weeks by three handlers"


@dataclass(frozen=True)
class Live:
    """One live workload: how much it does, which models it calls, and what happens to it within the year.

    `ratio` is realised against forecast at full use; `tokens` are the middle input and output of a call;
    `places` are the sites whose items it finishes, where they are told.
    """

    key: str
    noun: str
    calls: int
    ratio: float
    accepted: float
    handling: float
    self_reported: bool
    tokens: tuple[int, int]
    models: tuple[tuple[str, str], ...]
    go_live_days: int = 362
    switch_days: int = 0
    cached_days: int = 0
    drift_days: int = 0
    hours: tuple[int, int] = (7, 18)
    weekend: float = 0.12
    spent: int = 0
    budget: float = 2.2
    places: tuple[str, ...] = ()


MINI, BIG = ("openai", "gpt-4o-mini"), ("openai", "gpt-4o")
LIVES = (
    Live("C01", "invoice", 25_000, 0.86, 0.95, 1.1, False, (4200, 320), (BIG, ("openai", "gpt-4.1-mini")),
         go_live_days=310, switch_days=140, spent=118_400),
    Live("C02", "ticket", 17_000, 0.97, 0.93, 0.4, False, (1100, 60), (MINI,), hours=(6, 20), weekend=0.3,
         spent=33_900),
    Live("C05", "reply", 30_000, 0.71, 0.88, 2.0, True, (2600, 380), (("anthropic", "claude-sonnet-4-0"),),
         drift_days=10, hours=(6, 22), weekend=0.45, spent=101_300, budget=0.92),
    Live("C07", "expense report", 9_500, 0.58, 0.9, 3.0, False, (3100, 240),
         (("anthropic", "claude-3-5-haiku-latest"),), spent=57_200, places=("Leeds", "Porto")),
    Live("C13", "alert", 13_000, 1.08, 0.96, 0.1, True, (900, 90), (("openai", "gpt-4.1-nano"),),
         hours=(0, 24), weekend=0.9, spent=71_800),
    Live("C20", "text", 5_500, 1.12, 0.91, 4.0, False, (1800, 1500), (BIG,), cached_days=95, spent=36_100),
)  # fmt: skip
