"""What workloads gave: this month, to date, and the sentence that says it. Sums are read, never computed here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, F, Max, Q, QuerySet, Sum, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Sqrt

from aiops import permissions
from aiops.models import AuditEvent, User
from aiops.permissions import Permission
from roi.calc.interval_sums import TENTH
from roi.calc.realised import first_of
from roi.models import Claim, ValueMonth, ValueToDate
from roi.queries.claims import in_their_currency, money_of_company
from workloads.models import Workload
from workloads.queries import provisional_outcomes

ZERO = Decimal(0)
Triple = tuple[Decimal, Decimal, Decimal]
# How the page may be ordered: by the name, or the largest first.
ORDERS: dict[str, tuple[str, tuple[str | Combinable, ...]]] = {
    "name": ("name", ("name", "pk")),
    "cash": ("cash signed", (F("value_to_date__cash_signed").desc(nulls_last=True), "name", "pk")),
    "hours": ("hours freed", (F("value_to_date__hours_freed").desc(nulls_last=True), "name", "pk")),
    "cost": ("model cost", (F("value_to_date__model_cost").desc(nulls_last=True), "name", "pk")),
}


@dataclass(frozen=True)
class ValueRow:
    """One workload's month, or its sum to date, as the home, the value page, the API and the CSV show it.

    Money in company currency, hours in hours; None where nothing is known. Forecasts are P10, P50, P90; `hours_low`
    and `hours_high` are a 90 % interval, or worst and best case with `bounds`. `provisional` items are marked by
    telemetry and confirmed by nobody yet: in no other figure of the row.
    """

    workload: Workload
    sums: ValueMonth | ValueToDate | None
    provisional: int = 0

    def __getattr__(self, name: str) -> Any:
        """The figures are those of the ledger's row; without one there are none."""
        if name.startswith("_"):
            raise AttributeError(name)
        if self.sums is not None:
            return getattr(self.sums, name)
        if name in COUNTED or name in MONEY:
            return MONEY.get(name, 0)
        return None

    @property
    def months(self) -> int:
        return self.sums.months if isinstance(self.sums, ValueToDate) else int(self.sums is not None)

    @property
    def hours_capacity(self) -> Decimal | None:
        """To date it is the sum of the months' own, corrections in it."""
        if isinstance(self.sums, ValueToDate):
            return self.sums.capacity_hours
        return self.sums.hours_capacity if self.sums else None

    @property
    def forecast_hours(self) -> Triple | None:
        return self._range("forecast_hours")

    @property
    def forecast_cash(self) -> Triple | None:
        return self._range("forecast_cash")

    def _range(self, name: str) -> Triple | None:
        """Percentiles of months are added as if they moved together: the widest honest range."""
        ends: list[Any] = [getattr(self, f"{name}_{p}") for p in ("p10", "p50", "p90")]
        return None if None in ends else (ends[0], ends[1], ends[2])

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
        return f"Did {self.done:,} {plural(noun) if self.done != 1 else noun}{self._accepted}.{self._unconfirmed}"

    @property
    def _accepted(self) -> str:
        said = " (self-reported)" if self.self_reported else ""
        if not self.judged:
            return ", none of them judged one by one"
        if self.judged < self.done:
            return f"; {self.judged:,} were judged, {self.accepted:,} of them accepted{said}"
        return f", {self.accepted:,} accepted{said}"

    @property
    def _unconfirmed(self) -> str:
        if not self.provisional:
            return ""
        are = "is" if self.provisional == 1 else "are"
        return (
            f" {self.provisional:,} more {are} provisional: marked by telemetry, not counted until confirmed."
        )


COUNTED = ("done", "accepted", "judged", "unpriced_calls", "self_reported", "bounds", "baseline_measured")
MONEY = dict.fromkeys(
    (
        "hours_signed", "cash_signed", "cash_claimed", "avoided_signed", "revenue_signed", "risk_signed",
        "other_signed", "model_cost", "eval_cost", "licence_cost", "platform_cost", "people_cost", "build_cost",
        "run_cost", "cash_net", "expected_loss",
    ),
    ZERO,
)  # fmt: skip


def plural(noun: str) -> str:
    return f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2:-1] not in "aeiou" else f"{noun}s"


def value_row(workload: Workload, sums: ValueMonth | ValueToDate | None, provisional: int = 0) -> ValueRow:
    return ValueRow(workload, sums, provisional)


def months_of(user: User, workload: Workload) -> list[ValueMonth]:
    return list(ValueMonth.objects.visible_to(user).filter(workload=workload).order_by("month"))


def this_month(
    user: User, day: date, workloads: Any | None = None, most: int | None = None
) -> list[ValueRow]:
    """One row for each visible running workload in the month of `day`; at most `most`, those that freed most hours."""
    rows = running(user, workloads).order_by("name", "pk")
    freed = F("value_to_date__hours_freed").desc(nulls_last=True)
    listed = list(rows if most is None else rows.order_by(freed, "pk")[:most])
    known = {row.workload_id: row for row in _months_in(first_of(day), listed)}
    marked = provisional_outcomes(listed, first_of(day))
    return [ValueRow(one, known.get(one.pk), marked.get(one.pk, 0)) for one in listed]


def _months_in(month: date, workloads: Sequence[Workload]) -> QuerySet[ValueMonth]:
    return ValueMonth.objects.filter(month=month, workload__in=workloads).defer("made_of", "gap")


def to_date(user: User, workloads: Any | None = None) -> list[ValueRow]:
    """One row for each visible running workload, everything since its first month."""
    return rows_of(running(user, workloads).order_by("name", "pk"))


def running(user: User, workloads: Any | None = None) -> QuerySet[Workload]:
    """Visible ones in pilot, live or retired, with their sums to date."""
    chosen = Workload.objects.visible_to(user) if workloads is None else workloads
    rows: QuerySet[Workload] = chosen.exclude(stage__in=["approved", "building"])
    return rows.select_related("unit", "business_owner", "value_to_date").defer("value_to_date__gap")


def rows_of(workloads: Iterable[Workload]) -> list[ValueRow]:
    """Of workloads that `running` read, in their order: two queries."""
    listed = list(workloads)
    marked = provisional_outcomes(listed)
    return [ValueRow(one, getattr(one, "value_to_date", None), marked.get(one.pk, 0)) for one in listed]


@dataclass(frozen=True)
class PortfolioTotals:
    """Sums over workloads: cash with cash, hours with hours; the interval of the hours is one of 90 %.

    Months of different workloads vary on their own, so their half-widths are added in quadrature; where any has bounds
    (`bounded` workloads) those are added as they stand.
    """

    workloads: int
    cash_signed: Decimal
    cash_claimed: Decimal
    avoided_signed: Decimal
    revenue_signed: Decimal
    risk_signed: Decimal
    model_cost: Decimal
    run_cost: Decimal
    hours_freed: Decimal | None
    hours_low: Decimal | None
    hours_high: Decimal | None
    bounded: int
    hours_signed: Decimal
    hours_capacity: Decimal | None
    through: date | None

    @property
    def cash_net(self) -> Decimal:
        return self.cash_signed - self.run_cost

    @property
    def other_signed(self) -> Decimal:
        return self.avoided_signed + self.revenue_signed + self.risk_signed


SUMMED = (
    "cash_signed", "cash_claimed", "avoided_signed", "revenue_signed", "risk_signed", "model_cost", "hours_signed",
)  # fmt: skip
RUNNING_COST = ("model_cost", "eval_cost", "licence_cost", "platform_cost", "people_cost")


def money_workloads(user: User) -> QuerySet[Workload]:
    """Visible workloads whose money this person may see."""
    where = permissions.scope(user, Permission.READ_MONEY)
    rows = Workload.objects.visible_to(user)
    if where.everything:
        return rows
    return rows.filter(Q(business_owner=user) | Q(deputy=user) | Q(unit_id__in=where.unit_ids))


def portfolio_totals(workloads: Any) -> PortfolioTotals:
    """One query over the sums to date."""
    rows = ValueToDate.objects.filter(workload__in=workloads).order_by()
    names: dict[str, Any] = {f"{name}_all": Sum(name) for name in SUMMED}
    names |= {f"{name}_run": Sum(name) for name in RUNNING_COST}
    down, up = F("hours_freed") - F("hours_low"), F("hours_high") - F("hours_freed")
    for name, side in (("down", down), ("up", up)):
        names[f"{name}_loose"] = Sum(Case(When(bounds=True, then=side)))
        names[f"{name}_firm"] = Sqrt(Sum(Case(When(bounds=False, then=side * side))))
    from_sums: dict[str, Any] = rows.aggregate(
        **names, hours=Sum("hours_freed"), capacity=Sum("capacity_hours"), **_counts()
    )
    return _totals(from_sums)


def _counts() -> dict[str, Any]:
    return {"n": Count("pk"), "bounded": Count("pk", filter=Q(bounds=True)), "last": Max("through")}


def _totals(found: dict[str, Any]) -> PortfolioTotals:
    hours = found["hours"]
    ends = [
        None
        if hours is None
        else hours + sign * sum((Decimal(found[f"{side}_{kind}"] or 0) for kind in ("loose", "firm")), ZERO)
        for side, sign in (("down", -1), ("up", 1))
    ]
    return PortfolioTotals(
        workloads=found["n"],
        **{name: found[f"{name}_all"] or ZERO for name in SUMMED if name != "hours_signed"},
        run_cost=sum((found[f"{name}_run"] or ZERO for name in RUNNING_COST), ZERO),
        hours_freed=hours,
        hours_low=None if ends[0] is None else ends[0].quantize(TENTH),
        hours_high=None if ends[1] is None else ends[1].quantize(TENTH),
        bounded=found["bounded"],
        hours_signed=found["hours_signed_all"] or ZERO,
        hours_capacity=found["capacity"],
        through=found["last"],
    )


def value_chart(months: Sequence[ValueMonth], late: Mapping[date, Decimal] | None = None) -> dict[str, Any]:
    """Hours freed a month, with what came `late`, against the forecast's middle and range, as an ECharts option."""
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
                "data": [_float(_known(m, late or {})) for m in months],
                "itemStyle": {"color": "$bad"},
            },
        ],
    }


def _known(month: ValueMonth, late: Mapping[date, Decimal]) -> Decimal | None:
    """As it is known now: a closed month keeps its figure, and what came later is on top of it."""
    came = late.get(month.month)
    return month.hours_freed if came is None else (month.hours_freed or ZERO) + came


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _width(low: Decimal | None, high: Decimal | None) -> float | None:
    return None if low is None or high is None else float(high - low)


def claims_of(user: User, workload: Workload) -> QuerySet[Claim]:
    """Newest first, each with the `currency` in which it was filed."""
    rows = in_their_currency(Claim.objects.visible_to(user).filter(workload=workload), money_of_company())
    return rows.select_related("filed_by", "signed_by").order_by("-filed_at", "-pk")


def history_of(obj: Any) -> QuerySet[AuditEvent]:
    return AuditEvent.objects.of(obj)[:50]
