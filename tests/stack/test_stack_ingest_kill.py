"""kill -9 of web, worker, database and everything while spans arrive: what was acknowledged is there, once."""

import http.client
import os
import secrets
import signal
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.otlp_bodies import body, chat
from tests.stack.test_stack_up import Up, _alive, until

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc"),
    pytest.mark.slow,
]
SPANS = 40
MAKE_KEY = """
from datetime import UTC, datetime, timedelta
from tests.factories import make_cast, make_workload
from workloads.operations.telemetry import create_ingest_key
at = datetime.now(UTC) - timedelta(hours=1)
cast = make_cast(at)
about = dict(workload=make_workload(cast), name="sender", scopes=["telemetry:write"])
print("key", create_ingest_key(**about, by=cast.it, at=at)[1])
"""


class Sender(threading.Thread):
    """Sends batches one after the other, each until it is acknowledged; half of a batch is in the next one again."""

    def __init__(self, port: int, key: str) -> None:
        super().__init__(daemon=True)
        self.port, self.key = port, key
        self.acknowledged: set[str] = set()
        self.requests = self.failures = 0
        self.ending = threading.Event()

    def run(self) -> None:
        spans = [self._span() for _ in range(SPANS)]
        while not self.ending.is_set():
            raw = body(spans)
            while not self._post(raw):
                self.failures += 1
                time.sleep(0.05)
            self.acknowledged |= {span["span_id"].hex() for span in spans}
            spans = spans[SPANS // 2 :] + [self._span() for _ in range(SPANS // 2)]

    def _span(self):
        span = chat(1, start=datetime.now(UTC), tokens_in=7, tokens_out=3)
        return span | {"trace_id": secrets.token_bytes(16), "span_id": secrets.token_bytes(8)}

    def _post(self, raw: bytes) -> bool:
        """True when the answer says that everything was taken; whatever else happens is tried again."""
        self.requests += 1
        headers = {"Content-Type": "application/x-protobuf", "Authorization": f"Bearer {self.key}"}
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            line.request("POST", "/v1/traces", raw, headers)
            answer = line.getresponse()
            return answer.status == 200 and answer.read() == b""
        except (OSError, http.client.HTTPException):
            return False
        finally:
            line.close()


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    one = Up(tmp_path / "var", port)
    yield one
    for pid in one.processes():
        os.kill(pid, signal.SIGKILL)


def kill(up: Up, what: str) -> None:
    """Kills one part, or all; starts again what does not come back by itself."""
    until(lambda: any(what in words for words in up.processes().values()), f"{what} to be there", 60)
    pids = [up.pid_of(what)] if what else [*up.processes()]
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    if what in ("", "postgres-18"):
        up.wait()
        up.start()
    until(lambda: _alive(up.port), f"an answer after the end of {what or 'everything'}", 60)


def test_no_acknowledged_span_is_lost_or_counted_twice(up: Up) -> None:
    up.start()
    said = up.manage("shell", "-c", MAKE_KEY).stdout
    senders = [Sender(up.port, said.split("key ")[1].split()[0]) for _ in range(3)]
    for sender in senders:
        sender.start()
    for moment, what in enumerate(("gunicorn", "postgres-18", "worker --hostname=ingest", "", "postgres-18")):
        time.sleep(0.7 + 0.31 * moment)
        before = sum(len(sender.acknowledged) for sender in senders)
        kill(up, what)
        until(lambda b=before: sum(len(s.acknowledged) for s in senders) > b, "spans taken again", 60)
    for sender in senders:
        sender.ending.set()
    for sender in senders:
        sender.join(60)
        assert not sender.is_alive()
    sent = set().union(*(sender.acknowledged for sender in senders))
    stored = up.sql("SELECT span_id FROM workloads_call")
    assert len(stored) == len(sent) and {row[0] for row in stored} == sent
    sums = up.sql(
        "SELECT sum(calls), sum(input_tokens), sum(output_tokens), sum(cost_usd) FROM workloads_usagehour"
    )
    cost = up.sql("SELECT sum(cost) FROM workloads_call")[0][0]
    assert sums == [(len(sent), 7 * len(sent), 3 * len(sent), cost)]
    assert sum(sender.failures for sender in senders) > 0, "no kill met a request: nothing was shown"
