"""Who gets which role. Lead and finance take two people, so that IT cannot make itself the decider.

The rule for the second person: neither the granter nor the one who gains; a person who holds lead or finance
where the grant applies. An IT administrator counts as second person only while nobody at all holds lead or
finance, that is at set-up: the last holder of either role can be neither revoked nor shut out, so that this
door stays shut.
"""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from aiops import audit, permissions, queries
from aiops.errors import DomainError
from aiops.models import BusinessUnit, Membership, User
from aiops.operations.people import KEEP_ONE
from aiops.operations.whole_company import require_everywhere
from aiops.permissions import Permission, Role
from aiops.roles import NEEDS_SECOND_PERSON


@transaction.atomic
def grant_role(
    *, user: User, role: str, unit: BusinessUnit | None = None, by: User, at: datetime
) -> Membership:
    """Give a role in a unit, or in the whole company. Lead and finance wait for a second person."""
    require_everywhere(by, Permission.ADMIN_PEOPLE)
    wanted = Role(role)
    _refuse_grant(user, wanted, unit, by)
    try:
        with transaction.atomic():
            grant = Membership.objects.create(user=user, role=wanted, unit=unit, granted_by=by, granted_at=at)
    except IntegrityError:
        raise DomainError("already_granted", f"{user} has this role already.", "role") from None
    audit.record(by=by, at=at, action="role.granted", obj=grant, unit=unit)
    return grant


def _refuse_grant(user: User, role: Role, unit: BusinessUnit | None, by: User) -> None:
    if user.is_system or not user.is_active:
        raise DomainError("not_active", f"{user} cannot sign in, and so cannot hold a role.", "user")
    if role in NEEDS_SECOND_PERSON and user.pk == by.pk:
        raise DomainError("own_grant", "Somebody else must grant you this role.", "user")
    if role is Role.IT_ADMIN and unit is not None:
        raise DomainError("whole_company_only", "IT administrators serve the whole company.", "unit")


@transaction.atomic
def confirm_grant(*, grant: Membership, by: User, at: datetime) -> Membership:
    """The second person says yes; from now on the role counts."""
    _refuse_confirmation(grant, by)
    waiting = Membership.objects.waiting().filter(pk=grant.pk)
    if not waiting.update(confirmed_by=by, confirmed_at=at):
        raise DomainError("not_waiting", "This grant is not waiting: somebody confirmed or withdrew it.")
    grant.refresh_from_db()
    audit.record(by=by, at=at, action="role.confirmed", obj=grant, unit=grant.unit)
    return grant


def may_confirm(grant: Membership, by: User) -> bool:
    """Whether `by` can be the second person of this grant."""
    if by.pk in (grant.granted_by_id, grant.user_id):
        return False
    if not queries.deciders_exist():
        return permissions.scope(by, Permission.ADMIN_PEOPLE).everything
    scopes = (permissions.scope(by, p) for p in (Permission.DECIDE, Permission.FINANCE))
    return any(scope.covers(grant.unit_id) for scope in scopes)


def _refuse_confirmation(grant: Membership, by: User) -> None:
    if by.pk == grant.granted_by_id:
        raise DomainError("same_person", "You granted this role, so somebody else must confirm it.")
    if by.pk == grant.user_id:
        raise DomainError("own_grant", "You cannot confirm a role of your own.")
    if not may_confirm(grant, by):
        raise PermissionDenied("A lead or finance confirms this.")


@transaction.atomic
def revoke_grant(*, grant: Membership, by: User, at: datetime, reason: str = "") -> Membership:
    """Take a role back. Its holder may step down; a second person may refuse a grant that waits."""
    refusing = grant.needs_confirmation and may_confirm(grant, by)
    if by.pk != grant.user_id and not refusing:
        require_everywhere(by, Permission.ADMIN_PEOPLE)
    _refuse_revocation(grant)
    if not Membership.objects.filter(pk=grant.pk, revoked_at=None).update(revoked_at=at):
        raise DomainError("already_revoked", "This role was taken back already.")
    grant.revoked_at = at
    audit.record(by=by, at=at, action="role.revoked", obj=grant, unit=grant.unit, reason=reason)
    return grant


def _refuse_revocation(grant: Membership) -> None:
    role = Role(grant.role)
    # Held so that two people who step down at once cannot both be the last but one.
    list(Membership.objects.select_for_update().filter(role=role, revoked_at=None).order_by("pk"))
    if role in KEEP_ONE and grant.unit_id is None and queries.is_last_holder(grant.user, role):
        raise DomainError("last_holder", f"The company needs at least one {queries.role_name(role)}.")
