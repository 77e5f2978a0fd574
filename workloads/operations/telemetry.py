"""Ingest keys come and go; looking at one call leaves a trace."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q

from aiops import audit, permissions
from aiops.errors import DomainError
from aiops.models import BusinessUnit, User
from aiops.permissions import Permission
from workloads.models.inventory import Workload
from workloads.models.telemetry import SCOPES, TELEMETRY_WRITE, Call, IngestKey, digest_of

KEY_PREFIX = "pbk_"
SHOWN = 12
USED_EVERY = timedelta(minutes=1)


class KeyRefused(DomainError):
    """A key that does not open this door. `known` tells a wrong key (401) from a narrow one (403)."""

    def __init__(self, code: str, message: str, known: bool) -> None:
        super().__init__(code, message)
        self.known = known


def create_ingest_key(
    *,
    workload: Workload,
    name: str,
    scopes: Sequence[str],
    expires_at: datetime | None = None,
    by: User,
    at: datetime,
) -> tuple[IngestKey, str]:
    """A new key and its text, which is never to be had again. IT admins only."""
    permissions.require(by, Permission.CONNECT, unit=workload.unit)
    if workload.stage == "retired":
        raise DomainError("workload_retired", "This workload is retired; it takes no more data.")
    _check_new_key(name, scopes, expires_at, at)
    return _create(name, {"workload": workload, "scopes": sorted(set(scopes))}, expires_at, by, at)


def create_environment_key(
    *, environment: str, name: str, expires_at: datetime | None = None, by: User, at: datetime
) -> tuple[IngestKey, str]:
    """A key for every program of an environment; which workload a call belongs to is said by its service name."""
    require_company_it(by)
    _check_new_key(name, [TELEMETRY_WRITE], expires_at, at)
    about = {"workload": None, "environment": environment.strip(), "scopes": [TELEMETRY_WRITE]}
    return _create(name, about, expires_at, by, at)


def require_company_it(by: User) -> None:
    """Programs are known by name across all units, so that only IT of the whole company hands them out."""
    if not permissions.scope(by, Permission.CONNECT).everything:
        raise PermissionDenied("This needs the permission «connect» for the whole company.")


def _create(name: str, about: dict[str, Any], expires_at: datetime | None, by: User, at: datetime):
    plain = KEY_PREFIX + secrets.token_urlsafe(32)
    issued = {"created_by": by, "created_at": at, "expires_at": expires_at}
    with transaction.atomic():
        key = IngestKey.objects.create(
            name=name.strip(), prefix=plain[:SHOWN], digest=digest_of(plain), **about, **issued
        )
        changes = {"workload": key.reach, "scopes": key.scopes, "expires_at": expires_at}
        audit.record(by=by, at=at, action="ingest_key.created", obj=key, unit=_unit(key), changes=changes)
    return key, plain


def _unit(key: IngestKey) -> BusinessUnit | None:
    return key.workload.unit if key.workload is not None else None


def _check_new_key(name: str, scopes: Sequence[str], expires_at: datetime | None, at: datetime) -> None:
    if not name.strip():
        raise DomainError(
            "name_missing", "Give the key a name, such as the program that will use it.", "name"
        )
    if not scopes or set(scopes) - set(SCOPES):
        raise DomainError("scope_unknown", f"Choose what the key may do: {', '.join(SCOPES)}.", "scopes")
    if expires_at is not None and expires_at <= at:
        raise DomainError("expiry_past", "The expiry lies in the past.", "expires_at")


def revoke_ingest_key(*, key: IngestKey, by: User, at: datetime) -> IngestKey:
    """Ends a key at once. Revoking it again changes nothing."""
    if key.workload is None:
        require_company_it(by)
    else:
        permissions.require(by, Permission.CONNECT, unit=key.workload.unit)
    with transaction.atomic():
        if IngestKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=at):
            changes = {"workload": key.reach}
            audit.record(by=by, at=at, action="ingest_key.revoked", obj=key, unit=_unit(key), changes=changes)
    key.refresh_from_db()
    return key


def open_with_key(*, plain: str | Sequence[str], scope: str, at: datetime) -> IngestKey:
    """The key, when it may do `scope` now. Raises KeyRefused; notes the use at most once a minute.

    Of several texts (a name and a secret) the first that looks like a key of ours is tried.
    """
    texts = [plain] if isinstance(plain, str) else plain
    likely = next((text for text in texts if text.startswith(KEY_PREFIX)), None)
    key = IngestKey.objects.by_plain(likely) if likely else None
    if key is None:
        raise KeyRefused("key_unknown", "This ingest key is not known here.", known=False)
    if key.revoked_at is not None:
        raise KeyRefused("key_revoked", "This ingest key was revoked.", known=False)
    if not key.is_usable(at):
        raise KeyRefused("key_expired", "This ingest key has expired.", known=False)
    if scope not in key.scopes:
        raise KeyRefused(
            "key_scope", f"This ingest key may not do this: it lacks the scope {scope}.", known=True
        )
    if key.workload is not None and key.workload.stage == "retired":
        text = f"The workload {key.workload.name} is retired; it takes no more data."
        raise KeyRefused("workload_retired", text, known=True)
    stale = Q(last_used_at=None) | Q(last_used_at__lt=at - USED_EVERY)
    if key.last_used_at is None or key.last_used_at < at - USED_EVERY:
        IngestKey.objects.filter(stale, pk=key.pk).update(last_used_at=at)
    return key


def read_call(*, call: Call, by: User, at: datetime) -> Call:
    """Notes with the workload that somebody looked at one call of it."""
    which = {"call": call.reference}
    audit.record(by=by, at=at, action="call.read", obj=call.workload, unit=call.workload.unit, changes=which)
    return call


def read_content(*, call: Call, by: User, at: datetime) -> Call:
    """Notes that somebody read what was asked and answered in one call."""
    which, of = {"call": call.reference}, call.workload
    audit.record(by=by, at=at, action="call.content_read", obj=of, unit=of.unit, changes=which)
    return call
