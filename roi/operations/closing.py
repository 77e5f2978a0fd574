"""Closing a meeting: its minutes, what was not reached carried over, everybody told; and dates that come."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse

from aiops import audit
from aiops.models import User
from backlog import operations as backlog_operations
from backlog.models import Candidate, State
from integrations.operations import tell
from roi.models import AgendaItem, Decision, Review
from roi.operations import in_meeting
from roi.operations.decision_mail import tell_decision
from roi.queries.minutes import content_hash, minutes_of, minutes_text
from roi.queries.seats import may_chair, reads_money

Section = AgendaItem.Section
NOT_REACHED = "The time was up before it came to it."


def close_review(*, review: Review, by: User, at: datetime) -> Review:
    """End the meeting and write its minutes, once. What was not reached comes first next time."""
    with transaction.atomic():
        review = in_meeting.locked(review)
        if by.pk != review.chair_id and not may_chair(review, by):
            raise PermissionDenied("The chair closes the meeting.")
        in_meeting.require_running(review)
        _carry_over(review, at)
        review.closed_at, review.current = at, None
        review.minutes_content = minutes_of(review)
        review.minutes_hash = content_hash(review.minutes_content)
        review.state = Review.State.CLOSED
        review.revision += 1
        review.save()
        changes = {"hash": review.minutes_hash}
        audit.record(
            by=by, at=at, action="review.closed", obj=review, unit=review.series.unit, changes=changes
        )
        _tell(review, at)
    return review


def _carry_over(review: Review, at: datetime) -> None:
    for item in review.items.select_for_update(of=("self",)).filter(done_at=None):
        in_meeting.stop_clock(item, at)
        if item.section in (Section.DISCUSS, Section.CONSENT):
            item.section, item.section_why = Section.CARRIED, NOT_REACHED
        item.save(update_fields=["section", "section_why", "seconds", "opened_at"])


def _tell(review: Review, at: datetime) -> None:
    """Decisions to owners and followers, minutes to who sits in the review; money only to who reads it."""
    standing = Decision.objects.filter(review=review, corrected_by=None)
    for decision in standing.select_related(
        "candidate__owner", "workload__business_owner", "workload__deputy", "by"
    ):
        tell_decision(decision, at)
    members = {m.user for m in review.series.members.select_related("user")} | {review.chair}
    for person in members:
        tell(
            user=person,
            topic="minutes",
            subject=f"Minutes: {review}",
            text=minutes_text(review.minutes_content or {}, with_money=reads_money(review, person)),
            path=reverse("roi:minutes", args=[review.number]),
            dedup_key=f"minutes-{review.pk}",
            at=at,
            simulated=review.series.simulated,
        )


def bring_back_deferred(*, at: datetime) -> int:
    """Deferred candidates whose date has come are in the review again, and their owners are told; gives how many."""
    due = Candidate.objects.filter(state=State.DEFERRED, deferred_until__lte=at.date())
    return sum(
        _brought_back(candidate, at) for candidate in due.select_related("owner", "unit").order_by("pk")
    )


def _brought_back(candidate: Candidate, at: datetime) -> bool:
    until = candidate.deferred_until
    words = f"{candidate}: its date has come, it is back in the review"
    with transaction.atomic():
        moved = backlog_operations.return_to_review(
            candidate=candidate, why="its date has come", by=User.objects.system(), at=at
        )
        if moved.state != State.IN_REVIEW:
            return False
        tell(
            user=candidate.owner,
            topic="decision",
            subject=words[:200],
            text=f"It was deferred until {until:%-d %b %Y}. You need not do anything.\n",
            path=reverse("backlog:candidate", args=[candidate.number]),
            dedup_key=f"back-{candidate.pk}-{until:%Y%m%d}",
            at=at,
            simulated=candidate.simulated,
        )
    return True
