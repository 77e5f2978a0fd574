"""Rows as events of tickets. A row that cannot be read is left out and counted by its reason; nothing is guessed."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from backlog.calc.discovery import dates
from backlog.calc.discovery.fields import DATES
from backlog.calc.discovery.reading import NoValue

LONGEST = 200
LONGEST_TEXT = 2000
SHOWN = 10
COUNTS = ("reassignments", "reopened", "updates")
TEXTS = ("state", "group", "who", "category", "subcategory")


class Event(NamedTuple):
    """One row. Times are aware; counters are None where the file has none."""

    row: int
    case: str
    at: datetime | None
    opened: datetime | None
    resolved: datetime | None
    closed: datetime | None
    state: str
    group: str
    reassignments: int | None
    reopened: int | None
    updates: int | None
    who: str
    category: str
    subcategory: str
    text: str


class Wrong(Exception):
    """Why a row is left out: the column, what is wrong in general, and the words of this row."""

    def __init__(self, column: str, reason: str, words: str) -> None:
        super().__init__(words)
        self.column, self.reason, self.words = column, reason, words


@dataclass
class RowReader:
    """Iterate over `events()`; afterwards `rows`, `reasons` and `examples` tell what was left out and why.

    `mapping` has our names to columns; `day_first` is the order of the whole file.
    """

    head: Sequence[str]
    mapping: Mapping[str, str]
    day_first: bool | None
    rows: int = 0
    left_out: int = 0
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        places = {column: place for place, column in enumerate(self.head)}
        self.places = {name: places[column] for name, column in self.mapping.items() if column in places}

    def events(self, rows: Iterable[tuple[int, list[Any]]]) -> Iterator[Event]:
        for number, row in rows:
            self.rows += 1
            try:
                yield self._event(number, row)
            except Wrong as wrong:
                self._leave_out(number, wrong)

    def _leave_out(self, number: int, wrong: Wrong) -> None:
        self.left_out += 1
        self.reasons[(wrong.column, wrong.reason)] += 1
        if len(self.examples) < SHOWN:
            self.examples.append({"row": number, "column": wrong.column, "problem": wrong.words})

    def _event(self, number: int, row: list[Any]) -> Event:
        if len(row) > len(self.head):
            raise Wrong(self.head[-1], "more cells than columns", "the row has more cells than the header")
        case = self._text(row, "case", LONGEST)
        if not case:
            raise Wrong(self.mapping["case"], "no ticket number", "there is no ticket number")
        cells: dict[str, Any] = {name: self._moment(row, name) for name in DATES}
        cells |= {name: self._count(row, name) for name in COUNTS}
        cells |= {name: self._text(row, name, LONGEST) for name in TEXTS}
        return Event(row=number, case=case, text=self._text(row, "text", LONGEST_TEXT), **cells)

    def _cell(self, row: list[Any], name: str) -> Any:
        place = self.places.get(name)
        cell = row[place] if place is not None and place < len(row) else None
        if isinstance(cell, NoValue):
            raise Wrong(
                self.mapping[name], "a formula or an error", "a formula or an error instead of a value"
            )
        return None if dates.is_missing(cell) else cell

    def _text(self, row: list[Any], name: str, longest: int) -> str:
        cell = self._cell(row, name)
        if isinstance(cell, float) and cell.is_integer():
            cell = int(cell)
        return "" if cell is None else " ".join(str(cell)[: longest * 2].replace("\0", "").split())[:longest]

    def _moment(self, row: list[Any], name: str) -> datetime | None:
        cell = self._cell(row, name)
        if cell is None:
            return None
        try:
            return dates.read(cell, self.day_first)
        except dates.NotADate as error:
            raise Wrong(self.mapping[name], "not a date", str(error)) from error

    def _count(self, row: list[Any], name: str) -> int | None:
        cell = self._cell(row, name)
        if cell is None:
            return None
        try:
            number = float(str(cell).strip().replace(",", "."))
        except ValueError:
            number = math.nan
        if not (0 <= number < 1_000_000):
            words = f"«{str(cell)[:40]}» is not a count"
            raise Wrong(self.mapping[name], "not a count", words)
        return int(number)
