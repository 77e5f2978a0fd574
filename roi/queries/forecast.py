"""The forecast that a workload was approved with, at full use."""

from dataclasses import dataclass
from decimal import Decimal

from roi.models import Decision
from workloads.models import Workload


@dataclass(frozen=True)
class YearlyForecast:
    """Hours and gross cash a year at full use as P10, P50, P90; None where the assessment had none."""

    hours_p10: Decimal | None
    hours_p50: Decimal | None
    hours_p90: Decimal | None
    cash_p10: Decimal | None
    cash_p50: Decimal | None
    cash_p90: Decimal | None
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
    hours, cash = (a.hours_p10, a.hours_p50, a.hours_p90), (a.cash_year_p10, a.cash_year_p50, a.cash_year_p90)
    return YearlyForecast(*hours, *cash, ramp_months=a.ramp_months)
