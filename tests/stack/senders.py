"""Programs that send spans while the stack is killed under them, and remember what was acknowledged."""

import http.client
import secrets
import threading
import time
from datetime import UTC, datetime

from tests.otlp_bodies import body, chat
from tests.stack.machine import Up, until

SPANS = 40
# As long as a batch takes: at any moment a kill meets a request, and the rest of the machine can work too.
PAUSE = 0.02
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
            time.sleep(PAUSE)
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


class Senders:
    """Three of them, with a key of their own."""

    def __init__(self, up: Up) -> None:
        said = up.manage("shell", "-c", MAKE_KEY).stdout
        self.all = [Sender(up.port, said.split("key ")[1].split()[0]) for _ in range(3)]
        for sender in self.all:
            sender.start()

    def wait_for_more(self) -> None:
        """Return when a batch was acknowledged that was not before."""
        before = len(self.acknowledged())
        until(lambda: len(self.acknowledged()) > before, "spans taken", 60)

    def acknowledged(self) -> set[str]:
        return set().union(*(sender.acknowledged for sender in self.all))

    def stop(self) -> set[str]:
        """Everything that was ever acknowledged, once nothing is under way."""
        for sender in self.all:
            sender.ending.set()
        for sender in self.all:
            sender.join(60)
            assert not sender.is_alive()
        return self.acknowledged()
