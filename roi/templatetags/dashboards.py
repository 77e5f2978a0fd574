"""Cells and figures of dashboards, written by their kind."""

from typing import Any

from django import template

from aiops.templatetags.payback import money, number, percent, when
from roi.queries.dashboards.shapes import COUNT, DAY, HOURS, MONEY, SHARE, Column

register = template.Library()
NUMBERS = (MONEY, HOURS, COUNT, SHARE)


@register.filter
def cell(row: dict[str, Any], column: Column) -> str:
    """One cell in words; a dash where nothing is known."""
    return shown(row.get(column.key), column.kind)


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
    if kind == DAY:
        return when(value)
    return number(value) if kind == COUNT else str(value)


@register.filter
def is_number(column: Column) -> bool:
    """Whether the column is aligned to the right."""
    return column.kind in NUMBERS
