"""Who answers for a workload: its business owner, deputy, builder and IT steward, named anew after approval."""

from collections.abc import Mapping
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from aiops import audit, permissions
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from workloads.models import Change, Workload

ROLES = {
    "business_owner": "business owner",
    "deputy": "deputy",
    "builder": "builder",
    "it_steward": "IT steward",
}


def name_people(
    *, workload: Workload, people: Mapping[str, User | None], reason: str = "", by: User, at: datetime
) -> Workload:
    """Set some of the four roles (see ROLES); only the business owner cannot be left empty.

    The owner and the deputy name people, the lead and IT administrators do for those who left; IT alone may name its
    steward. Naming the same people again changes nothing.
    """
    _require_namer(workload, people, by)
    with transaction.atomic():
        workload = Workload.objects.select_for_update(of=("self",)).select_related("unit").get(pk=workload.pk)
        changed = {role: who for role, who in people.items() if getattr(workload, f"{role}_id") != (who and who.pk)}
        _check(workload, changed)
        if not changed:
            return workload
        told = _set(workload, changed)
        audit.record(by=by, at=at, action="workload.people_named", obj=workload, changes=told, reason=reason)
        words = ", ".join(f"{ROLES[role]} {who or 'nobody'}" for role, who in changed.items())
        Change.objects.create(workload=workload, at=at, kind=Change.Kind.OTHER, summary=f"Named: {words}"[:300], by=by)
    return workload


def may_name_people(workload: Workload, user: User) -> bool:
    """Whether `name_people` would listen to this person, for any of the roles."""
    if workload.answers(user) or permissions.has(user, Permission.ADMIN_PEOPLE):
        return True
    return permissions.has(user, Permission.OPERATE_WORKLOAD, unit=workload.unit)


def _require_namer(workload: Workload, people: Mapping[str, User | None], by: User) -> None:
    steward_by_it = set(people) <= {"it_steward"} and permissions.has(by, Permission.CONNECT, unit=workload.unit)
    if not steward_by_it and not may_name_people(workload, by):
        raise PermissionDenied("The business owner, the deputy, the lead or an IT administrator names people.")


def _check(workload: Workload, changed: Mapping[str, User | None]) -> None:
    for role, who in changed.items():
        if who is None and role == "business_owner":
            raise DomainError("owner_missing", "Somebody must answer for it: name a business owner.", role)
        if who is not None and (not who.is_active or who.is_system):
            raise DomainError("gone", f"{who} cannot sign in: name somebody else.", role)
    owner = changed.get("business_owner", workload.business_owner)
    if "deputy" in changed and changed["deputy"] is not None and changed["deputy"] == owner:
        raise DomainError("deputy_is_owner", "The deputy is another person than the owner.", "deputy")


def _set(workload: Workload, changed: Mapping[str, User | None]) -> dict[str, str]:
    """What was and is, by role. A deputy who becomes the owner is deputy no more."""
    told = {role: f"{getattr(workload, role) or 'nobody'} to {who or 'nobody'}" for role, who in changed.items()}
    for role, who in changed.items():
        setattr(workload, role, who)
    if workload.deputy_id == workload.business_owner_id:
        workload.deputy, told["deputy"] = None, "became the owner"
    workload.save(update_fields=[*ROLES])
    return told
