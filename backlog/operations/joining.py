"""The same work twice: join the candidate that is there, or say why this one differs."""

from datetime import datetime

from django.db import transaction

from aiops import audit, permissions
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from backlog.models import Candidate, Comment, Distinct, Follower, State, Vote
from backlog.operations.stages import locked
from integrations.operations import tell

# Never shown to anybody, taken back, or standing under another number.
NOT_JOINED = (State.DRAFT, State.WITHDRAWN, State.DUPLICATE)
LONGEST_REASON = 300
LONGEST_NOTE = 4000


def join_candidate(*, candidate: Candidate, by: User, at: datetime, note: str = "") -> Candidate:
    """Stand behind a candidate instead of filing the same again: a vote, following it, what is new as a comment.

    Not asked whether it is visible to them: across units its title, unit and owner are shown, and that is enough
    to say "we have this too". Joining twice is joining once.
    """
    permissions.require(by, Permission.FILE)
    if len(note) > LONGEST_NOTE:
        raise DomainError("too_long", f"At most {LONGEST_NOTE} characters.", "note")
    with transaction.atomic():
        candidate = locked(candidate)
        _require_joinable(candidate, by)
        _, is_new = Vote.objects.get_or_create(candidate=candidate, by=by, defaults={"at": at})
        Follower.objects.update_or_create(
            candidate=candidate, by=by, defaults={"left_at": None}, create_defaults={"at": at}
        )
        if note.strip():
            Comment.objects.create(candidate=candidate, by=by, at=at, text=note.strip())
        if is_new:
            audit.record(by=by, at=at, action="candidate.joined", obj=candidate)
        _tell_owner(candidate, by, at)
    return candidate


def _require_joinable(candidate: Candidate, by: User) -> None:
    if by.pk == candidate.owner_id:
        raise DomainError("own", f"{candidate.key} is yours already.")
    if candidate.state in NOT_JOINED:
        raise DomainError(
            "state", f"{candidate.key} is {candidate.get_state_display()}: it cannot be joined."
        )


def _tell_owner(candidate: Candidate, by: User, at: datetime) -> None:
    tell(
        user=candidate.owner,
        topic="activity",
        subject=f"{by} has the same work and joined {candidate.key} {candidate.title}.",
        text="",
        path=f"/candidates/{candidate.number}/",
        dedup_key=f"joined-{candidate.pk}-{by.pk}",
        at=at,
        simulated=candidate.simulated,
    )


def differ(*, candidate: Candidate, other: Candidate, reason: str, by: User, at: datetime) -> Distinct:
    """Why a candidate is not the one that it looks like; saying it again replaces the words."""
    if by.pk != candidate.owner_id and not by.is_system:
        permissions.require(by, Permission.TRIAGE, unit=candidate.unit)
    words = " ".join(reason.split())
    if not words:
        raise DomainError("reason", f"Say in a few words how it differs from {other.key}.", "reason")
    if len(words) > LONGEST_REASON:
        raise DomainError("reason", f"At most {LONGEST_REASON} characters.", "reason")
    if candidate.pk == other.pk:
        raise DomainError("itself", "A candidate does not differ from itself.")
    with transaction.atomic():
        said, is_new = Distinct.objects.get_or_create(
            candidate=candidate, other=other, defaults={"reason": words, "by": by, "at": at}
        )
        if is_new or said.reason != words:
            Distinct.objects.filter(pk=said.pk).update(reason=words, by=by, at=at)
            audit.record(
                by=by, at=at, action="candidate.differs", obj=candidate, changes={"other": other.key}
            )
    said.refresh_from_db()
    return said
