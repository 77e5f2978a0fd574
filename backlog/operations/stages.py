"""Where a candidate stands and who has it: the moves that every other verb makes use of."""

from datetime import date, datetime

from django.db import transaction

from aiops import audit
from aiops.errors import DomainError
from aiops.models import User
from backlog.models import MOVES, OPEN, Candidate, StageEntry, State
from backlog.operations.following import tell_followers

HOLDERS = {
    State.RECEIVED: "the lead",
    State.SIZING: "an assessor",
    State.IN_REVIEW: "the ROI review",
    State.APPROVED: "the builder",
    State.BUILDING: "the builder",
    State.LIVE: "its business owner",
    State.DEFERRED: "the calendar",
    State.MEASURING: "its owner",
}


def locked(candidate: Candidate) -> Candidate:
    rows = Candidate.objects.select_for_update(of=("self",)).select_related("owner", "unit")
    return rows.get(pk=candidate.pk)


def locked_open(candidate: Candidate, what: str) -> Candidate:
    """The locked row of a candidate that is still open; refused with what stands otherwise."""
    candidate = locked(candidate)
    if candidate.state not in OPEN:
        raise DomainError("closed", f"{candidate.key} is {candidate.get_state_display()}: {what}")
    return candidate


def require_move(candidate: Candidate, state: str) -> None:
    if state not in MOVES[candidate.state] and state != candidate.state:
        words = f"{candidate.key} is {candidate.get_state_display()}: it cannot become {State(state).label}."
        raise DomainError("state", words)
    if state == candidate.state and state != State.SIZING:
        raise DomainError("state", f"{candidate.key} is {candidate.get_state_display()} already.")


def move(
    candidate: Candidate, state: str, at: datetime, holder: User | None = None, until: date | None = None
) -> None:
    candidate.state, candidate.deferred_until = state, until
    candidate.save(update_fields=["state", "submitted_at", "deferred_until"])
    enter(candidate, state, at, holder)


def enter(candidate: Candidate, state: str, at: datetime, holder: User | None = None) -> None:
    candidate.stages.filter(left_at=None).update(left_at=at)
    role = "" if holder else HOLDERS.get(State(state), "")
    StageEntry.objects.create(
        candidate=candidate, state=state, holder=holder, holder_role=role, entered_at=at
    )


def moved(
    candidate: Candidate, state: str, by: User, at: datetime, action: str, reason: str = ""
) -> Candidate:
    with transaction.atomic():
        candidate = locked(candidate)
        require_move(candidate, state)
        move(candidate, state, at)
        audit.record(by=by, at=at, action=action, obj=candidate, reason=reason)
        tell_moved(candidate, by, at)
    return candidate


def tell_moved(candidate: Candidate, by: User, at: datetime) -> None:
    """Where it stands now, for the digest of those who follow; decisions are told by the review, the same day."""
    sentence = f"{candidate} is {candidate.get_state_display()}."
    key = f"moved-{candidate.pk}-{candidate.state}-{int(at.timestamp())}"
    tell_followers(candidate=candidate, sentence=sentence, key=key, at=at, but=[by.pk])
