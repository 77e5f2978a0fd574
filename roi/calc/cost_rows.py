"""Actual costs in a sheet: workload, month, kind and amount a row."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from roi.calc.sheet_rows import BadCell, Mistake, cell, figure, missing, month, places, text

COLUMNS = {
    "workload": ("key", "workload_number", "number"),
    "month": ("period",),
    "kind": ("cost_type",),
    "amount": ("cost", "value"),
    "cost_centre": ("cost_center", "centre", "center"),
    "note": ("comment", "notes"),
}
NEEDED = ("workload", "month", "kind", "amount")
CENT = Decimal("0.01")


@dataclass(frozen=True)
class CostRow:
    """One line as it was sent; `row` is its number in the sheet. An amount of None takes the line away."""

    row: int
    workload: int
    month: date
    kind: str
    amount: Decimal | None
    cost_centre: str = ""
    note: str = ""


def cost_rows(
    head: Sequence[str],
    rows: Sequence[tuple[int, Sequence[Any]]],
    kinds: Collection[str],
    decimal_comma: bool = False,
) -> tuple[list[CostRow], list[Mistake]]:
    """All lines, or the mistakes by row and column. The same workload, month and kind twice is one."""
    at = places(head, COLUMNS)
    wrong = missing(at, NEEDED)
    found: list[CostRow] = []
    seen: dict[tuple[int, date, str], int] = {}
    for number, row in [] if wrong else rows:
        made, mistakes = _row(number, row, at, kinds, decimal_comma)
        wrong += mistakes
        if made is None:
            continue
        first = seen.setdefault((made.workload, made.month, made.kind), number)
        if first != number:
            wrong.append(Mistake(number, "kind", f"Row {first} has the same workload, month and kind."))
        found.append(made)
    return found, wrong


def _row(
    number: int, row: Sequence[Any], at: dict[str, int], kinds: Collection[str], comma: bool
) -> tuple[CostRow | None, list[Mistake]]:
    readers: dict[str, Any] = {
        "workload": workload_number,
        "month": month,
        "kind": lambda value: _kind(value, kinds),
        "amount": lambda value: amount(value, comma),
        "cost_centre": lambda value: text(value, 80),
        "note": lambda value: text(value, 300),
    }
    values: dict[str, Any] = {}
    wrong: list[Mistake] = []
    for name, reader in readers.items():
        try:
            values[name] = reader(cell(row, at, name))
        except BadCell as error:
            wrong.append(
                Mistake(number, name, f"{name} {error}." if str(error).startswith("is") else f"{error}.")
            )
    return (None if wrong else CostRow(number, **values)), wrong


def workload_number(value: Any) -> int:
    """3 of «W-3» or 3."""
    word = str(value or "").strip().upper().removeprefix("W-").removesuffix(".0")
    if not word.isdigit() or len(word) > 9:
        raise BadCell(f"«{str(value)[:40]}» is not the number of a workload, such as W-3")
    return int(word)


def amount(value: Any, comma: bool = False) -> Decimal:
    """Money to the cent; a credit is negative."""
    made = figure(value, comma)
    if made != made.quantize(CENT):
        raise BadCell(f"«{value}» has more than two decimals")
    if abs(made) >= Decimal(10) ** 12:
        raise BadCell("is larger than can be")
    return made.quantize(CENT)


def _kind(value: Any, kinds: Collection[str]) -> str:
    word = str(value or "").strip().lower()
    if word not in kinds:
        raise BadCell(f"«{str(value or '')[:40]}» is none of {', '.join(kinds)}")
    return word
