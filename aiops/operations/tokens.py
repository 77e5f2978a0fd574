"""Personal API tokens: made by their owner, shown once, stored hashed."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction

from aiops import audit
from aiops.errors import DomainError
from aiops.models import Token, User
from aiops.operations.whole_company import require_everywhere
from aiops.permissions import Permission
from aiops.token_secrets import TOKEN_PREFIX, digest

SCOPES = ("read", "write")
LONGEST_DAYS = 366


@transaction.atomic
def create_token(
    *, user: User, name: str, scopes: Sequence[str], days: int, by: User, at: datetime
) -> tuple[Token, str]:
    """A new token of `user` and its secret, which nobody can read again. Writing includes reading."""
    if by.pk != user.pk and not by.is_system:
        raise PermissionDenied("A personal token is made by its owner.")
    _refuse_token(user, scopes, days)
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    kept = ["read", "write"] if "write" in scopes else ["read"]
    token = Token.objects.create(
        user=user,
        name=name.strip() or "token",
        prefix=secret[:12],
        digest=digest(secret),
        scopes=kept,
        created_at=at,
        expires_at=at + timedelta(days=days),
    )
    audit.record(by=by, at=at, action="token.created", obj=token, changes={"scopes": kept, "days": days})
    return token, secret


def _refuse_token(user: User, scopes: Sequence[str], days: int) -> None:
    if not user.is_active:
        raise DomainError("not_active", f"{user} cannot sign in, and so cannot have a token.", "user")
    if not scopes or set(scopes) - set(SCOPES):
        raise DomainError("scope_unknown", "A token may read, or read and write.", "scope")
    if not 1 <= days <= LONGEST_DAYS:
        raise DomainError("expiry", f"A token lives from 1 to {LONGEST_DAYS} days.", "days")


@transaction.atomic
def revoke_token(*, token: Token, by: User, at: datetime) -> Token:
    """Make a token useless at once: by its owner, or by IT."""
    if by.pk != token.user_id:
        require_everywhere(by, Permission.ADMIN_PEOPLE)
    if not Token.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=at):
        raise DomainError("already_revoked", "This token was revoked already.")
    token.revoked_at = at
    audit.record(by=by, at=at, action="token.revoked", obj=token)
    return token
