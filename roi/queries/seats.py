"""Who sits in a review, who may take its chair, and whether somebody reads its money."""

from aiops import permissions
from aiops.models import User
from aiops.permissions import Permission
from roi.models import AgendaItem, Member, Review
from roi.queries.barred import barred_words, subject_of


def sits_in(review: Review, user: User) -> bool:
    """The chair, the members, and whoever decides for its unit."""
    if user.pk == review.chair_id or may_chair(review, user):
        return True
    return Member.objects.filter(series=review.series_id, user=user).exists()


def may_chair(review: Review, user: User) -> bool:
    """Whoever decides for its unit (for all units, where it covers all)."""
    return permissions.scope(user, Permission.DECIDE).covers(review.series.unit_id)


def reads_money(review: Review, user: User) -> bool:
    """Money of a meeting is for those who read it in all that the meeting covers."""
    return permissions.scope(user, Permission.READ_MONEY).covers(review.series.unit_id)


def decider_words(item: AgendaItem, user: User) -> str:
    """Why this person does not decide the item; "" where they do."""
    subject, review = subject_of(item), item.review
    if subject is None:
        return "An overdue action is finished or given a new date, not decided."
    if words := barred_words(subject, user):
        return words
    if not permissions.has(user, Permission.DECIDE, unit=subject.unit):
        return f"{review.chair.name} decides; you may object."
    if user.pk != review.chair_id and not barred_words(subject, review.chair):
        return f"{review.chair.name} chairs this meeting and decides; you may object, or take the chair."
    return ""
