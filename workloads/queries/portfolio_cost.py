"""The cost of everything that a person may see: this month with where it is heading, what moved, what is unclear."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from aiops.models import Company, User
from workloads.calc.month_forecast import PeriodForecast, forecast
from workloads.calc.months import first_of, later, midnight
from workloads.calc.reconcile import BILLED, FIXED, TRACED, Ruled, Share, converted, exact_sum
from workloads.models import Workload
from workloads.queries.bills import ruled_months
from workloads.queries.showback import money_workloads, reads_all_money
from workloads.queries.usage import NO_MODEL, usage_sums

TREND_MONTHS = 6
DAYS_BEHIND = 91
SHOWN_MOVERS = 5
NO_CENTRE = "no cost centre named"


@dataclass(frozen=True)
class CostRow:
    """A workload, unit, model or cost centre: its month, the month before, and where the figure comes from."""

    label: str
    amount: Decimal
    before: Decimal
    provisional: bool
    calls: int
    workload: Workload | None = None

    @property
    def change(self) -> Decimal:
        return self.amount - self.before

    @property
    def change_share(self) -> float | None:
        return float(self.change / self.before) if self.before else None


@dataclass(frozen=True)
class TrendMonth:
    month: date
    billed: Decimal
    traced: Decimal
    fixed: Decimal

    @property
    def total(self) -> Decimal:
        return exact_sum((self.billed, self.traced, self.fixed))


@dataclass(frozen=True)
class Unpriced:
    """A model with calls that no price is known for: they are in no sum."""

    model: str
    calls: int


@dataclass(frozen=True)
class PortfolioCost:
    """The page in figures. `ahead` is the forecast of calls plus fixed costs; None when it is too early to tell."""

    month: date
    is_running: bool
    by: str
    rows: list[CostRow]
    movers: list[CostRow]
    movers_month: date
    trend: list[TrendMonth]
    ahead: PeriodForecast | None
    unpriced: list[Unpriced]
    unowned: Decimal
    unowned_names: int
    sees_all: bool

    @property
    def now(self) -> TrendMonth:
        return next(one for one in self.trend if one.month == self.month)

    @property
    def total(self) -> Decimal:
        return self.now.total

    @property
    def provisional(self) -> bool:
        return any(row.provisional for row in self.rows)


Labels = Callable[[Share, dict[int, Workload]], tuple[Any, str]]
BY: dict[str, Labels] = {
    "workload": lambda share, known: (share.workload, known[share.workload].name),
    "unit": lambda share, known: (known[share.workload].unit_id, known[share.workload].unit.name),
    "model": lambda share, known: (
        (share.provider, share.model, share.source == FIXED),
        "fixed costs" if share.source == FIXED else share.model or NO_MODEL,
    ),
    "cost_centre": lambda share, known: (share.cost_centre, share.cost_centre or NO_CENTRE),
}


def portfolio_cost(user: User, month: date, by: str, at: datetime) -> PortfolioCost:
    """What a person may see of a month and the months before it. Six queries, however many rows."""
    today = at.date()
    first = later(month, 1 - TREND_MONTHS)
    known = {workload.pk: workload for workload in money_workloads(user)}
    months = ruled_months(first, later(month))
    mine = {day: [s for s in ruled.shares if s.workload in known] for day, ruled in months.items()}
    is_running = month == first_of(today)
    # Half a month beside a whole one says nothing: movers are of the last two that are over.
    moved = later(month, -1) if is_running else month
    movers = _rows(mine[moved], mine[later(moved, -1)], "workload", known)
    sees_all = reads_all_money(user)
    unowned = months[month].unowned if sees_all else []
    return PortfolioCost(
        month=month,
        is_running=is_running,
        by=by,
        rows=_rows(mine[month], mine[later(month, -1)], by, known),
        movers=sorted((row for row in movers if row.change), key=lambda row: -abs(row.change))[:SHOWN_MOVERS],
        movers_month=moved,
        trend=[_trend(day, shares) for day, shares in sorted(mine.items())],
        ahead=_ahead(known, mine[month], month, at) if is_running else None,
        unpriced=_unpriced(months[month], known),
        unowned=exact_sum(line.amount for line in unowned),
        unowned_names=len({line.key for line in unowned}),
        sees_all=sees_all,
    )


def _rows(
    shares: Iterable[Share], before: Iterable[Share], by: str, known: dict[int, Workload]
) -> list[CostRow]:
    grouped: dict[Any, tuple[str, tuple[list[Share], list[Share]]]] = {}
    for index, some in enumerate((shares, before)):
        for share in some:
            key, label = BY[by](share, known)
            grouped.setdefault(key, (label, ([], [])))[1][index].append(share)
    rows = [
        CostRow(
            label,
            exact_sum(share.amount for share in now),
            exact_sum(share.amount for share in then),
            any(share.provisional for share in now),
            sum(share.calls for share in now),
            known[key] if by == "workload" else None,
        )
        for key, (label, (now, then)) in grouped.items()
    ]
    return sorted(rows, key=lambda row: (-row.amount, row.label))


def _trend(month: date, shares: Iterable[Share]) -> TrendMonth:
    sums: dict[str, list[Decimal]] = defaultdict(list)
    for share in shares:
        sums[share.source].append(share.amount)
    return TrendMonth(month, *(exact_sum(sums[source]) for source in (BILLED, TRACED, FIXED)))


def _ahead(
    known: dict[int, Workload], shares: list[Share], month: date, at: datetime
) -> PeriodForecast | None:
    """Calls as forecast from their days, and the month's fixed and billed costs, which are known, on top."""
    today = at.date()
    rate = Company.load().usd_rate
    start, end = midnight(today - timedelta(days=DAYS_BEHIND)), midnight(today + timedelta(days=1))
    rows = usage_sums(start, end, "day", of=("cost_usd",), workloads=known)
    daily = {row["day"].date(): converted(row["cost_usd"], rate) for row in rows}
    so_far = daily.pop(today, Decimal(0))
    found = forecast(daily, start=month, end=later(month), today=today, today_so_far=so_far)
    if found is None:
        return None
    known_part = exact_sum(share.amount for share in shares if share.source == FIXED)
    low, likely, high = (side + known_part for side in (found.low, found.likely, found.high))
    return replace(found, low=low, likely=likely, high=high)


def _unpriced(ruled: Ruled, known: dict[int, Workload]) -> list[Unpriced]:
    calls: dict[str, int] = defaultdict(int)
    for row in ruled.traced:
        if row.unpriced_calls and row.workload in known:
            calls[row.model or NO_MODEL] += row.unpriced_calls
    return [Unpriced(model, count) for model, count in sorted(calls.items(), key=lambda one: -one[1])]
