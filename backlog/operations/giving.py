"""Another owner for a candidate: its questions go along, its history stays."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from aiops import audit, permissions
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from backlog.models import Candidate, Follower, Question
from backlog.operations.stages import locked


def give_candidate(*, candidate: Candidate, to: User, reason: str = "", by: User, at: datetime) -> Candidate:
    """Its owner gives it away, or the lead or an IT admin does for somebody who left; giving twice gives once.

    The former owner follows it. `filed_by` keeps who filed it, so that they never decide on it later.
    """
    _require_giver(candidate, by)
    if not to.is_active or to.is_system:
        raise DomainError("gone", f"{to} cannot own anything here: name somebody who can sign in.", "to")
    with transaction.atomic():
        candidate = locked(candidate)
        former = candidate.owner
        if former.pk == to.pk:
            return candidate
        candidate.filed_by, candidate.owner = candidate.filed_by or former, to
        candidate.save(update_fields=["owner", "filed_by"])
        Question.objects.filter(candidate=candidate, of=former, answered_at=None, withdrawn_at=None).update(of=to)
        Follower.objects.get_or_create(candidate=candidate, by=former, defaults={"at": at})
        changes = {"from": str(former), "to": str(to)}
        audit.record(by=by, at=at, action="candidate.given", obj=candidate, changes=changes, reason=reason)
    return candidate


def _require_giver(candidate: Candidate, by: User) -> None:
    if by.pk == candidate.owner_id or permissions.has(by, Permission.ADMIN_PEOPLE):
        return
    if not permissions.has(by, Permission.DECIDE, unit=candidate.unit):
        raise PermissionDenied("Its owner gives a candidate away, or the lead, or an IT administrator.")
