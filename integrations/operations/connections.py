"""Connections: made, changed, switched and removed by IT. Secrets go in and never come out."""

import base64
import binascii
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import ProtectedError

from aiops import audit, permissions
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from integrations.connectors import KINDS, model_endpoint
from integrations.connectors.base import ConnectorError, Settings
from integrations.messages import Completion
from integrations.models import Connection, Delivery
from integrations.secrets import fingerprint
from integrations.vetting import parse_allowed

FIELDS = ("url", "host", "port", "encryption", "username", "sender", "default_model", "allowed_hosts")


def settings_of(connection: Connection) -> Settings:
    """A connection as its connector takes it."""
    fields = {name: getattr(connection, name) for name in FIELDS if name != "allowed_hosts"}
    return Settings(secret=connection.secret, allowed_hosts=tuple(connection.allowed_hosts), **fields)


def create_connection(
    *, kind: str, name: str, secret: str = "", by: User, at: datetime, **fields: Any
) -> tuple[Connection, str]:
    """A new connection, and the secret that was made for it where it receives (to be shown once)."""
    permissions.require(by, Permission.CONNECT)
    if kind not in KINDS:
        raise DomainError("kind", f"There is no connection of kind «{kind}».", "kind")
    made = "" if secret else _make_secret(kind)
    _require_complete(kind, fields, secret or made)
    with transaction.atomic():
        _require_free(name)
        connection = Connection(kind=kind, name=name.strip(), created_by=by, created_at=at, **_known(fields))
        _put_secret(connection, secret or made, at)
        connection.save()
        changes = {k: _shown(kind, k, v) for k, v in fields.items() if k in KINDS[kind].fields}
        audit.record(by=by, at=at, action="connection.created", obj=connection, changes=changes)
    return connection, made


def _make_secret(kind: str) -> str:
    """Kinds whose secret is ours to choose get a strong one; the others none."""
    if kind == Connection.Kind.ALERTMANAGER:
        return secrets.token_urlsafe(32)
    if kind == Connection.Kind.WEBHOOK:
        return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    return ""


def _shown(kind: str, field: str, value: Any) -> Any:
    """A setting as the audit log may keep it: of an address only the part that gives no access."""
    if field != "url":
        return value
    parts = urlsplit(str(value))
    path = parts.path if kind == Connection.Kind.MODEL_ENDPOINT else "/…"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{path}"


def rotate_secret(*, connection: Connection, by: User, at: datetime) -> str:
    """Replace a secret that is ours to choose, and give the new one. The old one stops at once."""
    permissions.require(by, Permission.CONNECT)
    made = _make_secret(connection.kind)
    if not made:
        words = "The other side makes this secret: ask there for a new one and enter it here."
        raise DomainError("not_ours", words, "secret")
    with transaction.atomic():
        connection = Connection.objects.select_for_update().get(pk=connection.pk)
        _put_secret(connection, made, at)
        connection.save(update_fields=["secret", "secret_fingerprint", "secret_set_at"])
        changes = {"fingerprint": connection.secret_fingerprint}
        audit.record(by=by, at=at, action="connection.secret_rotated", obj=connection, changes=changes)
    return made


def update_connection(
    *, connection: Connection, name: str, secret: str = "", by: User, at: datetime, **fields: Any
) -> Connection:
    """Change settings; an empty secret keeps the old one. The audit row never holds a secret."""
    permissions.require(by, Permission.CONNECT)
    before = {field: getattr(connection, field) for field in KINDS[connection.kind].fields}
    _require_complete(connection.kind, before | fields, secret or connection.secret)
    with transaction.atomic():
        connection = Connection.objects.select_for_update().get(pk=connection.pk)
        _require_free(name, connection)
        _require_same_host(connection, fields, secret)
        changes = _changes(connection, name.strip(), _known(fields))
        connection.name = name.strip()
        for field, value in _known(fields).items():
            setattr(connection, field, value)
        if secret:
            _put_secret(connection, secret, at)
            changes["secret"] = "replaced"
        connection.save()
        audit.record(by=by, at=at, action="connection.updated", obj=connection, changes=changes)
    return connection


def _changes(connection: Connection, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    before = {field: getattr(connection, field) for field in ("name", *fields)}
    after = {"name": name, **fields}
    return {
        field: [_shown(connection.kind, field, before[field]), _shown(connection.kind, field, after[field])]
        for field in after
        if before[field] != after[field]
    }


def _require_same_host(connection: Connection, fields: Mapping[str, Any], secret: str) -> None:
    """A stored secret must not be sent elsewhere, or less protected, than it was entered for."""
    if not connection.secret or secret or connection.kind == Connection.Kind.SLACK:
        return
    if _receiver(connection, {}) != _receiver(connection, fields):
        words = "Host, port or encryption changed: enter the secret again, so that it is not sent elsewhere."
        raise DomainError("secret_again", words, "secret")


def _receiver(connection: Connection, fields: Mapping[str, Any]) -> tuple[Any, ...]:
    url = urlsplit(fields.get("url", connection.url))
    own = [fields.get(name, getattr(connection, name)) for name in ("host", "port", "encryption")]
    return url.scheme, url.hostname, url.netloc.rpartition(":")[2], *own


def _known(fields: Mapping[str, Any]) -> dict[str, Any]:
    unknown = set(fields) - set(FIELDS)
    if unknown:
        raise TypeError(f"not a setting of a connection: {sorted(unknown)}")
    return dict(fields)


def _put_secret(connection: Connection, secret: str, at: datetime) -> None:
    connection.secret, connection.secret_fingerprint = secret, fingerprint(secret)
    connection.secret_set_at = at if secret else None


def _require_free(name: str, own: Connection | None = None) -> None:
    if not name.strip():
        raise DomainError("name", "Give the connection a name.", "name")
    others = Connection.objects.exclude(pk=own.pk) if own else Connection.objects.all()
    if others.filter(name=name.strip()).exists():
        raise DomainError("name_taken", f"There is a connection named «{name}» already.", "name")


def _require_complete(kind: str, fields: Mapping[str, Any], secret: str) -> None:
    if kind in ("model_endpoint", "webhook", "health") and not fields.get("url"):
        raise DomainError("url", "Enter the address.", "url")
    if kind == "slack" and not secret:
        raise DomainError("secret", "Enter the incoming webhook address of the channel.", "secret")
    if kind == "smtp" and not (fields.get("host") and fields.get("sender")):
        raise DomainError("host", "Enter the mail server's host and the sender's address.", "host")
    if kind == "imap" and not (fields.get("host") and fields.get("username")):
        raise DomainError("host", "Enter the mail server's host and the mailbox's user name.", "host")
    _require_well_formed(kind, fields, secret)


def _require_well_formed(kind: str, fields: Mapping[str, Any], secret: str) -> None:
    for field, address in (("url", fields.get("url")), ("secret", secret if kind == "slack" else "")):
        if address and not _is_address(address):
            raise DomainError(
                field, "The address must start with https:// or http:// and name a host.", field
            )
    if kind == "webhook" and secret.startswith("whsec_") and not _is_base64(secret[6:]):
        raise DomainError("secret", "What follows whsec_ must be base64.", "secret")
    for entry in fields.get("allowed_hosts") or ():
        try:
            parse_allowed(entry)
        except ValueError as error:
            raise DomainError("allowed_hosts", str(error), "allowed_hosts") from error


def _is_address(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return (
            parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and parts.port != 0
            and not parts.username
        )
    except ValueError:
        return False


def _is_base64(text: str) -> bool:
    try:
        return bool(base64.b64decode(text, validate=True))
    except binascii.Error:
        return False


def switch_connection(*, connection: Connection, enabled: bool, by: User, at: datetime) -> Connection:
    """Off: nothing goes out or comes in over it; nothing is lost."""
    permissions.require(by, Permission.CONNECT)
    with transaction.atomic():
        Connection.objects.filter(pk=connection.pk).update(enabled=enabled)
        action = "connection.enabled" if enabled else "connection.disabled"
        audit.record(by=by, at=at, action=action, obj=connection)
    connection.refresh_from_db()
    return connection


def delete_connection(*, connection: Connection, typed: str, by: User, at: datetime) -> None:
    """Remove it once its name was typed; its deliveries stay. Refused while something else uses it."""
    permissions.require(by, Permission.CONNECT)
    if typed.strip() != connection.name:
        raise DomainError("typed", f"Type «{connection.name}» to remove it.", "typed")
    try:
        with transaction.atomic():
            _leave_deliveries(connection, at)
            audit.record(by=by, at=at, action="connection.deleted", obj=connection)
            connection.delete()
    except ProtectedError as error:
        words = (
            "Something still uses this connection, such as a suite: point it elsewhere or switch this off."
        )
        raise DomainError("in_use", words) from error


def _leave_deliveries(connection: Connection, at: datetime) -> None:
    """What waited is given up, and no key is kept: rows of two removed connections may share one."""
    waiting = connection.deliveries.filter(state__in=[Delivery.State.QUEUED, Delivery.State.SENDING])
    words = "The connection was removed before this was sent."
    waiting.update(state=Delivery.State.FAILED, last_error=words, finished_at=at, lease_until=None)
    connection.deliveries.update(dedup_key="", effect=f"over «{connection.name}», which was removed")


def complete(
    *,
    connection: Connection,
    messages: Sequence[dict[str, str]],
    model: str | None = None,
    timeout: float = 30.0,
) -> Completion:
    """Ask a model endpoint; ConnectorError with its fix. Call it outside a transaction."""
    if not connection.enabled:
        raise ConnectorError(f"The connection «{connection.name}» is switched off.", True, "Switch it on.")
    return model_endpoint.complete(settings_of(connection), messages, model=model or "", timeout=timeout)
