"""Testing a connection step by step: name, network, TLS, sign-in, sample. A failure says how to mend it."""

import secrets
import ssl
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from aiops import audit, permissions
from aiops.models import User
from aiops.permissions import Permission
from integrations.connectors import KINDS
from integrations.connectors.base import ConnectorError, Settings, Step
from integrations.http import Blocked, Client, certificate_days, knock
from integrations.models import Connection
from integrations.operations.connections import settings_of
from integrations.operations.outbox import note_failure, note_success
from integrations.vetting import MAIL_PORTS, MAILBOX_PORTS, Target, vet

SIGN_IN = (401, 403, 535, 534, 530)
SOON = 21
MAIL: dict[str, tuple[int, frozenset[int]]] = {
    Connection.Kind.SMTP: (587, MAIL_PORTS),
    Connection.Kind.IMAP: (993, MAILBOX_PORTS),
}


def test_connection(*, connection: Connection, by: User, at: datetime) -> list[Step]:
    """Try it; steps up to the first failure, which is kept with its fix. Call it outside a transaction."""
    permissions.require(by, Permission.CONNECT)
    steps = _steps(connection, at)
    failed = next((step for step in steps if not step.ok), None)
    if failed is not None:
        note_failure(connection=connection, reason=f"{failed.name}: {failed.words}", fix=failed.fix, at=at)
    elif connection.kind != Connection.Kind.ALERTMANAGER:
        note_success(connection=connection, at=at)
    changes = {"failed_step": failed.name if failed else None}
    audit.record(by=by, at=at, action="connection.tested", obj=connection, changes=changes)
    return steps


def _steps(connection: Connection, at: datetime) -> list[Step]:
    settings = settings_of(connection)
    if connection.kind == Connection.Kind.ALERTMANAGER:
        return [_expects_alerts(connection)]
    steps: list[Step] = []
    for step in (_name_step, _network_step, _tls_step):
        done = step(connection, settings, at)
        steps += [done] if done else []
        if done and not done.ok:
            return steps
    return steps + _sample_steps(KINDS[connection.kind], settings)


def _expects_alerts(connection: Connection) -> Step:
    if not connection.secret:
        return Step(
            "Token", False, "No bearer token is set.", "Make a new token and enter it at Alertmanager."
        )
    if connection.last_success_at is None:
        return Step(
            "Token", True, "A bearer token is set. No alert has come yet: the first one proves the rest."
        )
    return Step("Token", True, "A bearer token is set, and alerts have come with it.")


def _target(connection: Connection, settings: Settings) -> Target:
    if connection.kind in MAIL:
        usual, ports = MAIL[connection.kind]
        return vet(settings.host, settings.port or usual, allowed=settings.allowed_hosts, ports=ports)
    return Client(allowed=settings.allowed_hosts).vet(_address(connection, settings))


def _address(connection: Connection, settings: Settings) -> str:
    return settings.secret if connection.kind == Connection.Kind.SLACK else settings.url


def _name_step(connection: Connection, settings: Settings, at: datetime) -> Step:
    """Does the name resolve, and may we go there?"""
    try:
        target = _target(connection, settings)
    except Blocked as error:
        return Step("Name", False, str(error), error.fix)
    except OSError:
        host = settings.host or urlsplit(_address(connection, settings)).hostname
        return Step("Name", False, f"{host} does not resolve.", f"On the server, try: getent hosts {host}")
    return Step("Name", True, f"{target.host} is {target.address}, port {target.port}.")


def _network_step(connection: Connection, settings: Settings, at: datetime) -> Step:
    target = _target(connection, settings)
    where = f"{target.address} port {target.port}"
    try:
        knock(target)
    except ConnectionRefusedError:
        return Step(
            "Network", False, f"{where} refused the connection.", "Check the port, and that it is running."
        )
    except (TimeoutError, OSError):
        words = f"{where} did not answer."
        return Step(
            "Network", False, words, f"Open the firewall from this server to {target.host}:{target.port}."
        )
    return Step("Network", True, f"{where} accepts connections.")


def _tls_step(connection: Connection, settings: Settings, at: datetime) -> Step | None:
    """The certificate, where TLS is spoken from the first byte."""
    plain = not _address(connection, settings).startswith("https://")
    if settings.encryption != "tls" if connection.kind in MAIL else plain:
        return None
    try:
        days = certificate_days(_target(connection, settings), at)
    except ssl.SSLCertVerificationError as error:
        fix = "Install a certificate for this name from an authority that this server trusts."
        return Step("TLS", False, f"The certificate is refused: {error.verify_message}.", fix)
    except (OSError, KeyError, ValueError) as error:
        return Step(
            "TLS",
            False,
            f"No TLS is spoken here ({type(error).__name__}).",
            "Use the port for TLS, or http://.",
        )
    warning = " Renew it soon." if days < SOON else ""
    return Step("TLS", True, f"The certificate is good for {days} days.{warning}")


def _sample_steps(kind: Any, settings: Settings) -> list[Step]:
    try:
        words = kind.sample(settings) if kind.sample else _send_test(kind, settings)
    except ConnectorError as error:
        refused = error.status in SIGN_IN
        passed = (
            [] if refused or error.status is None else [Step("Sign-in", True, "The secret was not refused.")]
        )
        return [*passed, Step("Sign-in" if refused else "Sample", False, error.message, error.fix)]
    signed_in = Step(
        "Sign-in",
        True,
        "The secret was accepted." if settings.secret else "No secret is set, none was asked.",
    )
    return [signed_in, Step("Sample", True, words)]


def _send_test(kind: Any, settings: Settings) -> str:
    test = {
        "event": "payback.test",
        "title": "Test from Payback",
        "text": "Nothing to do.",
        "url": "",
        "severity": "ok",
    }
    status = kind.deliver(settings, "notice", test, f"test-{secrets.token_hex(8)}")
    return f"It took a test message (answer {status})."
