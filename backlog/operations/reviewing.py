"""Back into the review: a date that came, a measurement that is in, a decision that was corrected."""

from datetime import datetime

from django.db import transaction

from aiops import audit, permissions
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from backlog.models import DECIDED, Candidate, State
from backlog.operations.stages import locked, move, require_move

WAITING = (State.DEFERRED, State.MEASURING)


def return_to_review(*, candidate: Candidate, why: str, by: User, at: datetime) -> Candidate:
    """A deferred or measured candidate is to be decided again; one that is somewhere else stays there."""
    if not by.is_system:
        permissions.require(by, Permission.TRIAGE, unit=candidate.unit)
    with transaction.atomic():
        candidate = locked(candidate)
        if candidate.state not in WAITING:
            return candidate
        require_move(candidate, State.IN_REVIEW)
        move(candidate, State.IN_REVIEW, at)
        audit.record(by=by, at=at, action="candidate.back_in_review", obj=candidate, reason=why)
    return candidate


def take_back_decision(*, candidate: Candidate, why: str, by: User, at: datetime) -> Candidate:
    """The verdict is corrected: the candidate stands in review as if it had not fallen.

    Refused once it is being built or live: what was approved has begun.
    """
    permissions.require(by, Permission.DECIDE, unit=candidate.unit)
    with transaction.atomic():
        candidate = locked(candidate)
        if candidate.state == State.IN_REVIEW:
            return candidate
        if candidate.state not in DECIDED:
            words = f"{candidate.key} is {candidate.get_state_display()}: the decision cannot be taken back any more."
            raise DomainError("under_way", words)
        # No ordinary move leads here: only the review takes its own word back.
        move(candidate, State.IN_REVIEW, at)
        audit.record(by=by, at=at, action="candidate.decision_taken_back", obj=candidate, reason=why)
    return candidate
