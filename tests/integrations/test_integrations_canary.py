"""A planted secret is looked for wherever somebody could read it."""

import logging

import pytest
from django.urls import reverse

from aiops.models import AuditEvent
from integrations import operations
from integrations.messages import Notice
from integrations.models import Connection, Delivery

pytestmark = pytest.mark.django_db
CANARY = "canary-5b1e07"


@pytest.fixture
def planted(make_connection, peer):
    """One of each kind, the canary in every secret and in the addresses that are one."""
    peer.status = 401
    peer.body = f"{CANARY} was wrong".encode()
    return [
        make_connection("model_endpoint", secret=f"key-{CANARY}", url=f"{peer.url}/v1"),
        make_connection("alertmanager", secret=f"token-of-{CANARY}"),
        make_connection("webhook", secret=f"sign-{CANARY}", url=f"{peer.url}/in/{CANARY}?sig={CANARY}"),
        make_connection("slack", secret=f"{peer.url}/services/{CANARY}"),
        make_connection(
            "smtp",
            secret=f"password-{CANARY}",
            host="127.0.0.1",
            port=peer.port,
            encryption="none",
            username="payback",
            sender="payback@example.com",
        ),
    ]


def urls(rows):
    yield reverse("integrations:connections")
    yield reverse("integrations:deliveries")
    yield reverse("integrations:api_connections")
    yield reverse("integrations:api_deliveries")
    yield reverse("aiops:audit")
    for row in rows:
        yield reverse("integrations:connection", args=[row.pk])
        yield reverse("integrations:edit_connection", args=[row.pk])
    for delivery in Delivery.objects.all():
        yield reverse("integrations:delivery", args=[delivery.pk])


def test_no_page_log_audit_row_or_message_holds_a_secret(planted, cast, now, caplog, capsys, monkeypatch):
    monkeypatch.setattr("integrations.connectors.smtp.TIMEOUT", 1)
    caplog.set_level(logging.DEBUG)
    client = cast.client(cast.it)
    operations.queue_notice(notice=Notice("incident.opened", "I-1", "Slow", "", "bad"), dedup_key="n", at=now)
    for delivery in Delivery.objects.all():
        operations.deliver(delivery_id=delivery.pk, at=now)
    for row in planted:
        answer = client.post(reverse("integrations:test_connection", args=[row.pk]))
        assert CANARY not in answer.content.decode(), row.kind
        client.post(reverse("integrations:api_test_connection", args=[row.pk]))
        renamed = {"name": f"Renamed {row.kind}", "secret": f"another-secret-{CANARY}"}
        refused = client.post(reverse("integrations:edit_connection", args=[row.pk]), renamed | {"name": ""})
        assert refused.status_code == 422 and CANARY not in refused.content.decode(), row.kind
    for url in urls(planted):
        answer = client.get(url)
        assert answer.status_code == 200 and CANARY not in answer.content.decode(), url
    assert Delivery.objects.filter(state="failed").count() == 2
    assert not [event for event in AuditEvent.objects.all() if CANARY in f"{event.changes}{event.reason}"]
    assert not [
        row for row in Delivery.objects.all() if CANARY in f"{row.payload}{row.last_error}{row.effect}"
    ]
    assert not [
        row for row in Connection.objects.all() if CANARY in f"{row.last_failure}{row.last_failure_fix}"
    ]
    out = capsys.readouterr()
    assert CANARY not in caplog.text + out.out + out.err
