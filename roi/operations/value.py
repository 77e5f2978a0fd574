"""The month roll-up of realised value: computed from outcomes, usage, claims and the frozen forecast."""

from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from aiops.models import Company, RateCard
from backlog.queries import estimate_ranges
from roi.calc import realised
from roi.calc.realised import ClaimLine, first_of, next_month
from roi.models import Claim, ValueMonth
from roi.queries.forecast import YearlyForecast, yearly_forecast
from workloads import queries as workload_queries
from workloads.models import Workload

KEPT_OPEN = 2  # months that late outcomes and calls may still change


def refresh_open_months(*, at: datetime) -> int:
    """Recompute this month and the one before for every workload that runs; all months where none exist yet."""
    workloads = Workload.objects.filter(stage__in=["pilot", "live", "retired"]).select_related(
        "unit", "candidate"
    )
    return sum(refresh_workload(workload=workload, at=at) for workload in workloads)


def refresh_workload(*, workload: Workload, at: datetime, everything: bool = False) -> int:
    """Recompute the open months of one workload; gives how many. Running it again changes nothing."""
    start = _first_day(workload)
    if start is None:
        return 0
    months = realised.months_between(start, at.date() + timedelta(days=1))
    known = set(ValueMonth.objects.filter(workload=workload).values_list("month", flat=True))
    due = [m for i, m in enumerate(months) if everything or m not in known or i >= len(months) - KEPT_OPEN]
    rows = _Refresher(workload, start, at)
    values = [rows.month(month) for month in due]
    _upsert(values)
    return len(values)


def _upsert(rows: list[ValueMonth]) -> None:
    names = [f.name for f in ValueMonth._meta.concrete_fields if f.name not in ("id", "workload", "month")]
    with transaction.atomic():
        ValueMonth.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["workload", "month"], update_fields=names
        )


def _first_day(workload: Workload) -> date | None:
    days = [workload.go_live, workload.first_call_at.date() if workload.first_call_at else None]
    known = [day for day in days if day is not None]
    return min(known) if known else None


class _Refresher:
    """What stays the same for all months of one workload, read once."""

    def __init__(self, workload: Workload, start: date, at: datetime) -> None:
        self.workload, self.start, self.at = workload, start, at
        self.company = Company.load()
        self.ranges = estimate_ranges(workload.candidate) if workload.candidate else {}
        self.forecast: YearlyForecast | None = yearly_forecast(workload)
        self.claims = [_line(claim) for claim in workload.claims.filter(state__in=Claim.COUNTING)]

    def month(self, month: date) -> ValueMonth:
        through = min(next_month(month), self.at.date() + timedelta(days=1))
        begin, end = _midnight(month), _midnight(through)
        fields = (
            self._work(begin, end) | self._money(month, through, begin, end) | self._forecast(month, through)
        )
        return ValueMonth(
            workload=self.workload, month=month, through=through, refreshed_at=self.at, **fields
        )

    def _work(self, begin: datetime, end: datetime) -> dict[str, Any]:
        totals = workload_queries.outcome_totals(self.workload, begin, end)
        handling = totals.minutes_mean if totals.minutes_mean is not None else self._likely("review_minutes")
        baseline = self._likely("minutes")
        return {
            "done": totals.done,
            "accepted": totals.accepted,
            "self_reported": totals.self_reported,
            "baseline_minutes": baseline,
            "baseline_measured": "minutes" in self.ranges and self.ranges["minutes"].evidence == "measured",
            "handling_minutes": handling,
            "hours_freed": realised.hours_freed(totals.accepted, baseline, handling) if totals.done else None,
        }

    def _money(self, month: date, through: date, begin: datetime, end: datetime) -> dict[str, Any]:
        usage = workload_queries.usage(self.workload, begin, end)
        totals = realised.signed(self.claims, month, through)
        return {
            "cash_signed": totals.cash,
            "hours_signed": totals.hours,
            "avoided_signed": totals.avoided,
            "revenue_signed": totals.revenue,
            "risk_signed": totals.risk,
            "model_cost": (usage.cost_usd * self.company.usd_rate).quantize(Decimal("1e-10")),
            "unpriced_calls": usage.unpriced_calls,
            "hourly_rate": self._rate(month),
            "currency": self.company.currency,
        }

    def _forecast(self, month: date, through: date) -> dict[str, Any]:
        if self.forecast is None:
            return {}
        age = realised.months_apart(first_of(self.start), month)
        ramp = self.forecast.ramp_months
        amounts = asdict(self.forecast)
        names = [n for n in amounts if n.startswith(("hours_", "cash_")) and amounts[n] is not None]
        return {f"forecast_{n}": realised.forecast_in(amounts[n], age, month, through, ramp) for n in names}

    def _likely(self, quantity: str) -> Decimal | None:
        known = self.ranges.get(quantity)
        return None if known is None else Decimal(str(known.likely)).quantize(Decimal("0.001"))

    def _rate(self, month: date) -> Decimal | None:
        if (own := self._likely("loaded_rate")) is not None:
            return own
        card = RateCard.objects.for_unit(self.workload.unit, month)  # type: ignore[attr-defined]
        return card.hourly_rate if card else None


def _line(claim: Claim) -> ClaimLine:
    hours = claim.hours_month or Decimal(0)
    return ClaimLine(claim.amount_month, claim.valid_from, claim.valid_to, hours, Claim.COLUMNS[claim.kind])


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)
