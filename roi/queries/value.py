"""What workloads gave: this month, to date, and the sentence that says it."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from aiops.models import AuditEvent, User
from roi.calc.realised import first_of
from roi.models import Claim, ValueMonth
from workloads.models import Workload
from workloads.queries import provisional_outcomes

ZERO = Decimal(0)


@dataclass(frozen=True)
class ValueRow:
    """One workload's month, or its sum to date, as the home, the value page, the API and the CSV show it.

    Money in company currency, hours in hours; None where nothing is known. Forecasts are P10, P50, P90.
    `provisional` items are marked by telemetry and confirmed by nobody yet: in no other figure of the row.
    """

    workload: Workload
    months: int
    done: int
    accepted: int
    self_reported: bool
    hours_freed: Decimal | None
    hours_capacity: Decimal | None
    capacity_worth: Decimal | None
    hours_signed: Decimal
    cash_signed: Decimal
    other_signed: Decimal
    model_cost: Decimal
    unpriced_calls: int
    forecast_hours: tuple[Decimal, Decimal, Decimal] | None
    forecast_cash: tuple[Decimal, Decimal, Decimal] | None
    baseline_measured: bool
    through: date | None
    provisional: int = 0

    @property
    def cash_net(self) -> Decimal:
        """Signed cash less the traced model cost."""
        return self.cash_signed - self.model_cost

    @property
    def cost_per_outcome(self) -> Decimal | None:
        return self.model_cost / self.done if self.done else None

    @property
    def hours_verdict(self) -> str:
        """Where the freed hours stand in the forecast range, in words."""
        if self.forecast_hours is None or self.hours_freed is None:
            return "no forecast to compare with" if self.forecast_hours is None else "nothing reported yet"
        low, middle, high = self.forecast_hours
        if self.hours_freed < low:
            return "below the forecast range"
        if self.hours_freed > high:
            return "above the forecast range"
        return (
            "inside the range, above the middle"
            if self.hours_freed >= middle
            else "inside the range, below the middle"
        )

    @property
    def sentence(self) -> str:
        """One sentence in plain words; «self-reported» is always said."""
        noun = self.workload.item_noun
        if not self.done:
            return f"No finished {noun} was reported yet.{self._unconfirmed}"
        said = " (self-reported)" if self.self_reported else ""
        return f"Did {self.done:,} {_plural(noun)}, {self.accepted:,} accepted{said}.{self._unconfirmed}"

    @property
    def _unconfirmed(self) -> str:
        if not self.provisional:
            return ""
        are = "is" if self.provisional == 1 else "are"
        return f" {self.provisional:,} more {are} provisional: marked by telemetry, not counted until confirmed."


def _plural(noun: str) -> str:
    return f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2:-1] not in "aeiou" else f"{noun}s"


def months_of(user: User, workload: Workload) -> list[ValueMonth]:
    return list(ValueMonth.objects.visible_to(user).filter(workload=workload).order_by("month"))


def this_month(user: User, day: date, workloads: Any | None = None) -> list[ValueRow]:
    """One row for each visible running workload in the month of `day`."""
    return _rows(user, workloads, month=first_of(day))


def to_date(user: User, workloads: Any | None = None) -> list[ValueRow]:
    """One row for each visible running workload, everything since its first month."""
    return _rows(user, workloads)


def _rows(user: User, workloads: Any | None, **only: Any) -> list[ValueRow]:
    chosen = Workload.objects.visible_to(user) if workloads is None else workloads
    running = chosen.exclude(stage__in=["approved", "building"]).select_related("unit", "business_owner")
    months: dict[int, list[ValueMonth]] = defaultdict(list)
    for row in ValueMonth.objects.filter(workload__in=running, **only).order_by("month"):
        months[row.workload_id].append(row)
    marked = provisional_outcomes(running, only.get("month"))
    return [
        value_row(workload, months[workload.pk], marked.get(workload.pk, 0))
        for workload in running.order_by("name", "pk")
    ]


def value_row(workload: Workload, months: list[ValueMonth], provisional: int = 0) -> ValueRow:
    """Add up months: hours with hours, cash with cash."""
    return ValueRow(
        workload=workload,
        months=len(months),
        done=sum(m.done for m in months),
        accepted=sum(m.accepted for m in months),
        self_reported=any(m.self_reported for m in months),
        hours_freed=_sum(m.hours_freed for m in months),
        hours_capacity=_sum(m.hours_capacity for m in months),
        capacity_worth=_sum(m.capacity_worth for m in months),
        hours_signed=_sum(m.hours_signed for m in months) or ZERO,
        cash_signed=_sum(m.cash_signed for m in months) or ZERO,
        other_signed=_sum(m.other_signed for m in months) or ZERO,
        model_cost=_sum(m.model_cost for m in months) or ZERO,
        unpriced_calls=sum(m.unpriced_calls for m in months),
        forecast_hours=_range(months, "forecast_hours"),
        forecast_cash=_range(months, "forecast_cash"),
        baseline_measured=bool(months) and all(m.baseline_measured for m in months),
        through=max((m.through for m in months), default=None),
        provisional=provisional,
    )


def _sum(values: Any) -> Decimal | None:
    known = [value for value in values if value is not None]
    return sum(known, ZERO) if known else None


def _range(months: list[ValueMonth], name: str) -> tuple[Decimal, Decimal, Decimal] | None:
    """Percentiles of months are added as if they moved together: the widest honest range."""
    sums = [_sum(getattr(m, f"{name}_{p}") for m in months) for p in ("p10", "p50", "p90")]
    return None if None in sums else (sums[0], sums[1], sums[2])  # type: ignore[return-value]


@dataclass(frozen=True)
class PortfolioTotals:
    """Sums over workloads: cash with cash, hours with hours."""

    cash_signed: Decimal
    other_signed: Decimal
    model_cost: Decimal
    hours_freed: Decimal | None
    hours_signed: Decimal
    hours_capacity: Decimal | None

    @property
    def cash_net(self) -> Decimal:
        return self.cash_signed - self.model_cost


def portfolio_totals(rows: list[ValueRow]) -> PortfolioTotals:
    return PortfolioTotals(
        cash_signed=sum((r.cash_signed for r in rows), ZERO),
        other_signed=sum((r.other_signed for r in rows), ZERO),
        model_cost=sum((r.model_cost for r in rows), ZERO),
        hours_freed=_sum(r.hours_freed for r in rows),
        hours_signed=sum((r.hours_signed for r in rows), ZERO),
        hours_capacity=_sum(r.hours_capacity for r in rows),
    )


def value_chart(months: list[ValueMonth]) -> dict[str, Any]:
    """Hours freed a month against the forecast's middle and range, as an ECharts option."""
    names = [f"{m.month:%b %y}" for m in months]
    middle = [_float(m.forecast_hours_p50) for m in months]
    low = [_float(m.forecast_hours_p10) for m in months]
    width = [_width(m.forecast_hours_p10, m.forecast_hours_p90) for m in months]
    band = {"type": "line", "stack": "band", "symbol": "none", "lineStyle": {"opacity": 0}, "silent": True}
    return {
        "grid": {"left": 48, "right": 16, "top": 32, "bottom": 28},
        "tooltip": {"trigger": "axis", "renderMode": "richText"},
        "legend": {"data": ["Hours freed", "Forecast"], "top": 0},
        "xAxis": {"type": "category", "data": names},
        "yAxis": {"type": "value"},
        "series": [
            band | {"name": "low", "data": low, "tooltip": {"show": False}},
            band
            | {"name": "range", "data": width, "areaStyle": {"color": "$band"}, "tooltip": {"show": False}},
            {
                "name": "Forecast",
                "type": "line",
                "symbol": "none",
                "data": middle,
                "itemStyle": {"color": "$accent"},
            },
            {
                "name": "Hours freed",
                "type": "line",
                "data": [_float(m.hours_freed) for m in months],
                "itemStyle": {"color": "$bad"},
            },
        ],
    }


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _width(low: Decimal | None, high: Decimal | None) -> float | None:
    return None if low is None or high is None else float(high - low)


def claims_of(user: User, workload: Workload) -> QuerySet[Claim]:
    rows = Claim.objects.visible_to(user).filter(workload=workload)
    return rows.select_related("filed_by", "signed_by").order_by("-filed_at", "-pk")


def history_of(obj: Any) -> QuerySet[AuditEvent]:
    return AuditEvent.objects.of(obj)[:50]
