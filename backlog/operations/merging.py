"""Two candidates of one work: what was said of one goes to the other, and back when it was a mistake."""

from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q

from aiops import audit, permissions
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from backlog.models import DECIDED, OPEN, Candidate, Comment, Evidence, Follower, Question, State, Vote
from backlog.operations.following import tell_followers
from backlog.operations.stages import enter, locked, move, require_move

TARGETS = {*OPEN, *DECIDED, State.BUILDING, State.LIVE} - {State.DUPLICATE}


def may_merge(candidate: Candidate, by: User) -> bool:
    """Its owner, and whoever triages its unit."""
    return by.pk == candidate.owner_id or permissions.has(by, Permission.TRIAGE, unit=candidate.unit)


def merge(*, candidate: Candidate, into: Candidate, by: User, at: datetime) -> Candidate:
    """Comments, votes, followers, evidence and open questions go to `into`, each with where it came from.

    Who voted, follows or owns there already is counted once. Refused into itself, a draft, a candidate that is
    closed or merged itself, or one that `by` cannot see.
    """
    _require(candidate, by)
    if candidate.pk == into.pk:
        raise DomainError("into", f"{candidate.key} cannot be merged into itself.", "into")
    if not by.is_system and not Candidate.objects.visible_to(by).filter(pk=into.pk).exists():
        raise DomainError("into", "There is no such candidate that you can see.", "into")
    with transaction.atomic():
        candidate, into = _both_locked(candidate, into)
        require_move(candidate, State.DUPLICATE)
        _require_target(into)
        tell_followers(
            candidate=candidate,
            sentence=f"{by} merged {candidate} into {into.key}.",
            key=f"merged-{candidate.pk}-{int(at.timestamp())}",
            at=at,
            but=[by.pk],
        )
        counts = _carry_over(candidate, into, at)
        candidate.merged_into = into
        candidate.save(update_fields=["merged_into"])
        # The date of a deferred one stays, so that taking the merge back finds it.
        move(candidate, State.DUPLICATE, at, until=candidate.deferred_until)
        audit.record(
            by=by, at=at, action="candidate.merged", obj=candidate, changes={"into": into.key} | counts
        )
        said = {"from": candidate.key} | counts
        audit.record(by=by, at=at, action="candidate.took_over", obj=into, changes=said)
    return candidate


def _require(candidate: Candidate, by: User) -> None:
    if not by.is_system and not may_merge(candidate, by):
        raise PermissionDenied("Only its owner or the unit's triage merges a candidate.")


def _both_locked(one: Candidate, other: Candidate) -> tuple[Candidate, Candidate]:
    """Locked in one order, so that two merges wait for each other."""
    rows = {row.pk: row for row in (locked(c) for c in sorted((one, other), key=lambda c: c.pk))}
    return rows[one.pk], rows[other.pk]


def _require_target(into: Candidate) -> None:
    if into.merged_into_id:
        words = f"{into.key} was merged itself, into {into.merged_into}: merge into that one."
        raise DomainError("into", words, "into")
    if into.state not in TARGETS:
        words = f"{into.key} is {into.get_state_display()}: nothing is merged into it."
        raise DomainError("into", words, "into")


def _carry_over(candidate: Candidate, into: Candidate, at: datetime) -> dict[str, int]:
    """How many of each went over. What came from another merge before keeps its own origin."""
    unanswered = {"answered_at": None, "withdrawn_at": None}
    counts = {
        "comments": _move(Comment.objects.filter(candidate=candidate), into, candidate),
        "evidence": _move(Evidence.objects.filter(candidate=candidate), into, candidate),
        "questions": _move(Question.objects.filter(candidate=candidate, **unanswered), into, candidate),
    }
    there = into.votes.values("by")
    votes = Vote.objects.filter(candidate=candidate).exclude(by__in=there).exclude(by=into.owner_id)
    counts["votes"] = _move(votes, into, candidate)
    following = into.followers.values("by")
    followers = Follower.objects.filter(candidate=candidate).exclude(by__in=following)
    counts["followers"] = _move(followers.exclude(by=into.owner_id), into, candidate)
    if candidate.owner_id != into.owner_id:
        about = {"at": at, "origin": candidate}
        Follower.objects.get_or_create(candidate=into, by_id=candidate.owner_id, defaults=about)
    return counts


def _move(rows: Any, into: Candidate, origin: Candidate) -> int:
    pks = list(rows.order_by().values_list("pk", flat=True))
    rows.model.objects.filter(pk__in=pks, origin=None).update(origin=origin)
    return int(rows.model.objects.filter(pk__in=pks).update(candidate=into))


def unmerge(*, candidate: Candidate, by: User, at: datetime) -> Candidate:
    """Take a merge back: the candidate stands where it stood, with what came from it. What is new there stays there."""
    _require(candidate, by)
    with transaction.atomic():
        candidate = locked(candidate)
        into = candidate.merged_into
        if into is None or candidate.state != State.DUPLICATE:
            raise DomainError("not_merged", f"{candidate.key} is not merged into another candidate.")
        _bring_back(candidate)
        candidate.merged_into = None
        candidate.save(update_fields=["merged_into"])
        _stand_where_it_stood(candidate, at)
        audit.record(by=by, at=at, action="candidate.unmerged", obj=candidate, changes={"from": into.key})
        audit.record(by=by, at=at, action="candidate.gave_back", obj=into, changes={"to": candidate.key})
    return candidate


def _bring_back(candidate: Candidate) -> None:
    """Rows that came from it, or through it from those merged into it before."""
    behind = _merged_into(candidate)
    Follower.objects.filter(origin=candidate, by=candidate.owner_id).delete()
    for model in (Comment, Evidence, Question, Vote, Follower):
        rows = model.objects.exclude(candidate=candidate)
        if model in (Vote, Follower):
            there: Any = model.objects.filter(candidate=candidate).values("by")
            rows = rows.exclude(by__in=there)
        rows.filter(origin__in=behind).exclude(candidate__in=behind).update(candidate=candidate)
        pks = list(rows.filter(origin=candidate).values_list("pk", flat=True))
        model.objects.filter(pk__in=pks).update(candidate=candidate, origin=None)


def _merged_into(candidate: Candidate) -> list[int]:
    """Ids of all that were merged into it, directly or through others."""
    found: list[int] = []
    nearest = [candidate.pk]
    while nearest:
        rows = Candidate.objects.filter(Q(merged_into__in=nearest)).exclude(pk__in=found)
        nearest = list(rows.values_list("pk", flat=True))
        found += nearest
    return found


def _stand_where_it_stood(candidate: Candidate, at: datetime) -> None:
    before = (
        candidate.stages.exclude(left_at=None).select_related("holder").order_by("-left_at", "-pk").first()
    )
    state = before.state if before else State.RECEIVED
    candidate.state = state
    if state != State.DEFERRED:
        candidate.deferred_until = None
    candidate.save(update_fields=["state", "deferred_until"])
    enter(candidate, state, at, holder=before.holder if before else None)
