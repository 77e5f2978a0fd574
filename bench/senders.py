"""Exporters: processes that send one request after the other and note how long each answer took."""

import http.client
import multiprocessing
import statistics
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiops.stack.postgres import Postgres
from bench import machine
from bench.ingest_bodies import Bodies

if TYPE_CHECKING:
    from bench.ingest import Load

SPANS = 500
_acknowledged = 0
_seed = 0


@dataclass
class Result:
    """One round: spans answered with 200, of them those never sent before, and what it took."""

    seconds: float
    spans: int = 0
    fresh: int = 0
    cpu_ms: float = 0.0
    web_cpu_ms: float = 0.0
    memory_mb: float = 0.0
    latencies: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return self.spans / self.seconds

    def quantile(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000


def acknowledged() -> int:
    """Different spans that the door has answered with 200, over all rounds."""
    return _acknowledged


def median(results: list[Result]) -> Result:
    """The round with the median rate."""
    middle = statistics.median_low([result.rate for result in results])
    return next(result for result in results if result.rate == middle)


def run(web: machine.Web, load: "Load", seconds: float, postgres: Postgres) -> Result:
    """All senders at once for so many seconds."""
    global _acknowledged, _seed
    assert postgres.child is not None
    _seed += load.senders
    context = multiprocessing.get_context("spawn")
    with context.Pool(load.senders) as pool:
        jobs = [(web.port, web.path, web.key, load, seconds, _seed + i) for i in range(load.senders)]
        pool.map(_ready, range(load.senders))
        servers = [machine.family(web.child.pid), machine.family(postgres.child.pid)]
        before = [machine.cpu_seconds(pids) for pids in servers]
        parts = pool.starmap(_send, jobs, chunksize=1)
        servers = [machine.family(web.child.pid), machine.family(postgres.child.pid)]
        used = [machine.cpu_seconds(pids) - b for pids, b in zip(servers, before, strict=True)]
    result = Result(max(part[0] for part in parts))
    result.latencies = [took for part in parts for took in part[1]]
    result.spans = SPANS * len(result.latencies)
    repeated = int(SPANS * load.again)
    result.fresh = result.spans - repeated * sum(max(0, len(part[1]) - 1) for part in parts)
    result.cpu_ms = sum(used) * 1000 / max(1, result.spans)
    result.web_cpu_ms = used[0] * 1000 / max(1, result.spans)
    result.memory_mb = sum(machine.memory_mb(pids) for pids in servers)
    if web.key:
        _acknowledged += result.fresh
    return result


def _ready(_: int) -> None:
    """Starts a process of the pool before anything is measured."""


def _send(
    port: int, path: str, key: str, load: "Load", seconds: float, seed: int
) -> tuple[float, list[float]]:
    bodies = Bodies(SPANS, load.spread, seed, load.again, load.content)
    headers = {"Content-Type": "application/x-protobuf", "Authorization": f"Bearer {key}"}
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    latencies: list[float] = []
    began = time.perf_counter()
    while (now := time.perf_counter()) - began < seconds:
        body = bodies.next()
        now = time.perf_counter()
        line.request("POST", path, body, headers)
        answer = line.getresponse()
        said = answer.read()
        assert answer.status == 200 and not said, (answer.status, said)
        latencies.append(time.perf_counter() - now)
    return time.perf_counter() - began, latencies
