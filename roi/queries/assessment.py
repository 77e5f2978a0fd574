"""The newest score of a candidate, and what was decided on it."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from aiops.models import User
from backlog.models import Candidate
from roi.calc.distributions import Shape
from roi.calc.simulation import QUANTITIES, RAMP_MONTHS, Inputs
from roi.models import Assessment, Decision


def latest_assessment(candidate: Candidate) -> Assessment | None:
    """The newest frozen score, or None."""
    return candidate.assessments.select_related("by").order_by("-pk").first()


def decisions(user: User, candidate: Candidate) -> list[Decision]:
    """What was decided on a candidate, newest first, each with the assessment as it was seen."""
    rows = Decision.objects.visible_to(user).filter(candidate=candidate).prefetch_related("tripwires")
    rows = rows.select_related("by", "assessment", "candidate", "workload", "review", "duplicate_of")
    return list(rows.order_by("-at", "-pk"))


def assessments_of(candidate: Candidate) -> QuerySet[Assessment]:
    """All frozen scores of a candidate, newest first, without the bulk of their details."""
    return candidate.assessments.select_related("by").defer("details").order_by("-pk")


def frame_of(assessment: Assessment) -> Inputs:
    """The inputs of a frozen score as the calculation takes them; of older calculations too."""
    kept: Mapping[str, Any] = assessment.inputs
    shapes = {
        row["quantity"]: Shape(
            row["low"], row["likely"], row["high"], row["meaning"], QUANTITIES[row["quantity"]]
        )
        for row in kept["quantities"]
    }
    return Inputs(
        shapes,
        kept["horizon_months"],
        float(kept["discount_rate"]),
        ramp_months=kept.get("ramp_months", RAMP_MONTHS),
        start_months=kept.get("start_months", 0.0),
        hours_cap=kept.get("hours_cap"),
        price_in=kept.get("price_in", 0.0),
        price_out=kept.get("price_out", 0.0),
        correlations=tuple((a, b, rho) for a, b, rho in kept.get("correlations", [])),
        effort_days=kept.get("effort_days"),
    )
