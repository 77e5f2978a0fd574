"""The meeting while it runs: start, the item on the screen, who is there, objections, votes, the consent list."""

from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction

from aiops import audit, permissions
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from roi.models import AgendaItem, Decision, Presence, Review, Voice
from roi.operations import in_meeting
from roi.operations.deciding import OF_CANDIDATE, OF_WORKLOAD
from roi.operations.pre_reads import freeze
from roi.queries.barred import barred_words, subject_of
from roi.queries.seats import may_chair, sits_in

S = Review.State
Section = AgendaItem.Section
# Presence is written that often at most, however often a page asks.
HEARD = timedelta(seconds=30)


def start_meeting(*, review: Review, by: User, at: datetime) -> Review:
    """The chair starts, or somebody who decides for the unit and so takes the chair. Starting twice is once."""
    with transaction.atomic():
        review = in_meeting.locked(review)
        if by.pk != review.chair_id and not may_chair(review, by):
            raise PermissionDenied("The chair starts the meeting, or somebody who decides for its unit.")
        if review.state == S.RUNNING:
            return review
        if review.is_over:
            raise DomainError("over", f"This meeting is {review.get_state_display()}.")
        if review.state == S.PLANNED:
            # Started before its pre-read went out: decisions rest on a frozen one all the same.
            freeze(review=review, at=at)
            review = in_meeting.locked(review)
        review.state, review.started_at, review.chair = S.RUNNING, at, by
        review.revision += 1
        review.save(update_fields=["state", "started_at", "chair", "revision"])
        audit.record(by=by, at=at, action="review.started", obj=review, unit=review.series.unit)
        be_present(review=review, by=by, at=at)
        first = review.items.filter(section=Section.DISCUSS, done_at=None).first()
        if first is not None:
            _show(review, first, at)
    return review


def take_chair(*, review: Review, by: User, at: datetime) -> Review:
    """Somebody else who decides for the unit takes over, for instance because the chair left."""
    with transaction.atomic():
        review = in_meeting.locked(review)
        in_meeting.require_running(review)
        if not may_chair(review, by):
            raise PermissionDenied("Only somebody who decides for its unit takes the chair.")
        before, review.chair = review.chair, by
        review.revision += 1
        review.save(update_fields=["chair", "revision"])
        changes = {"from": before, "to": by}
        audit.record(
            by=by, at=at, action="review.chair_taken", obj=review, unit=review.series.unit, changes=changes
        )
    return review


def be_present(*, review: Review, by: User, at: datetime) -> None:
    """Seen on the meeting's page; kept with the first and the last time."""
    row, created = Presence.objects.get_or_create(
        review=review, user=by, defaults={"first_seen_at": at, "last_seen_at": at}
    )
    if not created and at - row.last_seen_at > HEARD:
        Presence.objects.filter(pk=row.pk).update(last_seen_at=at)


def put_down(*, review: Review, person: User, by: User, at: datetime) -> None:
    """The chair notes somebody who sits in the room without a page of their own."""
    _require_chair(review, by)
    with transaction.atomic():
        in_meeting.require_running(in_meeting.locked(review))
        be_present(review=review, by=person, at=at)
        in_meeting.bump(review)


def _require_chair(review: Review, by: User) -> None:
    if by.pk != review.chair_id:
        raise PermissionDenied(f"{review.chair.name} chairs this meeting.")


def open_item(*, item: AgendaItem, by: User, at: datetime) -> Review:
    """The chair puts an item on everybody's screen; its clock runs and that of the one before stops."""
    with transaction.atomic():
        review = in_meeting.locked(item.review)
        in_meeting.require_running(review)
        _require_chair(review, by)
        if review.current_id != item.pk:
            _show(review, AgendaItem.objects.get(pk=item.pk), at)
            in_meeting.bump(review)
    review.refresh_from_db()
    return review


def _show(review: Review, item: AgendaItem, at: datetime) -> None:
    before = review.items.select_for_update(of=("self",)).exclude(opened_at=None)
    for one in before.exclude(pk=item.pk):
        in_meeting.stop_clock(one, at)
        one.save(update_fields=["seconds", "opened_at"])
    if item.done_at is None and item.opened_at is None:
        AgendaItem.objects.filter(pk=item.pk).update(opened_at=at)
    Review.objects.filter(pk=review.pk).update(current=item)


def object_to(*, item: AgendaItem, text: str, by: User, at: datetime) -> Voice:
    """An objection, minuted in the words of whoever has it; a second one of theirs replaces the first."""
    review = item.review
    if not sits_in(review, by) and not permissions.has(by, Permission.OBJECT, unit=review.series.unit):
        raise PermissionDenied("Only who sits in this review objects.")
    if not text.strip():
        raise DomainError("text", "Say what you object to.", "text")
    return _say(item, Voice.Kind.OBJECTION, {"text": text.strip()[:500]}, by, at)


def vote_in_review(*, item: AgendaItem, verdict: str, by: User, at: datetime) -> Voice:
    """A vote is advice: it is counted and minuted, the chair decides. Where the series has votes switched on."""
    review = item.review
    if not review.series.votes:
        raise DomainError("no_votes", "This review does not vote: the chair decides.")
    if not sits_in(review, by):
        raise PermissionDenied("Only who sits in this review votes.")
    subject = subject_of(item)
    if subject is None:
        raise DomainError("no_vote", "There is nothing to vote on.")
    if words := barred_words(subject, by):
        raise PermissionDenied(words.replace("somebody else decides on it", "you do not vote on it"))
    allowed = OF_CANDIDATE if item.candidate_id else OF_WORKLOAD
    if verdict not in allowed:
        raise DomainError("verdict", "Choose one of the verdicts.", "verdict")
    return _say(item, Voice.Kind.VOTE, {"verdict": verdict}, by, at)


def _say(item: AgendaItem, kind: str, said: dict[str, str], by: User, at: datetime) -> Voice:
    with transaction.atomic():
        review = in_meeting.locked(item.review)
        in_meeting.require_running(review)
        voice, _ = Voice.objects.update_or_create(item=item, by=by, kind=kind, defaults=said | {"at": at})
        in_meeting.bump(review)
        audit.record(by=by, at=at, action=f"review.{kind}", obj=item, unit=review.series.unit)
    return voice


def take_off_consent(*, item: AgendaItem, by: User, at: datetime, why: str = "") -> AgendaItem:
    """A member wants to talk about it after all: it moves to the end of what is discussed."""
    if not sits_in(item.review, by):
        raise PermissionDenied("Only who sits in this review pulls an item.")
    with transaction.atomic():
        review = in_meeting.locked(item.review)
        in_meeting.require_running(review)
        item = in_meeting.locked_item(item, review)
        if item.section != Section.CONSENT or item.done_at is not None:
            raise DomainError("stale", "It is not on the consent list any more.")
        last = review.items.filter(section=Section.DISCUSS).order_by("-position").first()
        item.section, item.position = Section.DISCUSS, (last.position + 1 if last else 0)
        item.pulled_by, item.pulled_why = by, (why.strip() or "pulled in the meeting")[:300]
        item.revision += 1
        item.save(update_fields=["section", "position", "pulled_by", "pulled_why", "revision"])
        in_meeting.bump(review)
        audit.record(
            by=by, at=at, action="review.pulled", obj=item, unit=review.series.unit, reason=item.pulled_why
        )
    return item


def standing_decision(item: AgendaItem) -> Decision | None:
    """The decision of an item that no later one corrects."""
    return Decision.objects.filter(item=item, corrected_by=None).select_related("by").order_by("-pk").first()
