"""The newest score of a candidate, and what was decided on it."""

from aiops.models import User
from backlog.models import Candidate
from roi.models import Assessment, Decision


def latest_assessment(candidate: Candidate) -> Assessment | None:
    """The newest frozen score, or None."""
    return candidate.assessments.select_related("by").order_by("-pk").first()


def decisions(user: User, candidate: Candidate) -> list[Decision]:
    """What was decided on a candidate, newest first, each with the assessment as it was seen."""
    rows = Decision.objects.visible_to(user).filter(candidate=candidate).select_related("by", "assessment")
    return list(rows.order_by("-at", "-pk"))
