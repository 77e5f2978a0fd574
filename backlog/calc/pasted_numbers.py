"""Numbers in a text as people write them: 1,200 and 1.200 and 1 200, 2k, twelve, a dozen, 5 to 10.

What only looks like an amount is left out: dates, years, times, money, percentages, names such as Office 365, numbers
of rooms, tickets and telephones.
"""

import re
from dataclasses import dataclass, replace

ONES = "one two three four five six seven eight nine".split()
TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
SMALL = {word: n for n, word in enumerate(ONES + TEENS, start=1)}
SMALL |= {word: 10 * n for n, word in enumerate(TENS, start=2)}
GERMAN = "zwei drei vier fünf sechs sieben acht neun zehn elf zwölf".split()
SMALL |= {word: n for n, word in enumerate(GERMAN, start=2)}
TIMES = {
    "k": 1e3, "hundred": 1e2, "thousand": 1e3, "million": 1e6, "mio": 1e6, "dozen": 12, "tausend": 1e3, "dutzend": 12,
}  # fmt: skip

# Nobody describes a piece of work with more.
MOST = 200

_SMALL = rf"(?:(?:{'|'.join(TENS)})(?:[- ](?:{'|'.join(ONES)})\b)?|{'|'.join(TEENS + ONES + GERMAN)})\b"
_BIG = r"(?:hundred|thousand|dozen|million)\b"
_SPELT = (
    rf"\b(?:half\s+a\s+dozen\b|(?:(?:an?|{_SMALL})\s+)(?:couple\s+of\b|{_BIG}(?:\s+(?:and\s+)?{_SMALL})?)"
    rf"|(?:a\s+)?couple\s+of\b|{_SMALL})(?:\s+and\s+a\s+half\b)?"
)
_DIGITS = (
    r"(?:\d{1,3}(?P<mark>[ .,'’])\d{3}(?:(?P=mark)\d{3}){0,3}(?:[.,]\d{1,2})?(?!\d)|\d{1,15}(?:[.,]\d{1,6})?)"
)
_UNIT_AFTER = r"(?:min|mins|minute|minutes|h|hr|hrs|hour|hours|s|sec|secs|x|fte|ftes)"
FIGURE = re.compile(
    rf"(?<![\w.,/#\-–€$£])(?<!\d:)(?P<digits>{_DIGITS})(?![\d:/]\d)"
    rf"(?:\s?(?P<times>k|thousand|hundred|million|mio|dozen|tausend|dutzend)\b)?(?={_UNIT_AFTER}\b|[^\w]|$)",
    re.I,
)
SPELT = re.compile(_SPELT, re.I)
BETWEEN = re.compile(r"\s*(?:-|–|—|\.\.\.?|…|to|bis|or|oder)\s*", re.I)
AND = re.compile(r"\s*(?:and|und)\s*", re.I)
OPENS = re.compile(r"\b(?:between|zwischen)\s*$", re.I)
SECOND = re.compile(rf"(?P<digits>{_DIGITS})(?:\s?(?P<times>k|thousand|tausend)\b)?(?![\w:/])|{_SPELT}", re.I)

_MONTHS = (
    r"(?:jan(?:uary|uar)?|feb(?:ruary|ruar)?|mar(?:ch)?|märz|apr(?:il)?|may|mai|june?|juni|july?|juli|aug(?:ust)?"
    r"|sept?(?:ember)?|o[ck]t(?:ober)?|nov(?:ember)?|de[cz](?:ember)?)\.?"
)
_MONEY_NUMBER = r"\d(?:[\d.,' ]{0,14}\d)?\s?(?:k|m|mio|million|thousand)?"
NOT_AMOUNTS = re.compile(
    "|".join(
        [
            r"\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b",
            r"\b\d{4}-\d{2}-\d{2}\b",
            rf"\b\d{{1,2}}(?:st|nd|rd|th|\.)?\s+(?:of\s+)?{_MONTHS}\b(?:\s+\d{{4}}\b)?",
            rf"\b{_MONTHS}\s+\d{{1,2}}(?:st|nd|rd|th)?\b(?:,?\s+\d{{4}}\b)?(?!\s*%)",
            rf"\b{_MONTHS}\s+(?:19|20)\d\d\b",
            r"\b(?:in|since|until|till|during|by|of|from|to|year|fy|jahr|seit|im|ab|q[1-4])\s*(?:19[5-9]"
            r"|20[0-4])\d\b(?!\s?k\b)",
            rf"[€$£]\s?{_MONEY_NUMBER}",
            rf"\b(?:eur|usd|gbp|chf)\s?{_MONEY_NUMBER}\b",
            rf"(?<![\d.,]){_MONEY_NUMBER}\s?(?:€|\$|£|k€|(?:eur|usd|gbp|chf|euros?|dollars?|pounds?|teur|cents?)\b)",
            r"\b\d{1,2}:\d{2}(?::\d{2})?\b",
            r"\b\d{1,2}(?:[.:]\d{2})?\s?(?:am\b|pm\b|a\.m\.|p\.m\.|o'clock|uhr\b)",
            r"\b\d+\s?/\s?\d+\b",
            r"(?:\+|\b00?)\d[\d ()/-]{6,24}\d\b",
            r"\b(?:office|dynamics|microsoft|windows|excel|outlook|word|sharepoint|m|o|d)[ -]?(?:365|20[012]\d"
            r"|1[01])\b",
            r"\bs/4\s?hana\b|\bas/?400\b|\br/3\b|\bsap\s+[a-z]{2}\d\d\b",
            r"\b(?:iso|din|ifrs|ias|form|room|building|floor|version|release|page|ext\.?|extension|line|step"
            r"|level|tier|phase"
            r"|chapter|section|priority|prio|article|art\.|no\.|nr\.|number|plant|site|ticket|case|id|po"
            r"|order)\s?[#:]?\s?-?\d[\d.]*\b",
            r"(?m:^\s*\d{1,2}[.)]\s)",
            r"\b\w*[a-z_]-?\d+\b|#\s?\d+|\b\d+(?:st|nd|rd|th)\b",
        ]
    ),
    re.I,
)
PERCENT = re.compile(r"(?<![\w.,])(\d{1,3}(?:[.,]\d{1,2})?)\s?(?:%|per ?cent\b|prozent\b)", re.I)


@dataclass(frozen=True)
class Number:
    """A number at text[start:end]; a range has its ends and the middle as value. `other` is a second reading."""

    value: float
    start: int
    end: int
    low: float | None = None
    high: float | None = None
    other: float | None = None
    is_weak: bool = False

    @property
    def note(self) -> str:
        if self.low is None or self.high is None:
            return ""
        return f"{self.low:,g} to {self.high:,g}: the middle"


def figure(digits: str) -> tuple[float, float | None]:
    """The value of written digits, and a second reading where a dot or comma could be either.

    1.200,50 and 1,200.50 are 1200.5; 1.200 and 1,200 are 1200 (1.200 perhaps 1.2); 4,5 and 4.5 are 4.5.
    """
    text = digits.replace("’", "'").replace(" ", "").replace("'", "")
    marks = [c for c in text if c in ".,"]
    if not marks:
        return float(text), None
    if len(set(marks)) == 2:
        return float(text.replace(marks[0], "").replace(marks[-1], ".")), None
    head, _, tail = text.partition(marks[0])
    if len(marks) > 1:
        return float(text.replace(marks[0], "")), None
    plain = float(f"{head}.{tail}")
    if len(tail) == 3 and 1 <= len(head) <= 3 and head[0] != "0":
        return float(head + tail), plain if marks[0] == "." else None
    return plain, None


def spelt(words: str) -> float:
    """ "twelve" -> 12, "two hundred and fifty" -> 250, "a couple of" -> 2, "half a dozen" -> 6."""
    text = re.sub(r"[\s-]+", " ", words.lower()).strip()
    half, text = (0.5, text[: -len(" and a half")]) if text.endswith(" and a half") else (0.0, text)
    if text == "half a dozen":
        return 6.0
    total = 0.0
    for word in text.split():
        if word in SMALL:
            total += SMALL[word]
        elif word in TIMES:
            total = (total or 1.0) * TIMES[word]
        elif word == "couple":
            total = 2.0
    return total + half


def numbers(text: str, taken: list[tuple[int, int]] | None = None) -> list[Number]:
    """All amounts in reading order, ranges as one; what lies in a span of `taken` is left out."""
    hidden = [*(taken or ()), *(m.span() for m in NOT_AMOUNTS.finditer(text))]
    hidden += [m.span() for m in PERCENT.finditer(text)]
    found: list[Number] = []
    for one in sorted(_singles(text), key=lambda n: (n.start, -n.end)):
        if found and one.start < found[-1].end:
            continue
        if len(found) == MOST:
            break
        if not any(one.start < end and start < one.end for start, end in hidden):
            found.append(_with_range(text, one))
    return found


def _singles(text: str) -> list[Number]:
    made = [_made(m) for m in FIGURE.finditer(text)]
    return made + [_made(m) for m in SPELT.finditer(text)]


def _made(match: re.Match[str]) -> Number:
    start, end = match.span()
    groups = match.groupdict()
    if not groups.get("digits"):
        words = match.group().lower()
        return Number(spelt(words), start, end, is_weak=words == "one")
    value, other = figure(groups["digits"])
    times = TIMES[groups["times"].lower()] if groups.get("times") else 1.0
    return Number(value * times, start, end, other=None if other is None else other * times)


def _with_range(text: str, first: Number) -> Number:
    gap = BETWEEN.match(text, first.end)
    if gap is None and OPENS.search(text[max(0, first.start - 12) : first.start]):
        gap = AND.match(text, first.end)
    match = SECOND.match(text, gap.end()) if gap and gap.end() > first.end else None
    if match is None or match.end() <= match.start():
        return first
    second = _made(match)
    low = _scaled_low(first.value, second.value, match.groupdict().get("times"))
    if not low < second.value:
        return first
    return replace(
        first,
        value=(low + second.value) / 2,
        end=second.end,
        low=low,
        high=second.value,
        other=None,
        is_weak=False,
    )


def _scaled_low(low: float, high: float, times: str | None) -> float:
    """ "2-3k" is 2000 to 3000."""
    scale = TIMES[times.lower()] if times else 1.0
    return low * scale if scale > 1 and low * scale < high else low
