"""Hand over: all that somebody answered for goes to a named person, in one step."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model

from aiops import audit, permissions
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from backlog import operations as backlog_operations
from integrations.operations import tell
from roi.queries.ownership import ROLES, Belongings, belongings
from workloads import operations as workload_operations
from workloads.models import Workload

# Who answers for a row of these kinds stands in one column.
FIELDS = {"actions": "owner", "measurements": "person", "questions": "of", "claims": "filed_by"}
KINDS = ("candidates", "workloads", *FIELDS)


@dataclass(frozen=True)
class HandedOver:
    """How many of each kind went to the other person."""

    candidates: int = 0
    workloads: int = 0
    actions: int = 0
    measurements: int = 0
    questions: int = 0
    claims: int = 0

    @property
    def words(self) -> str:
        told = [f"{count} {_noun(kind, count)}" for kind, count in vars(self).items() if count]
        return ", ".join(told) or "nothing"


def _noun(kind: str, count: int) -> str:
    return kind if count != 1 else kind[:-1]


def may_hand_over(leaver: User, user: User) -> bool:
    """The person themselves, an IT administrator, and the lead of the whole company."""
    everywhere = (Permission.ADMIN_PEOPLE, Permission.DECIDE)
    return user.pk == leaver.pk or any(permissions.scope(user, p).everything for p in everywhere)


def hand_over(
    *, leaver: User, to: User, kinds: Collection[str] = KINDS, reason: str, by: User, at: datetime
) -> HandedOver:
    """Move what `leaver` answers for to `to`, all of the chosen kinds or nothing; again moves nothing more.

    What is signed, decided or closed keeps the name of whom it was done by. Who takes over a candidate owns it from
    then on, and decides on it no more.
    """
    if not may_hand_over(leaver, by):
        raise PermissionDenied("The person themselves, an IT administrator or the lead hands over.")
    _check(leaver, to, kinds, reason)
    with transaction.atomic():
        held = belongings(User.objects.select_for_update().get(pk=leaver.pk))
        moved = HandedOver(**{kind: len(getattr(held, kind)) for kind in kinds})
        _move(held, kinds, leaver, to, reason, at)
        if moved != HandedOver():
            changes = {"to": str(to), **vars(moved)}
            audit.record(by=by, at=at, action="person.handed_over", obj=leaver, changes=changes, reason=reason)
            _tell(leaver, to, moved, by, at)
    return moved


def _check(leaver: User, to: User, kinds: Collection[str], reason: str) -> None:
    if unknown := set(kinds) - set(KINDS):
        raise DomainError("kinds", f"Not known here: {', '.join(sorted(unknown))}.", "kinds")
    if not kinds:
        raise DomainError("kinds", "Choose at least one kind to hand over.", "kinds")
    if to.pk == leaver.pk:
        raise DomainError("same_person", "Name another person: they have it already.", "to")
    if not to.is_active or to.is_system:
        raise DomainError("gone", f"{to} cannot sign in: name somebody else.", "to")
    if not reason.strip():
        raise DomainError("reason", "Say why, so that the audit log can tell it.", "reason")


def _move(
    held: Belongings, kinds: Collection[str], leaver: User, to: User, reason: str, at: datetime
) -> None:
    if "candidates" in kinds:
        _candidates(held, to, reason, at)
    if "workloads" in kinds:
        _workloads(held, leaver, to, reason, at)
    for kind, field in FIELDS.items():
        if kind in kinds:
            _rows(getattr(held, kind), field, to)


def _candidates(held: Belongings, to: User, reason: str, at: datetime) -> None:
    for candidate in held.candidates:
        backlog_operations.give_candidate(
            candidate=candidate, to=to, reason=reason, by=User.objects.system(), at=at
        )


def _workloads(held: Belongings, leaver: User, to: User, reason: str, at: datetime) -> None:
    for workload, _ in held.workloads:
        people = _people_after(workload, leaver, to)
        workload_operations.name_people(
            workload=workload, people=people, reason=reason, by=User.objects.system(), at=at
        )


def _people_after(workload: Workload, leaver: User, to: User) -> dict[str, User | None]:
    """A deputy's place stays empty where the owner would stand in for themselves."""
    after: dict[str, User | None] = {
        role: to for role, _ in ROLES if getattr(workload, f"{role}_id") == leaver.pk
    }
    owner = after.get("business_owner") or workload.business_owner
    if after.get("deputy") == owner:
        after["deputy"] = None
    return after


def _rows(rows: Iterable[Model], field: str, to: User) -> None:
    for row in rows:
        setattr(row, field, to)
        row.save(update_fields=[field])


def _tell(leaver: User, to: User, moved: HandedOver, by: User, at: datetime) -> None:
    tell(
        user=to,
        topic="action",
        subject=f"{leaver} handed over to you: {moved.words}",
        text=f"{by} made you the one who answers for {moved.words}, so far {leaver}'s. Your home page shows them.",
        path="/",
        dedup_key=f"hand-over-{leaver.pk}-{to.pk}-{at:%Y%m%d%H%M%S}",
        at=at,
        simulated=leaver.simulated,
    )
