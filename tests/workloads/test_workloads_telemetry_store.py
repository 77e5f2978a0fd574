"""Calls are stored and summed once each, whatever the senders do."""

import random
import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection, connections

from aiops.errors import DomainError
from aiops.models import AuditEvent
from tests.factories import make_workload
from workloads import queries
from workloads.calc.dialects import NormalisedCall
from workloads.models.inventory import Change, Workload
from workloads.models.telemetry import Call, SeenModel, UsageHour
from workloads.operations import call_store, sightings
from workloads.operations.call_store import store_calls

START = datetime(2026, 11, 20, 8, tzinfo=UTC)
DAY = (datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC))


def a_call(index=1, model="gpt-4o", **fields) -> NormalisedCall:
    base = {
        "input_tokens": 100,
        "output_tokens": 10,
        "latency_ms": 250,
        "provider": "openai",
        "started_at": START,
    }
    return NormalisedCall(f"{index:032x}", f"{index:016x}", model=model, **(base | fields))


@pytest.fixture
def workload(cast):
    return make_workload(cast)


def test_stores_and_sums(workload, now):
    calls = [a_call(i, started_at=START + timedelta(minutes=20 * i)) for i in range(1, 7)]
    report = store_calls(
        workload=workload, calls=[*calls, a_call(9, is_error=True, error_type="timeout")], at=now
    )
    assert (report.accepted, report.duplicates) == (7, 0)
    totals = queries.usage(workload, *DAY)
    assert (totals.calls, totals.errors, totals.input_tokens, totals.output_tokens) == (7, 1, 700, 70)
    assert totals.cost_usd == 7 * Decimal("0.00035") and totals.latency_ms_sum == 250 * totals.calls
    assert UsageHour.objects.filter(workload=workload).count() == 3
    assert [day for day, _ in queries.usage_by_day(workload, *DAY)] == [DAY[0].date()]


def test_sending_again_changes_nothing(workload, now):
    calls = [a_call(i) for i in range(50)]
    store_calls(workload=workload, calls=calls, at=now)
    before = queries.usage(workload, *DAY)
    report = store_calls(workload=workload, calls=calls[::-1] + calls[:3], at=now)
    assert (report.accepted, report.duplicates) == (0, 53)
    report = store_calls(workload=workload, calls=[a_call(49), a_call(50)], at=now)
    assert (report.accepted, report.duplicates) == (1, 1)
    assert before.calls == 50 and queries.usage(workload, *DAY).calls == 51


def test_the_same_span_counts_in_each_workload(cast, workload, now):
    other = make_workload(cast, name="Another")
    for one in (workload, other):
        assert store_calls(workload=one, calls=[a_call()], at=now).accepted == 1


def test_unknown_models_are_named_and_not_free(workload, now):
    calls = [a_call(1), a_call(2, model="home-made"), a_call(3, model=""), a_call(4, model="home-made")]
    store_calls(workload=workload, calls=calls, at=now)
    totals = queries.usage(workload, *DAY)
    assert (totals.unpriced_calls, totals.unpriced_models) == (3, ("home-made", "no model named"))
    assert totals.cost_usd == Decimal("0.00035")
    assert Call.objects.get(model="", workload=workload).cost is None


def test_upper_bounds_are_counted(workload, now):
    store_calls(workload=workload, calls=[a_call(1, drops_cached=True), a_call(2)], at=now)
    assert queries.usage(workload, *DAY).upper_bound_calls == 1
    assert set(Call.objects.values_list("cost_source", flat=True)) == {"upper_bound", "list"}


def test_the_first_production_call_is_noted_once(workload, now):
    store_calls(workload=workload, calls=[a_call(1, environment="staging")], at=now)
    workload.refresh_from_db()
    assert workload.first_call_at is None
    store_calls(
        workload=workload, calls=[a_call(2), a_call(3, started_at=START + timedelta(hours=1))], at=now
    )
    store_calls(workload=workload, calls=[a_call(4, started_at=START - timedelta(hours=1))], at=now)
    store_calls(workload=workload, calls=[a_call(5)], at=now)
    assert Workload.objects.get(pk=workload.pk).first_call_at == START - timedelta(hours=1)
    assert AuditEvent.objects.filter(action="workload.first_call").count() == 1


def test_a_new_model_is_a_change_told_once(workload, now):
    for batch in ([a_call(1)], [a_call(2), a_call(3, model="gpt-4o-mini")], [a_call(4, model="")]):
        store_calls(workload=workload, calls=batch, at=now)
    told = (
        Change.objects.filter(workload=workload, kind="model")
        .order_by("pk")
        .values_list("summary", flat=True)
    )
    assert list(told) == [
        "First call of the model gpt-4o (openai)",
        "First call of the model gpt-4o-mini (openai)",
    ]
    assert SeenModel.objects.filter(workload=workload).count() == 2


def test_a_retired_workload_takes_nothing(workload, now):
    workload.stage = "retired"
    with pytest.raises(DomainError, match="retired"):
        store_calls(workload=workload, calls=[a_call()], at=now)


def test_names_with_tabs_newlines_and_backslashes_survive(workload, now):
    odd = 'a\tb\nc\\N\rd"e'
    store_calls(
        workload=workload, calls=[a_call(model=odd, provider=odd, environment=odd, error_type="\\.")], at=now
    )
    one = Call.objects.get()
    assert (one.model, one.provider, one.environment, one.error_type) == (odd, odd, odd, "\\.")


def test_long_batches_are_split(workload, now, monkeypatch):
    monkeypatch.setattr(call_store, "CHUNK", 10)
    report = store_calls(workload=workload, calls=[a_call(i) for i in range(37)], at=now)
    assert report.accepted == 37 and queries.usage(workload, *DAY).calls == 37


def test_a_failure_in_the_middle_stores_nothing(workload, now, monkeypatch):
    def fail(*_):
        raise RuntimeError("power cut")

    monkeypatch.setattr(sightings, "note", fail)
    with pytest.raises(RuntimeError):
        store_calls(workload=workload, calls=[a_call()], at=now)
    assert not Call.objects.exists() and not UsageHour.objects.exists()
    assert Workload.objects.get(pk=workload.pk).first_call_at is None


def test_features_for_drift_are_successful_production_calls(workload, now):
    calls = [
        a_call(1, input_tokens=5),
        a_call(2, input_tokens=7, started_at=START + timedelta(minutes=1), environment="Prod"),
        a_call(3, environment="test"),
        a_call(4, is_error=True),
    ]
    store_calls(workload=workload, calls=calls, at=now)
    features = queries.call_features(workload, *DAY)
    assert features == {
        "input_tokens": [5.0, 7.0],
        "output_tokens": [10.0, 10.0],
        "latency_ms": [250.0, 250.0],
    }
    assert queries.call_features(workload, *DAY, limit=1)["input_tokens"] == [7.0]


@pytest.mark.django_db(transaction=True)
def test_threads_that_send_the_same_spans_at_once(cast, now):
    """Eight senders, shuffled batches with many spans in common: no deadlock, each span once."""
    workload, failures = make_workload(cast), []
    calls = [a_call(i, started_at=START + timedelta(minutes=i % 180), model=f"m{i % 5}") for i in range(600)]

    def send(seed: int) -> None:
        shuffled = random.Random(seed).sample(calls, len(calls))
        try:
            for i in range(0, 600, 60):
                store_calls(
                    workload=Workload.objects.get(pk=workload.pk), calls=shuffled[i : i + 120], at=now
                )
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=send, args=(seed,)) for seed in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    totals = queries.usage(workload, *DAY)
    assert not failures
    assert (Call.objects.count(), totals.calls, totals.input_tokens) == (600, 600, 60_000)
    assert Change.objects.filter(workload=workload, kind="model").count() == 5


@pytest.mark.django_db(transaction=True)
def test_a_killed_session_leaves_nothing_and_the_retry_completes(cast, now, monkeypatch):
    """The server side of the connection dies between the rows and the commit."""
    workload, real = make_workload(cast), sightings.note

    def die(*args):
        real(*args)
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    monkeypatch.setattr(sightings, "note", die)
    with pytest.raises(Exception, match=r"terminat|closed"):
        store_calls(workload=workload, calls=[a_call(1), a_call(2)], at=now)
    connection.close()
    assert not Call.objects.exists() and not UsageHour.objects.exists()
    monkeypatch.setattr(sightings, "note", real)
    assert store_calls(workload=workload, calls=[a_call(1), a_call(2)], at=now).accepted == 2
    assert queries.usage(workload, *DAY).calls == 2
