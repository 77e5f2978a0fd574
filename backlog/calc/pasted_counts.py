"""How many in what time: a number joined to the period that stands with it."""

import re
from dataclasses import dataclass

from backlog.calc.pasted_found import Reading, number_text
from backlog.calc.pasted_numbers import Number
from backlog.calc.pasted_periods import TIMES, TIMES_VALUES, Period
from backlog.calc.pasted_sentences import around, sentence_at

# Between a number and its period: the words of what is counted, never another number nor a new statement.
BETWEEN = re.compile(r"[^\d.;:!?()\n]{0,70}\Z")
BREAK = re.compile(r"\b(?:and|but|which|that|each|while|because|so|with|from)\b", re.I)
NOT_ITEMS = re.compile(
    r"\s*(?:(?!(?:an?|per|each|every|pro|im|je|in|times|x)\b)\w+\s+)?(?:employees|people|persons|staff"
    r"|customers?|suppliers?|vendors?|clients|users|countries|offices|sites|plants|branches|departments"
    r"|systems|steps|fields|pages|columns|years?|months?|weeks?|days?|hours?|minutes?|seconds?|languages"
    r"|colleagues|ftes?|mitarbeiter|kunden|jahren?|teams"
    r"|percent|points|stores|shops|warehouses|subsidiaries|entities|versions|screens|mailboxes|categories|rules"
    r"|templates|jahre|tage|wochen|monate)\b(?!\s+(?:\w+\s+)?(?:invoices?|tickets?|requests?|complaints?"
    r"|claims?|orders?|forms?|reports?|mails?|e-?mails?|contracts?))",
    re.I,
)
ITEMS = re.compile(
    r"\s*(?:(?!and\b|or\b)[\w'/-]+\s+){0,3}?(?:invoices?|tickets?|reports?|e-?mails?|mails|requests?|orders?"
    r"|claims?|contracts?|applications?|cases|calls"
    r"|letters?|documents?|forms?|bookings?|payments?|resumes|cvs|alerts?|changes|resets|contacts?|complaints"
    r"|returns|deliveries|shipments|quotes|offers|records"
    r"|statements|receipts|files|rows|entries|reviews|checks|transactions|items|pieces|stück|rechnungen"
    r"|anfragen|bestellungen|vorgänge|anträge|belege|aufträge"
    r"|questions|enquiries|inquiries|incidents|minutes\s+of|expense\s+\w+|ndas?|rfps?|timesheets|notes"
    r"|summaries|appointments|referrals|policies|leads)\b",
    re.I,
)
# What stands before a number that is not today's volume.
NOT_TODAY = re.compile(
    r"(?<!\w)(?:not|never|used\s+to|previously|formerly|instead\s+of|rather\s+than|target|goal|compared\s+(?:to"
    r"|with)|up\s+from|down\s+from|was|were|by\s+20\d\d"
    r"|would|could|should|capacity\s+(?:of|for)|limit|maximum|save[sd]?|saving|no\s+longer|statt"
    r"|früher)(?!\w)[^,;:.()]{0,40}$",
    re.I,
)
PART = re.compile(
    r"(?:\bof\s+(?:which|these|those|them),?\s+(?:about\s+)?|\b(?:only|including|incl\.?|except|at\s+most"
    r"|up\s+to|peaks?\s+(?:of|at)|as\s+many\s+as|davon)\s+(?:about\s+)?)$",
    re.I,
)
PART_AFTER = re.compile(
    r"\s*(?:of\s+(?:them|these|those|which)\b|are\s+(?:wrong|rejected|returned|disputed)|errors?\b|mistakes\b"
    r"|go\s+wrong|exceptions\b|in\s+december|at\s+peak)",
    re.I,
)
GET = re.compile(
    r"\b(?:get|gets|receive[sd]?|process\w*|handle[sd]?|check\w*|do|does|have|had|review\w*|answer\w*|enter\w*"
    r"|about|around|roughly|approximately|some|volume\w*|anzahl|ca\.?|etwa|rund|number\s+of\s+\w+"
    r"|count)\s*(?:[:=]|is|are|of)?\s*(?:about|around|roughly|ca\.?|some)?\s*$",
    re.I,
)
EACH_PERSON = re.compile(
    r"\b(?:each\s+of\s+(?:us|them|the\s+\w+)|each\s+(?:person|clerk|agent|colleague|one\s+of\s+us)|everybody|everyone"
    r"|(?:an?|one|every)\s+(?:agent|clerk|person|colleague|nurse|accountant|analyst|recruiter)\s+(?=\w)"
    r"|each\s+(?=(?:handle|process|do|check|get|answer|review|sort|type|enter|write|read"
    r"|take\s+care)))\b[^.;]{0,25}$",
    re.I,
)
PER_PERSON = re.compile(
    r"\s*(?:\w+\s+){0,3}?(?:per|each|a|pro|/)\s*(?:person|head|clerk|agent|colleague|fte|mitarbeiter|kopf)\b"
    r"|[^.;,\d]{0,40}\beach\b(?=\s*[.,;)]|\s*$|\s+and\b)",
    re.I,
)
N_TIMES = re.compile(r"\s*(?:times|x|×|mal)(?!\w)", re.I)


@dataclass(frozen=True)
class Count:
    """How many, with its period where one stands with it; the number is used up."""

    reading: Reading
    period: Period | None
    number: Number | None
    other: float | None = None
    is_each_person: bool = False


def counts(
    text: str,
    amounts: list[Number],
    found: list[Period],
    parts: list[tuple[int, int]],
    hidden: list[tuple[int, int]],
) -> list[Count]:
    """Every reading; `hidden` are the spans of times and people, `found` the periods that no duration has used."""
    free = [n for n in amounts if not n.is_weak or _is_every(text, n)]
    free = [n for n in free if not any(n.start < end and start < n.end for start, end in hidden)]
    made = [_of_number(text, number, found, sentence_at(parts, number.start)) for number in free]
    return [count for count in made if count] + _times(text, found, parts)


def _is_every(text: str, number: Number) -> bool:
    """ "one invoice a day" counts, "each one" does not."""
    return not re.search(
        r"\b(?:each|every|the|this|that|no|any)\s+$", text[max(0, number.start - 8) : number.start], re.I
    )


def _of_number(text: str, number: Number, found: list[Period], sentence: tuple[int, int]) -> Count | None:
    before, after = around(text, number.start, number.end, sentence)
    times = N_TIMES.match(after)
    if NOT_ITEMS.match(after) and not times:
        return None
    period, closeness = _period_of(text, number, found, sentence)
    weight = closeness + (1.0 if GET.search(before) else 0.0) + (1.0 if ITEMS.match(after) else 0.0)
    weight -= 6.0 if NOT_TODAY.search(before) else 0.0
    weight -= 2.5 if PART.search(before) or PART_AFTER.match(after) else 0.0
    if period is None and not ITEMS.match(after) and not GET.search(before):
        return None
    weight -= 1.5 if number.is_weak else 0.0
    if period and period.is_past and closeness < 4:
        weight -= 0.2
    end = period.end if period and period.start >= number.end else number.end
    start = (
        min(number.start, period.start)
        if period and closeness >= 2.5 and number.start - period.end < 60
        else number.start
    )
    return _with_period(text, number, period, Reading("", start, end, weight))


def _with_period(text: str, number: Number, period: Period | None, reading: Reading) -> Count:
    factor = period.factor if period else 1.0
    reading.value = number_text(number.value * factor)
    reading.note = "; ".join(filter(None, [number.note, period.words if period else ""]))
    tail = text[number.end : number.end + 60]
    each = bool(PER_PERSON.match(tail) or EACH_PERSON.search(text[max(0, number.start - 50) : number.start]))
    other = None if number.other is None else number.other * factor
    return Count(reading, period, number, other, each)


def _period_of(
    text: str, number: Number, found: list[Period], sentence: tuple[int, int]
) -> tuple[Period | None, float]:
    """The period that stands with a number, and how closely: right behind it, in its sentence, or none."""
    for period in found:
        gap = text[number.end : period.start]
        if number.end <= period.start < sentence[1] and BETWEEN.match(gap):
            if not BREAK.search(gap) or re.match(
                r"\s*(?:\w+\s+){0,4}(?:and|from)\s+(?:\w+\s+){0,3}\Z", gap, re.I
            ):
                return period, 5.0 - len(gap) / 40
    here = [p for p in found if sentence[0] <= p.start < sentence[1]]
    ahead = [p for p in here if p.end <= number.start]
    if ahead:
        return ahead[-1], 3.0 - (number.start - ahead[-1].end) / 100
    return (here[0], 1.5) if here else (None, 0.5)


def _times(text: str, found: list[Period], parts: list[tuple[int, int]]) -> list[Count]:
    """ "twice a day" is 2 a day."""
    made = []
    for match in TIMES.finditer(text):
        period = next((p for p in found if 0 <= p.start - match.end() <= 2), None)
        if period:
            value = TIMES_VALUES.get(re.sub(r"\s+", " ", match.group().lower()), 1.0)
            reading = Reading(
                number_text(value * period.factor), match.start(), period.end, 4.0, period.words
            )
            made.append(Count(reading, period, None))
    return made
