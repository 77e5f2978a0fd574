"""Who does it: how many people, and how much of their time."""

import re
from dataclasses import dataclass

from backlog.calc.pasted_found import Reading, number_text
from backlog.calc.pasted_numbers import PERCENT, Number, figure
from backlog.calc.pasted_sentences import around, sentence_at

_WORK = (
    r"people|persons?|colleagues?|clerks?|agents?|staff|ftes?|full[- ]time(?:\s+equivalents?)?|accountants?"
    r"|analysts?|nurses?|engineers?"
    r"|lawyers?|paralegals?|assistants?|secretar(?:y|ies)|members|buyers?|planners?|administrators?|admins?"
    r"|technicians?|specialists?"
    r"|bookkeepers?|controllers?|recruiters?|underwriters?|adjusters?|dispatchers?|operators?|reviewers?"
    r"|testers?|employees?|workers?"
    r"|mitarbeiter(?:innen)?|leute|personen|kolleg(?:en|innen)|sachbearbeiter(?:innen)?|heads|temps|interns"
    r"|part-timers"
)
AFTER = re.compile(
    rf"\s*(?P<fte>ftes?\b|full[- ]time\s+equivalents?\b|vollzeitstellen\b|vzä\b)|(?:\s+|-)of\s+(?:us|them"
    rf"|our\s+\w+)\b"
    rf"|[\s-](?!minutes?|hours?)(?P<kind>(?:(?!of\b|a\b|the\b|and\b|per\b|from\b|for\b|to\b|in\b"
    rf"|each\b)[\w/&-]+\s+){{0,3}}?(?:{_WORK}))(?!\w)",
    re.I,
)
BEFORE = re.compile(
    r"\b(?:team\s+of|headcount\s*(?:of|:)?|ftes?\s*[:=]|people\s*[:=]|staff\s*[:=]|group\s+of|we\s+are"
    r"|there\s+are|mitarbeiter\s*:)\s*(?:about\s+|some\s+)?$",
    re.I,
)
STRONG = re.compile(r"[\s-](?:person|people|man|strong|head)[\s-](?:team|group|desk|department)?", re.I)
# People who are served, not who do the work.
SERVED = re.compile(
    r"\b(?:for|serv\w+|across|from|company\s+of|support\w*|requests?\s+(?:of|from)|with|among|to|by\s+our"
    r"|more\s+than|reach\w*|onboard\w*|hire\w*"
    r"|new|of)\s+(?:our\s+|about\s+|some\s+|all\s+|the\s+|over\s+)*$",
    re.I,
)
DOES = re.compile(
    r"\b(?:team\s+of|group\s+of|done\s+by|handled\s+by|processed\s+by|by|takes?|occup\w+|keeps?"
    r"|two\s+of)\s+(?:our\s+|about\s+|the\s+)*$",
    re.I,
)
ALONE = re.compile(
    r"\bI\s+(?:do|handle|process|check|answer|write|spend|prepare|review)\b[^.;]{0,40}?\b(?:myself|alone"
    r"|on\s+my\s+own)\b|\bI\s+spend\b"
)
AND_I = re.compile(r"\b(?:my|a|one)\s+colleague\s+and\s+(?:I|me|myself)\b", re.I)
ONE = re.compile(
    r"\b(?:a\s+single\s+person|one\s+(?:person|of\s+us|colleague|clerk|agent)|only\s+one\s+person)\b", re.I
)
A_TEAM = 500

_TIME = (
    r"(?:of\s+)?(?:my|our|their|his|her|the|your|its|his\s+or\s+her|der|ihrer|unserer)\s+(?:working\s+"
    r"|work\s+)?(?:time|day|days|week|zeit|arbeitszeit)"
)
SHARES: list[tuple[re.Pattern[str], str]] = [
    (re.compile(words, re.I), value)
    for words, value in [
        (rf"\b(?:three[- ]quarters|3/4|most|the\s+better\s+part)\s+{_TIME}\b", "three_quarters"),
        (
            rf"\b(?:about\s+)?(?:half|1/2|die\s+hälfte)\s+{_TIME}\b|\bhalf[- ]time\b|\bhalf\s+a\s+post\b"
            rf"|\bhalbtags\b|\bhalf\s+days\b",
            "half",
        ),
        (rf"\b(?:a|one)\s+(?:quarter|fourth)\s+{_TIME}\b|\b1/4\s+{_TIME}\b", "quarter"),
        (r"\b(?:an|one|1)\s+hour\s+(?:a|per|every|each)\s+day\b|\b(?:an|one)\s+hour\s+daily\b", "hour_a_day"),
        (
            rf"\b(?:all|100\s?%)\s+{_TIME}\b|\bfull[- ]time\b(?!\s+equivalent)|\ball\s+day(?:\s+long)?\b"
            rf"|\bnothing\s+else\b|\bganztags\b",
            "all",
        ),
    ]
]
OF_TIME = re.compile(
    rf"\s*{_TIME}\b|\s*of\s+(?:working\s+)?time\b|\s+(?:each\s+)?of\s+(?:an?\s+)?(?:fte|post|job|position)\b"
    rf"|\s*(?:fte|workload|capacity|der\s+(?:arbeits)?zeit)\b",
    re.I,
)
VALUES = {"all": 1.0, "three_quarters": 0.75, "half": 0.5, "quarter": 0.25, "hour_a_day": 0.125}
WORDS = {
    "all": "all of it", "three_quarters": "three quarters", "half": "half", "quarter": "a quarter",
    "hour_a_day": "an hour a day",
}  # fmt: skip


@dataclass(frozen=True)
class People:
    """Readings of how many people, the numbers that they used up, and the words of their kind."""

    readings: list[Reading]
    used: list[Number]
    kind: tuple[int, int] | None
    is_fte: bool


def people(text: str, amounts: list[Number], parts: list[tuple[int, int]]) -> People:
    readings: list[Reading] = []
    used: list[Number] = []
    kind: tuple[int, int] | None = None
    heaviest, is_fte = 0.0, False
    for number in amounts:
        made = _of_number(text, number, sentence_at(parts, number.start))
        if made is None:
            continue
        reading, words, fte = made
        used.append(number)
        readings.append(reading)
        if reading.weight > heaviest:
            heaviest, kind, is_fte = reading.weight, words, fte
    readings += [
        Reading(value, *m.span(), 0.8)
        for pattern, value in ((AND_I, "2"), (ONE, "1"), (ALONE, "1"))
        for m in pattern.finditer(text)
    ]
    return People(readings, used, kind, is_fte)


def _of_number(
    text: str, number: Number, sentence: tuple[int, int]
) -> tuple[Reading, tuple[int, int] | None, bool] | None:
    before, _ = around(text, number.start, number.end, sentence)
    match = AFTER.match(text, number.end)
    headed, strong = BEFORE.search(before), STRONG.match(text, number.end)
    if match is None and strong is None and not (headed and "team" in headed.group().lower()):
        if not (headed and re.search(r"[:=]\s*$", headed.group())):
            return None
    end = (match or strong).end() if (match or strong) else number.end  # type: ignore[union-attr]
    weight = 2.0 + (1.0 if headed or strong or DOES.search(before) else 0.0)
    if not headed and SERVED.search(before) and not DOES.search(before):
        weight -= 4.0
    weight -= 3.0 if number.value > A_TEAM else 0.0
    kind = match.span("kind") if match and match.group("kind") else None
    value = number_text(number.value, 1)
    if value == "0":
        return None
    return Reading(value, number.start, end, weight, number.note), kind, bool(match and match.group("fte"))


def shares(text: str) -> list[Reading]:
    """Readings of how much of their time, nearest to the form's choices."""
    found = []
    for pattern, value in SHARES:
        found += [Reading(value, *match.span(), 2.0) for match in pattern.finditer(text)]
    for match in PERCENT.finditer(text):
        if (after := OF_TIME.match(text, match.end())) is not None:
            found.append(nearest(figure(match.group(1))[0] / 100, match.start(), after.end(), match.group()))
    return found


def nearest(share: float, start: int, end: int, words: str) -> Reading:
    """The form's choice that is nearest to a share of time."""
    value = min(VALUES, key=lambda name: abs(VALUES[name] - share))
    exact = abs(VALUES[value] - share) < 0.005
    return Reading(value, start, end, 2.0, "" if exact else f"{words}: nearest is {WORDS[value]}")
