"""The same telemetry load against Phoenix, MLflow and Payback, one after the other in one run on one machine.

For each: calls are sent in batches of 500 by one sender; the clock stops when the last is acknowledged, and again when
all can be counted in its database by another process. Then a probe of failed calls below an agent that was fine, and
the load once more with kill -9 right after the last acknowledgment. A peer that cannot be installed is left out, with
the reason. Nothing is judged here: the figures are. Run: python -m bench.peers [--spans 20000] [--write]
"""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from aiops.stack import folders
from bench import machine, peer_load, peer_report
from bench.peer_payback import Payback
from bench.peer_servers import Mlflow, NotMeasured, Phoenix

PROBES = 100
SETTLE_SECONDS, STALLED_SECONDS, POLL_SECONDS = 5.0, 60.0, 0.2


def main(spans: int, only: list[str], write: bool) -> int:
    home = Path(tempfile.mkdtemp(prefix="payback-peers-"))
    lock = folders.lock(home)
    try:
        about = peer_report.machine_words(machine.fdatasync_ms(home))
        print(f"{about}; {spans:,} calls, batches of {peer_load.BATCH}, one sender\n", flush=True)
        found = [_try(kind, home, spans) for kind in (Payback, Phoenix, Mlflow) if kind.name.lower() in only]
        rows = [row for row in found if row is not None]
        table = peer_report.table(rows)
        print(table)
        if write:
            peer_report.write(about, spans, table)
        return 0 if rows else 1
    finally:
        lock.close()
        shutil.rmtree(home, ignore_errors=True)


def _try(kind: Any, home: Path, spans: int) -> peer_report.Row | None:
    try:
        server = kind(home)
        try:
            server.start()
            return _measure(server, spans)
        finally:
            server.stop()
    except (NotMeasured, AssertionError, OSError) as why:
        if kind is Payback:
            raise
        print(f"left out: {kind.name}: {why}\n", flush=True)
        return None


def _measure(server: Any, spans: int) -> peer_report.Row:
    """One line of the table. The first small request warms connections, plans and prices."""
    row = peer_report.Row(f"{server.name} {server.version}", server.storage, spans)
    peer_load.send(server.port, server.headers, peer_load.bodies(server.dialect, peer_load.BATCH))
    _until(server, peer_load.BATCH)
    _timed(server, row)
    _failures(server, row)
    _killed(server, row)
    print(peer_report.line(row), flush=True)
    return row


def _timed(server: Any, row: peer_report.Row) -> None:
    before = server.count()
    failed = server.failed()
    requests = peer_load.bodies(server.dialect, row.spans)
    began = time.perf_counter()
    sent = peer_load.send(server.port, server.headers, requests)
    row.stored = _until(server, before + row.spans) - before
    row.durable_seconds = time.perf_counter() - began
    row.acknowledged_seconds, row.slowest = sent.seconds, max(sent.latencies)
    row.put_off, row.dropped = sent.put_off, sent.dropped
    row.memory_mb, row.load = machine.memory_mb(server.pids()), os.getloadavg()[0]
    row.failed_alone = tuple(now - then for now, then in zip(server.failed(), failed, strict=True))


def _failures(server: Any, row: peer_report.Row) -> None:
    failed, before = server.failed(), server.count()
    peer_load.send(server.port, server.headers, [peer_load.probe(server.dialect, PROBES)])
    _until(server, before + 3 * PROBES, patience=SETTLE_SECONDS)
    row.probes = PROBES
    row.failed_below = tuple(now - then for now, then in zip(server.failed(), failed, strict=True))


def _killed(server: Any, row: peer_report.Row) -> None:
    """What is there of acknowledged calls after a kill and a start, with time to take up what a log may hold."""
    before = server.count()
    requests = peer_load.bodies(server.dialect, row.spans)
    peer_load.send(server.port, server.headers, requests)
    server.kill()
    server.start()
    time.sleep(SETTLE_SECONDS)
    row.survived = server.count() - before


def _until(server: Any, expected: int, patience: float = STALLED_SECONDS) -> int:
    """Waits until so many can be counted, or until nothing has come for a while; how many there are."""
    seen, moved = -1, time.monotonic()
    while seen < expected and time.monotonic() - moved < patience:
        now = server.count()
        if now != seen:
            seen, moved = now, time.monotonic()
        if seen < expected:
            time.sleep(POLL_SECONDS)
    return seen


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--spans", type=int, default=20_000, help="calls to send, a multiple of 500")
    parser.add_argument("--only", nargs="+", default=["phoenix", "mlflow", "payback"])
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped
    sys.exit(main(asked.spans, asked.only, asked.write))
