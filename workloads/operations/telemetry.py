"""Ingest keys come and go; looking at one call leaves a trace."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from aiops import audit, permissions
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from workloads.models.inventory import Workload
from workloads.models.telemetry import SCOPES, Call, IngestKey, digest_of

KEY_PREFIX = "pbk_"
SHOWN = 12
USED_EVERY = timedelta(minutes=1)


class KeyRefused(DomainError):
    """A bearer key that does not open this door. `known` tells a wrong key (401) from a narrow one (403)."""

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
    _check_new_key(workload, name, scopes, expires_at, at)
    plain = KEY_PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        key = IngestKey.objects.create(
            workload=workload,
            name=name.strip(),
            prefix=plain[:SHOWN],
            digest=digest_of(plain),
            scopes=sorted(set(scopes)),
            created_by=by,
            created_at=at,
            expires_at=expires_at,
        )
        changes = {"workload": str(workload), "scopes": key.scopes, "expires_at": expires_at}
        audit.record(by=by, at=at, action="ingest_key.created", obj=key, unit=workload.unit, changes=changes)
    return key, plain


def _check_new_key(
    workload: Workload, name: str, scopes: Sequence[str], expires_at: datetime | None, at: datetime
):
    if workload.stage == "retired":
        raise DomainError("workload_retired", "This workload is retired; it takes no more data.")
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
    permissions.require(by, Permission.CONNECT, unit=key.workload.unit)
    with transaction.atomic():
        if IngestKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=at):
            changes = {"workload": str(key.workload)}
            audit.record(
                by=by, at=at, action="ingest_key.revoked", obj=key, unit=key.workload.unit, changes=changes
            )
    key.refresh_from_db()
    return key


def open_with_key(*, plain: str, scope: str, at: datetime) -> IngestKey:
    """The key, when it may do `scope` now. Raises KeyRefused; notes the use at most once a minute."""
    key = IngestKey.objects.by_plain(plain) if plain.startswith(KEY_PREFIX) else None
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
    if key.workload.stage == "retired":
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
