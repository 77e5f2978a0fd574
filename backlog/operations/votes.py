""" "We have this work too", and who wants to be told what becomes of a candidate."""

from datetime import datetime

from django.db import transaction

from aiops import audit, permissions
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from backlog.models import Candidate, Follower, Vote
from backlog.operations.following import follow_along, require_submitted, require_talk, require_unmerged
from backlog.operations.stages import locked


def vote(*, candidate: Candidate, by: User, at: datetime) -> Vote:
    """Somebody else has this work too; they follow it from now on. A second vote of theirs is the first.

    Whoever files may vote, also from a unit that sees no more than title, unit and owner.
    """
    permissions.require(by, Permission.FILE)
    with transaction.atomic():
        candidate = locked(candidate)
        require_submitted(candidate)
        require_unmerged(candidate)
        if by.pk == candidate.owner_id:
            raise DomainError("own", f"{candidate.key} is yours: votes are of others who have this work too.")
        made, is_new = Vote.objects.get_or_create(candidate=candidate, by=by, defaults={"at": at})
        follow_along(candidate, by, at)
        if is_new:
            audit.record(by=by, at=at, action="candidate.voted", obj=candidate)
    return made


def unvote(*, candidate: Candidate, by: User, at: datetime) -> None:
    """Take the own vote back; following goes on until it is left."""
    with transaction.atomic():
        gone, _ = Vote.objects.filter(candidate=candidate, by=by).delete()
        if gone:
            audit.record(by=by, at=at, action="candidate.vote_taken_back", obj=candidate)


def follow(*, candidate: Candidate, by: User, at: datetime) -> Follower:
    """Be told what becomes of it, also after having left."""
    if by.pk != candidate.owner_id:
        _require_sight(candidate, by)
    made, _ = Follower.objects.update_or_create(
        candidate=candidate, by=by, defaults={"left_at": None}, create_defaults={"at": at}
    )
    return made


def _require_sight(candidate: Candidate, by: User) -> None:
    """Auditors and executives follow what they read; who joined by a vote may come back."""
    if not Vote.objects.filter(candidate=candidate, by=by).exists():
        seen = Candidate.objects.visible_to(by).filter(pk=candidate.pk).exists()
        if not seen:
            require_talk(candidate, by)


def unfollow(*, candidate: Candidate, by: User, at: datetime) -> None:
    """Be told no more: a comment or a vote later does not bring it back. The owner always follows."""
    if by.pk == candidate.owner_id:
        raise DomainError("own", f"{candidate.key} is yours: its owner is always told.")
    Follower.objects.update_or_create(
        candidate=candidate, by=by, defaults={"left_at": at}, create_defaults={"at": at, "left_at": at}
    )
