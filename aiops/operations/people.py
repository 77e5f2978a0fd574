"""Adding people, correcting them, letting them go."""

from datetime import datetime

from django.db import transaction

from aiops import audit, queries
from aiops.errors import DomainError
from aiops.models import BusinessUnit, Token, User
from aiops.operations.whole_company import require_everywhere
from aiops.permissions import Permission, Role

KEEP_ONE = (Role.LEAD, Role.FINANCE, Role.IT_ADMIN)


@transaction.atomic
def create_user(
    *,
    email: str,
    name: str,
    home_unit: BusinessUnit | None = None,
    title: str = "",
    simulated: bool = False,
    by: User,
    at: datetime,
) -> User:
    """Add somebody without a password: the invitation link lets them choose one."""
    require_everywhere(by, Permission.ADMIN_PEOPLE)
    email = email.strip().lower()
    if User.objects.filter(email=email).exists():
        raise DomainError("email_taken", f"{email} is already here.", "email")
    user = User.objects.create_user(
        email, None, name=name.strip(), title=title.strip(), home_unit=home_unit, simulated=simulated
    )
    audit.record(by=by, at=at, action="user.created", obj=user, unit=home_unit, changes={"email": email})
    return user


@transaction.atomic
def update_user(
    *, user: User, name: str, home_unit: BusinessUnit | None, title: str = "", by: User, at: datetime
) -> User:
    """Correct name, title and home unit. The e-mail stays: changing it would hand the account to another."""
    require_everywhere(by, Permission.ADMIN_PEOPLE)
    before = {"name": user.name, "title": user.title, "home_unit": user.home_unit}
    user.name, user.title, user.home_unit = name.strip(), title.strip(), home_unit
    user.save(update_fields=["name", "title", "home_unit"])
    after = {"name": user.name, "title": user.title, "home_unit": home_unit}
    changes = {key: [before[key], after[key]] for key in after if before[key] != after[key]}
    audit.record(by=by, at=at, action="user.updated", obj=user, unit=home_unit, changes=changes)
    return user


@transaction.atomic
def deactivate_user(*, user: User, by: User, at: datetime, reason: str = "") -> User:
    """Shut the account and its tokens at once. What the person did stays in the books."""
    require_everywhere(by, Permission.ADMIN_PEOPLE)
    user = User.objects.select_for_update().get(pk=user.pk)
    _refuse_deactivation(user, by)
    User.objects.filter(pk=user.pk).update(is_active=False)
    user.is_active = False
    Token.objects.filter(user=user, revoked_at=None).update(revoked_at=at)
    audit.record(by=by, at=at, action="user.deactivated", obj=user, unit=user.home_unit, reason=reason)
    return user


def _refuse_deactivation(user: User, by: User) -> None:
    if user.is_system:
        raise DomainError("system_user", "The system's own account cannot be shut.")
    if user.pk == by.pk:
        raise DomainError("own_account", "You cannot shut your own account; ask another administrator.")
    if not user.is_active:
        raise DomainError("already_inactive", f"{user} is already shut out.")
    for role in KEEP_ONE:
        if queries.is_last_holder(user, role):
            raise DomainError(
                "last_holder",
                f"{user} is the last {queries.role_name(role)}: grant that role to another first.",
            )


@transaction.atomic
def reactivate_user(*, user: User, by: User, at: datetime) -> User:
    """Open the account again, with the roles it still has; its tokens stay revoked."""
    require_everywhere(by, Permission.ADMIN_PEOPLE)
    if not User.objects.filter(pk=user.pk, is_active=False).update(is_active=True):
        raise DomainError("already_active", f"{user} can sign in already.")
    user.is_active = True
    audit.record(by=by, at=at, action="user.reactivated", obj=user, unit=user.home_unit)
    return user


@transaction.atomic
def invite(*, user: User, by: User, at: datetime) -> User:
    """Note that a link to choose a first password is handed out; refused once there is a password.

    Otherwise whoever keeps the list of people could take over an account that may decide.
    """
    require_everywhere(by, Permission.ADMIN_PEOPLE)
    if user.has_usable_password():
        raise DomainError(
            "has_password", f"{user} has a password; the sign-in page offers a new one by mail."
        )
    if not user.is_active:
        raise DomainError("already_inactive", f"{user} is shut out.")
    audit.record(by=by, at=at, action="user.invited", obj=user, unit=user.home_unit)
    return user
