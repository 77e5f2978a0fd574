"""Alertmanager's version 4, read as it is sent and as it is mangled."""

import json
from typing import Any

import pytest

from integrations.connectors.alertmanager import NotAnAlert, parse

FIRING = {
    "status": "firing",
    "labels": {"alertname": "WorkloadDown", "workload": "invoice-triage"},
    "annotations": {"summary": "It is down"},
    "startsAt": "2026-11-22T00:56:21.171Z",
    "endsAt": "0001-01-01T00:00:00Z",
    "fingerprint": "6ed4daa422a36494",
    "generatorURL": "http://twin-one:9090/graph",
}


def body(*alerts: Any, **more: Any) -> bytes:
    return json.dumps({"version": "4", "alerts": list(alerts), **more}).encode()


def test_a_firing_alert() -> None:
    batch = parse(body(FIRING, truncatedAlerts=3, routeLabels={"new": "field"}))
    (alert,) = batch.alerts
    assert (alert.status, alert.ends_at, batch.truncated, batch.problems) == ("firing", None, 3, ())
    assert alert.labels["workload"] == "invoice-triage" and alert.starts_at.microsecond == 171000


def test_two_twins_make_the_same_key_whatever_their_zone_and_address() -> None:
    other = FIRING | {
        "startsAt": "2026-11-22T01:56:21.171+01:00",
        "generatorURL": "http://twin-two:9090/graph",
    }
    one, two = parse(body(FIRING, other)).alerts
    assert one.key == two.key


def test_one_unreadable_alert_does_not_cost_the_others() -> None:
    batch = parse(body(FIRING, {"status": "firing"}, FIRING | {"startsAt": "soon"}))
    assert len(batch.alerts) == 1
    assert batch.problems == (
        "Alert 2: the field «fingerprint» is missing.",
        "Alert 3: the field «startsAt» is not a time.",
    )


@pytest.mark.parametrize(
    ("bytes_", "words"),
    [
        (b"\xff", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "version 4"),
        (b'{"version": "3", "alerts": []}', "version 4"),
        (b'{"version": "4"}', "«alerts»"),
        (body({"status": "pending"}), "Alert 1: the field «status»"),
        (body(FIRING | {"startsAt": "0001-01-01T00:00:00+23:59"}), "«startsAt»"),
        (body(3), "«status»"),
    ],
)
def test_what_does_not_fit_is_named(bytes_: bytes, words: str) -> None:
    with pytest.raises(NotAnAlert, match=words):
        parse(bytes_)


def test_text_that_the_database_cannot_store_is_cleaned() -> None:
    (alert,) = parse(
        body(FIRING | {"labels": {"a\x00": "b\x00\ud800", "n": 3}, "fingerprint": "f\x00f"})
    ).alerts
    assert alert.labels == {"a": "b?", "n": "3"} and alert.fingerprint == "ff"


def test_no_alert_is_an_empty_batch() -> None:
    assert parse(body()).alerts == ()
