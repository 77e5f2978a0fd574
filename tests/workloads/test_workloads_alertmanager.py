"""Alerts from outside: fire, repeat, resolve, arrive late, or name nothing that is known here."""

import json
from copy import deepcopy

import pytest
from django.test import Client

from integrations import operations as integration_operations
from integrations.models import Delivery
from tests.factories import make_workload
from workloads import operations
from workloads.models import Incident
from workloads.tasks import replay_alert

pytestmark = pytest.mark.django_db
SECRET = "a-long-shared-secret"
ALERT = {
    "status": "firing",
    "labels": {"alertname": "WorkloadDown", "severity": "critical", "workload": "invoice-triage"},
    "annotations": {"summary": "AI workload invoice-triage is down"},
    "startsAt": "2026-11-20T08:56:21.171Z",
    "endsAt": "0001-01-01T00:00:00Z",
    "fingerprint": "6ed4daa422a36494",
}


@pytest.fixture
def workload(cast):
    return make_workload(cast, slug="invoice-triage")


@pytest.fixture
def hook(cast, now):
    connection, _ = integration_operations.create_connection(
        kind="alertmanager", name="Alerts", secret=SECRET, by=cast.it, at=now
    )
    return connection


def alert(**changes):
    made = deepcopy(ALERT)
    made["labels"] |= changes.pop("labels", {})
    return made | changes


def body(*alerts):
    return json.dumps({"version": "4", "status": "firing", "receiver": "payback", "alerts": list(alerts)})


def post(hook, content, token=SECRET, **more):
    headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
    return Client().post(
        f"/hooks/alertmanager/{hook.pk}/", content, content_type="application/json", headers=headers, **more
    )


def test_firing_repeating_and_resolving_is_one_incident(hook, workload):
    assert post(hook, body(alert())).json() == {"alerts": 1, "opened": 1, "problems": []}
    incident = Incident.objects.get()
    assert (incident.external_key, incident.severity, incident.state) == (
        "am-6ed4daa422a36494",
        "bad",
        "open",
    )
    assert incident.title == "WorkloadDown" and "is down" in incident.sentence
    assert post(hook, body(alert())).json()["repeated"] == 1
    done = post(hook, body(alert(status="resolved", endsAt="2026-11-20T08:59:00Z")))
    assert done.status_code == 200 and done.json()["resolved"] == 1
    incident.refresh_from_db()
    assert incident.state == "resolved" and incident.resolved_by.is_system
    firing = Delivery.objects.get(direction="in", payload__status="firing")
    assert firing.repeats == 1 and "I-1" in firing.effect


def test_a_firing_that_comes_after_its_own_resolution_is_history(hook, workload):
    assert post(hook, body(alert(status="resolved"))).json()["resolved"] == 1
    assert post(hook, body(alert())).json()["late"] == 1
    assert not Incident.objects.exists()
    assert post(hook, body(alert(startsAt="2026-11-20T09:30:00Z"))).json()["opened"] == 1


def test_a_resolution_that_comes_after_the_next_firing_is_history(hook, workload):
    post(hook, body(alert()))
    post(hook, body(alert(startsAt="2026-11-20T09:30:00Z")))
    assert post(hook, body(alert(status="resolved"))).json()["late"] == 1
    assert Incident.objects.get().state == "open"


def test_two_senders_of_one_cluster_open_one(hook, workload):
    for host in ("http://a:9093", "http://b:9093"):
        content = json.loads(body(alert(generatorURL=host))) | {"externalURL": host}
        post(hook, json.dumps(content))
    assert Incident.objects.count() == 1


def test_what_names_no_workload_is_counted_and_opens_nothing(hook, workload, cast):
    make_workload(cast, slug="old-bot", stage="retired", retired_on="2026-01-01")
    unnamed = alert(fingerprint="c1")
    del unnamed["labels"]["workload"]
    for one in (alert(fingerprint="a1", labels={"workload": "who"}), unnamed):
        assert post(hook, body(one)).json()["ignored"] == 1
    assert post(hook, body(alert(fingerprint="b1", labels={"workload": "old-bot"}))).json()["ignored"] == 1
    assert Delivery.objects.filter(state="ignored").count() == 3 and not Incident.objects.exists()


def test_our_own_label_goes_before_the_common_one(hook, workload, cast):
    mine = make_workload(cast, slug="mine")
    post(hook, body(alert(labels={"payback_workload": "mine"})))
    assert Incident.objects.get().workload == mine


def test_a_batch_is_taken_alert_by_alert(hook, workload):
    batch = body(alert(), alert(fingerprint="x2", labels={"severity": "warning"}), {"status": "odd"})
    answer = post(hook, batch).json()
    assert answer["opened"] == 2 and len(answer["problems"]) == 1
    assert sorted(Incident.objects.values_list("severity", flat=True)) == ["bad", "warning"]


@pytest.mark.parametrize("token", [None, "", "wrong", SECRET + "x", "ä"])
def test_a_wrong_secret_is_401(hook, workload, token):
    answer = post(hook, body(alert()), token)
    assert answer.status_code == 401 and answer["WWW-Authenticate"] == "Bearer"
    assert not Delivery.objects.filter(direction="in").exists()


def test_other_kinds_unknown_and_switched_off_connections_take_nothing(hook, workload, cast, now):
    integration_operations.switch_connection(connection=hook, enabled=False, by=cast.it, at=now)
    assert post(hook, body(alert())).status_code == 403
    hook.pk += 1000
    assert post(hook, body(alert())).status_code == 401
    other, _ = integration_operations.create_connection(
        kind="slack", name="Slack", secret="https://hooks.slack.com/x", url="", by=cast.it, at=now
    )
    assert post(other, body(alert()), "https://hooks.slack.com/x").status_code == 401
    assert not Incident.objects.exists()


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("not json", "JSON"),
        ("[]", "version 4"),
        ('{"version": "3", "alerts": []}', "version 4"),
        ('{"text": "a custom payload"}', "version 4"),
        ('{"version": "4"}', "alerts"),
        ('{"version": "4", "alerts": [{"status": "firing", "fingerprint": "a"}]}', "startsAt"),
    ],
)
def test_what_is_not_version_4_is_400_with_a_sentence(hook, workload, content, word):
    answer = post(hook, content)
    assert answer.status_code == 400 and word in answer.json()["message"]
    assert not Delivery.objects.filter(direction="in").exists()


def test_too_large_a_body_is_413_and_a_get_is_405(hook):
    assert post(hook, b"x" * (1024 * 1024 + 1)).status_code == 413
    assert Client().get(f"/hooks/alertmanager/{hook.pk}/").status_code == 405


def test_text_that_a_database_cannot_hold_is_cleaned(hook, workload):
    odd = alert(annotations={"summary": "down\x00 and \ud800 out"})
    assert post(hook, body(odd)).status_code == 200
    assert Incident.objects.get().sentence.startswith("down and")


def test_a_kept_alert_is_read_again_when_its_workload_exists(hook, cast, now):
    post(hook, body(alert()))
    kept = Delivery.objects.get(direction="in")
    assert kept.state == "ignored"
    workload = make_workload(cast, slug="invoice-triage")
    again = integration_operations.replay(delivery=kept, by=cast.it, at=now)
    for _ in range(2):
        replay_alert(again.pk)
    assert Incident.objects.get().workload == workload
    again.refresh_from_db()
    assert "I-1" in again.effect


def test_people_may_resolve_it_first(hook, workload, cast, now):
    post(hook, body(alert()))
    operations.resolve_incident(
        incident=Incident.objects.get(), resolution="Restarted.", by=cast.owner, at=now
    )
    assert post(hook, body(alert())).json()["repeated"] == 1
    assert post(hook, body(alert(status="resolved"))).json()["resolved"] == 1
    assert Incident.objects.count() == 1
