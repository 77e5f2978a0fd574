"""Actions: somebody does something by a date."""

from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse

from aiops import audit
from aiops.errors import DomainError
from aiops.models import User
from integrations.operations import tell
from roi.models import Action, AgendaItem, Review
from roi.operations import in_meeting
from roi.queries.seats import sits_in


def add_action(
    *,
    review: Review,
    text: str,
    owner: User,
    due_on: date,
    item: AgendaItem | None = None,
    by: User,
    at: datetime,
) -> Action:
    """The chair or a member gives somebody something to do; the owner is told once the meeting is over or at once."""
    if not sits_in(review, by):
        raise PermissionDenied("Only who sits in this review adds actions.")
    if not text.strip():
        raise DomainError("text", "Say what is to be done.", "text")
    if due_on < at.date():
        raise DomainError("due_on", "The date lies in the past.", "due_on")
    if not owner.is_active or owner.is_system:
        raise DomainError("owner", f"{owner} is not here any more.", "owner")
    with transaction.atomic():
        meeting = in_meeting.locked(review)
        in_meeting.require_running(meeting)
        if item is not None and item.review_id != meeting.pk:
            raise DomainError("item", "That item is of another meeting.", "item")
        action = Action.objects.create(
            review=meeting, item=item, text=text.strip()[:300], owner=owner, due_on=due_on, created_by=by,
            created_at=at,
        )  # fmt: skip
        in_meeting.bump(meeting)
        said = {"review": meeting.number, "owner": owner, "due_on": due_on}
        audit.record(by=by, at=at, action="action.added", obj=action, unit=meeting.series.unit, changes=said)
        tell_action(action, at)
    return action


def tell_action(action: Action, at: datetime) -> None:
    """Its owner learns of it the same day."""
    tell(
        user=action.owner,
        topic="action",
        subject=f"For you until {action.due_on:%-d %b %Y}: {action.text}"[:200],
        text=f"{action.created_by} gave you this in {action.review}:\n\n{action.text}\n",
        path=reverse("roi:actions"),
        dedup_key=f"action-{action.pk}",
        at=at,
        simulated=action.review.series.simulated,
    )


def finish_action(*, action: Action, note: str, by: User, at: datetime) -> Action:
    """Done, with a word on how; by its owner, by whoever gave it, or by the chair."""
    with transaction.atomic():
        action = _open(action, by)
        action.done_at, action.done_note = at, note.strip()[:300]
        action.save(update_fields=["done_at", "done_note"])
        _log(action, "action.finished", by, at)
    return action


def drop_action(*, action: Action, note: str, by: User, at: datetime) -> Action:
    """No longer wanted; says why."""
    if not note.strip():
        raise DomainError("note", "Say why it is dropped.", "note")
    with transaction.atomic():
        action = _open(action, by)
        action.dropped_at, action.done_note = at, note.strip()[:300]
        action.save(update_fields=["dropped_at", "done_note"])
        _log(action, "action.dropped", by, at)
    return action


def _open(action: Action, by: User) -> Action:
    rows = Action.objects.select_for_update(of=("self",)).select_related("review__series__unit", "owner")
    action = rows.get(pk=action.pk)
    if by.pk not in (action.owner_id, action.created_by_id, action.review.chair_id):
        raise PermissionDenied("Its owner, whoever gave it, or the chair finishes an action.")
    if not action.is_open:
        raise DomainError("done", "This action is finished already.")
    return action


def _log(action: Action, what: str, by: User, at: datetime) -> None:
    audit.record(
        by=by, at=at, action=what, obj=action, unit=action.review.series.unit, reason=action.done_note
    )
