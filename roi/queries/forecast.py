"""The forecast that a workload was approved with: frozen, and what of it falls on a month after splits."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from roi.calc.realised import first_of, months_apart
from roi.models import Assessment, Decision, Split
from workloads.models import Workload

Triple = tuple[Decimal, Decimal, Decimal]
ONE = Decimal(1)


@dataclass(frozen=True)
class YearlyForecast:
    """Hours a year at full use as P10, P50, P90; None where the assessment had none."""

    hours_p10: Decimal | None
    hours_p50: Decimal | None
    hours_p90: Decimal | None
    ramp_months: int


@dataclass(frozen=True)
class Approved:
    """The assessment frozen in the approval, as it falls on one workload.

    `hours` and `cash` are P10, P50, P90 a year at full use (hours; money of `currency`, before costs), None where it
    had none. `likely` are its inputs by quantity. `start` is the planned first month: what the assessment or the plan
    said, else the go-live itself. `shares`: from which month on what share of the forecast is this workload's.
    """

    assessment: Assessment
    decided_on: date
    start: date
    hours: Triple | None
    cash: Triple | None
    currency: str
    ramp_months: int
    horizon_months: int
    likely: Mapping[str, float] = field(default_factory=dict)
    shares: tuple[tuple[date, Decimal], ...] = ((date.min, ONE),)

    def share_in(self, month: date) -> Decimal:
        """The part of the forecast that is this workload's in a month: 1 where nothing was split."""
        return next((share for start, share in reversed(self.shares) if start <= month), Decimal(0))

    def age_in(self, month: date) -> int:
        """Months since the planned start; below zero before it."""
        return months_apart(first_of(self.start), month)


def yearly_forecast(workload: Workload) -> YearlyForecast | None:
    """From the assessment frozen in the approval; None for a workload that was registered without one."""
    known = approved(workload)
    if known is None:
        return None
    a = known.assessment
    return YearlyForecast(a.hours_p10, a.hours_p50, a.hours_p90, ramp_months=a.ramp_months)


def approved(workload: Workload) -> Approved | None:
    """None for a workload that was registered without an assessed approval."""
    return approved_of([workload]).get(workload.pk)


def approved_of(workloads: Iterable[Workload]) -> dict[int, Approved]:
    """By the workload's id. Three queries, however many; a part of a split workload takes its share of the source's."""
    listed = list(workloads)
    splits = list(Split.objects.order_by("month", "pk")) if listed else []
    roots = {workload.pk: _root(workload.pk, splits) for workload in listed}
    known = {workload.pk: workload for workload in listed}
    missing = [pk for pk in {root for root, _ in roots.values()} if pk not in known]
    known |= {row.pk: row for row in Workload.objects.filter(pk__in=missing)} if missing else {}
    decisions = _decisions([known[root] for root, _ in roots.values()])
    found = {}
    for pk, (root, shares) in roots.items():
        decision = decisions.get(known[root].candidate_id or 0)
        if decision is not None:
            found[pk] = _approved(decision, known[root], shares)
    return found


def _root(pk: int, splits: list[Split]) -> tuple[int, tuple[tuple[date, Decimal], ...]]:
    """The workload whose approval counts, and the share of it that is this one's, by month."""
    came = next((split for split in splits if split.part_id == pk), None)
    root, shares = (pk, [(date.min, ONE)])
    if came is not None:
        root, before = _root(came.source_id, [s for s in splits if (s.month, s.pk) < (came.month, came.pk)])
        shares = [(came.month, before[-1][1] * came.share)]
    for split in splits:
        if split.source_id == pk:
            shares.append((split.month, shares[-1][1] * (ONE - split.share)))
    return root, tuple(shares)


def _decisions(workloads: Iterable[Workload]) -> dict[int, Decision]:
    """The approval that counts, by the candidate's id: the latest."""
    candidates = {workload.candidate_id for workload in workloads if workload.candidate_id}
    if not candidates:
        return {}
    rows = Decision.objects.filter(
        candidate_id__in=candidates, verdict=Decision.Verdict.APPROVE, assessment__isnull=False
    )
    rows = rows.select_related("assessment").defer("assessment__details", "assessment__drivers", "as_seen")
    return {row.candidate_id or 0: row for row in rows.order_by("at", "pk")}


def _approved(decision: Decision, workload: Workload, shares: tuple[tuple[date, Decimal], ...]) -> Approved:
    a = decision.assessment
    assert a is not None
    likely = {row["quantity"]: float(row["likely"]) for row in a.inputs.get("quantities", [])}
    return Approved(
        assessment=a,
        decided_on=decision.at.date(),
        start=_start(decision.at.date(), likely.get("start_months"), workload),
        hours=_triple(a, "hours"),
        cash=_triple(a, "cash_year"),
        currency=a.currency,
        ramp_months=a.ramp_months,
        horizon_months=a.horizon_months,
        likely=likely,
        shares=shares,
    )


def _start(decided: date, start_months: float | None, workload: Workload) -> date:
    """What was planned: by the assessment, by the register, else no plan is known and the start itself stands."""
    if start_months:
        index = decided.year * 12 + decided.month - 1 + round(start_months)
        return date(index // 12, index % 12 + 1, 1)
    actual = first_day(workload)
    return workload.planned_go_live or actual or decided


def first_day(workload: Workload) -> date | None:
    """When it began: go-live or the first call, whichever came first."""
    days = [workload.go_live, workload.first_call_at.date() if workload.first_call_at else None]
    known = [day for day in days if day is not None]
    return min(known) if known else None


def _triple(assessment: Assessment, name: str) -> Triple | None:
    ends: list[Any] = [getattr(assessment, f"{name}_{p}") for p in ("p10", "p50", "p90")]
    return None if None in ends else (ends[0], ends[1], ends[2])
