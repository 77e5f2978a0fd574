"""A workload as one line of every dashboard: to date, its last whole month, what lies ahead, and what is at risk."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import QuerySet
from django.urls import reverse

from roi.calc.interval_sums import independent_sum
from roi.calc.realised import first_of
from roi.models import Outlook, Tripwire, ValueMonth, ValueToDate
from roi.queries.at_stake import approved_worth
from workloads.models import Incident, Stage, Workload

ZERO = Decimal(0)
NEEDED = ("number", "name", "stage", "simulated", "candidate_id", "unit__name")


@dataclass(frozen=True)
class Line:
    """`month` is the last whole one, None before there was any; `at_risk` is approved NPV (middle) that is in doubt."""

    workload: Workload
    to_date: ValueToDate | None
    month: ValueMonth | None
    outlook: Outlook | None
    doubts: tuple[str, ...]
    at_risk: Decimal | None

    @property
    def url(self) -> str:
        return reverse("workloads:workload", args=[self.workload.number])

    @property
    def share_of_forecast(self) -> Decimal | None:
        """Hours freed to date of the middle of their forecast."""
        done = self.to_date
        if done is None or done.hours_freed is None or not done.forecast_hours_p50:
            return None
        return done.hours_freed / done.forecast_hours_p50

    @property
    def sentence(self) -> str:
        """Plain words: what it did last month, what that freed, and how that stands against the forecast."""
        name, month = self.workload.name, self.month
        if month is None:
            return f"{name} has no whole month yet."
        if not month.done:
            return f"{name}: nothing was reported for {month.month:%B}."
        told = " (self-reported)" if month.self_reported else ""
        words = f"{name} did {month.done:,} in {month.month:%B}{told}{_accepted(month)}"
        return f"{words}{_freed(month)}{_against(month)}."


def _accepted(month: ValueMonth) -> str:
    if month.accepted_share is None:
        return f", {month.accepted:,} accepted"
    share = f", {month.accepted_share * 100:.0f} in 100 accepted"
    if month.accepted_low is None or month.accepted_low == month.accepted_high:
        return share
    sure = "between, whoever chose what was judged" if month.bounds else "90 %"
    return f"{share} ({sure}: {month.accepted_low * 100:.0f} to {month.accepted_high * 100:.0f})"


def _freed(month: ValueMonth) -> str:
    if month.hours_freed is None:
        return "; hours are not known without a time baseline"
    ends = f" ({month.hours_low:,.0f} to {month.hours_high:,.0f})" if _wide(month) else ""
    return f"; {month.hours_freed:,.0f} h freed{ends}"


def _wide(month: ValueMonth) -> bool:
    return month.hours_low is not None and month.hours_high is not None and month.hours_low < month.hours_high


def _against(month: ValueMonth) -> str:
    if month.hours_freed is None or not month.forecast_hours_p50:
        return ""
    return f", {month.hours_freed / month.forecast_hours_p50 * 100:.0f} % of what was forecast"


def running(workloads: QuerySet[Workload]) -> QuerySet[Workload]:
    """Those that give value: in pilot, live, or retired with a past."""
    rows = workloads.exclude(stage__in=[Stage.APPROVED, Stage.BUILDING])
    return rows.select_related("unit").only(*NEEDED).order_by("name", "pk")


def lines_of(workloads: QuerySet[Workload]) -> list[Line]:
    """One line each, in the order of names, without their months; six queries, however many there are."""
    rows = {w.pk: w for w in running(workloads)}
    to_date = {v.workload_id: v for v in ValueToDate.objects.filter(workload__in=workloads).defer("gap")}
    ahead = newest_outlooks(workloads)
    doubts = _doubts(rows, ahead)
    worth = approved_worth(rows[pk] for pk in doubts)
    return [
        Line(
            workload=w,
            to_date=to_date.get(pk),
            month=None,
            outlook=ahead.get(pk),
            doubts=tuple(doubts.get(pk, ())),
            at_risk=worth.get(pk),
        )
        for pk, w in rows.items()
    ]


def with_months(lines: Iterable[Line], today: date) -> list[Line]:
    """The same lines with the last whole month of each, for their sentences."""
    listed = list(lines)
    whole = first_of(first_of(today) - timedelta(days=1))
    of = [line.workload.pk for line in listed]
    months = ValueMonth.objects.filter(workload__in=of, month=whole).defer("made_of", "gap")
    last = {m.workload_id: m for m in months}
    return [replace(line, month=last.get(line.workload.pk)) for line in listed]


def newest_outlooks(workloads: QuerySet[Workload]) -> dict[int, Outlook]:
    rows = Outlook.objects.filter(workload__in=workloads).defer("fan", "quantities", "breakevens")
    return {row.workload_id: row for row in rows.order_by("workload_id", "-month").distinct("workload_id")}


def _doubts(rows: dict[int, Workload], ahead: dict[int, Outlook]) -> dict[int, list[str]]:
    """By workload, why its value is in doubt: a fired tripwire, a bad incident that is open, what the rule says."""
    found: dict[int, list[str]] = {}
    live = {pk for pk, w in rows.items() if w.stage != Stage.RETIRED}
    fired = Tripwire.objects.filter(state=Tripwire.State.FIRED).exclude(workload=None)
    for pk in live.intersection(fired.values_list("workload", flat=True)):
        found.setdefault(pk, []).append("a tripwire fired")
    bad = Incident.objects.filter(severity=Incident.Severity.BAD).exclude(state=Incident.State.RESOLVED)
    for pk in live.intersection(bad.values_list("workload", flat=True)):
        found.setdefault(pk, []).append("a grave incident is open")
    for pk in live:
        if pk in ahead and ahead[pk].verdict in (Outlook.Verdict.FIX, Outlook.Verdict.RETIRE):
            found.setdefault(pk, []).append(f"the rule says {ahead[pk].get_verdict_display()}")
    return found


@dataclass(frozen=True)
class Totals:
    """Sums over lines. Hours of workloads are independent; outlooks are added as if all moved together."""

    cash_signed: Decimal
    cash_claimed: Decimal
    run_cost: Decimal
    build_cost: Decimal
    avoided: Decimal
    revenue: Decimal
    risk: Decimal
    hours: Decimal | None
    hours_low: Decimal | None
    hours_high: Decimal | None
    capacity: Decimal | None
    capacity_worth: Decimal | None
    forward: tuple[Decimal, Decimal, Decimal] | None
    forward_known: int
    at_risk: Decimal

    @property
    def cash_net(self) -> Decimal:
        return self.cash_signed - self.run_cost


def totals_of(lines: Iterable[Line]) -> Totals:
    """`forward` adds the outlooks of what still runs; `forward_known` of them have one."""
    listed = list(lines)
    known = [line.to_date for line in listed if line.to_date is not None]
    ahead = [line.outlook for line in listed if line.outlook and line.workload.stage != Stage.RETIRED]
    told = [row for row in ahead if row.forward_p50 is not None]
    counted = [(v.hours_freed, v.hours_low, v.hours_high, v.bounds) for v in known if v.hours_freed is not None]
    hours = independent_sum(counted)
    ends = [sum((getattr(row, f"forward_{p}") for row in told), ZERO) for p in ("p10", "p50", "p90")]
    return Totals(
        cash_signed=sum((v.cash_signed for v in known), ZERO),
        cash_claimed=sum((v.cash_claimed for v in known), ZERO),
        run_cost=sum((v.run_cost for v in known), ZERO),
        build_cost=sum((v.build_cost for v in known), ZERO),
        avoided=sum((v.avoided_signed for v in known), ZERO),
        revenue=sum((v.revenue_signed for v in known), ZERO),
        risk=sum((v.risk_signed for v in known), ZERO),
        hours=_sum(v.hours_freed for v in known),
        hours_low=hours[0] if hours else None,
        hours_high=hours[1] if hours else None,
        capacity=_sum(v.capacity_hours for v in known),
        capacity_worth=_sum(v.capacity_worth for v in known),
        forward=(ends[0], ends[1], ends[2]) if told else None,
        forward_known=len(told),
        at_risk=sum((line.at_risk for line in listed if line.at_risk is not None), ZERO),
    )


def _sum(values: Iterable[Decimal | None]) -> Decimal | None:
    known = [value for value in values if value is not None]
    return sum(known, ZERO) if known else None


