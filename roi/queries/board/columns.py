"""The columns of the board: one table for the page, the files and the API.

`figures` are columns of the assessment; `rank` names the one that is sorted by. What is not a figure of the
assessment belongs to the candidate and is seen by all who see it.
"""

from dataclasses import dataclass
from typing import Literal

from aiops import permissions
from aiops.models import User
from aiops.permissions import Permission

Kind = Literal["money", "share", "months", "hours", "ratio", "days", "text"]
Direction = Literal["asc", "desc"]


@dataclass(frozen=True)
class Column:
    """One thing to see and to sort by; `best` is the direction that puts the best first."""

    key: str
    label: str
    words: str
    kind: Kind
    best: Direction = "desc"
    rank: str = ""
    figures: tuple[str, ...] = ()
    money: bool = False

    @property
    def is_measure(self) -> bool:
        return bool(self.figures)

    @property
    def is_number(self) -> bool:
        return self.kind != "text"


def _range(stem: str, *more: str) -> tuple[str, ...]:
    return (f"{stem}_p10", f"{stem}_p50", f"{stem}_p90", *more)


def _money(
    key: str,
    label: str,
    words: str,
    kind: Kind,
    figures: tuple[str, ...],
    rank: str = "",
    best: Direction = "desc",
) -> Column:
    return Column(key, label, words, kind, best, rank or figures[len(figures) // 2], figures, money=True)


COLUMNS: tuple[Column, ...] = (
    _money("npv", "Worth", "NPV in cash, middle case and range", "money", _range("npv"), "npv_p50"),
    _money("npv_mean", "Worth, mean", "NPV in cash, mean of all futures", "money", ("npv_mean",)),
    _money("npv_p10", "Worth, cautious", "NPV that nine futures in ten reach", "money", ("npv_p10",)),
    _money("probability", "Chance to gain", "share of futures with an NPV above zero", "share", ("prob_positive",)),
    _money("cvar", "If it goes badly", "mean NPV of the worst tenth of futures (CVaR)", "money", ("cvar",)),
    _money("roi", "ROI", "benefits less costs, over costs (TEI)", "share", _range("roi"), "roi_p50"),
    _money("payback", "Payback", "months until the cash is back", "months", _range("payback"), best="asc"),
    _money(
        "discounted_payback", "Payback, discounted", "months until the discounted cash is back", "months",
        _range("discounted_payback"), best="asc",
    ),
    _money("cost_of_delay", "Waiting costs", "lost for each week of delay", "money", ("cost_of_delay",)),
    _money("evpi", "Certainty is worth", "most that knowing everything could be worth (EVPI)", "money", ("evpi",)),
    _money("build", "Build cost", "one-off, expected", "money", _range("build", "build_mean"), "build_mean", "asc"),
    _money("cash_year", "Cash a year", "gross, at full use", "money", _range("cash_year"), "cash_year_p50"),
    _money("capacity", "Capacity", "hours a year that stay capacity, not cash", "hours", _range("capacity")),
    Column("hours", "Hours a year", "set free at full use", "hours", "desc", "hours_p50", _range("hours")),
    _money("wsjf", "WSJF", "cost of delay over the weeks it takes", "ratio", ("wsjf",)),
    _money("rice", "RICE", "reach × impact × confidence ÷ effort", "ratio", ("rice",)),
    Column("age", "Age", "days since it was handed in", "days"),
    Column("unit", "Unit", "the unit that it belongs to", "text", "asc"),
    Column("owner", "Owner", "who answers for it in the business", "text", "asc"),
    Column("state", "State", "how far it is", "text", "asc"),
)  # fmt: skip
BY_KEY = {column.key: column for column in COLUMNS}
USUAL = ("npv", "probability", "payback", "cost_of_delay", "hours", "state")
USUAL_WITHOUT_MONEY = ("hours", "age", "state")
# Each once, in the order of the table; "npv_p10" stands in two columns.
FIGURES: tuple[str, ...] = tuple(dict.fromkeys(figure for column in COLUMNS for figure in column.figures))
MONEY_FIGURES = frozenset(figure for column in COLUMNS if column.money for figure in column.figures)


def may_sort_by_money(user: User) -> bool:
    """A rank by money tells the order of figures: for those who read money, of rows they may read."""
    return bool(permissions.scope(user, Permission.READ_MONEY))


def columns_for(user: User) -> list[Column]:
    """What this person may see and sort by."""
    wide = may_sort_by_money(user)
    return [column for column in COLUMNS if wide or not column.money]


def chosen_columns(user: User, keys: list[str]) -> list[Column]:
    """These columns as far as the person may see them, in the order of the table; the usual ones when none is left."""
    allowed = columns_for(user)
    usual = USUAL if may_sort_by_money(user) else USUAL_WITHOUT_MONEY
    return [c for c in allowed if c.key in keys] or [c for c in allowed if c.key in usual]


@dataclass(frozen=True)
class Order:
    """What the board is ranked by; `refused` says that money was asked for and is not for this person."""

    column: Column
    direction: Direction
    refused: bool = False

    @property
    def other(self) -> Direction:
        return "desc" if self.direction == "asc" else "asc"

    @property
    def best_first(self) -> bool:
        return self.direction == self.column.best


def order_for(user: User, sort: str, direction: str) -> Order:
    """The order asked for; by worth (or hours, for those without money) where none or an unknown one was."""
    wide = may_sort_by_money(user)
    wanted = BY_KEY.get(sort) or BY_KEY["npv" if wide else "hours"]
    refused = wanted.money and not wide
    column = BY_KEY["hours"] if refused else wanted
    if direction in ("asc", "desc") and not refused:
        return Order(column, "asc" if direction == "asc" else "desc")
    return Order(column, column.best, refused)
