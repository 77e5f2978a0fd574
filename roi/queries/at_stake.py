"""What is lost if an approval no longer holds."""

from collections.abc import Iterable
from decimal import Decimal

from roi.models import Decision
from workloads.models import Workload


def approved_worth(workloads: Iterable[Workload]) -> dict[int, Decimal]:
    """The NPV (middle) that the last approval of each workload rests on, by its id; company currency of that day."""
    of = {w.candidate_id: w.pk for w in workloads if w.candidate_id}
    rows = Decision.objects.filter(candidate__in=of, verdict=Decision.Verdict.APPROVE).order_by("at", "pk")
    npv = rows.values_list("candidate_id", "assessment__npv_p50")
    return {of[candidate]: abs(worth) for candidate, worth in npv if candidate and worth is not None}
