"""Outgoing messages: queued with the change, claimed by one, tried again, replayed; incoming ones counted once."""

import base64
import hashlib
import hmac
import json
import threading
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction

from aiops.errors import DomainError
from aiops.models import AuditEvent
from integrations import operations
from integrations.connectors.webhook import signature
from integrations.messages import Mail, Notice
from integrations.models import Delivery

NOTICE = Notice(
    "incident.opened",
    "I-7 Invoice <matching>",
    "It is <!channel> down",
    "https://p.example/incidents/7/",
    "bad",
)
SECRET = "whsec_" + base64.b64encode(b"k" * 24).decode()
BREAK = "integrations.operations.delivery._send"


@pytest.fixture
def hook(peer, make_connection):
    return make_connection("webhook", secret=SECRET, url=f"{peer.url}/in?sig=canary")


def queue(now, key="incident-7-opened"):
    (row,) = operations.queue_notice(notice=NOTICE, dedup_key=key, at=now)
    return row


def send(row, at):
    operations.deliver(delivery_id=row.pk, at=at)
    row.refresh_from_db()
    return row


def test_a_webhook_is_signed_as_the_standard_says(hook, peer, now) -> None:
    row = send(queue(now), now)
    (seen,) = peer.seen
    head = {k.lower(): v for k, v in seen.headers.items()}
    signed = f"{head['webhook-id']}.{head['webhook-timestamp']}.".encode() + seen.body
    mac = base64.b64encode(hmac.new(b"k" * 24, signed, hashlib.sha256).digest()).decode()
    assert head["webhook-signature"] == f"v1,{mac}"
    assert json.loads(seen.body)["data"]["title"] == NOTICE.title and row.state == "sent"


def test_the_signature_of_the_published_example() -> None:
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    made = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_slack_gets_text_that_mentions_nobody(peer, make_connection, now) -> None:
    make_connection("slack", secret=f"{peer.url}/services/T0/B0/canary")
    row = send(queue(now), now)
    text = json.loads(peer.seen[0].body)["text"]
    assert row.state == "sent" and "<!channel>" not in text and "&lt;!channel&gt;" in text
    assert peer.seen[0].path == "/services/T0/B0/canary"


def test_a_message_keeps_its_id_over_attempts(hook, peer, now) -> None:
    peer.status = 503
    row = send(queue(now), now)
    assert row.state == "queued" and row.response_status == 503
    peer.status = 200
    row = send(row, row.next_attempt_at)
    ids = {{k.lower(): v for k, v in seen.headers.items()}["webhook-id"] for seen in peer.seen}
    assert row.state == "sent" and len(peer.seen) == 2 and len(ids) == 1


def test_a_permanent_error_stops_at_once(hook, peer, now) -> None:
    peer.status = 410
    assert (send(queue(now), now).state, len(peer.seen)) == ("failed", 1)


def test_a_claimed_message_is_not_sent_by_another_until_its_lease_is_over(
    hook, peer, now, monkeypatch
) -> None:
    row = queue(now)

    def killed(*_):
        raise SystemExit("kill -9")

    with monkeypatch.context() as patched:
        patched.setattr(BREAK, killed)
        with pytest.raises(SystemExit):
            operations.deliver(delivery_id=row.pk, at=now)
    assert operations.deliver(delivery_id=row.pk, at=now + timedelta(minutes=1)) is None
    assert operations.dispatch_due(at=now + timedelta(minutes=1)) == 0 and peer.seen == []
    later = now + timedelta(minutes=5)
    assert operations.dispatch_due(at=later) == 1
    row = send(row, later)
    assert (row.state, row.attempts, len(peer.seen)) == ("sent", 2, 1)


def test_a_message_that_kills_every_worker_is_given_up(hook, now, monkeypatch) -> None:
    row, at = queue(now), now

    def killed(*_):
        raise SystemExit("kill -9")

    monkeypatch.setattr(BREAK, killed)
    for _ in range(6):
        with pytest.raises(SystemExit):
            operations.deliver(delivery_id=row.pk, at=at)
        at += timedelta(minutes=10)
    row = send(row, at)
    assert row.state == "failed" and "Given up" in row.last_error


def test_what_nobody_foresaw_ends_in_the_row(hook, now, monkeypatch) -> None:
    def odd(*_):
        raise RuntimeError("canary-text")

    monkeypatch.setattr(BREAK, odd)
    row = send(queue(now), now)
    assert row.state == "queued" and "RuntimeError" in row.last_error and "canary" not in row.last_error


def test_a_late_answer_does_not_overwrite_a_newer_attempt(hook, peer, now, monkeypatch) -> None:
    row = queue(now)

    def slow(_):
        Delivery.objects.filter(pk=row.pk).update(attempts=2)
        return 200, "sent"

    monkeypatch.setattr(BREAK, slow)
    assert send(row, now).state == "sending"


@pytest.mark.django_db(transaction=True)
def test_of_eight_workers_one_sends(peer, now, hook) -> None:
    row = queue(now)
    gate = threading.Barrier(8)

    def work() -> None:
        gate.wait()
        try:
            operations.deliver(delivery_id=row.pk, at=now)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    row.refresh_from_db()
    assert (row.state, row.attempts, len(peer.seen)) == ("sent", 1, 1)


def test_only_ids_travel_to_the_broker(hook, now, monkeypatch, django_capture_on_commit_callbacks) -> None:
    sent = []
    monkeypatch.setattr("aiops.jobs.app.send_task", lambda name, args, **_: sent.append((name, args)))
    with django_capture_on_commit_callbacks(execute=True):
        row = queue(now)
        operations.queue_mail(mail=Mail(("a@b.example",), "s", "canary"), dedup_key="m", at=now)
    assert sent[0] == ("integrations.deliver", (row.pk,)) and "canary" not in repr(sent)


def test_nothing_is_queued_when_the_change_is_rolled_back(hook, now, monkeypatch) -> None:
    monkeypatch.setattr("aiops.jobs.app.send_task", lambda *_, **__: pytest.fail("enqueued"))
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        queue(now)
        raise ZeroDivisionError
    assert not Delivery.objects.exists()


def test_a_switched_off_connection_waits_and_loses_nothing(hook, peer, now, cast) -> None:
    row = queue(now)
    operations.switch_connection(connection=hook, enabled=False, by=cast.it, at=now)
    assert operations.dispatch_due(at=now) == 0 and operations.deliver(delivery_id=row.pk, at=now) is None
    assert operations.queue_notice(notice=NOTICE, dedup_key="other", at=now) == []
    operations.switch_connection(connection=hook, enabled=True, by=cast.it, at=now)
    assert send(row, now).state == "sent" and len(peer.seen) == 1


def test_replay_makes_a_new_message_that_names_the_old(hook, peer, now, cast) -> None:
    row = send(queue(now), now)
    again = operations.replay(delivery=row, by=cast.it, at=now)
    assert again.replay_of == row and again.payload == row.payload and send(again, now).state == "sent"
    assert len(peer.seen) == 2
    assert AuditEvent.objects.filter(action="delivery.replayed", object_id=str(row.pk)).exists()
    with pytest.raises(DomainError, match="under way"):
        operations.replay(delivery=operations.replay(delivery=row, by=cast.it, at=now), by=cast.it, at=now)


@pytest.mark.parametrize("who", ["owner", "lead", "finance", "auditor", "executive", "evaluator", "stranger"])
def test_only_it_replays_and_reads(who, hook, now, cast) -> None:
    row, person = queue(now), getattr(cast, who)
    for verb in (operations.replay, operations.read_payload):
        with pytest.raises(PermissionDenied):
            verb(delivery=row, by=person, at=now)
    assert not Delivery.objects.visible_to(person).exists()


def test_an_incoming_message_is_kept_once_and_counted(
    make_connection, now, cast, monkeypatch, django_capture_on_commit_callbacks
) -> None:
    am = make_connection("alertmanager")
    row, new = operations.record_inbound(connection=am, dedup_key="k", payload={"fingerprint": "f"}, at=now)
    for _ in range(2):
        same, again = operations.record_inbound(connection=am, dedup_key="k", payload={}, at=now)
        assert (same, again) == (row, False)
    operations.mark_delivery(delivery=row, state="ignored", effect="x" * 300, at=now)
    row.refresh_from_db()
    assert (row.repeats, row.state, row.effect) == (2, "ignored", "x" * 200)
    sent = []
    monkeypatch.setattr("aiops.jobs.app.send_task", lambda name, args, **_: sent.append((name, args)))
    with django_capture_on_commit_callbacks(execute=True):
        replayed = operations.replay(delivery=row, by=cast.it, at=now)
    assert sent == [("workloads.replay_alert", (replayed.pk,))] and replayed.state == "received"


def test_the_database_keeps_a_message_once(make_connection, now) -> None:
    base = {"direction": "out", "kind": "mail", "state": "sent", "created_at": now}
    Delivery.objects.create(dedup_key="k", **base)
    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.create(dedup_key="k", **base)
    for _ in range(2):
        Delivery.objects.create(dedup_key="", **base)
    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.create(dedup_key="", **(base | {"state": "queued"}))


def test_removing_connections_keeps_their_messages_and_prints_none(
    peer, make_connection, now, cast, mailoutbox
) -> None:
    one = make_connection("webhook", "One", url=peer.url)
    two = make_connection("webhook", "Two", url=peer.url)
    rows = operations.queue_notice(notice=NOTICE, dedup_key="same", at=now)
    for each in (one, two):
        with pytest.raises(DomainError, match="Type"):
            operations.delete_connection(connection=each, typed="no", by=cast.it, at=now)
        operations.delete_connection(connection=each, typed=each.name, by=cast.it, at=now)
    assert {Delivery.objects.get(pk=row.pk).state for row in rows} == {"failed"}
    assert mailoutbox == [] and peer.seen == []
