"""The probe: who sets it, when it asks, what it makes of an answer, and a worker that is killed in between."""

import multiprocessing
import socket
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connections

from aiops.celery import TIMETABLE
from aiops.errors import DomainError
from aiops.models import AuditEvent
from integrations import operations as integrations_operations
from integrations.messages import Health
from integrations.models import Connection
from tests.factories import make_workload
from tests.integrations.conftest import Peer
from workloads.models import Probe, ProbeResult
from workloads.operations.probes import KEPT, LOST, dispatch_probes, run_probe, set_probe
from workloads.queries.reliability import last_failures, probe_answers, probe_counts

pytestmark = pytest.mark.django_db


@pytest.fixture
def peer() -> Iterator[Peer]:
    one = Peer()
    yield one
    one.server.shutdown()
    one.server.server_close()


@pytest.fixture
def workload(cast):
    return make_workload(cast, it_steward=cast.it)


def address(cast, now, url="https://bot.example.com", **fields):
    made, _ = integrations_operations.create_connection(
        kind="health", name=fields.pop("name", "Bot"), url=url, by=cast.it, at=now, **fields
    )
    return made


@pytest.fixture
def connection(cast, now, peer):
    return address(cast, now, peer.url + "/healthz", allowed_hosts=["127.0.0.1"])


@pytest.fixture
def probe(cast, now, workload, connection):
    return set_probe(workload=workload, connection=connection, by=cast.it, at=now)


def sent_by(monkeypatch, callbacks, at):
    sent = []
    monkeypatch.setattr("aiops.jobs.app.send_task", lambda name, args, countdown: sent.append((name, args)))
    with callbacks(execute=True):
        dispatch_probes(at=at)
    return sent


@pytest.mark.parametrize("who", ["owner", "lead", "evaluator", "finance", "stranger"])
def test_only_it_decides_where_payback_knocks(cast, now, workload, connection, who):
    with pytest.raises(PermissionDenied):
        set_probe(workload=workload, connection=connection, by=getattr(cast, who), at=now)
    assert not Probe.objects.exists()


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("path", {"path": "healthz"}),
        ("path", {"path": "/a b"}),
        ("path", {"path": "/a#b"}),
        ("path", {"path": "/" + "x" * 300}),
        ("path", {"path": "@evil.example.com/"}),
        ("status", {"expected_status": 99}),
        ("status", {"expected_status": 600}),
        ("timeout", {"timeout_seconds": 0}),
        ("timeout", {"timeout_seconds": 31}),
        ("cadence", {"every_minutes": 0}),
        ("cadence", {"every_minutes": 1441}),
    ],
)
def test_what_cannot_be_asked(cast, now, workload, connection, code, wrong):
    with pytest.raises(DomainError) as refused:
        set_probe(workload=workload, connection=connection, by=cast.it, at=now, **wrong)
    assert refused.value.code == code and not Probe.objects.exists()


def test_a_probe_needs_a_health_address_and_a_workload_that_is_not_retired(cast, now, workload, connection):
    hook = Connection.objects.create(
        kind="webhook", name="Hook", url="https://hooks.example.com", created_by=cast.it, created_at=now
    )
    with pytest.raises(DomainError, match="asks a health address"):
        set_probe(workload=workload, connection=hook, by=cast.it, at=now)
    workload.stage = "retired"
    with pytest.raises(DomainError, match="retired"):
        set_probe(workload=workload, connection=connection, by=cast.it, at=now)


def test_changing_it_is_audited_with_both_values(cast, now, workload, connection, probe):
    again = set_probe(
        workload=workload, connection=connection, every_minutes=1, is_on=False, by=cast.it, at=now
    )
    assert again.pk == probe.pk and Probe.objects.count() == 1
    changes = AuditEvent.objects.get(action="probe.changed").changes
    assert changes == {"every_minutes": [5, 1], "is_on": [True, False]}
    assert AuditEvent.objects.filter(action="probe.set").count() == 1


def test_the_tick_is_in_the_timetable():
    assert TIMETABLE["workloads.dispatch_probes"] == 30.0


def test_a_due_slot_is_sent_once(now, probe, monkeypatch, django_capture_on_commit_callbacks):
    callbacks = django_capture_on_commit_callbacks
    late = now + timedelta(minutes=2, seconds=10)
    assert sent_by(monkeypatch, callbacks, late) == [("workloads.run_probe", (probe.pk, now.isoformat()))]
    assert sent_by(monkeypatch, callbacks, late) == []
    probe.refresh_from_db()
    assert probe.next_due_at == now + timedelta(minutes=5)
    after_a_downtime = now + timedelta(hours=3)
    assert len(sent_by(monkeypatch, callbacks, after_a_downtime)) == 1


@pytest.mark.parametrize("change", ["off", "connection", "stage"])
def test_nothing_is_asked_while_it_is_off(now, probe, connection, peer, change):
    if change == "off":
        Probe.objects.update(is_on=False)
    elif change == "connection":
        Connection.objects.update(enabled=False)
    else:
        probe.workload.stage = "building"
        probe.workload.save()
    assert dispatch_probes(at=now) == 0
    assert run_probe(probe_id=probe.pk, slot=now, at=now) is None
    assert peer.seen == [] and not ProbeResult.objects.exists()


def test_an_answer_counts_as_up(now, probe, peer, connection):
    result = run_probe(probe_id=probe.pk, slot=now, at=now)
    assert (result.ok, result.status, result.error) == (True, 200, "") and result.latency_ms is not None
    assert [seen.path for seen in peer.seen] == ["/healthz"] and "Authorization" not in peer.seen[0].headers
    connection.refresh_from_db()
    assert connection.last_success_at == now


def test_the_path_goes_behind_the_address_and_the_token_with_it(cast, now, workload, peer):
    other = address(cast, now, peer.url, name="Other", secret="t0ken", allowed_hosts=["127.0.0.1"])
    probe = set_probe(workload=workload, connection=other, path="/up?full=1", by=cast.it, at=now)
    assert run_probe(probe_id=probe.pk, slot=now, at=now).ok
    assert peer.seen[0].path == "/up?full=1"
    assert {k.lower(): v for k, v in peer.seen[0].headers.items()}["authorization"] == "Bearer t0ken"


@pytest.mark.parametrize("status", [500, 404, 302, 204])
def test_another_status_is_down_in_words(now, probe, peer, status):
    peer.status, peer.body = status, b""
    result = run_probe(probe_id=probe.pk, slot=now, at=now)
    assert (result.ok, result.status) == (False, status)
    assert result.error == f"It answered {status} instead of 200."


def test_a_status_that_was_expected_is_up(cast, now, workload, connection, peer):
    peer.status, peer.body = 401, b""
    probe = set_probe(workload=workload, connection=connection, expected_status=401, by=cast.it, at=now)
    assert run_probe(probe_id=probe.pk, slot=now, at=now).ok


def test_nobody_there_is_down(cast, now, workload, peer):
    peer.server.shutdown()
    peer.server.server_close()
    gone = address(cast, now, peer.url, allowed_hosts=["127.0.0.1"])
    probe = set_probe(workload=workload, connection=gone, by=cast.it, at=now)
    result = run_probe(probe_id=probe.pk, slot=now, at=now)
    assert result.ok is False and result.status is None and result.error == "The connection was refused."
    gone.refresh_from_db()
    assert gone.last_failure == "The connection was refused."


def test_an_address_that_is_not_permitted_is_not_the_workloads_fault(cast, now, workload, peer):
    closed = address(cast, now, peer.url)
    probe = set_probe(workload=workload, connection=closed, by=cast.it, at=now)
    result = run_probe(probe_id=probe.pk, slot=now, at=now)
    assert result.ok is None and result.error.startswith("Not asked: 127.0.0.1 is not a public address")
    assert peer.seen == [] and probe_answers(workload, now - timedelta(days=1), now + KEPT) == []
    assert probe_counts(probe, now) == {"asked": 0, "failed": 0, "missed": 1}


def test_the_timeout_is_the_probes_own(cast, now, workload, connection, monkeypatch):
    asked = []

    def ask(**about):
        asked.append(about["timeout"])
        return Health(None, 3000, "No answer in time.", True)

    monkeypatch.setattr("workloads.operations.probes.ask_health", ask)
    probe = set_probe(workload=workload, connection=connection, timeout_seconds=3, by=cast.it, at=now)
    assert run_probe(probe_id=probe.pk, slot=now, at=now).error == "No answer in time." and asked == [3.0]


def test_what_nobody_foresaw_is_down_too(now, probe, monkeypatch):
    def ask(**about):
        raise RuntimeError("secret text")

    monkeypatch.setattr("workloads.operations.probes.ask_health", ask)
    result = run_probe(probe_id=probe.pk, slot=now, at=now)
    assert result.ok is False and result.error == "It broke off unexpectedly (RuntimeError)."


def test_a_slot_is_asked_once_whoever_asks(now, probe, peer):
    assert run_probe(probe_id=probe.pk, slot=now, at=now) is not None
    assert run_probe(probe_id=probe.pk, slot=now, at=now) is None
    assert len(peer.seen) == 1 and ProbeResult.objects.count() == 1


def test_a_message_that_waited_too_long_asks_nothing(now, probe, peer):
    assert run_probe(probe_id=probe.pk, slot=now, at=now + timedelta(minutes=6, seconds=1)) is None
    assert peer.seen == [] and not ProbeResult.objects.exists()


def test_a_worker_killed_while_it_asks_leaves_a_slot_that_counts_neither_way(
    now, workload, probe, monkeypatch
):
    def killed(**about):
        raise SystemExit

    with monkeypatch.context() as broken:
        broken.setattr("workloads.operations.probes.ask_health", killed)
        with pytest.raises(SystemExit):
            run_probe(probe_id=probe.pk, slot=now, at=now)
    held = ProbeResult.objects.get()
    assert held.ok is None and held.error == ""
    assert run_probe(probe_id=probe.pk, slot=now, at=now) is None, (
        "the message comes again: the slot is taken"
    )
    next_slot = now + timedelta(minutes=5)
    assert run_probe(probe_id=probe.pk, slot=next_slot, at=next_slot).ok
    dispatch_probes(at=now + timedelta(minutes=5, seconds=71))
    held.refresh_from_db()
    assert held.ok is None and held.error == LOST
    answers = probe_answers(workload, now, now + timedelta(hours=1))
    assert [(a.start, a.bad) for a in answers] == [(next_slot, 0)]
    assert probe_counts(probe, now) == {"asked": 1, "failed": 0, "missed": 1}


@pytest.mark.django_db(transaction=True)
def test_kill_9_in_the_middle_of_a_slot(cast, now):
    """A process of its own asks somebody who never answers, and is killed; the next slot goes on."""
    silent = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
    workload = make_workload(cast)
    health = address(cast, now, url, allowed_hosts=["127.0.0.1"])
    probe = set_probe(workload=workload, connection=health, timeout_seconds=30, by=cast.it, at=now)
    connections.close_all()  # a forked process must not share the connection
    worker = multiprocessing.get_context("fork").Process(
        target=run_probe, kwargs={"probe_id": probe.pk, "slot": now, "at": now}, daemon=True
    )
    worker.start()
    silent.settimeout(20)
    asked, _ = silent.accept()
    worker.kill()
    worker.join()
    assert worker.exitcode == -9 and ProbeResult.objects.get().ok is None
    assert run_probe(probe_id=probe.pk, slot=now, at=now) is None, (
        "the message comes again: the slot is taken"
    )
    assert dispatch_probes(at=now + timedelta(minutes=6, seconds=31)) == 1
    assert ProbeResult.objects.get().error == LOST
    asked.close()
    silent.close()


def test_a_slot_under_way_is_not_called_lost(now, probe):
    ProbeResult.objects.create(probe=probe, slot=now)
    dispatch_probes(at=now + timedelta(minutes=5, seconds=70))
    assert ProbeResult.objects.get().error == ""


def test_answers_are_kept_for_90_days(now, probe):
    ProbeResult.objects.create(probe=probe, slot=now - KEPT, ok=True)
    ProbeResult.objects.create(probe=probe, slot=now - KEPT - timedelta(minutes=5), ok=True)
    dispatch_probes(at=now)
    assert [row.slot for row in ProbeResult.objects.all()] == [now - KEPT]


def test_the_last_failures_come_first(now, probe):
    for n, ok in enumerate([False, True, False, None]):
        ProbeResult.objects.create(
            probe=probe, slot=now + timedelta(minutes=5 * n), ok=ok, error="" if ok else "x"
        )
    assert [row.slot for row in last_failures(probe)] == [now + timedelta(minutes=10), now]


def test_it_tests_a_health_address_step_by_step(cast, now, connection, peer):
    steps = integrations_operations.test_connection(connection=connection, by=cast.it, at=now)
    assert [s.ok for s in steps] == [True] * 4 and "It answered 200" in steps[-1].words
    peer.status, peer.body = 503, b""
    steps = integrations_operations.test_connection(connection=connection, by=cast.it, at=now)
    assert "503" in steps[-1].words


def test_a_health_address_needs_an_address(cast, now):
    with pytest.raises(DomainError) as refused:
        address(cast, now, url="")
    assert refused.value.field == "url"


def test_a_connection_that_a_probe_uses_stays(cast, now, probe, connection):
    with pytest.raises(DomainError, match="still uses"):
        integrations_operations.delete_connection(connection=connection, typed="Bot", by=cast.it, at=now)
