"""Cells and figures of dashboards, written by their kind."""

from dataclasses import dataclass
from typing import Any

from django import template

from aiops.templatetags.payback import money, month, number, percent, when
from roi.queries.dashboards.shapes import COUNT, DAY, HOURS, MONEY, MONTH, MOST_ROWS, SHARE, Column, Table

register = template.Library()
NUMBERS = (MONEY, HOURS, COUNT, SHARE)


@dataclass(frozen=True)
class Cell:
    """A cell of the page: its words, the small print under them, where it leads, how it is aligned."""

    text: str
    under: str
    url: str
    is_number: bool


@register.filter
def lines(table: Table) -> list[list[Cell]]:
    """The rows of a table as the page shows them; only the first cell of a row leads somewhere."""
    kinds = {one.key: one.kind for one in table.columns}
    return [_cells(row, table.shown, kinds) for row in table.rows[:MOST_ROWS]]


def _cells(row: dict[str, Any], columns: list[Column], kinds: dict[str, str]) -> list[Cell]:
    urls = [row.get("url", ""), *("" for _ in columns[1:])]
    return [_cell(row, column, kinds, url) for column, url in zip(columns, urls, strict=True)]


def _cell(row: dict[str, Any], column: Column, kinds: dict[str, str], url: str) -> Cell:
    return Cell(shown(row.get(column.key), column.kind), _under(row, column, kinds), url, is_number(column))


def _under(row: dict[str, Any], column: Column, kinds: dict[str, str]) -> str:
    parts = [shown(row[key], kinds[key]) for key in column.under if row.get(key)]
    whole = len(parts) == len(column.under) > 0 and (len(parts) == 1 or len(set(parts)) > 1)
    return column.words.format(*parts) if whole else ""


@register.filter
def shown(value: Any, kind: str) -> str:
    """A value by its kind: money without cents, hours with h, shares in percent, days as everywhere."""
    if value is None or value == "":
        return "—"
    if kind == MONEY:
        return money(value)
    if kind == HOURS:
        return f"{number(value)} h"
    if kind == SHARE:
        return percent(value)
    if kind in (DAY, MONTH):
        return month(value) if kind == MONTH else when(value)
    return number(value) if kind == COUNT else str(value)


@register.filter
def is_number(column: Column) -> bool:
    """Whether the column is aligned to the right."""
    return column.kind in NUMBERS
