"""How long one takes, in minutes: 12 min, half an hour, 1 h 30, 5 to 10 minutes; waiting and wishes are not effort."""

import re
from dataclasses import dataclass, replace

from backlog.calc.pasted_numbers import Number
from backlog.calc.pasted_sentences import around, sentence_at

_UNITS = (
    r"(?P<second>seconds?|secs?|sekunden?|sek|s)|(?P<minute>minutes?|mins?|minuten?|')"
    r"|(?P<hour>hours?|hrs?|stunden?|std|h)|(?P<day>(?:man|person|working|work)[- ]days?|days?\s+of\s+work"
    r"|personentage?)"
)
UNIT = re.compile(rf"\s*-?\s*(?:{_UNITS})(?-i:\.(?=\s*[a-z,)/]))?(?!\w)", re.I)
# A day of work has 8 hours.
MINUTES = {"second": 1 / 60, "minute": 1.0, "hour": 60.0, "day": 480.0}
PHRASES: list[tuple[re.Pattern[str], float]] = [
    (re.compile(words + r"(?!\w)", re.I), minutes)
    for words, minutes in [
        (r"\ban\s+hour\s+and\s+a\s+half", 90.0),
        (r"\bthree[- ]quarters\s+of\s+an\s+hour", 45.0),
        (r"\b(?:an?\s+)?quarter\s+of\s+an\s+hour|\beine\s+viertelstunde|\bviertelstunde", 15.0),
        (
            r"\bhalf\s+an?\s+hour|\ba\s+half\s+hour|\ban?\s+half-hour|\beine\s+halbe\s+stunde|\bhalbe\s+stunde",
            30.0,
        ),
        (r"\bhalf\s+a\s+day|\beinen\s+halben\s+tag", 240.0),
        (r"\b(?:one|an|eine)\s+(?:hour|stunde)|\b1h(?=\d\d)", 60.0),
        (r"\b(?:one|a)\s+minute", 1.0),
    ]
]
# "6:30 minutes" and "1:30 h".
CLOCKED = re.compile(
    r"(?<![\d:.,])(\d{1,2}):(\d\d)\s*(?:(?P<minute>min(?:ute)?s?|minuten)|(?P<hour>h|hrs?|hours?|std|stunden))(?!\w)",
    re.I,
)
# "30 calls an hour" is how many, not how long.
RATE = re.compile(r"\d\S*\s+(?:\w+\s+)?$")
COMPOUND = re.compile(r"(?:\s*,?\s*(?:and\s+)?)(\d{1,2})(?:\s*(?:minutes?|mins?|m|'))?(?![\w.,]\w|\w)", re.I)
AGAIN = re.compile(
    r",?\s*(?:but|now|rather|today|it\s+is\s+now|more\s+like|closer\s+to)\s+(?:(?:it\s+is|it's|about|around"
    r"|more\s+like|roughly|only|rather)\s+){0,2}",
    re.I,
)
# What stands before a duration that is not the effort of today. Nothing of it reaches over a comma.
NOT_EFFORT = re.compile(
    r"(?<!\w)(?:not|never|no\s+longer|used\s+to|previously|formerly|instead\s+of|rather\s+than|within|sla"
    r"|deadline|due"
    r"|wait\w*|responses?(?:\s+time)?|turnaround|lead\s+time|target|goal|should|could|would|will|save[sd]?"
    r"|saving|reduc\w+"
    r"|down\s+to|cut\s+\w*\s*to|to\s+only|ago|last|past|next|after|in\s+under|until|every|all|older\s+than"
    r"|sits?|queue\w*|lies?"
    r"|innerhalb|nach|warte\w*|open\s+for|delay\w*|cycle\s+time|elapsed|instead)(?!\w)[^,;:.()]{0,32}$",
    re.I,
)
NOT_EFFORT_AFTER = re.compile(
    r"\s*(?:later|ago|sla|deadlines?|window|delay|waiting|wait|break|notice|response|turnaround|meetings?"
    r"|calls?\s|long\s+meeting"
    r"|in\s+the\s+queue|before|until|till|late|overdue|old)\b",
    re.I,
)
# What was said before such a word is of something else.
TURN = re.compile(r"\b(?:but|now|today|however|whereas|while|currently|aber|heute|jetzt)\b", re.I)
FROM_TO = re.compile(r"\bfrom\s+[^,;.]{1,30}\s+to\s+$", re.I)
EACH_AFTER = re.compile(
    r"\s*(?:\([^)]{0,20}\)\s*)?(?:of\s+\w+\s+)?(?:each|apiece|a\s+piece|(?:per|for\s+each|for\s+every|for\s+one"
    r"|for\s+a|an?|je|pro|/)\s*"
    r"(?!(?:working\s+|business\s+)?(?:day|week|month|quarter|year|hour|annum|tag|woche|monat|jahr)\b)\w+)",
    re.I,
)
EACH_BEFORE = re.compile(
    r"\b(?:(?:each|every|per|pro|je|jede\w?)\s+(?!day|week|month|year|quarter)[\w-]+[^;.]{0,40}|each\s*[:=]?\s*"
    r"|apiece\s*:?\s*)$",
    re.I,
)
TAKES = re.compile(
    r"\b(?:takes?|took|taking|needs?|requires?|lasts?|average|handling\s+time|aht|dauert|braucht"
    r"|benötigt)\b[^,;.]{0,35}$",
    re.I,
)
SPEND = re.compile(
    r"\b(?:spend\w*|spent|costs?\s+us|goes\s+into|go\s+into|adds?\s+up|total\w*|altogether|in\s+all"
    r"|lose)\b[^,;.]{0,35}$",
    re.I,
)


@dataclass(frozen=True)
class Duration:
    """Minutes at text[start:end] with the weight of what surrounds it as the effort for one item."""

    minutes: float
    start: int
    end: int
    weight: float
    note: str = ""
    is_each: bool = False
    is_spent: bool = False
    since: int = 0
    other: float | None = None


def durations(text: str, amounts: list[Number], parts: list[tuple[int, int]]) -> list[Duration]:
    """All durations in reading order; `parts` are the sentences."""
    found = [made for made in map(lambda n: _of_number(text, n), amounts) if made]
    found += [d for d in _phrases(text) if not any(d.start < f.end and f.start < d.end for f in found)]
    found = _merged(text, sorted(found, key=lambda d: d.start), amounts)
    return [_weighed(text, one, sentence_at(parts, one.start)) for one in found]


# "from 20 to 5 minutes": what it takes today has no unit of its own.
TO_LESS = re.compile(r"\s+to\s+(?:about\s+|only\s+|around\s+)?\d+(?:[.,]\d+)?", re.I)


def _unit_of(text: str, number: Number) -> re.Match[str] | None:
    match = UNIT.match(text, number.end)
    to_less = TO_LESS.match(text, number.end) if match is None and number.low is None else None
    return UNIT.match(text, to_less.end()) if to_less else match


def _of_number(text: str, number: Number) -> Duration | None:
    match = _unit_of(text, number)
    if match is None:
        return None
    unit = match.lastgroup or "minute"
    times, end = MINUTES[unit], match.end()
    minutes, note = number.value * times, number.note
    other = None if number.other is None else number.other * times
    if (
        unit == "hour"
        and (rest := COMPOUND.match(text, end))
        and int(rest.group(1)) < 60
        and number.low is None
    ):
        if not re.match(r"\s*(?:hours?|h\b|%)", text[rest.end() :], re.I) and _is_minutes(rest):
            minutes, end = minutes + int(rest.group(1)), rest.end()
    if unit != "minute" and not note:
        note = f"{text[number.start : end]} in minutes"
    elif note and unit != "minute":
        note += f", {unit}s in minutes"
    return Duration(minutes, number.start, end, 1.0, note, other=other)


def _is_minutes(rest: re.Match[str]) -> bool:
    """ "1 hour 30" and "1h30" go on; "2 hours, 40 invoices" does not."""
    said = re.search(r"\d\s*(?:m|')", rest.group(), re.I) or rest.group()[0].isdigit()
    alone = re.match(r"\s*(?:each\b|apiece\b|per\b|[.;)]|$)", rest.string[rest.end() :], re.I)
    return bool(said or (alone and re.fullmatch(r" \d\d", rest.group())))


def _phrases(text: str) -> list[Duration]:
    found = [_clocked(match) for match in CLOCKED.finditer(text)]
    for pattern, minutes in PHRASES:
        for match in pattern.finditer(text):
            if minutes in (1.0, 60.0) and RATE.search(text[max(0, match.start() - 40) : match.start()]):
                continue
            if not any(match.start() < f.end and f.start < match.end() for f in found):
                note = "" if minutes == 1 else f"{match.group()} in minutes"
                found.append(Duration(minutes, match.start(), match.end(), 1.0, note))
    return found


def _clocked(match: re.Match[str]) -> Duration:
    big, small = int(match.group(1)), int(match.group(2))
    minutes = big + small / 60 if match.group("minute") else big * 60.0 + small
    return Duration(minutes, match.start(), match.end(), 1.0, f"{match.group()} in minutes")


def _merged(text: str, found: list[Duration], amounts: list[Number]) -> list[Duration]:
    """ "30 minutes to 1 hour" is one range; "not 10 minutes but 20" has a second duration without its unit."""
    made: list[Duration] = []
    for one in found:
        last = made[-1] if made else None
        gap = text[last.end : one.start] if last else ""
        if last and last.minutes < one.minutes and re.fullmatch(r"\s*(?:-|–|to|bis|or)\s*", gap, re.I):
            if not re.search(r"\bfrom\s+$", text[max(0, last.start - 8) : last.start], re.I):
                note = f"{last.minutes:g} to {one.minutes:g} minutes: the middle"
                made[-1] = replace(last, minutes=(last.minutes + one.minutes) / 2, end=one.end, note=note)
                continue
        made.append(one)
        made += _again(text, one, amounts)
    return made


def _again(text: str, one: Duration, amounts: list[Number]) -> list[Duration]:
    gap = AGAIN.match(text, one.end)
    if gap is None:
        return []
    number = next((n for n in amounts if n.start == gap.end()), None)
    if number is None or not re.match(r"\s*(?:[.,;!)]|$|on average)", text[number.end :]):
        return []
    unit = UNIT.search(text[one.start : one.end])
    times = MINUTES[(unit.lastgroup or "minute") if unit else "minute"]
    return [Duration(number.value * times, number.start, number.end, 1.5, number.note, since=gap.end())]


def _weighed(text: str, one: Duration, sentence: tuple[int, int]) -> Duration:
    before, after = around(text, one.start, one.end, (max(sentence[0], one.since), sentence[1]))
    before = TURN.split(before)[-1]
    is_each = bool(EACH_AFTER.match(after) or EACH_BEFORE.search(before))
    weight = one.weight + (2.0 if is_each else 0.0)
    weight += 1.0 if TAKES.search(before) else 0.0
    if NOT_EFFORT.search(before) or NOT_EFFORT_AFTER.match(after) or FROM_TO.search(before):
        weight -= 6.0
    return replace(one, weight=weight, is_each=is_each, is_spent=bool(SPEND.search(before)))
