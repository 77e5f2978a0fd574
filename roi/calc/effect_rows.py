"""Figures to compare in a sheet: a day or an item a row, with or without the workload, in a place."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from roi.calc.effects import Point
from roi.calc.sheet_rows import BadCell, Mistake, cell, day, figure, missing, places, text

COLUMNS = {
    "date": ("day", "week", "month"),
    "value": ("minutes", "figure", "mean"),
    "group": ("arm", "with"),
    "place": ("site", "team", "unit", "queue"),
    "n": ("items", "count"),
}
NEEDED = {"its": ("date", "value"), "did": ("date", "group", "value"), "holdout": ("group", "value")}
WITH = frozenset({"with", "ai", "treated", "yes", "1", "true", "workload"})
WITHOUT = frozenset({"without", "control", "no", "0", "false", "people", "held out"})
MOST_MISTAKES = 200


@dataclass(frozen=True)
class Item:
    """One item of a holdout."""

    value: float
    treated: bool
    place: str


def points(
    head: Sequence[str], rows: Sequence[tuple[int, Sequence[Any]]], method: str, decimal_comma: bool
) -> tuple[list[Point], list[Item], list[Mistake]]:
    """Points of a series, or items of a holdout; mistakes by row. A row without a value is passed over."""
    at = places(head, COLUMNS)
    if wrong := missing(at, NEEDED[method]):
        return [], [], wrong
    found: list[Point] = []
    items: list[Item] = []
    for number, row in rows:
        if cell(row, at, "value") is None:
            continue
        try:
            if method == "holdout":
                items.append(_item(row, at, decimal_comma))
            else:
                found.append(_point(row, at, decimal_comma))
        except _Wrong as error:
            wrong.append(Mistake(number, error.field, f"{error}."))
    return found, items, wrong[:MOST_MISTAKES]


class _Wrong(ValueError):
    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


def _read(name: str, reader: Any, *said: Any) -> Any:
    try:
        return reader(*said)
    except BadCell as error:
        raise _Wrong(name, str(error)) from error


def _point(row: Sequence[Any], at: dict[str, int], comma: bool) -> Point:
    return Point(
        _read("date", day, cell(row, at, "date")),
        float(_read("value", figure, cell(row, at, "value"), comma)),
        _weight(cell(row, at, "n"), comma),
        _side(cell(row, at, "group")) if "group" in at else True,
        _read("place", text, cell(row, at, "place"), 80),
    )


def _item(row: Sequence[Any], at: dict[str, int], comma: bool) -> Item:
    value = float(_read("value", figure, cell(row, at, "value"), comma))
    place = _read("place", text, cell(row, at, "place"), 80)
    return Item(value, _side(cell(row, at, "group")), place)


def _weight(value: Any, comma: bool) -> float:
    n = 1.0 if value is None else float(_read("n", figure, value, comma))
    if n < 0:
        raise _Wrong("n", "is below zero")
    return n


def _side(value: Any) -> bool:
    word = str(value).strip().lower()
    if word in WITH or word in WITHOUT:
        return word in WITH
    raise _Wrong("group", f"«{str(value)[:40]}» is neither «with» nor «without»")
