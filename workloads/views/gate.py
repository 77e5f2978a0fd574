"""Back-pressure: how much telemetry one web process has in hand at a time, before it asks senders to come again.

A request waits a moment for its turn; then it is answered 503 with Retry-After, which exporters heed, and nothing of
its body has been read. So memory stays bounded, and a database that hangs does not hold every thread.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.http import HttpRequest

# Of the four threads of a process (aiops.stack.processes): one stays free to answer.
MOST_AT_ONCE = 3
# Of bodies as they are once unpacked; decoded they take about three times that.
MOST_BYTES = 64_000_000
PATIENCE = 1.0
RETRY_SECONDS = 5
# Telemetry packs about this well; a body that turns out larger is bounded by the limit on unpacked bodies.
GZIP_GAIN = 8


class Busy(Exception):
    """No room now; nothing was read."""


class Gate:
    """Admits a bounded number of requests, and of bytes; one request alone may be larger than the bound."""

    def __init__(
        self, most: int = MOST_AT_ONCE, most_bytes: int = MOST_BYTES, patience: float = PATIENCE
    ) -> None:
        self.most, self.most_bytes, self.patience = most, most_bytes, patience
        self.active = self.bytes = self.waiting = 0
        self._turn = threading.Condition()

    @contextmanager
    def admitted(self, size: int) -> Iterator[None]:
        """Holds room for a body of so many bytes. Raises Busy when there is none within the patience."""
        with self._turn:
            self._wait(size)
            self.active += 1
            self.bytes += size
        try:
            yield
        finally:
            with self._turn:
                self.active -= 1
                self.bytes -= size
                self._turn.notify()

    def _wait(self, size: int) -> None:
        """One thread waits at most: the others are there to say that it is full."""
        if self._fits(size):
            return
        if self.waiting:
            raise Busy
        self.waiting += 1
        try:
            if not self._turn.wait_for(lambda: self._fits(size), self.patience):
                raise Busy
        finally:
            self.waiting -= 1

    def _fits(self, size: int) -> bool:
        return self.active == 0 or (self.active < self.most and self.bytes + size <= self.most_bytes)


GATE = Gate()


def expected_bytes(request: HttpRequest) -> int:
    """What the body of a request will take once it is unpacked, by its headers."""
    length = request.headers.get("Content-Length", "")
    size = int(length) if length.isdigit() and len(length) < 12 else 0
    packed = request.headers.get("Content-Encoding", "").strip().lower() == "gzip"
    return min(size * GZIP_GAIN, MOST_BYTES) if packed else size
