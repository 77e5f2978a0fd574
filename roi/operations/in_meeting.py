"""An item under decision in a running meeting: who holds it, whether it is as it was seen, when it is done."""

from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db.models import F, Q

from aiops.errors import DomainError
from aiops.models import User
from backlog.models import Candidate
from roi.models import AgendaItem, Decision, Member, Review
from roi.queries.barred import barred_words, subject_of

S = Review.State
# Their page asks every two seconds; whoever was not heard of for so long has left.
THERE = timedelta(minutes=5)


def locked(review: Review) -> Review:
    rows = Review.objects.select_for_update(of=("self",)).select_related("series__unit", "chair", "current")
    return rows.get(pk=review.pk)


def require_running(review: Review) -> None:
    if review.state != S.RUNNING:
        words = f"This meeting is {review.get_state_display()}."
        if review.state == S.CLOSED:
            words += " What it decided stands; a new decision may refer to it."
        raise DomainError("not_running", words)


def claim(
    item: AgendaItem,
    review: Review | None,
    by: User,
    at: datetime,
    revision: int | None,
    corrects: Decision | None,
) -> AgendaItem:
    """The locked item of the running meeting, for whoever decides it; refused where somebody was faster."""
    if review is not None and item.review_id != review.pk:
        raise DomainError("item", "That item is of another meeting.", "item")
    meeting = locked(item.review)
    require_running(meeting)
    item = locked_item(item, meeting)
    require_fresh(item, revision, corrects)
    _require_chair(item, by)
    _require_quorum(meeting, at)
    return item


def locked_item(item: AgendaItem, meeting: Review) -> AgendaItem:
    """The review is held first, always in this order, so that two people never wait for each other."""
    rows = AgendaItem.objects.select_for_update(of=("self",)).select_related(
        "candidate__unit",
        "candidate__owner",
        "candidate__feasibility",
        "workload__unit",
        "workload__candidate",
        "pre_read__assessment",
    )
    found = rows.get(pk=item.pk)
    found.review = meeting
    return found


def require_fresh(item: AgendaItem, revision: int | None, corrects: Decision | None) -> None:
    """Refused with who did what, where the item is not as it was seen."""
    stands = (
        Decision.objects.filter(item=item, corrected_by=None).select_related("by").order_by("-pk").first()
    )
    decided = stands is not None and (corrects is None or corrects.pk != stands.pk)
    if decided and stands is not None:
        words = f"{stands.by.name} decided this a moment ago: {stands.get_verdict_display()}."
        raise DomainError("stale", words)
    if revision is not None and revision != item.revision:
        raise DomainError("stale", "Somebody changed this item a moment ago: look at it again.")


def _require_chair(item: AgendaItem, by: User) -> None:
    """The chair decides; where the chair may not, another one who holds the right and sits in the review."""
    review, subject = item.review, subject_of(item)
    if by.pk == review.chair_id or subject is None:
        return
    if not barred_words(subject, review.chair):
        words = f"{review.chair.name} chairs this meeting and decides. You may object, or take the chair."
        raise PermissionDenied(words)


def _require_quorum(review: Review, at: datetime) -> None:
    needed = review.series.quorum
    if not needed:
        return
    there = present_members(review, at)
    if there < needed:
        words = f"No quorum: {needed} members must be there, {there} {'is' if there == 1 else 'are'}."
        raise DomainError("quorum", words)


def present_members(review: Review, at: datetime) -> int:
    """Members and the chair whose page was heard of in the last minutes, or whom the chair put down as in the room.

    A page that is open moves `last_seen_at`; whoever was put down without one keeps the moment of that.
    """
    seats = {
        *Member.objects.filter(series=review.series_id).values_list("user_id", flat=True),
        review.chair_id,
    }
    here = Q(last_seen_at__gte=at - THERE) | Q(last_seen_at=F("first_seen_at"))
    return review.presences.filter(here, user__in=seats).count()


def settle(item: AgendaItem, at: datetime) -> None:
    """Decided: its clock stops, and everybody's page learns of it."""
    stop_clock(item, at)
    item.done_at = at
    item.revision += 1
    item.save(update_fields=["done_at", "seconds", "opened_at", "revision"])
    bump(item.review)


def stop_clock(item: AgendaItem, at: datetime) -> None:
    if item.opened_at is not None:
        item.seconds += max(int((at - item.opened_at).total_seconds()), 0)
        item.opened_at = None


def bump(review: Review) -> None:
    Review.objects.filter(pk=review.pk).update(revision=F("revision") + 1)


def held_elsewhere(candidate: Candidate) -> list[AgendaItem]:
    """Items of running meetings that have this candidate open, their meetings held before the candidate is."""
    rows = AgendaItem.objects.filter(candidate=candidate, done_at=None, review__state=S.RUNNING)
    items = list(rows.select_related("review").order_by("review_id"))
    for item in items:
        item.review = locked(item.review)
    return items


def close_elsewhere(items: list[AgendaItem], at: datetime) -> None:
    """Decided outside: a meeting that has it on its screen sees so."""
    for item in items:
        settle(item, at)
