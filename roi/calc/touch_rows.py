"""Work times of items in a sheet: item, start and end, or item and minutes; dates as ticket systems write them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from backlog.calc.discovery import Order, order_of
from backlog.calc.discovery.dates import NotADate, is_missing, read
from roi.calc.sheet_rows import BadCell, Mistake, cell, figure, places
from roi.calc.timestamps import Touch

COLUMNS = {
    "item": ("id", "ticket", "number", "key", "case", "case_id", "case_number"),
    "start": ("started", "started_at", "start_time", "work_start", "from", "begin"),
    "end": ("ended", "ended_at", "end_time", "work_end", "to", "finished_at"),
    "minutes": ("duration", "duration_minutes", "time_worked", "work_minutes"),
    "day": ("date",),
}
MOST_MISTAKES = 200


def touches(
    head: Sequence[str], rows: Sequence[tuple[int, Sequence[Any]]], decimal_comma: bool
) -> tuple[list[Touch], list[Mistake]]:
    """Every stretch of work of the sheet, or what is wrong with it by row. A row without times is passed over."""
    at = places(head, COLUMNS)
    if not ({"start", "end"} <= at.keys() or "minutes" in at):
        words = "The first row names neither the columns «start» and «end» nor «minutes»."
        return [], [Mistake(1, "start", words)]
    order = order_of((n, name, cell(row, at, name)) for n, row in rows for name in ("start", "end", "day"))
    if order.is_ambiguous:
        words = f"«{order.example}» may be read in two ways: write days as 2026-11-20."
        return [], [Mistake(1, "start", words)]
    found: list[Touch] = []
    wrong: list[Mistake] = []
    for number, row in rows:
        try:
            found += _touch(number, row, at, order, decimal_comma)
        except (BadCell, NotADate) as error:
            wrong.append(Mistake(number, "minutes" if "start" not in at else "start, end", f"{error}."))
    return found, wrong[:MOST_MISTAKES]


def _touch(number: int, row: Sequence[Any], at: dict[str, int], order: Order, comma: bool) -> list[Touch]:
    item = str(cell(row, at, "item") or f"row {number}")
    start, end = (_moment(cell(row, at, name), order) for name in ("start", "end"))
    minutes = cell(row, at, "minutes")
    if start is not None and end is not None:
        return [Touch(item, start, end)]
    if minutes is None:
        return []
    of = start or end or _moment(cell(row, at, "day"), order)
    return [Touch(item, of, None, float(figure(minutes, comma)))]


def _moment(value: Any, order: Order) -> datetime | None:
    return None if is_missing(value) else read(value, order.decided)
