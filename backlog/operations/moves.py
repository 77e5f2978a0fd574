"""The way of a candidate after it was filed: who sizes it, the review, and the workload that it becomes."""

from datetime import date, datetime

from django.db import transaction

from aiops import audit, permissions
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from backlog.models import Candidate, State
from backlog.operations.stages import locked, move, moved, require_move, tell_moved


def assign_assessor(*, candidate: Candidate, assessor: User, by: User, at: datetime) -> Candidate:
    """The lead (or an owner of the unit) names who sizes it."""
    permissions.require(by, Permission.TRIAGE, unit=candidate.unit)
    if not permissions.has(assessor, Permission.ESTIMATE, unit=candidate.unit):
        raise DomainError("assessor", f"{assessor} does not assess candidates of this unit.", "assessor")
    with transaction.atomic():
        candidate = locked(candidate)
        require_move(candidate, State.SIZING)
        candidate.assessor = assessor
        candidate.save(update_fields=["assessor"])
        move(candidate, State.SIZING, at, holder=assessor)
        audit.record(by=by, at=at, action="candidate.assigned", obj=candidate, changes={"assessor": assessor})
        tell_moved(candidate, by, at)
    return candidate


def send_to_review(*, candidate: Candidate, by: User, at: datetime) -> Candidate:
    """Ready to be decided; it needs a volume and minutes, the cost may still be open."""
    permissions.require(by, Permission.TRIAGE, unit=candidate.unit)
    known = set(candidate.estimates.values_list("quantity", flat=True))
    if not {"volume", "minutes"} <= known:
        raise DomainError("not_ready", "A review needs a volume and minutes first.")
    return moved(candidate, State.IN_REVIEW, by, at, "candidate.sent_to_review")


def mark_decided(
    *, candidate: Candidate, state: str, until: date | None = None, by: User, at: datetime
) -> Candidate:
    """Follow a decision of the review: approved, deferred, measuring, rejected or duplicate."""
    if not by.is_system:
        permissions.require(by, Permission.DECIDE)
    if state == State.DEFERRED and until is None:
        raise DomainError("until", "Name the date until which it is deferred.", "until")
    with transaction.atomic():
        candidate = locked(candidate)
        require_move(candidate, state)
        move(candidate, state, at, until=until if state == State.DEFERRED else None)
        audit.record(by=by, at=at, action=f"candidate.{state}", obj=candidate, changes={"until": until})
    return candidate


def mark_building(*, candidate: Candidate, by: User, at: datetime) -> Candidate:
    """Its workload is being built."""
    return _followed(candidate, State.BUILDING, by, at)


def mark_live(*, candidate: Candidate, by: User, at: datetime) -> Candidate:
    """Its workload is live."""
    return _followed(candidate, State.LIVE, by, at)


def mark_retired(*, candidate: Candidate, by: User, at: datetime) -> Candidate:
    """Its workload is retired."""
    return _followed(candidate, State.RETIRED, by, at)


def _followed(candidate: Candidate, state: str, by: User, at: datetime) -> Candidate:
    """A candidate follows its workload; where it is already (or cannot go back) it stays."""
    with transaction.atomic():
        # Asked of the locked row: the caller's copy may be older than the decision.
        candidate = locked(candidate)
        if not candidate.may_move_to(state):
            return candidate
        return moved(candidate, state, by, at, f"candidate.{state}")
