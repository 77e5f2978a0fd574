"""Connections: made, changed, tested, switched and removed by IT. Secrets go in and never come out."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction

from aiops import audit, permissions
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from integrations.connectors import KINDS, model_endpoint
from integrations.connectors.base import ConnectorError, Settings, Step
from integrations.http import Blocked, Client, certificate_days
from integrations.messages import Completion
from integrations.models import Connection
from integrations.operations.outbox import note_failure, note_success
from integrations.secrets import fingerprint
from integrations.vetting import MAIL_PORTS, parse_allowed, vet

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
    made = secrets.token_urlsafe(32) if kind == Connection.Kind.ALERTMANAGER and not secret else ""
    _require_complete(kind, fields, secret or made)
    with transaction.atomic():
        _require_free(name)
        connection = Connection(kind=kind, name=name.strip(), created_by=by, created_at=at, **_known(fields))
        _put_secret(connection, secret or made, at)
        connection.save()
        changes = {k: v for k, v in fields.items() if k in KINDS[kind].fields}
        audit.record(by=by, at=at, action="connection.created", obj=connection, changes=changes)
    return connection, made


def update_connection(
    *, connection: Connection, name: str, secret: str = "", by: User, at: datetime, **fields: Any
) -> Connection:
    """Change settings; an empty secret keeps the old one. The audit row names changed fields, never the secret."""
    permissions.require(by, Permission.CONNECT)
    _require_complete(connection.kind, fields, secret or connection.secret)
    with transaction.atomic():
        connection = Connection.objects.select_for_update().get(pk=connection.pk)
        _require_free(name, connection)
        _require_same_host(connection, fields, secret)
        changes = {k: [getattr(connection, k), v] for k, v in _known(fields).items() if getattr(connection, k) != v}
        connection.name = name.strip()
        for field, value in _known(fields).items():
            setattr(connection, field, value)
        if secret:
            _put_secret(connection, secret, at)
            changes["secret"] = "replaced"  # type: ignore[assignment]
        connection.save()
        audit.record(by=by, at=at, action="connection.updated", obj=connection, changes=changes)
    return connection


def _require_same_host(connection: Connection, fields: Mapping[str, Any], secret: str) -> None:
    """A stored secret must not be sent to another host than the one it was entered for."""
    before = (urlsplit(connection.url).hostname, connection.host)
    after = (urlsplit(fields.get("url", connection.url)).hostname, fields.get("host", connection.host))
    if connection.secret and not secret and before != after and connection.kind != Connection.Kind.SLACK:
        words = "The host changed: enter the secret again, so that the old one is not sent elsewhere."
        raise DomainError("secret_again", words, "secret")


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
    if Connection.objects.filter(name=name.strip()).exclude(pk=own.pk if own else None).exists():
        raise DomainError("name_taken", f"There is a connection named «{name}» already.", "name")


def _require_complete(kind: str, fields: Mapping[str, Any], secret: str) -> None:
    if kind in ("model_endpoint", "webhook") and not fields.get("url"):
        raise DomainError("url", "Enter the address.", "url")
    if kind == "slack" and not secret:
        raise DomainError("secret", "Enter the incoming webhook address of the channel.", "secret")
    if kind == "smtp" and not (fields.get("host") and fields.get("sender")):
        raise DomainError("host", "Enter the mail server's host and the sender's address.", "host")
    for entry in fields.get("allowed_hosts") or ():
        try:
            parse_allowed(entry)
        except ValueError as error:
            raise DomainError("allowed_hosts", str(error), "allowed_hosts") from error


def switch_connection(*, connection: Connection, enabled: bool, by: User, at: datetime) -> Connection:
    """Off: nothing goes out or comes in over it; nothing is lost."""
    permissions.require(by, Permission.CONNECT)
    with transaction.atomic():
        Connection.objects.filter(pk=connection.pk).update(enabled=enabled)
        action = "connection.enabled" if enabled else "connection.disabled"
        audit.record(by=by, at=at, action=action, obj=connection)
    connection.refresh_from_db()
    return connection


def delete_connection(*, connection: Connection, by: User, at: datetime) -> None:
    """Remove it; its deliveries stay without it. Refused while something else names it."""
    permissions.require(by, Permission.CONNECT)
    from django.db.models import ProtectedError

    try:
        with transaction.atomic():
            audit.record(by=by, at=at, action="connection.deleted", obj=connection)
            connection.delete()
    except ProtectedError as error:
        words = "Something still uses this connection, such as a suite: point it elsewhere or switch this off."
        raise DomainError("in_use", words) from error


def complete(
    *, connection: Connection, messages: Sequence[dict[str, str]], model: str | None = None, timeout: float = 30.0
) -> Completion:
    """Ask a model endpoint; ConnectorError with its fix. Call it outside a transaction."""
    if not connection.enabled:
        raise ConnectorError(f"The connection «{connection.name}» is switched off.", True, "Switch it on.")
    return model_endpoint.complete(settings_of(connection), messages, model=model or "", timeout=timeout)


def test_connection(*, connection: Connection, by: User, at: datetime) -> list[Step]:
    """Try it step by step: address, name, TLS, a sample. The first failure ends it and is kept with its fix."""
    permissions.require(by, Permission.CONNECT)
    steps = _steps(connection)
    failed = next((step for step in steps if not step.ok), None)
    if failed is not None:
        note_failure(connection=connection, reason=f"{failed.name}: {failed.words}", fix=failed.fix, at=at)
    else:
        note_success(connection=connection, at=at)
    changes = {"failed_step": failed.name if failed else None}
    audit.record(by=by, at=at, action="connection.tested", obj=connection, changes=changes)
    return steps


def _steps(connection: Connection) -> list[Step]:
    settings, kind = settings_of(connection), KINDS[connection.kind]
    if connection.kind == Connection.Kind.ALERTMANAGER:
        return [Step("Secret", bool(settings.secret), "A bearer token is set; the first alert proves the rest.")]
    steps: list[Step] = []
    try:
        _reach(connection, settings, steps)
        steps.append(Step("Sample", True, _sample(kind, settings)))
    except Blocked as error:
        steps.append(Step("Address", False, str(error), error.fix))
    except ConnectorError as error:
        steps.append(Step("Sample", False, error.message, error.fix))
    except OSError as error:
        steps.append(Step("Network", False, f"It could not be reached ({type(error).__name__}).", "Check name, port and firewall."))
    return steps


def _reach(connection: Connection, settings: Settings, steps: list[Step]) -> None:
    url = settings.secret if connection.kind == Connection.Kind.SLACK else settings.url
    if connection.kind == Connection.Kind.SMTP:
        target = vet(settings.host, settings.port or 587, allowed=settings.allowed_hosts, ports=MAIL_PORTS)
        steps.append(Step("Address", True, f"{target.host} is {target.address}, port {target.port}"))
        return
    target = Client(allowed=settings.allowed_hosts).vet(url)
    steps.append(Step("Address", True, f"{target.host} is {target.address}, port {target.port}"))
    if url.startswith("https://"):
        days = certificate_days(target.host, target.address, target.port)
        steps.append(Step("TLS", True, f"the certificate is good for {days} days"))


def _sample(kind: Any, settings: Settings) -> str:
    if kind.sample is not None:
        return str(kind.sample(settings))
    test = {"event": "payback.test", "title": "Test from Payback", "text": "Nothing to do.", "url": "", "severity": "ok"}
    status = kind.deliver(replace(settings), "notice", test, f"test-{secrets.token_hex(8)}")
    return f"It took a test message ({status})"
