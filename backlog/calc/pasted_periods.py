"""How often: a day, per week, monthly, p.a., each quarter, in 2025; turned into the periods that the form knows."""

import re
from dataclasses import dataclass

# By unit as written: period of the form, items of that period for one of the unit's, and what was done in words.
UNITS: dict[str, tuple[str, float, str]] = {
    "hour": ("day", 8.0, "an hour, taken 8 times a day"),
    "day": ("day", 1.0, ""),
    "week": ("week", 1.0, ""),
    "fortnight": ("week", 1 / 2, "a fortnight, halved for a week"),
    "month": ("month", 1.0, ""),
    "two months": ("month", 1 / 2, "every two months, halved for a month"),
    "quarter": ("month", 1 / 3, "a quarter, a third of it for a month"),
    "half-year": ("year", 2.0, "a half-year, doubled for a year"),
    "year": ("year", 1.0, ""),
}
_NOUNS = {
    "hour": r"hours?|hr|stunde",
    "day": r"days?|nights?|mornings?|shifts?|workdays?|tag|arbeitstag|d",
    "week": r"weeks?|wk|woche|mondays?|tuesdays?|wednesdays?|thursdays?|fridays?",
    "fortnight": r"fortnights?|(?:two|2|other|second)\s+weeks?|zwei\s+wochen",
    "two months": r"(?:two|2|other|second)\s+months?",
    "month": r"months?(?:[- ]end)?|mo|mth|monat",
    "quarter": r"quarters?|qtr|(?:three|3)\s+months|quartal",
    "half-year": r"half[- ]years?|six\s+months|6\s+months|halbjahr",
    "year": r"years?|yr|annum|jahr",
}
_ADVERBS = {
    "hour": r"hourly|stündlich",
    "day": r"daily|nightly|täglich",
    "week": r"weekly|wöchentlich",
    "fortnight": r"fortnightly|bi-?weekly",
    "month": r"monthly|monatlich",
    "quarter": r"quarterly|vierteljährlich",
    "year": r"yearly|annually|annual|jährlich|p\.\s?a\.?(?!\w)|pa",
}
_ADJECTIVE = (
    r"(?:(?:average|normal|typical|usual|good|quiet|busy|single|working|business|work|calendar|full"
    r"|financial|fiscal)\s+)?"
)
_OPENERS = r"(?:an?|per|each|every|in\s+an?|any|one|pro|je|im|am|jede[nsrm]?|the|this|a\s+whole)"
_PAST = r"(?:last|past|previous|this|letztes|letzten|letzte)"
PERIOD = re.compile(
    r"(?<!\w)(?:"
    + "|".join(
        [
            *(
                rf"(?:(?:{_OPENERS})\s+{_ADJECTIVE}"
                rf"|/\s?)(?P<{unit.replace(' ', '_').replace('-', '_')}>{nouns})\b(?!')"
                for unit, nouns in _NOUNS.items()
            ),
            *(rf"(?P<{unit}_ly>{words})(?!\w)" for unit, words in _ADVERBS.items()),
            rf"{_PAST}\s+(?P<past>day|week|month|quarter|year|jahr|monat|woche)\b",
            r"(?:in|during|for|im jahr|fy|calendar)\s*(?P<in_year>(?:19[5-9]|20[0-4])\d)\b",
        ]
    )
    + r")",
    re.I,
)
# "the weekly meeting", "our monthly report": the word belongs to something else.
BELONGS_ELSEWHERE = re.compile(
    r"\s+(?:meeting|call|sync|stand-?up|review|newsletter|close|closing|steering|round|deadline|target)", re.I
)
_PAST_UNITS = {"jahr": "year", "monat": "month", "woche": "week"}
TIMES = re.compile(r"\b(?:once|one\s+time|twice|thrice)\b", re.I)
TIMES_VALUES = {"once": 1.0, "twice": 2.0, "thrice": 3.0}


@dataclass(frozen=True)
class Period:
    """A period at text[start:end]; an amount of it times `factor` is an amount of the form's period `name`."""

    name: str
    factor: float
    words: str
    start: int
    end: int
    is_past: bool = False

    @property
    def note(self) -> str:
        return self.words


def periods(text: str) -> list[Period]:
    """All periods in reading order."""
    found = []
    for match in PERIOD.finditer(text):
        if not BELONGS_ELSEWHERE.match(text, match.end()):
            found.append(_made(match))
    return found


def _made(match: re.Match[str]) -> Period:
    group = match.lastgroup or ""
    is_past = group in ("past", "in_year")
    unit = {"past": lambda: match.group("past").lower(), "in_year": lambda: "year"}.get(
        group, lambda: group
    )()
    unit = (
        _PAST_UNITS.get(unit, unit).removesuffix("_ly").replace("two_months", "two months").replace("_", "-")
    )
    name, factor, words = UNITS[unit]
    return Period(name, factor, words, match.start(), match.end(), is_past)
