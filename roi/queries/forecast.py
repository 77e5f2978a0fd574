"""The forecast that a workload was approved with, at full use."""

from dataclasses import dataclass
from decimal import Decimal

from roi.models import Decision
from workloads.models import Workload


@dataclass(frozen=True)
class YearlyForecast:
    """Hours a year at full use as P10, P50, P90; None where the assessment had none."""

    hours_p10: Decimal | None
    hours_p50: Decimal | None
    hours_p90: Decimal | None
    ramp_months: int


def yearly_forecast(workload: Workload) -> YearlyForecast | None:
    """From the assessment frozen in the approval; None for a workload that was registered without one."""
    if workload.candidate_id is None:
        return None
    approved = Decision.objects.filter(candidate_id=workload.candidate_id, verdict=Decision.Verdict.APPROVE)
    decision = approved.select_related("assessment").order_by("-at", "-pk").first()
    if decision is None or decision.assessment is None:
        return None
    a = decision.assessment
    return YearlyForecast(a.hours_p10, a.hours_p50, a.hours_p90, ramp_months=a.ramp_months)
