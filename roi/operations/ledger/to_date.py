"""Sums to date: all months and corrections of a workload in the company's present currency."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import F

from roi.calc.interval_sums import MonthHours, hours_interval
from roi.models import Correction, ValueMonth, ValueToDate
from roi.queries.currencies import Currencies

COUNTS = ("done", "judged", "accepted")
HOURS = ("hours_signed",)
MONEY = (
    "cash_signed", "avoided_signed", "revenue_signed", "risk_signed", "licence_cost", "platform_cost",
    "people_cost", "build_cost", "expected_loss",
)  # fmt: skip
COSTS = ("model_cost", "eval_cost")
FORECAST = tuple(f"forecast_{name}_{end}" for name in ("hours", "cash") for end in ("p10", "p50", "p90"))
ZERO, CENT, TENTH, COST = Decimal(0), Decimal("0.01"), Decimal("0.1"), Decimal("1e-10")


def write_to_date(ids: Collection[int], at: datetime, currencies: Currencies) -> None:
    """Anew for these workloads, in the transaction that wrote their months."""
    if not ids:
        return
    rows_of_months = ValueMonth.objects.defer("made_of").annotate(base=F("made_of__baseline"))
    months, corrections = _by_workload(rows_of_months, ids), _by_workload(Correction.objects.all(), ids)
    rows = [summed(pk, months[pk], corrections[pk], currencies, at) for pk in sorted(ids) if months[pk]]
    names = [f.name for f in ValueToDate._meta.concrete_fields if f.name not in ("id", "workload")]
    ValueToDate.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["workload"], update_fields=names, batch_size=500
    )


def _by_workload(all_rows: Any, ids: Collection[int]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in all_rows.filter(workload__in=ids).order_by("workload_id", "month"):
        found[row.workload_id].append(row)
    return found


def summed(
    pk: int, months: list[ValueMonth], corrections: list[Correction], currencies: Currencies, at: datetime
) -> ValueToDate:
    """Cash with cash, hours with hours, corrections in both."""
    rows: list[Any] = [*months, *corrections]
    known = [m for m in months if m.hours_freed is not None]
    low, high = hours_interval([_hours(m) for m in known])
    late = sum((c.hours_freed or ZERO for c in corrections), ZERO)
    columns: dict[str, Any] = {name: sum(getattr(row, name) for row in rows) for name in COUNTS}
    columns |= {name: _sum(getattr(row, name) for row in rows) or ZERO for name in HOURS}
    columns |= {name: _money(rows, name, CENT, currencies) or ZERO for name in MONEY}
    columns |= {name: _money(rows, name, COST, currencies) or ZERO for name in COSTS}
    for name in FORECAST:
        is_cash = "cash" in name
        columns[name] = (
            _money(months, name, CENT, currencies) if is_cash else _sum(getattr(m, name) for m in months)
        )
    return ValueToDate(
        workload_id=pk,
        currency=currencies.now,
        first_month=months[0].month,
        months=len(months),
        months_closed=sum(m.is_closed for m in months),
        through=max(m.through for m in months),
        self_reported=any(m.self_reported for m in months),
        baseline_measured=_measured(months),
        bounds=any(m.bounds for m in months),
        hours_freed=_sum(row.hours_freed for row in rows),
        hours_low=None if low is None else low + late,
        hours_high=None if high is None else high + late,
        capacity_hours=_sum(_capacity(row) for row in rows),
        capacity_worth=_worth(months, currencies),
        cash_claimed=_money(months, "cash_claimed", CENT, currencies) or ZERO,
        unpriced_calls=sum(m.unpriced_calls for m in months),
        gap=_gap(months, currencies),
        refreshed_at=at,
        **columns,
    )


def _sum(values: Iterable[Decimal | None]) -> Decimal | None:
    known = [value for value in values if value is not None]
    return sum(known, ZERO) if known else None


def _money(rows: list[Any], name: str, place: Decimal, currencies: Currencies) -> Decimal | None:
    """Converted month by month, rounded once."""
    known = [(getattr(row, name), row.currency) for row in rows if getattr(row, name) is not None]
    if not known:
        return None
    total = sum((currencies.converted(amount, old, currencies.now) for amount, old in known), ZERO)
    return total.quantize(place, ROUND_HALF_UP)


def _hours(month: ValueMonth) -> MonthHours:
    base: Any = month.base or {}  # type: ignore[attr-defined]
    spread = Decimal(base.get("high", 0)) - Decimal(base.get("low", 0))
    share = month.accepted_share or ZERO
    accepted = month.done * share
    return MonthHours(
        month.hours_freed or ZERO,
        month.hours_low if month.hours_low is not None else month.hours_freed or ZERO,
        month.hours_high if month.hours_high is not None else month.hours_freed or ZERO,
        month.bounds,
        accepted * spread / 2,
    )


def _capacity(row: Any) -> Decimal | None:
    """Of a month, hours that no claim turned into cash; of a correction, what it moves them by."""
    if isinstance(row, ValueMonth):
        return row.hours_capacity
    return None if row.hours_freed is None else Decimal(row.hours_freed - row.hours_signed)


def _worth(months: list[ValueMonth], currencies: Currencies) -> Decimal | None:
    known = [(m.capacity_worth, m.currency) for m in months if m.capacity_worth is not None]
    if not known:
        return None
    total = sum((currencies.converted(Decimal(a), old, currencies.now) for a, old in known), ZERO)
    return total.quantize(CENT, ROUND_HALF_UP)


def _measured(months: list[ValueMonth]) -> bool:
    """Of the months that count hours; a month before go-live has nothing to measure against."""
    counted = [m for m in months if m.done] or months
    return all(m.baseline_measured for m in counted)


def _gap(months: list[ValueMonth], currencies: Currencies) -> dict[str, str]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for month in months:
        for factor, amount in (month.gap or {}).items():
            sums[factor] += currencies.converted(Decimal(amount), month.currency, currencies.now)
    return {factor: str(amount.quantize(CENT, ROUND_HALF_UP)) for factor, amount in sums.items()}
