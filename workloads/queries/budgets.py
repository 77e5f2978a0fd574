"""Where budgets stand: what their scope cost as bills and calls rule it, and where it is heading."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Q, QuerySet

from aiops.models import Company, User
from workloads.calc.budget import Period, Standing, period_of, with_known
from workloads.calc.fixed_costs import Fixed, fixed_between, fixed_by_day
from workloads.calc.month_forecast import MOST_DAYS, forecast
from workloads.calc.months import midnight
from workloads.calc.reconcile import FIXED, Share, converted, exact_sum
from workloads.models import Budget, BudgetAlert, FixedCost, Workload
from workloads.queries.bills import ruled_months
from workloads.queries.prices import present_amounts
from workloads.queries.usage import usage_sums

DAY = timedelta(days=1)
Scope = Callable[[int, str], bool]


@dataclass(frozen=True)
class BudgetStanding:
    """A budget in the period of a day, in company currency. `dearest`: the workload that costs most of it."""

    budget: Budget
    period: Period
    standing: Standing
    fixed: Decimal
    is_provisional: bool
    dearest: int | None
    alerts: tuple[BudgetAlert, ...] = ()


@dataclass(frozen=True)
class _Facts:
    """What all budgets of one look share, read once."""

    company: Company
    today: date
    shares: list[tuple[date, Share]]
    daily: dict[tuple[int, str], dict[date, Decimal]]
    fixed: list[FixedCost]
    units: dict[int, int]


def budgets(user: User, day: date) -> QuerySet[Budget]:
    """Budgets that hold on a day and that this person may see."""
    rows = Budget.objects.visible_to(user).on(day)
    return rows.select_related("workload__unit", "unit", "by").distinct()


def budgets_of(workload: Workload, day: date) -> QuerySet[Budget]:
    """Those of the workload itself and of its unit."""
    mine = Q(workload=workload) | Q(unit=workload.unit_id)
    return Budget.objects.on(day).filter(mine).select_related("workload__unit", "unit", "by")


def standings(found: Iterable[Budget], at: datetime) -> list[BudgetStanding]:
    """Where each stands at a moment. A handful of queries, however many budgets and calls."""
    rows, today, company = list(found), at.date(), Company.load()
    periods = {row.pk: period_of(row.period, today, company.fiscal_year_start) for row in rows}
    if not rows:
        return []
    start, end = min(p.start for p in periods.values()), max(p.end for p in periods.values())
    facts = _facts(rows, start, end, today, company)
    told = _alerts(rows)
    return [_standing(row, periods[row.pk], facts, told) for row in rows]


def _facts(rows: Sequence[Budget], start: date, end: date, today: date, company: Company) -> _Facts:
    units = dict(Workload.objects.values_list("pk", "unit_id"))
    asked = _asked(rows, units)
    months = ruled_months(start, end, asked)
    shares = [(month, share) for month, ruled in months.items() for share in ruled.shares]
    # As far back as a forecast looks: what the period cost before that is in the ruled months.
    behind, tomorrow = midnight(today - DAY * MOST_DAYS), midnight(today + DAY)
    daily: dict[tuple[int, str], dict[date, Decimal]] = defaultdict(dict)
    # Cost centres are told apart only where a budget asks for one.
    by = ("workload", "cost_centre") if asked is None else ("workload",)
    for row in usage_sums(behind, tomorrow, "day", *by, of=("cost_usd",), workloads=asked):
        cost = converted(row["cost_usd"], company.usd_rate)
        daily[row["workload"], row.get("cost_centre", "")][row["day"].date()] = cost
    fixed = present_amounts(FixedCost.objects.filter(valid_from__lt=end).exclude(valid_to__lte=start))
    return _Facts(company, today, shares, daily, fixed, units)


def _asked(rows: Sequence[Budget], units: dict[int, int]) -> list[int] | None:
    """The workloads that any of these budgets counts; None: all of them, since a cost centre is in none by name."""
    if any(row.workload_id is None and row.unit_id is None for row in rows):
        return None
    mine, theirs = {row.workload_id for row in rows}, {row.unit_id for row in rows}
    return [workload for workload, unit in units.items() if workload in mine or unit in theirs]


def _alerts(rows: Sequence[Budget]) -> dict[tuple[int, date], list[BudgetAlert]]:
    told: dict[tuple[int, date], list[BudgetAlert]] = defaultdict(list)
    for alert in BudgetAlert.objects.filter(budget__in=rows).order_by("at", "pk"):
        told[alert.budget_id, alert.period_start].append(alert)
    return told


def _scope(budget: Budget, units: dict[int, int]) -> Scope:
    if budget.workload_id is not None:
        return lambda workload, centre: workload == budget.workload_id
    if budget.unit_id is not None:
        return lambda workload, centre: units.get(workload) == budget.unit_id
    return lambda workload, centre: centre == budget.cost_centre


def _standing(
    budget: Budget, period: Period, facts: _Facts, told: dict[tuple[int, date], list[BudgetAlert]]
) -> BudgetStanding:
    inside = _scope(budget, facts.units)
    shares = [
        share
        for month, share in facts.shares
        if period.start <= month < period.end
        and share.source != FIXED
        and inside(share.workload, share.cost_centre)
    ]
    ruled = exact_sum(share.amount for share in shares)
    fixed = [_as_fixed(cost) for cost in facts.fixed if inside(cost.workload_id, cost.cost_centre)]
    tomorrow = min(facts.today + DAY, period.end)
    so_far = fixed_between(fixed, period.start, tomorrow)
    daily = _daily(facts.daily, inside)
    ahead = forecast(
        {day: cost for day, cost in daily.items() if day < facts.today},
        start=period.start,
        end=period.end,
        today=facts.today,
        today_so_far=daily.get(facts.today, Decimal(0)),
    )
    if ahead is not None:
        traced = exact_sum(cost for day, cost in daily.items() if period.start <= day < period.end)
        # What the roll-ups of earlier months hold beyond the days looked back on, and what bills say otherwise.
        beyond = ruled - traced
        known = _running(fixed, period)
        ahead = with_known(ahead, lambda day: beyond + known.get(day, Decimal(0)))
    return BudgetStanding(
        budget,
        period,
        Standing(budget.amount, ruled + so_far, ahead),
        so_far,
        any(share.provisional for share in shares),
        _dearest(budget, shares, facts, inside),
        tuple(told.get((budget.pk, period.start), ())),
    )


def _daily(found: dict[tuple[int, str], dict[date, Decimal]], inside: Scope) -> dict[date, Decimal]:
    days: dict[date, Decimal] = defaultdict(Decimal)
    for (workload, centre), costs in found.items():
        if inside(workload, centre):
            for day, cost in costs.items():
                days[day] += cost
    return days


def _running(fixed: list[Fixed], period: Period) -> dict[date, Decimal]:
    """Fixed costs from the period's start to each day's end; nothing to add up where there are none."""
    if not fixed:
        return {}
    days = fixed_by_day(fixed, period.start, period.end)
    total, found = Decimal(0), {}
    for day in (period.start + DAY * n for n in range((period.end - period.start).days)):
        total += days.get(day, Decimal(0))
        found[day] = total
    return found


def _as_fixed(cost: FixedCost) -> Fixed:
    return Fixed(cost.quantity, cost.amount, cost.valid_from, cost.valid_to)


def _dearest(budget: Budget, shares: Iterable[Share], facts: _Facts, inside: Scope) -> int | None:
    """Whose people are told of it: the budget's workload, else the one that costs most in its scope."""
    if budget.workload_id is not None:
        return budget.workload_id
    sums: dict[int, Decimal] = defaultdict(Decimal)
    for share in shares:
        sums[share.workload] += share.amount
    for cost in facts.fixed:
        if inside(cost.workload_id, cost.cost_centre):
            sums[cost.workload_id] += cost.quantity * cost.amount
    return max(sorted(sums), key=lambda workload: sums[workload], default=None)
