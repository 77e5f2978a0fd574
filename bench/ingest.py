"""How close ingest comes to its ceiling: real gunicorn workers, an embedded PostgreSQL with fsync, one machine.

The ceiling (bench/ceiling.py) parses the same bodies and COPYs figures to a flat table, one commit a request. Rounds
of both alternate, so that what else the machine does meets both; the median of the rounds counts. Every span that was
acknowledged is counted at the end. Memory is that of the web server and of PostgreSQL with the connections of both; a
page that several processes share counts once (PSS).

Run: python -m bench.ingest [--minute] [--seconds 5] [--rounds 3] [--only content]
"""

import argparse
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiops.stack import folders
from aiops.stack.postgres import Postgres
from aiops.stack.valkey import Valkey
from bench import machine, senders
from bench.ceiling import FLAT

HOUR, MONTH = 3600.0, 30 * 86_400.0
KEYS = {
    "PAYBACK_SECRET_KEY": "bench",
    "PAYBACK_ENCRYPTION_KEYS": "YmVuY2gtb25seS1rZXktYmVuY2gtb25seS1rZXktMDE=",
    "DJANGO_SETTINGS_MODULE": "aiops.settings",
}


@dataclass
class Load:
    """One thing to measure: how many work and send, and what is odd about the spans."""

    name: str
    workers: int = 1
    senders: int = 1
    spread: float = HOUR
    again: float = 0.0
    content: bool = False
    least: float = 0.0  # of the ceiling for the first two, of the plain rate for the others


LOADS = [
    Load("plain", least=0.4),
    Load("30 % sent again", again=0.3, least=0.7),
    Load("over 30 days", spread=MONTH, least=0.7),
    Load("with content", content=True, least=0.5),
    Load("two workers, four senders", workers=2, senders=4, least=0.4),
]


def main(minute: bool, seconds: float, rounds: int, only: str) -> int:
    home = Path(tempfile.mkdtemp(prefix="payback-bench-"))
    lock = folders.lock(home)
    postgres, valkey = Postgres(home), Valkey(home)
    try:
        postgres.start()
        valkey.start()
        os.environ |= KEYS | {"DATABASE_URL": postgres.url, "REDIS_URL": valkey.url}
        return _measure(postgres, home, minute, seconds, rounds, only)
    finally:
        valkey.stop()
        postgres.stop()
        lock.close()
        shutil.rmtree(home, ignore_errors=True)


def _measure(postgres: Postgres, home: Path, minute: bool, seconds: float, rounds: int, only: str) -> int:
    plain = _prepare()
    print(f"fdatasync of 8 kB takes {machine.fdatasync_ms(home):.2f} ms here; {os.cpu_count()} cores\n")
    results: dict[str, senders.Result] = {}
    missed = []
    for load in (load for load in LOADS if load.name == LOADS[0].name or only in load.name):
        long = 60.0 if minute and load.workers > 1 else seconds
        results[load.name], ceiling = _one(load, plain, postgres, long, rounds)
        base = ceiling.rate if ceiling else results["plain"].rate
        reached = results[load.name].rate / base
        if reached < load.least:
            missed.append(f"{load.name}: {reached:.2f} instead of {load.least}")
        of = "the ceiling" if ceiling else "the plain rate"
        _tell(load, results[load.name], ceiling, f"{reached:.2f} of {of} (at least {load.least})")
    _check()
    for sentence in missed:
        print(f"MISSED {sentence}")
    return 1 if missed else 0


def _prepare() -> str:
    """A migrated database with a workload; the text of its key."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute(FLAT)
    from tests.factories import make_cast, make_workload
    from workloads.operations.telemetry import create_ingest_key

    at = datetime.now(UTC) - timedelta(hours=1)
    cast = make_cast(at)
    about = {"workload": make_workload(cast), "name": "bench", "scopes": ["telemetry:write"]}
    return create_ingest_key(**about, by=cast.it, at=at)[1]


def _one(load: Load, plain: str, postgres: Postgres, seconds: float, rounds: int):
    """The door, and the ceiling beside it where the load is compared with that; the round with the median rate."""
    _keep_content(load.content)
    with_ceiling = load.name == "plain" or load.workers > 1
    door = machine.Web("aiops.wsgi:application", load.workers, "/v1/traces", plain)
    flat = machine.Web("bench.ceiling:application", load.workers, "/", "") if with_ceiling else None
    found: dict[machine.Web, list[senders.Result]] = {door: []} | ({flat: []} if flat else {})
    try:
        for web in found:
            senders.run(web, load, 1.0, postgres)  # connections, plans and prices are warm afterwards
        for _ in range(rounds):
            for web, results in found.items():
                results.append(senders.run(web, load, seconds, postgres))
    finally:
        for web in found:
            web.stop()
    best = senders.median(found[door])
    return best, senders.median(found[flat]) if flat else None


def _keep_content(on: bool) -> None:
    from workloads.models import Workload

    Workload.objects.update(content_policy="all" if on else "off")


def _tell(load: Load, door: senders.Result, ceiling: senders.Result | None, reached: str) -> None:
    print(f"{load.name}: {load.workers} worker(s), {load.senders} sender(s)")
    for name, result in (("ceiling", ceiling), ("door", door)):
        if result is not None:
            print(
                f"  {name:8} {result.rate:9,.0f} spans/s  {result.cpu_ms:.3f} ms of server CPU a span"
                f" ({result.web_cpu_ms:.3f} web)  p50 {result.quantile(0.5):.0f} ms  p95 {result.quantile(0.95):.0f} ms"
                f"  longest {result.quantile(1):.0f} ms  {result.memory_mb:.0f} MB"
            )
    print(f"  {reached}\n")


def _check() -> None:
    """Every span that was acknowledged is there once, in the calls and in the sums."""
    from django.db.models import Sum

    from workloads.models import Call, UsageHour

    calls = Call.objects.count()
    sums = UsageHour.objects.aggregate(calls=Sum("calls"), tokens=Sum("input_tokens"), cost=Sum("cost_usd"))
    exact = Call.objects.aggregate(tokens=Sum("input_tokens"), cost=Sum("cost"))
    assert calls == sums["calls"] == senders.acknowledged(), (calls, sums, senders.acknowledged())
    assert (sums["tokens"], sums["cost"]) == (exact["tokens"], exact["cost"])
    print(f"{calls:,} calls stored and summed, each acknowledged one once, to the last digit")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument(
        "--minute", action="store_true", help="hold two workers and four senders for a minute"
    )
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="the plain load and those whose name has this in it")
    asked = parser.parse_args()
    sys.exit(main(asked.minute, asked.seconds, asked.rounds, asked.only))
