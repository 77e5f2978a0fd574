"""Connections made, changed and tested by IT; their secrets go in and never come out."""

import json
import logging
import socket
from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db import connection as database

from aiops.errors import DomainError
from aiops.models import AuditEvent
from integrations import operations, queries, secrets
from integrations.connectors.base import ConnectorError
from integrations.messages import Notice
from integrations.models import Connection, Delivery

ANSWER = {
    "model": "m-1",
    "choices": [{"message": {"content": "yes"}}],
    "usage": {"prompt_tokens": 9, "completion_tokens": 1},
}
CANARY = "canary-7f3a9c"


def names(steps):
    return [(step.name, step.ok) for step in steps]


@pytest.fixture
def model(peer, make_connection):
    peer.body = json.dumps(ANSWER).encode()
    return make_connection("model_endpoint", url=f"{peer.url}/v1", secret=CANARY, default_model="m-1")


def test_a_model_endpoint_is_asked(model, peer) -> None:
    made = operations.complete(connection=model, messages=[{"role": "user", "content": "hello"}])
    assert (made.text, made.input_tokens, made.output_tokens, made.model) == ("yes", 9, 1, "m-1")
    (seen,) = peer.seen
    assert seen.path == "/v1/chat/completions" and seen.headers["authorization"] == f"Bearer {CANARY}"
    assert json.loads(seen.body)["temperature"] == 0


@pytest.mark.parametrize(
    ("status", "body", "permanent"),
    [
        (500, b"{}", False),
        (429, b"{}", False),
        (401, b"{}", True),
        (200, b"<html>", True),
        (200, b"[]", True),
    ],
)
def test_an_endpoint_that_fails_says_how(model, peer, status, body, permanent) -> None:
    peer.status, peer.body = status, body
    with pytest.raises(ConnectorError) as failed:
        operations.complete(connection=model, messages=[])
    assert failed.value.permanent is permanent and failed.value.fix and CANARY not in str(failed.value)


def test_a_switched_off_endpoint_is_not_asked(model, peer, cast, now) -> None:
    off = operations.switch_connection(connection=model, enabled=False, by=cast.it, at=now)
    with pytest.raises(ConnectorError, match="switched off"):
        operations.complete(connection=off, messages=[])
    assert peer.seen == []


def test_the_test_says_which_step_failed(model, peer, cast, now) -> None:
    assert names(operations.test_connection(connection=model, by=cast.it, at=now))[-1] == ("Sample", True)
    peer.status = 401
    steps = operations.test_connection(connection=model, by=cast.it, at=now + timedelta(minutes=1))
    assert names(steps) == [("Name", True), ("Network", True), ("Sign-in", False)]
    model.refresh_from_db()
    assert model.is_failing and model.last_success_at == now and "Sign-in" in model.last_failure
    peer.status = 500
    steps = operations.test_connection(connection=model, by=cast.it, at=now)
    assert names(steps)[-2:] == [("Sign-in", True), ("Sample", False)]
    Connection.objects.filter(pk=model.pk).update(url="http://127.0.0.1:1/v1")
    model.refresh_from_db()
    assert names(operations.test_connection(connection=model, by=cast.it, at=now))[-1] == ("Network", False)


@pytest.mark.parametrize("url", ["http://169.254.169.254/latest/", "http://2130706433/v1", "http://127.1/v1"])
def test_a_test_of_a_forbidden_address_opens_no_socket_and_says_why(
    url, make_connection, cast, now, monkeypatch
) -> None:
    one = make_connection("model_endpoint", url=url, default_model="m", allowed_hosts=[])
    monkeypatch.setattr(socket, "create_connection", lambda *_, **__: pytest.fail("dialled"))
    (step,) = operations.test_connection(connection=one, by=cast.it, at=now)
    assert (step.name, step.ok) == ("Name", False) and step.fix


def test_tls_is_a_step_of_its_own(peer, make_connection, cast, now) -> None:
    one = make_connection("model_endpoint", url=f"https://127.0.0.1:{peer.port}/v1", default_model="m")
    steps = operations.test_connection(connection=one, by=cast.it, at=now)
    assert names(steps) == [("Name", True), ("Network", True), ("TLS", False)] and steps[-1].fix


def test_a_name_that_does_not_resolve(make_connection, cast, now, monkeypatch) -> None:
    def nowhere(*_, **__):
        raise socket.gaierror(-2, "Name or service not known")

    one = make_connection("model_endpoint", url="https://nowhere.example/v1", default_model="m")
    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    (step,) = operations.test_connection(connection=one, by=cast.it, at=now)
    assert "does not resolve" in step.words and "getent hosts nowhere.example" in step.fix


def test_alertmanager_proves_itself_with_its_first_alert(make_connection, cast, now) -> None:
    am, made = operations.create_connection(kind="alertmanager", name="AM", by=cast.it, at=now)
    assert len(made) >= 32 and am.secret_fingerprint == secrets.fingerprint(made)
    operations.test_connection(connection=am, by=cast.it, at=now)
    am.refresh_from_db()
    assert am.last_success_at is None, "a test from here proves nothing about there"


@pytest.mark.parametrize(
    ("kind", "fields", "secret", "field"),
    [
        ("model_endpoint", {"url": ""}, "", "url"),
        ("model_endpoint", {"url": "ftp://x.example"}, "", "url"),
        ("model_endpoint", {"url": "https://u:p@x.example"}, "", "url"),
        ("webhook", {"url": "http://h:99999/"}, "", "url"),
        ("webhook", {"url": "https://h.example/"}, "whsec_not base64!", "secret"),
        ("slack", {}, "", "secret"),
        ("slack", {}, "xoxb-1234", "secret"),
        ("smtp", {"host": "", "sender": "a@b.example"}, "", "host"),
        ("webhook", {"url": "https://h.example/", "allowed_hosts": ["10.0.0.0/99"]}, "", "allowed_hosts"),
        ("fax", {}, "", "kind"),
    ],
)
def test_what_is_incomplete_is_refused_by_field(kind, fields, secret, field, cast, now) -> None:
    with pytest.raises(DomainError) as refused:
        operations.create_connection(kind=kind, name="X", secret=secret, by=cast.it, at=now, **fields)
    assert refused.value.field == field and not Connection.objects.exists()


def test_a_name_is_given_once(model, cast, now) -> None:
    with pytest.raises(DomainError, match="already"):
        operations.create_connection(kind="alertmanager", name=model.name, by=cast.it, at=now)


def test_an_empty_secret_keeps_the_old_one(model, cast, now) -> None:
    operations.update_connection(connection=model, name="New name", default_model="m-2", by=cast.it, at=now)
    model.refresh_from_db()
    assert (model.name, model.default_model, model.secret) == ("New name", "m-2", CANARY)
    changes = AuditEvent.objects.get(action="connection.updated").changes
    assert changes == {"name": ["My model_endpoint", "New name"], "default_model": ["m-1", "m-2"]}


@pytest.mark.parametrize("url", ["http://thief.example/v1", "http://127.0.0.1:9/v1"])
def test_a_stored_secret_does_not_go_to_another_host(url, model, cast, now) -> None:
    with pytest.raises(DomainError, match="enter the secret again"):
        operations.update_connection(connection=model, name=model.name, url=url, by=cast.it, at=now)
    operations.update_connection(connection=model, name=model.name, url=url, secret="new", by=cast.it, at=now)
    model.refresh_from_db()
    assert model.url == url and model.secret == "new"


def test_a_password_is_not_sent_less_protected_than_it_was_entered_for(make_connection, cast, now) -> None:
    one = make_connection("smtp", host="mail.example", sender="a@b.example", username="u", secret="s")
    with pytest.raises(DomainError, match="enter the secret again"):
        operations.update_connection(
            connection=one, name=one.name, host="mail.example", sender="a@b.example", encryption="none",
            by=cast.it, at=now,
        )  # fmt: skip


def test_a_secret_of_ours_is_rotated_and_shown_once(make_connection, model, cast, now) -> None:
    am = make_connection("alertmanager")
    before = am.secret
    made = operations.rotate_secret(connection=am, by=cast.it, at=now)
    am.refresh_from_db()
    assert am.secret == made != before
    with pytest.raises(DomainError, match="other side"):
        operations.rotate_secret(connection=model, by=cast.it, at=now)


@pytest.mark.parametrize("who", ["owner", "lead", "finance", "evaluator", "auditor", "executive", "stranger"])
def test_only_it_touches_connections(who, model, cast, now) -> None:
    person = getattr(cast, who)
    verbs = [
        lambda: operations.create_connection(kind="alertmanager", name="x", by=person, at=now),
        lambda: operations.update_connection(connection=model, name="x", by=person, at=now),
        lambda: operations.rotate_secret(connection=model, by=person, at=now),
        lambda: operations.switch_connection(connection=model, enabled=False, by=person, at=now),
        lambda: operations.delete_connection(connection=model, typed=model.name, by=person, at=now),
        lambda: operations.test_connection(connection=model, by=person, at=now),
    ]
    for verb in verbs:
        with pytest.raises(PermissionDenied):
            verb()
    assert not Connection.objects.visible_to(person).exists()


def test_secrets_are_encrypted_at_rest_and_survive_a_new_key(model, settings) -> None:
    from cryptography.fernet import Fernet

    with database.cursor() as cursor:
        cursor.execute("select secret from integrations_connection")
        (stored,) = cursor.fetchone()
    assert CANARY not in stored
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *settings.ENCRYPTION_KEYS]
    assert Connection.objects.get(pk=model.pk).secret == CANARY
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(ImproperlyConfigured):
        Connection.objects.get(pk=model.pk)


def test_no_secret_reaches_audit_deliveries_logs_or_errors(peer, make_connection, cast, now, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    peer.status = 500
    make_connection("webhook", url=f"{peer.url}/{CANARY}?sig={CANARY}", secret=CANARY)
    make_connection("slack", secret=f"{peer.url}/services/{CANARY}")
    make_connection("model_endpoint", url=f"{peer.url}/v1", secret=CANARY, default_model="m")
    notice = Notice("incident.opened", "t", "x", "https://p.example/", "bad")
    for row in operations.queue_notice(notice=notice, dedup_key="k", at=now):
        operations.deliver(delivery_id=row.pk, at=now)
    for one in Connection.objects.all():
        operations.test_connection(connection=one, by=cast.it, at=now)
        if one.kind == "webhook":
            operations.update_connection(
                connection=one, name="w", url=f"{peer.url}/{CANARY}2", by=cast.it, at=now
            )
    kept = [*AuditEvent.objects.values(), *Delivery.objects.values()]
    kept += Connection.objects.values("last_failure", "last_failure_fix")
    assert len(peer.seen) >= 5 and CANARY not in repr(kept) and CANARY not in caplog.text
    assert CANARY not in "".join(queries.shown_address(one) for one in Connection.objects.all())
    assert CANARY not in repr(operations.settings_of(Connection.objects.get(kind="slack")))


def test_the_verdict_is_a_sentence(model, cast, now) -> None:
    def says(at):
        ((_, verdict),) = queries.verdicts(Connection.objects.filter(pk=model.pk), at)
        return verdict.word, verdict.sentence

    assert says(now) == ("not used yet", "Nothing has gone over it yet. Test it to be sure.")
    operations.note_success(connection=model, at=now)
    base = {"connection": model, "direction": "out", "kind": "notice", "created_at": now}
    Delivery.objects.bulk_create([Delivery(state="sent", **base) for _ in range(999)])
    Delivery.objects.create(state="failed", **base)
    Delivery.objects.create(state="queued", next_attempt_at=now, **base)
    word, sentence = says(now + timedelta(seconds=40))
    assert (word, sentence) == (
        "healthy",
        "Healthy, last success 40 s ago, 99.9 % of 1,000 messages went well over 7 days.",
    )
    operations.note_failure(
        connection=model, reason="It answered 500.", fix="Wait.", at=now + timedelta(hours=1)
    )
    word, sentence = says(now + timedelta(hours=2))
    assert (word, sentence) == ("failing", "Failed 1 hour ago; last success 2 hours ago.")
    operations.switch_connection(connection=model, enabled=False, by=cast.it, at=now)
    assert says(now)[0] == "off"


def test_a_failure_without_any_success_says_so(model, now) -> None:
    operations.note_failure(connection=model, reason="r", fix="f", at=now)
    model.refresh_from_db()
    assert queries.verdict(model, (0, 0), now).sentence == "Failed 0 s ago; it has never worked."
