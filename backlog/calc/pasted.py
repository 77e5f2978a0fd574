"""Reads a pasted paragraph, e-mail or spreadsheet row into proposals for the fields of a candidate.

By rules alone: same text, same proposals. A proposal is never more than that: it says the words it came from, and
where a second reading is possible, that one too.
"""

from dataclasses import replace

from backlog.calc import (
    pasted_counts,
    pasted_durations,
    pasted_mail,
    pasted_people,
    pasted_rows,
    pasted_words,
)
from backlog.calc.pasted_counts import Count
from backlog.calc.pasted_durations import Duration
from backlog.calc.pasted_found import FIELDS, Pasted, Proposal, Reading, best, number_text, proposed
from backlog.calc.pasted_numbers import Number, numbers
from backlog.calc.pasted_periods import Period, periods
from backlog.calc.pasted_sentences import sentence_at, sentences
from backlog.calc.ranges import PER_YEAR

LONGEST = 10_000
# A blank that is none, and the signs that a mail program puts in, each for one of its own.
BLANKS = str.maketrans(
    {
        "\u00a0": " ",
        "\u202f": " ",
        "\u2007": " ",
        "\u2009": " ",
        "\u2011": "-",
        "\u200b": " ",
        "\ufeff": " ",
        "\x00": " ",
    }
)
HOURS_A_DAY = {"day": 8.0, "week": 40.0, "month": 160.0, "year": 1600.0}
DAYS = {"day": 1.0, "week": 5.0}
Readings = dict[str, list[Reading]]


def read(text: str) -> Pasted:
    """Proposals in the order of the form; every `words` stands in `text` as it is."""
    notes = [f"Only the first {LONGEST:,} characters were read."] if len(text) > LONGEST else []
    text = text[:LONGEST]
    plain = text.translate(BLANKS)
    row = pasted_rows.row_of(plain.strip("\r\n")) if plain.strip() else None
    if row is not None:
        offset = len(plain) - len(plain.lstrip("\r\n"))
        found = pasted_rows.readings_of(row)
        notes += _row_notes(row)
        return Pasted(_proposals(text, found, offset), tuple(notes))
    body = pasted_mail.body_of(plain)
    notes += ["Read as an e-mail: its headers were left out."] if body.is_mail else []
    notes += ["Quoted text was left out."] if body.is_quote_dropped else []
    notes += ["The signature was left out."] if body.is_signature_dropped else []
    return Pasted(_proposals(text, _prose(body, plain)), tuple(notes))


def _row_notes(row: pasted_rows.Row) -> list[str]:
    more = (
        [f"{row.following} more row{'s' * (row.following > 1)} not read: one candidate at a time here."]
        if row.following
        else []
    )
    return [
        "Read as a row of a spreadsheet" + (" with its headings." if row.heads else " without headings."),
        *more,
    ]


def _proposals(text: str, found: Readings, offset: int = 0) -> tuple[Proposal, ...]:
    made = []
    for name in FIELDS:
        chosen = best(found.get(name, ()))
        if chosen is not None:
            first, rest = (_moved(chosen[0], offset), [_moved(one, offset) for one in chosen[1]])
            if name == "sureness":
                rest = []
            if name in ("title", "description", "who_does_it", "systems"):
                rest = rest[:1]
            made.append(proposed(name, text, first, [one for one in rest if one.weight > -2]))
    return tuple(made)


def _moved(one: Reading, offset: int) -> Reading:
    return replace(one, start=one.start + offset, end=one.end + offset) if offset else one


def _prose(body: pasted_mail.Body, whole: str) -> Readings:
    text = body.text
    parts, amounts, often = sentences(text), numbers(text), periods(text)
    lasting = pasted_durations.durations(text, amounts, parts)
    crew = pasted_people.people(text, amounts, parts)
    totals = [pair for one in lasting if (pair := _total_of(text, one, often, parts))]
    hidden = [(d.start, d.end) for d in lasting] + [(r.start, r.end) for r in crew.readings if r.weight > 0]
    counted = pasted_counts.counts(text, amounts, often, parts, hidden)
    found: Readings = {"people": crew.readings, "share": pasted_people.shares(text)}
    if crew.is_fte and not found["share"]:
        first = max(crew.readings, key=lambda r: r.weight)
        found["share"] = [Reading("all", first.start, first.end, 1.0, "full-time equivalents")]
    _put_counts(found, counted, crew, text, often)
    _put_minutes(found, lasting, totals, crew)
    _put_words(found, body, whole, crew)
    found["title"] += _items(text, counted)
    return found


def _items(text: str, counted: list[Count]) -> list[Reading]:
    """What is counted, as a title where the sentences name none."""
    found = []
    for count in counted:
        match = pasted_counts.ITEMS.match(text, count.number.end) if count.number else None
        if match and match.group().strip():
            start = match.start() + len(match.group()) - len(match.group().lstrip())
            words = text[start : match.end()]
            found.append(Reading(words[0].upper() + words[1:], start, match.end(), 0.2))
    return found


def _total_of(
    text: str, one: Duration, often: list[Period], parts: list[tuple[int, int]]
) -> tuple[Duration, Period] | None:
    """A time that is not for one item but for a period: "20 hours a week", "every week we spend 6 hours"."""
    if one.is_each or one.weight <= 0:
        return None
    close = next(
        (
            p
            for p in often
            if 0 <= p.start - one.end <= 3
            or (0 <= p.start - one.end <= 40 and one.is_spent and "," not in text[one.end : p.start])
        ),
        None,
    )
    if close is not None:
        return one, close
    start, end = sentence_at(parts, one.start)
    if one.is_spent and one.minutes >= 60:
        here = [p for p in often if start <= p.start < end]
        return (one, here[0]) if here else None
    return None


def _put_counts(
    found: Readings, counted: list[Count], crew: pasted_people.People, text: str, often: list[Period]
) -> None:
    found["count"], found["period"] = [], []
    heads = best(crew.readings)
    for count in counted:
        reading = count.reading
        if count.is_each_person and heads and count.number and float(heads[0].value) > 1:
            each, reading = reading, _for_all(reading, heads[0])
            found["count"].append(replace(each, weight=each.weight - 1))
        found["count"].append(reading)
        if count.other is not None:
            found["count"].append(replace(reading, value=number_text(count.other), weight=reading.weight - 3))
    if not any(one.weight > 0 for one in found["count"]):
        found["count"] += _by_rhythm(text, often)
    _put_period(found, counted, often)


def _for_all(reading: Reading, heads: Reading) -> Reading:
    value = float(reading.value) * float(heads.value)
    note = "; ".join(filter(None, [reading.note, f"{reading.value} each, times {heads.value} people"]))
    return replace(reading, value=number_text(value), note=note)


def _by_rhythm(text: str, often: list[Period]) -> list[Reading]:
    """ "the report is written weekly": one a week, where nothing else is counted."""
    regular = [
        p
        for p in often
        if not p.is_past
        and text[p.start : p.end]
        .lower()
        .startswith(
            (
                "each",
                "every",
                "dail",
                "week",
                "month",
                "quart",
                "year",
                "annual",
                "jed",
                "tägl",
                "wöch",
                "monatl",
            )
        )
    ]
    return [
        Reading(number_text(p.factor), p.start, p.end, 0.5, "said as a rhythm: once each time")
        for p in regular[:1]
    ]


def _put_period(found: Readings, counted: list[Count], often: list[Period]) -> None:
    """The period of the number that was chosen; periods of other numbers are not offered on their own."""
    chosen = best(found["count"])
    if chosen is None:
        return
    first = chosen[0]
    for count in counted:
        if count.period and (count.reading.start, count.reading.end) == (first.start, first.end):
            found["period"] = [
                Reading(count.period.name, count.period.start, count.period.end, 1.0, count.period.words)
            ]
            return
    for period in often:
        if (period.start, period.end) == (first.start, first.end):
            found["period"] = [Reading(period.name, period.start, period.end, 1.0, period.words)]


def _put_minutes(
    found: Readings,
    lasting: list[Duration],
    totals: list[tuple[Duration, Period]],
    crew: pasted_people.People,
) -> None:
    spent = [one for one, _ in totals]
    found["minutes"] = [
        Reading(number_text(d.minutes), d.start, d.end, d.weight, d.note) for d in lasting if d not in spent
    ]
    found["minutes"] += [
        Reading(number_text(d.other), d.start, d.end, d.weight - 2)
        for d in lasting
        if d.other and d not in spent
    ]
    for one, period in totals:
        _put_total(found, one, period, crew)
    found["minutes"] = [one for one in found["minutes"] if one.value != "0"]


def _put_total(found: Readings, one: Duration, period: Period, crew: pasted_people.People) -> None:
    """Hours a week become minutes each where it is said how many, else people and their share of time."""
    heads, count, often = best(crew.readings), best(found["count"]), best(found["period"])
    end = max(one.end, period.end) if period.start >= one.end and period.start - one.end <= 40 else one.end
    hours = one.minutes / 60 * (PER_YEAR[period.name] * period.factor)
    if count and often and not _by_person(heads, period):
        items = float(count[0].value) * PER_YEAR[often[0].value]
        value = number_text(hours * 60 / items)
        note = f"{one.minutes / 60:,.4g} hours a {period.name} over all of them"
        found["minutes"].append(Reading(value, one.start, end, 1.5, note))
        return
    people = float(heads[0].value) if heads else 1.0
    if period.name in DAYS and people:
        share = one.minutes / 60 * period.factor / HOURS_A_DAY[period.name]
        if 0 < share <= 1:
            found["share"].append(
                pasted_people.nearest(share, one.start, end, f"{one.minutes / 60:,.4g} hours a {period.name}")
            )


def _by_person(heads: tuple[Reading, list[Reading]] | None, period: Period) -> bool:
    """Hours a day of people who were counted say how much of their time; hours a month say what all of it takes."""
    return heads is not None and period.name == "day" and period.factor == 1


def _put_words(found: Readings, body: pasted_mail.Body, whole: str, crew: pasted_people.People) -> None:
    text = body.text
    found["title"] = pasted_words.title(text, body.subject, whole)
    found["who_does_it"] = pasted_words.who(text, crew.kind)
    found["sureness"] = pasted_words.sureness(text)
    found["systems"] = [one for one in [pasted_words.systems(text)] if one]
    found["description"] = [one for one in [pasted_words.description(text)] if one]


__all__ = ["FIELDS", "Number", "Pasted", "Proposal", "read"]
