"""Who leads a meeting, and its row held for a change."""

from django.core.exceptions import PermissionDenied

from aiops.models import User
from roi.models import Review
from roi.queries.seats import may_chair


def may_lead(review: Review, user: User) -> bool:
    """The chair of the meeting, and whoever else decides for its unit: if the chair is away, it still takes place."""
    return user.pk == review.chair_id or may_chair(review, user)


def require_lead(review: Review, by: User) -> None:
    if not by.is_system and not may_lead(review, by):
        raise PermissionDenied("The chair of this review does that.")


def locked(review: Review) -> Review:
    rows = Review.objects.select_for_update(of=("self",)).select_related("series__unit", "chair")
    return rows.get(pk=review.pk)
