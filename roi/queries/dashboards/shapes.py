"""The shape of every dashboard: sentences first, then figures with interval, unit and date, then tables."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

T = TypeVar("T")
# Rows of a table that a page shows; its files have them all.
MOST_ROWS = 25
MONEY, HOURS, COUNT, SHARE, TEXT, DAY, MONTH = "money", "hours", "count", "share", "text", "day", "month"
REALISED, FORECAST = "90 % interval", "80 % range"


@dataclass(frozen=True)
class Sentence:
    """Something to know, in plain words, with where it leads; the digest mails the same words."""

    text: str
    url: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Figure:
    """A figure with its unit and interval; `value` None is "not enough data". `url` leads to the rows behind it."""

    name: str
    value: Decimal | int | float | None
    unit: str
    url: str
    note: str = ""
    low: Any = None
    high: Any = None
    interval: str = ""


@dataclass(frozen=True)
class Column:
    """`key` names it in files and the API, `label` on the page.

    On the page the columns named in `under` stand in small print below this one, put into `words`. Those are columns of
    their own in files only (`on_page` False).
    """

    key: str
    label: str
    kind: str = TEXT
    under: Sequence[str] = ()
    words: str = "{}"
    on_page: bool = True


class Lazy(Sequence[dict[str, Any]]):
    """Rows that are made of `items` when they are read: a page shows a few of those that a file has."""

    def __init__(self, items: Sequence[T], make: Callable[[T], dict[str, Any]]) -> None:
        self._items, self._make = items, make

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return [self._make(item) for item in self._items[place]]
        return self._make(self._items[place])


@dataclass(frozen=True)
class Table:
    """Rows are mappings by column key, with "url" for the first cell; `note` says what the figures are."""

    key: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[dict[str, Any]]
    note: str = ""
    empty: str = ""

    @property
    def shown(self) -> list[Column]:
        """The columns of the page."""
        return [column for column in self.columns if column.on_page]

    @property
    def left_out(self) -> int:
        """How many rows are in the files only."""
        return max(len(self.rows) - MOST_ROWS, 0)

    @property
    def head(self) -> list[str]:
        return [column.key for column in self.columns]

    def cells(self) -> list[list[Any]]:
        """As files have them: plain values, no words around them."""
        return [[row.get(column.key) for column in self.columns] for row in self.rows]


@dataclass(frozen=True)
class Dashboard:
    """One role's page as of a day, amounts in one currency."""

    role: str
    title: str
    as_of: date
    currency: str
    sentences: Sequence[Sentence] = ()
    figures: Sequence[Figure] = ()
    tables: Sequence[Table] = field(default_factory=list)

    def table(self, key: str) -> Table | None:
        return next((table for table in self.tables if table.key == key), None)
