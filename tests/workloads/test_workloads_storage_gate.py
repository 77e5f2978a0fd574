"""Back-pressure: what is in hand is bounded, and what does not fit is told to come again before it is read."""

import threading

import pytest

from tests.factories import make_workload
from tests.otlp_bodies import body, chat
from tests.workloads.test_workloads_telemetry_door import make_key, nothing_stored, send
from workloads.models import Call
from workloads.views import ingest
from workloads.views.gate import Busy, Gate


def test_no_more_at_once_than_said():
    gate = Gate(most=2, patience=0.01)
    with gate.admitted(1), gate.admitted(1), pytest.raises(Busy), gate.admitted(1):
        pass
    with gate.admitted(1):
        assert gate.active == 1


def test_no_more_bytes_than_said_but_one_alone_may_be_larger():
    gate = Gate(most=5, most_bytes=100, patience=0.01)
    with gate.admitted(1000), pytest.raises(Busy), gate.admitted(1):
        pass
    with gate.admitted(60), gate.admitted(40), pytest.raises(Busy), gate.admitted(1):
        pass
    assert (gate.active, gate.bytes) == (0, 0)


def test_a_failure_gives_its_place_back():
    gate = Gate(most=1, patience=0.01)
    with pytest.raises(RuntimeError), gate.admitted(5):
        raise RuntimeError
    assert (gate.active, gate.bytes) == (0, 0)


def test_one_waits_for_its_turn_and_the_next_is_sent_away_at_once():
    gate, entered, done = Gate(most=1, patience=30), threading.Event(), threading.Event()

    def wait() -> None:
        with gate.admitted(1):
            entered.set()

    with gate.admitted(1):
        waiter = threading.Thread(target=wait)
        waiter.start()
        while not gate.waiting:
            done.wait(0.001)
        with pytest.raises(Busy), gate.admitted(1):
            pass
        assert not entered.is_set()
    waiter.join(30)
    assert entered.is_set() and gate.active == 0


def test_a_full_server_asks_to_come_again_and_stores_nothing(cast, monkeypatch):
    _, plain = make_key(cast, make_workload(cast))
    gate = Gate(most=1, patience=0.01)
    monkeypatch.setattr(ingest, "GATE", gate)
    with gate.admitted(1):
        response = send(plain, body([chat(1)]))
    assert response.status_code == 503 and int(response["Retry-After"]) > 0
    assert b"in hand" in response.content and nothing_stored()
    assert send(plain, body([chat(1)])).status_code == 200 and Call.objects.count() == 1
