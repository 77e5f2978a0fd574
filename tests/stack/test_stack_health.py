"""The addresses for machines: healthz, readyz, metrics."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError
from django.test import Client

from aiops import readiness, tasks
from aiops.models import Heartbeat

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def noon() -> Iterator[datetime]:
    with time_machine.travel(NOON, tick=False):
        yield NOON


def test_healthz_asks_nothing(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        answer = Client().get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"ok": True})


def test_readyz_names_what_is_missing(noon: datetime) -> None:
    tasks.heartbeat_checks()
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    parts = answer.json()["parts"]
    assert {name for name, part in parts.items() if not part["ok"]} == {"worker-ingest"}
    assert parts["worker-ingest"]["says"] == "not seen yet"


def test_readyz_is_ready_when_all_were_seen(noon: datetime) -> None:
    tasks.heartbeat_checks()
    tasks.heartbeat_ingest()
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["ready"]) == (200, True)


def test_a_part_is_stale_after_a_minute(noon: datetime) -> None:
    readiness.seen(readiness.BEATING, at=noon - timedelta(seconds=61))
    readiness.seen(("beat",), at=noon - timedelta(seconds=60))
    ok = {part.name: part.ok for part in readiness.parts(at=noon)}
    assert ok == {
        "database": True,
        "broker": True,
        "worker-checks": False,
        "worker-ingest": False,
        "beat": True,
    }


def test_a_lost_broker_is_named_without_its_address(noon: datetime, settings: Any) -> None:
    settings.REDIS_URL = "redis://:password@127.0.0.1:1/0"
    answer = Client().get("/readyz")
    assert answer.json()["parts"]["broker"] == {"ok": False, "says": "does not answer (ConnectionError)"}
    assert b"password" not in answer.content


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"REMOTE_ADDR": "127.0.0.1"}, 200),
        ({"REMOTE_ADDR": "::1"}, 200),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "203.0.113.9"}, 403),
        ({"REMOTE_ADDR": "203.0.113.9"}, 403),
        ({"REMOTE_ADDR": "203.0.113.9", "HTTP_AUTHORIZATION": "Bearer right"}, 200),
        ({"REMOTE_ADDR": "203.0.113.9", "HTTP_AUTHORIZATION": "Bearer wrong"}, 403),
    ],
)
def test_metrics_need_loopback_or_the_token(settings: Any, headers: dict[str, str], status: int) -> None:
    settings.METRICS_TOKEN = "right"
    answer = Client().get("/metrics", **headers)  # type: ignore[arg-type]
    assert answer.status_code == status
    assert (b"django_http_requests" in answer.content) == (status == 200)


def test_no_token_set_means_none_is_right(settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    assert (
        Client().get("/metrics", REMOTE_ADDR="203.0.113.9", HTTP_AUTHORIZATION="Bearer ").status_code == 403
    )


@pytest.mark.django_db(transaction=True)
def test_busy_worker_is_seen_through_its_main_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "_last_noted", -tasks.EVERY)
    worker = SimpleNamespace(eventer=SimpleNamespace(hostname="checks@here"))
    tasks.main_loop_is_alive(worker)
    first = Heartbeat.objects.get(name="worker-checks").seen_at
    tasks.main_loop_is_alive(worker)
    assert Heartbeat.objects.get(name="worker-checks").seen_at == first


def test_lost_database_does_not_end_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise DatabaseError

    monkeypatch.setattr(tasks, "_last_noted", -tasks.EVERY)
    monkeypatch.setattr(tasks, "connection", SimpleNamespace(close=lambda: None))
    monkeypatch.setattr(tasks.readiness, "seen", fail)
    tasks.main_loop_is_alive(SimpleNamespace(eventer=SimpleNamespace(hostname="checks@here")))
