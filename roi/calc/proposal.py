"""The verdict that the review starts from, each with the one sentence that names its rule.

For a candidate: measure first where an answer could change the decision and costs less than it is worth; approve where
the middle of the futures clears finance's hurdle and at least half of them gain; reject where next to none gains;
else defer. For a workload: the rule on what lies ahead (roi.calc.recommendation), where there is enough to say it; else
what the last months gave against the forecast, else what brought it to the agenda. What was agreed and broken is fixed,
or ended where the rule says so, and never scaled. Cash and hours are looked at each on its own and never added.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from roi.calc.findings import Finding

Money = Callable[[float], str]
# Outside these the decision would hardly flip, whatever one input turns out to be.
UNSURE = (0.1, 0.9)
ENOUGH = 0.5
HOPELESS = 0.2
FEWEST_MONTHS = 3
STEP = 100


@dataclass(frozen=True)
class Proposal:
    """A verdict of Decision and the sentence that says why."""

    verdict: str
    why: str


@dataclass(frozen=True)
class Figures:
    """Of a candidate's assessment: money of the company; `prob` is P(NPV > 0); None where nothing is known."""

    npv_p50: float | None
    npv_mean: float | None
    prob: float | None
    hurdle: float = 0.0
    hours_p50: float | None = None
    findings: Sequence[Finding] = ()
    measured: frozenset[str] = frozenset()
    measured_before: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Running:
    """Of a workload over its last whole months, newest first: hours set free, the forecast's (P10, P50, P90), net cash.

    `cash` is what signed claims gave less all costs of running, a month; `reason` is the agenda's; `ahead` is what the
    rule on the outlook says, with its why.
    """

    reason: str
    hours: Sequence[float] = ()
    forecast: tuple[float, float, float] | None = None
    cash: Sequence[float] = ()
    retired: bool = False
    ahead: Proposal | None = None


def propose(figures: Figures, money: Money) -> Proposal:
    """The rule for a candidate."""
    if figures.npv_p50 is None or figures.prob is None:
        return _unknown(figures)
    if (best := to_measure(figures)) is not None:
        cost = _cost_words(best.cost, money)
        worth = f"is worth up to {money(best.worth)}; it could change the answer"
        return Proposal("measure", f"Measuring {best.noun} costs {cost} and {worth}.")
    return _by_value(figures, money)


def _cost_words(cost: float | None, money: Money) -> str:
    """To the hundred: to the unit it would give the hourly rate away."""
    if cost is None or cost < STEP / 2:
        return "next to nothing"
    return f"about {money(round(cost / STEP) * STEP)}"


def to_measure(figures: Figures) -> Finding | None:
    """The input most worth measuring first; None where nothing is, or where the answer would hardly change."""
    prob = figures.prob
    if prob is None or not UNSURE[0] < prob < UNSURE[1]:
        return None
    known = figures.measured | figures.measured_before
    useful = [f for f in figures.findings if f.pays and f.worth >= 1 and f.quantity not in known]
    return max(useful, key=lambda f: f.worth if f.net is None else f.net, default=None)


def _unknown(figures: Figures) -> Proposal:
    if figures.hours_p50 is None:
        return Proposal("defer", "No score yet: it needs how many there are and the minutes each one takes.")
    return Proposal("defer", "No figure in cash yet: the hourly rate or the build cost is not known.")


def _by_value(figures: Figures, money: Money) -> Proposal:
    assert figures.npv_p50 is not None and figures.prob is not None
    gains = f"gains in {figures.prob * 100:.0f} % of the futures"
    if figures.npv_p50 >= figures.hurdle and figures.prob >= ENOUGH:
        return Proposal(
            "approve", f"Clears the hurdle of {money(figures.hurdle)} in the middle case and {gains}."
        )
    if figures.prob < HOPELESS and (figures.npv_mean or 0.0) <= 0:
        return Proposal("reject", f"It {gains}, fewer than {HOPELESS * 100:.0f} %, and loses on average.")
    if figures.prob < ENOUGH:
        words = f"It {gains}, fewer than half, and no measurement pays: come back with a smaller cost or better facts."
        return Proposal("defer", words)
    return Proposal(
        "defer", f"It {gains}, but its middle case stays under the hurdle of {money(figures.hurdle)}."
    )


OF_REASON = {
    "tripwire": ("fix", "A tripwire fired: what was agreed at approval no longer holds."),
    "incident": ("fix", "An incident waits for an answer of the business."),
    "budget": ("fix", "Its budget runs out before the period does."),
    "expires": ("keep", "Its approval ends and nothing speaks against it."),
}


def propose_running(figures: Running, money: Money) -> Proposal:
    """The rule for a workload: by its months where there are enough, else by what brought it here."""
    verdict, words = OF_REASON.get(
        figures.reason, ("keep", "Too few whole months to judge it by: it stays as it is.")
    )
    if figures.ahead is not None:
        return _by_outlook(figures.ahead, verdict, words)
    if len(figures.hours) < FEWEST_MONTHS:
        return Proposal(verdict, words)
    if _gives_nothing(figures):
        lost = money(-sum(figures.cash[:FEWEST_MONTHS]) / FEWEST_MONTHS)
        return Proposal(
            "retire", f"In its last three months it set no hours free and cost {lost} a month net."
        )
    if verdict == "fix":
        return Proposal(verdict, words)
    return _against_forecast(figures) or Proposal(verdict, words)


def _by_outlook(ahead: Proposal, verdict: str, words: str) -> Proposal:
    if verdict != "fix":
        return ahead
    return Proposal("retire" if ahead.verdict == "retire" else "fix", f"{words} {ahead.why}")


def _gives_nothing(figures: Running) -> bool:
    last = slice(0, FEWEST_MONTHS)
    return max(figures.hours[last]) <= 0 and max(figures.cash[last], default=0.0) < 0


def _against_forecast(figures: Running) -> Proposal | None:
    if figures.forecast is None:
        return None
    low, middle, _ = figures.forecast
    hours = figures.hours[0]
    told = f"Its last whole month set {hours:,.0f} hours free"
    if hours < low:
        return Proposal("fix", f"{told}, under the {low:,.0f} at the low end of its forecast.")
    costs_less = min(figures.cash[:FEWEST_MONTHS], default=0.0) >= 0
    if hours >= middle and costs_less:
        return Proposal(
            "scale",
            f"{told}, at or above the {middle:,.0f} of its forecast, and it cost no more than it gave.",
        )
    if hours >= middle:
        words = (
            f"{told}, at or above the {middle:,.0f} of its forecast, but it cost more than it gave in cash."
        )
        return Proposal("keep", words)
    return Proposal("keep", f"{told}, inside its forecast and under its middle of {middle:,.0f}.")
