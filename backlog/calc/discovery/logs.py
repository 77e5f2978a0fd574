"""A whole ticket export: from rows to ranked groups, and a summary of what was read, left out and why."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from backlog.calc.discovery import cases as tickets
from backlog.calc.discovery import dates, groups, window
from backlog.calc.discovery.cases import Case
from backlog.calc.discovery.events import Event, RowReader
from backlog.calc.discovery.fields import DATES
from backlog.calc.discovery.groups import Frame, Group
from backlog.calc.discovery.reading import Source, Unreadable
from backlog.calc.discovery.window import Window

# More rows than this share unreadable: the columns are wrong rather than some rows.
MOST_LEFT_OUT = 0.05
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Read:
    """What was found. `summary` is plain JSON."""

    groups: list[Group]
    summary: dict[str, Any]


@dataclass(frozen=True)
class Options:
    """What a person says of a file: order of day and month, states that end a ticket, days that it covers."""

    day_first: bool | None = None
    done: tuple[str, ...] | None = None
    covers_days: float | None = None


def read_log(
    source: Source, mapping: Mapping[str, str], options: Options, progress: Progress = lambda percent: None
) -> Read:
    """Groups of the tickets in `source`. Unreadable says why nothing can be read, with row and column."""
    _require_columns(source, mapping)
    rows = _rows(source, progress)
    order = dates.order_of(_dated(rows, source.head, mapping))
    reader = RowReader(source.head, mapping, _day_first(order, options))
    events = list(reader.events(rows))
    rows.clear()
    _require_readable(reader)
    progress(60)
    found, done = _cases(events, options)
    kept, frame, left_out = _windowed(found, events, options)
    progress(70)
    made = groups.by_category(kept, frame)
    progress(75)
    made += groups.by_text(kept, frame) if "text" in mapping else []
    progress(95)
    summary = _told(source, reader, order, events, found, kept, left_out, frame, done, mapping)
    if not made:
        raise Unreadable("No closed ticket is left to group: see which states end a ticket, and the dates.")
    return Read(made, summary)


def _require_columns(source: Source, mapping: Mapping[str, str]) -> None:
    if not mapping.get("case"):
        raise Unreadable("Say which column holds the ticket number.")
    lost = sorted(set(mapping.values()) - set(source.head))
    if lost:
        raise Unreadable(f"The file has no column «{lost[0]}».")


def _rows(source: Source, progress: Progress) -> list[tuple[int, list[Any]]]:
    rows = []
    for count, row in enumerate(source.rows):
        rows.append(row)
        if count % 5000 == 0:
            progress(int(50 * source.share))
    if not rows:
        raise Unreadable("The file has no rows under its header.")
    return rows


def _dated(rows: Sequence[tuple[int, list[Any]]], head: Sequence[str], mapping: Mapping[str, str]) -> Any:
    places = [(head.index(mapping[name]), mapping[name]) for name in DATES if mapping.get(name)]
    for number, row in rows:
        for place, column in places:
            if place < len(row):
                yield number, column, row[place]


def _day_first(order: dates.Order, options: Options) -> bool | None:
    """The order that the whole file shows; a choice that it contradicts is refused with the cell that shows it."""
    if options.day_first is None:
        if order.is_ambiguous:
            words = f"«{order.example}» may be read in two ways, and no other date tells: choose the order."
            raise Unreadable(words)
        return order.decided
    if proof := order.against(options.day_first):
        row, column, cell = proof
        right = "month, day, year" if options.day_first else "day, month, year"
        raise Unreadable(f"Row {row:,}, column «{column}»: «{cell}» can only be {right}. Choose that order.")
    return options.day_first


def _require_readable(reader: RowReader) -> None:
    if reader.left_out > MOST_LEFT_OUT * reader.rows:
        first = reader.examples[0]
        share = 100 * reader.left_out / reader.rows
        raise Unreadable(
            f"{reader.left_out:,} of {reader.rows:,} rows ({share:.0f} %) cannot be read, more than 5 %. "
            f"Row {first['row']:,}, column «{first['column']}»: {first['problem']}."
        )


def _cases(events: Sequence[Event], options: Options) -> tuple[list[Case], list[str]]:
    rows = tickets.by_case(events)
    done = list(options.done) if options.done is not None else _done(rows)
    made = [tickets.build(mine, frozenset(done)) for mine in rows.values()]
    if not any(case.category for case in made):
        made = [replace(case, category=tickets.steps(rows[case.number])) for case in made]
    return made, done


def _done(rows: Mapping[str, Sequence[Event]]) -> list[str]:
    states = {event.state for mine in rows.values() for event in mine if event.state}
    return tickets.done_states((mine[-1].state for mine in rows.values()), states)


def _windowed(
    found: Sequence[Case], events: Sequence[Event], options: Options
) -> tuple[list[Case], Frame, Counter[str]]:
    """The tickets that count, and how many do not by reason."""
    seen = [event.at.date() for event in events if event.at]
    ends: tuple[date | None, date | None] = (min(seen), max(seen)) if seen else (None, None)
    inside, left_out = _possible(found, any(case.opened for case in found))
    made = window.find(inside, *ends)
    if made is None:
        return inside, Frame(None, options.covers_days), left_out
    kept = [case for case in inside if case.opened and made.holds(case.opened.date())]
    left_out["opened before the log begins"] = sum(
        1 for c in inside if c.opened and c.opened.date() < made.start
    )
    left_out["opened in the last days, whose tickets are not all in it"] = sum(
        1 for case in inside if case.opened and case.opened.date() > made.end
    )
    return kept, Frame(made), +left_out


def _possible(found: Sequence[Case], is_dated: bool) -> tuple[list[Case], Counter[str]]:
    kept, left_out = [], Counter[str]()
    for case in found:
        if is_dated and case.opened is None:
            left_out["without a date of opening"] += 1
        elif (case.waiting_hours or 0) < 0:
            left_out["resolved before it was opened"] += 1
        else:
            kept.append(case)
    return kept, left_out


def _told(
    source: Source, reader: RowReader, order: dates.Order, events: Sequence[Event], found: Sequence[Case],
    kept: Sequence[Case], left_out: Counter[str], frame: Frame, done: list[str], mapping: Mapping[str, str],
) -> dict[str, Any]:  # fmt: skip
    return {
        "rows": reader.rows,
        "events": len(events),
        "cases": len(found),
        "used": sum(1 for case in kept if not case.is_open),
        "open": sum(1 for case in kept if case.is_open),
        "left_out": [[reason, count] for reason, count in left_out.most_common()],
        "unreadable": [[column, reason, count] for (column, reason), count in reader.reasons.most_common()],
        "unreadable_rows": reader.left_out,
        "examples": reader.examples,
        "done": done,
        "closed_known": bool(done) or any(case.resolved for case in found),
        "touches_known": len(events) > len(found) or "updates" in mapping,
        "reassignments_known": bool({"reassignments", "group"} & set(mapping)),
        "by_steps": "category" not in mapping,
        "day_first": reader.day_first,
        "notes": source.notes + _notes(frame, events, found, mapping),
        **_window_told(frame.window),
    }


def _window_told(found: Window | None) -> dict[str, Any]:
    if found is None:
        return {"window": None, "months": []}
    return {
        "window": [found.start.isoformat(), found.end.isoformat()],
        "opened": [found.first_opened.isoformat(), found.last_opened.isoformat()],
        "months": [month.isoformat() for month in found.months],
        "begins_cut": found.begins_cut,
        "ends_cut": found.ends_cut,
    }


def _notes(
    frame: Frame, events: Sequence[Event], found: Sequence[Case], mapping: Mapping[str, str]
) -> list[str]:
    notes = []
    if frame.window is None and not frame.covers_days:
        notes.append("No column has dates, so how many there are a year is not known.")
    elif frame.window is None:
        notes.append("No column has dates: a year is reckoned from the time that you say it covers.")
    elif len(frame.window.months) < 3:
        notes.append(
            "Fewer than three whole months: not enough for more than a wide range of how many a year."
        )
    if len(events) <= len(found) and "updates" not in mapping:
        notes.append("One row a ticket and no counter of updates: each ticket counts as one touch.")
    if not {"reassignments", "group"} & set(mapping):
        notes.append("No column tells of reassignments: none are counted.")
    if "category" not in mapping:
        notes.append("No column holds a category: tickets are grouped by the steps that they went through.")
    return notes if "text" in mapping else [*notes, "No column holds a text: there are no groups by words."]
