"""`manage.py up` as a person meets it: one story on one folder, with real processes and real kills.

From the first kill on spans arrive: what was acknowledged is there, once, whatever was killed meanwhile.
"""

import json
import os
import signal
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stack.machine import Up, alive, answers, free_port, until
from tests.stack.senders import Senders

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc"),
    pytest.mark.slow,
]


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    one = Up(tmp_path_factory.mktemp("up") / "var", free_port())
    yield one
    for pid in one.processes():
        os.kill(pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def senders(up: Up) -> Senders:
    """Start with the first test that asks for them, on an `up` that runs."""
    return Senders(up)


def test_first_start(up: Up) -> None:
    up.start()
    assert answers(up.port, "/healthz") == (200, '{"ok": true}')
    assert any("name the first people" in line for line in up.said)
    for name in ("secret_key", "encryption_key"):
        assert stat.S_IMODE((up.home / name).stat().st_mode) == 0o600
    assert stat.S_IMODE(up.home.stat().st_mode) == 0o700


def test_database_checks_its_pages_and_listens_on_no_network(up: Up) -> None:
    assert up.sql("SHOW data_checksums") == [("on",)]
    assert up.sql("SHOW listen_addresses") == [("",)]
    assert up.sql("SHOW fsync") == [("on",)]
    assert up.sql("SELECT datlocprovider, datlocale FROM pg_database WHERE datname='payback'") == [
        ("b", "C.UTF-8")
    ]


def test_second_start_is_refused_with_a_sentence(up: Up) -> None:
    done = up.manage("up")
    assert done.returncode != 0
    assert "Payback is already running with the data in" in done.stderr
    assert "Traceback" not in done.stderr


def test_taken_port_is_named_with_another_one(up: Up, tmp_path: Path) -> None:
    done = up.manage("up", PAYBACK_VAR=str(tmp_path / "var"))
    assert done.returncode != 0
    assert f"Port {up.port} is taken by another program" in done.stderr
    assert f"PORT={up.port + 1}" in done.stderr


def test_commands_in_another_terminal_find_the_servers(up: Up) -> None:
    done = up.manage("alive", "database")
    assert (done.returncode, done.stdout) == (0, "database: answers\n")


def test_everything_is_ready_within_a_minute(up: Up) -> None:
    until(lambda: answers(up.port, "/readyz")[0] == 200, "both workers and beat", 45)
    parts = json.loads(answers(up.port, "/readyz")[1])["parts"]
    assert set(parts) == {"database", "broker", "worker-checks", "worker-ingest", "beat"}


def test_killed_web_server_comes_back(up: Up, senders: Senders) -> None:
    senders.wait_for_more()
    before = up.kill("gunicorn")
    up.read_until("web ended")
    until(lambda: any("gunicorn" in w for p, w in up.processes().items() if p > before), "a new web server")
    until(lambda: alive(up.port), "an answer")
    senders.wait_for_more()


def test_killed_worker_comes_back(up: Up, senders: Senders) -> None:
    before = up.kill("worker --hostname=ingest")
    up.read_until("worker-ingest ended")
    until(lambda: any("=ingest" in w for p, w in up.processes().items() if p > before), "a new worker")
    senders.wait_for_more()


def test_dead_database_stops_everything_and_loses_nothing(up: Up, senders: Senders) -> None:
    up.sql("CREATE TABLE kept AS SELECT 1 AS n")
    up.broker().set("kept", "1")
    # Longer than the second within which the append-only file reaches the disk.
    time.sleep(1.2)
    up.kill("postgres-18")
    assert up.wait() != 0
    assert "Postgres ended by itself, so everything stopped" in "".join(up.said)
    until(lambda: not up.processes(), "nothing left", 5)


def test_kill_of_everything_is_recovered_from(up: Up, senders: Senders) -> None:
    up.start()
    assert up.sql("SELECT n FROM kept") == [(1,)]
    up.sql("INSERT INTO kept VALUES (2)")
    senders.wait_for_more()
    up.kill()
    assert up.wait() == -signal.SIGKILL
    up.start()
    assert sorted(up.sql("SELECT n FROM kept")) == [(1,), (2,)]
    assert up.broker().get("kept") == b"1"
    senders.wait_for_more()


def test_kill_of_the_supervisor_alone_takes_its_children_along(up: Up, senders: Senders) -> None:
    assert up.child is not None
    os.kill(up.child.pid, signal.SIGKILL)
    up.wait()
    until(lambda: not up.processes(), "children end with their parent", 15)


def test_no_acknowledged_span_is_lost_or_counted_twice(up: Up, senders: Senders) -> None:
    up.start()
    senders.wait_for_more()
    sent = senders.stop()
    stored = up.sql("SELECT span_id FROM workloads_call")
    assert len(stored) == len(sent) and {row[0] for row in stored} == sent
    sums = up.sql(
        "SELECT sum(calls), sum(input_tokens), sum(output_tokens), sum(cost_usd) FROM workloads_usagehour"
    )
    cost = up.sql("SELECT sum(cost) FROM workloads_call")[0][0]
    assert sums == [(len(sent), 7 * len(sent), 3 * len(sent), cost)]
    assert sum(sender.failures for sender in senders.all) > 0, "no kill met a request: nothing was shown"


def test_sigterm_stops_everything_and_leaves_nothing(up: Up) -> None:
    assert up.child is not None
    up.child.send_signal(signal.SIGTERM)
    assert up.wait() == 0
    assert "".join(up.said).rstrip().endswith("Stopped.")
    assert not up.processes()
    assert not list(Path("/tmp").glob(f"payback-{os.geteuid()}-*"))
    assert not (up.home / "addresses.json").exists()
