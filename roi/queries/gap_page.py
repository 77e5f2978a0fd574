"""The gap of one workload, in sentences, a table and a waterfall."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from aiops import permissions
from aiops.models import Company, User
from aiops.permissions import Permission
from roi.calc.gap import ZERO, Came, Pair, Parts, Planned, hours_gap, levels, rounded, summed
from roi.calc.gap_words import NAMES, sentence
from roi.models import Correction, ValueMonth
from roi.queries.currencies import Currencies
from roi.queries.forecast import Approved, approved, first_day
from roi.queries.gap import came_in, planned_in
from roi.queries.proposals import money_of
from workloads.models import Workload


@dataclass(frozen=True)
class Part:
    """One factor: its amount (cents, or tenths of an hour), what was planned and what came, and the sentence."""

    factor: str
    name: str
    amount: Decimal
    words: str


@dataclass(frozen=True)
class Explained:
    """Realised cash net less approved over a period: `parts`, largest first, add up to `gap`.

    `corrections` came in after the close of the months they correct and are in no part. `hours` explain the capacity
    alike, in hours, planned and come in `capacity`. `forecast` False: months without an approved forecast are left out.
    """

    currency: str
    first: date
    through: date
    months: int
    planned: Decimal
    came: Decimal
    gap: Decimal
    parts: list[Part]
    corrections: Decimal
    capacity: tuple[Decimal, Decimal]
    hours: list[Part]
    start: date
    closed: bool


@dataclass(frozen=True)
class _Month:
    row: ValueMonth
    plan: Planned
    came: Came
    rate: Decimal


def may_see_money(user: User, workload: Workload) -> bool:
    """Readers of the unit's money, its owner and deputy."""
    if user.pk in (workload.business_owner_id, workload.deputy_id):
        return True
    return permissions.has(user, Permission.READ_MONEY, unit=workload.unit)


def months_with_gap(workload: Workload) -> list[date]:
    """Months that have a forecast to be held against, the newest first."""
    rows = ValueMonth.objects.filter(workload=workload).exclude(gap={}).order_by("-month")
    return list(rows.values_list("month", flat=True))


def explained(workload: Workload, month: date | None = None) -> Explained | None:
    """One month, or all to date; None where no month has an approved forecast in cash."""
    known, company = approved(workload), Company.load()
    rows = ValueMonth.objects.filter(workload=workload).order_by("month")
    chosen = [row for row in (rows.filter(month=month) if month else rows) if row.gap]
    if known is None or not chosen:
        return None
    currencies = Currencies.load(company)
    for row in chosen:
        row.workload = workload
    months = [made for row in chosen if (made := _month(row, known, currencies)) is not None]
    return _explained(workload, known, chosen, months, currencies, whole=month is None)


def _month(row: ValueMonth, known: Approved, currencies: Currencies) -> _Month | None:
    plan = planned_in(row, known)
    if plan is None:
        return None
    return _Month(row, plan, came_in(row, plan), currencies.rate(row.currency, currencies.now))


def _explained(
    workload: Workload, known: Approved, rows: Sequence[ValueMonth], months: Sequence[_Month],
    currencies: Currencies, whole: bool,
) -> Explained:  # fmt: skip
    parts = summed(_converted(row, currencies) for row in rows)
    cents = {name: rounded(part) for name, part in parts.items()}
    came = sum((rounded(row.cash_net * currencies.rate(row.currency, currencies.now)) for row in rows), ZERO)
    gap = sum(cents.values(), ZERO)
    told = _facts(workload, known, months, currencies)
    hours = summed(hours_gap(m.plan, m.came) for m in months)
    capacity = sum((m.row.hours_capacity or ZERO for m in months), ZERO)
    return Explained(
        currency=currencies.now,
        first=rows[0].month,
        through=rows[-1].last_day,
        months=len(rows),
        planned=came - gap,
        came=came,
        gap=gap,
        parts=_parts(cents, told),
        corrections=_corrections(workload, rows[-1].month, currencies) if whole else ZERO,
        capacity=(capacity - sum(hours.values(), ZERO), capacity),
        hours=_parts(hours, told),
        start=known.start,
        closed=all(row.is_closed for row in rows),
    )


def _converted(row: ValueMonth, currencies: Currencies) -> dict[str, Decimal]:
    rate = currencies.rate(row.currency, currencies.now)
    return {name: Decimal(part) * rate for name, part in row.gap.items()}


def _corrections(workload: Workload, until: date, currencies: Currencies) -> Decimal:
    rows = Correction.objects.filter(workload=workload, month__lte=until)
    return sum((rounded(row.cash_net * currencies.rate(row.currency, currencies.now)) for row in rows), ZERO)


def _parts(amounts: Parts, told: Mapping[str, Any]) -> list[Part]:
    known = sorted((item for item in amounts.items() if item[1]), key=lambda item: -abs(item[1]))
    return [Part(name, NAMES[name], amount, sentence(name, told)) for name, amount in known]


def _facts(
    workload: Workload, known: Approved, months: Sequence[_Month], currencies: Currencies
) -> dict[str, Any]:
    """What the sentences name: levels weighted by what they weigh in the sum, and amounts."""
    pairs: dict[str, Pair] = _weighted([(levels(m.plan, m.came), m) for m in months])
    money = money_of(currencies.now)
    costs = {
        name: sum((getattr(m.came, name) * m.rate for m in months), ZERO)
        for name in ("model_cost", "eval_cost", "licence_cost", "people_cost", "cash_other")
    }
    planned = {
        "fixed": sum((m.plan.fixed * m.plan.running * m.rate for m in months), ZERO),
        "other": sum((m.plan.other * m.plan.use * m.rate for m in months), ZERO),
        "items": sum((m.plan.items for m in months), ZERO),
        "item_cost": next(
            (m.plan.item_cost * m.rate for m in reversed(months) if m.plan.item_cost is not None), None
        ),
    }
    done = sum((m.came.done for m in months), ZERO)
    began = first_day(workload)
    return {"levels": pairs, "costs": costs, "planned": planned, "done": done, "money": money,
            "noun": workload.item_noun, "start": known.start, "began": began}  # fmt: skip


def _weighted(months: Sequence[tuple[dict[str, Pair], _Month]]) -> dict[str, Pair]:
    """Volumes add up; shares of the work weigh by volume; the others by the items planned and done."""
    weigh: dict[str, Callable[[_Month], Pair]] = defaultdict(lambda: lambda m: (m.plan.items, m.came.done))
    weigh["coverage"] = weigh["ramp"] = lambda m: (m.plan.volume, m.came.volume or m.plan.volume)
    found: dict[str, Pair] = {}
    for name in months[0][0] if months else ():
        pairs = [
            (level[name], (Decimal(1), Decimal(1)) if name == "volume" else weigh[name](m))
            for level, m in months
        ]
        sums = [sum((pair[i] * weight[i] for pair, weight in pairs), ZERO) for i in (0, 1)]
        totals = [sum((weight[i] for _, weight in pairs), ZERO) for i in (0, 1)]
        if name == "volume":
            found[name] = (sums[0], sums[1])
        elif all(totals):
            found[name] = (sums[0] / totals[0], sums[1] / totals[1])
    return found


def waterfall(
    planned: Decimal, parts: Sequence[Part], came: Decimal, ends: tuple[str, str]
) -> dict[str, Any]:
    """From what was approved to what came, part by part, as an ECharts option; bars may cross zero."""
    steps, at = [(ends[0], 0.0, float(planned), "$muted")], float(planned)
    for part in parts:
        to = at + float(part.amount)
        steps.append((part.name, at, to, "$good" if to > at else "$bad"))
        at = to
    steps.append((ends[1], 0.0, float(came), "$accent"))
    plain = {"type": "bar", "stack": "all", "barCategoryGap": "30%", "silent": True}
    clear = {"itemStyle": {"color": "transparent"}, "emphasis": {"disabled": True}}
    return {
        "grid": {"left": 4, "right": 24, "top": 8, "bottom": 8, "containLabel": True},
        "tooltip": {"show": False},
        "xAxis": {"type": "value", "splitNumber": 4},
        "yAxis": {"type": "category", "inverse": True, "data": [step[0] for step in steps],
                  "axisLabel": {"interval": 0, "hideOverlap": False}},
        "series": [
            plain | clear | {"name": "below", "data": [_base(low, high) for _, low, high, _ in steps]},
            plain | {"name": "above zero", "data": [_bar(low, high, ink, 1) for _, low, high, ink in steps]},
            plain | {"name": "under zero", "data": [_bar(low, high, ink, -1) for _, low, high, ink in steps]},
        ],
    }  # fmt: skip


def _base(start: float, end: float) -> float:
    """The clear part up to the bar: nothing where the bar touches or crosses zero."""
    low, high = sorted((start, end))
    return low if low > 0 else high if high < 0 else 0.0


def _bar(start: float, end: float, ink: str, side: int) -> dict[str, Any]:
    low, high = sorted((start, end))
    size = max(high, 0.0) - max(low, 0.0) if side > 0 else min(low, 0.0) - min(high, 0.0)
    return {"value": size, "itemStyle": {"color": ink}}
