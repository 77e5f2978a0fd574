"""Who may talk about a candidate, who follows it without having asked, and telling those who follow."""

from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.urls import reverse

from aiops import permissions
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from backlog import queries
from backlog.models import Candidate, Follower, State
from integrations.operations import tell


def require_talk(candidate: Candidate, by: User) -> None:
    """Whoever sees a candidate and may file one talks about it; its owner always. Readers only read."""
    require_unmerged(candidate)
    if by.is_system or by.pk == candidate.owner_id:
        return
    permissions.require(by, Permission.FILE)
    if not Candidate.objects.visible_to(by).filter(pk=candidate.pk).exists():
        raise PermissionDenied("You do not see this candidate.")


def require_unmerged(candidate: Candidate) -> None:
    """Nobody would find what is said of one that was merged: it is said of the other."""
    if candidate.merged_into is not None:
        words = f"{candidate.key} was merged into {candidate.merged_into.key}: go on there."
        raise DomainError("merged", words)


def require_submitted(candidate: Candidate) -> None:
    """A draft is its owner's alone: there is nobody to ask and nothing to vote for."""
    if candidate.submitted_at is None or candidate.state == State.DRAFT:
        raise DomainError("draft", f"{candidate.key} is a draft: submit it first.")


def follow_along(candidate: Candidate, person: User, at: datetime) -> None:
    """Follow because of a comment or a vote. Who left once stays away until they follow again by choice."""
    if not person.is_system and person.pk != candidate.owner_id:
        Follower.objects.get_or_create(candidate=candidate, by=person, defaults={"at": at})


def tell_followers(
    *, candidate: Candidate, sentence: str, key: str, at: datetime, but: Iterable[int] = ()
) -> None:
    """A line in the weekly digest of everybody who follows, except `but` (ids: who did it, who knows already)."""
    for person in queries.followers_of(candidate).exclude(pk__in=list(but)):
        _tell(person, "activity", candidate, sentence, "", key, at)


def tell_one(
    *, person: User, topic: str, candidate: Candidate, subject: str, text: str, key: str, at: datetime
) -> None:
    """The mail of the same day to one person about a candidate."""
    _tell(person, topic, candidate, subject, text, key, at)


def _tell(
    person: User, topic: str, candidate: Candidate, subject: str, text: str, key: str, at: datetime
) -> None:
    tell(
        user=person,
        topic=topic,
        subject=" ".join(subject.split()),
        text=text,
        path=reverse("backlog:candidate", args=[candidate.number]),
        dedup_key=key,
        at=at,
        simulated=candidate.simulated,
    )
