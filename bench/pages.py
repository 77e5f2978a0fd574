"""How long cost, workload and home pages take with 1, 2, 5 and 10 million calls, and that none of them reads a call.

An own PostgreSQL and Valkey, the demo company as the app loads it at its first start, more workloads beside its own,
and calls from bench/load.py. Each page is asked in this process through all of the app, once to warm up and seven
times for the median. Every statement is looked at: none may name the table of calls, but for the pages of single calls,
which are measured apart and must find theirs through its key. A page above 100 ms is a miss, and the end is 1.
Run: python -m bench.pages [--calls 10000000] [--write]
"""

import argparse
import logging
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any

from aiops.stack import folders
from aiops.stack.postgres import Postgres
from aiops.stack.valkey import Valkey
from bench import machine
from bench.ingest import KEYS

SIZES = (1_000_000, 2_000_000, 5_000_000, 10_000_000)
LIMIT_MS, TIMES = 100.0, 7
MORE_WORKLOADS, SHARES = 18, 5
CALLS_TABLE = re.compile(r"\bworkloads_call(?:_\d{4}_\d{2}|_rest)?\b")
MOST_ROWS_READ = 10_000  # of the table of calls, for one page of them


@dataclass
class Asked:
    """What answering once took."""

    ms: float
    statements: list[tuple[str, Any, float]] = field(default_factory=list)

    @property
    def sql_ms(self) -> float:
        return sum(ms for _, _, ms in self.statements)


@dataclass(frozen=True)
class Timed:
    """A page at one size; of the pages of several workloads the slowest. Median of seven."""

    name: str
    path: str
    ms: float
    sql_ms: float
    queries: int
    kilobytes: float
    reads_calls: bool


def main(calls: int, write: bool, home: Path | None) -> int:
    return served(lambda folder: _measure(calls, write, folder), home)


def served(measure: Callable[[Path], int], home: Path | None = None) -> int:
    """What `measure` gives with an own PostgreSQL and Valkey beside it; a folder that is named stays."""
    folder = home or Path(tempfile.mkdtemp(prefix="payback-bench-"))
    folder.mkdir(exist_ok=True)
    lock = folders.lock(folder)
    postgres, valkey = Postgres(folder), Valkey(folder)
    try:
        postgres.start()
        valkey.start()
        os.environ |= KEYS | {
            "DATABASE_URL": postgres.url,
            "REDIS_URL": valkey.url,
            "PAYBACK_VAR": str(folder),
        }
        import django

        django.setup()
        from django.core.management import call_command

        call_command("collectstatic", interactive=False, verbosity=0)
        return measure(folder)
    finally:
        valkey.stop()
        postgres.stop()
        lock.close()
        if home is None:
            shutil.rmtree(folder, ignore_errors=True)


def _measure(calls: int, write: bool, folder: Path) -> int:
    import django

    django.setup()
    logging.disable(logging.WARNING)  # who may open what is found by asking
    from bench import page_report

    load_before = os.getloadavg()[0]
    workloads = _company()
    sizes = [size for size in SIZES if size < calls] + [calls]
    found: dict[int, list[Timed]] = {}
    wrong: list[str] = []
    for size in sizes:
        if not _fill(size, workloads):
            continue
        found[size], faults = _timed()
        wrong += [f"With {size:,} calls {fault}" for fault in faults]
        print(page_report.of_size(size, found[size]), flush=True)
    wrong += page_report.misses(found, LIMIT_MS)
    print(page_report.table(found))
    if write:
        page_report.write(found, machine.fdatasync_ms(folder), load_before)
    for sentence in wrong:
        print(f"MISSED {sentence}")
    print(
        f"{len(found[max(found)])} pages, {len(wrong)} misses, load average {load_before:.1f} before the start"
    )
    if load_before > 1:
        print("Other programs ran before this one began: the times are those of a busy machine.")
    return 1 if wrong else 0


def _company() -> list[Any]:
    """Migrated, with the demo company and more workloads in its units. Its own have five shares of the calls each."""
    from django.core.management import call_command

    from tests.factories import make_workload
    from workloads.models import Workload

    call_command("prepare")  # as the app's first start does
    live = list(Workload.objects.exclude(first_call_at=None).exclude(stage="retired").order_by("pk"))
    own = [row for row in live if row.candidate_id]
    for number in range(len(live) - len(own), MORE_WORKLOADS):
        like = own[number % len(own)]
        cast = SimpleNamespace(unit=like.unit, owner=like.business_owner)
        began = {"first_call_at": like.first_call_at, "go_live": like.go_live, "calls_days": 400}
        make_workload(cast, f"Assistant {number + 1}", it_steward=like.it_steward, **began)
    _rows_that_no_demo_has(own[0])
    return list(Workload.objects.exclude(first_call_at=None).exclude(stage="retired").order_by("pk"))


def _rows_that_no_demo_has(workload: Any) -> None:
    """A program that nobody claimed, and prices that are applied again: their pages want a row."""
    from aiops.models import User
    from workloads.models import Repricing, Service

    at = datetime.now(UTC)
    Service.objects.get_or_create(name="chat", defaults={"first_seen_at": at, "last_seen_at": at})
    day, who = at.date(), User.objects.get(email="finance@demo.payback")
    about = {
        "start": day - timedelta(days=30),
        "end": day,
        "kept_from": day - timedelta(days=90),
        "by": who,
        "at": at,
    }
    if not Repricing.objects.exists():
        Repricing.objects.create(**about, calls=10).workloads.add(workload)


def _fill(size: int, workloads: list[Any]) -> bool:
    """Up to this many calls, with what the jobs make of them; False where there are more already."""
    from bench import load
    from roi.operations.ledger import refresh_open_months
    from workloads.models import Call
    from workloads.operations.usage_days import settle_usage_days

    have = Call.objects.filter(prompt_name="summary").count()
    if have >= size:
        settle_usage_days(at=datetime.now(UTC))
        return have == size
    shares = [w.pk for w in workloads for _ in range(SHARES if w.candidate_id else 1)]
    at = datetime.now(UTC)
    took = load.fill(size, shares, at, first=have + 1)
    refresh_open_months(at=at)
    print(
        f"{size:,} calls of {len(workloads)} workloads: {size - have:,} were added in {took:.0f} s",
        flush=True,
    )
    return True


def _timed() -> tuple[list[Timed], list[str]]:
    """Each page at the size that there is, and what is wrong with any."""
    from bench.page_list import pages
    from workloads.models import Workload

    own = list(Workload.objects.exclude(first_call_at=None).exclude(candidate=None).order_by("pk"))
    listed, closed = pages(own, datetime.now(UTC).date())
    slowest: dict[str, Timed] = {}
    wrong = [f"nobody can open {sentence}." for sentence in closed]
    for page in listed:
        timed, faults = _one(page)
        wrong += faults
        if page.name not in slowest or slowest[page.name].ms < timed.ms:
            slowest[page.name] = timed
    return sorted(slowest.values(), key=lambda one: -one.ms), sorted({*wrong})


def _one(page: Any) -> tuple[Timed, list[str]]:
    from django.test import Client

    client = Client()
    client.force_login(page.who)
    _ask(client, page.path)
    rounds = [_ask(client, page.path) for _ in range(TIMES)]
    asked, size = rounds[0][0], rounds[0][1]
    timed = Timed(
        page.name,
        page.path,
        median(one.ms for one, _ in rounds),
        median(one.sql_ms for one, _ in rounds),
        len(asked.statements),
        size / 1024,
        page.reads_calls,
    )
    return timed, _faults(page, asked)


def _ask(client: Any, path: str, said: dict[str, str] | None = None) -> tuple[Asked, int]:
    """One request with its statements, a POST where something is said; a file is read to its end."""
    with _listening() as asked:
        began = time.perf_counter()
        answer = client.get(path) if said is None else client.post(path, said)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        asked.ms = (time.perf_counter() - began) * 1000
    assert answer.status_code == 200, (path, answer.status_code)
    return asked, len(body)


@contextmanager
def _listening() -> Iterator[Asked]:
    from django.db import connection

    asked = Asked(0.0)

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            asked.statements.append((sql, params, (time.perf_counter() - began) * 1000))

    with connection.execute_wrapper(note):
        yield asked


def _faults(page: Any, asked: Asked) -> list[str]:
    """Statements that name the table of calls: none, or on a page of single calls each through the key."""
    touching = [(sql, params) for sql, params, _ in asked.statements if CALLS_TABLE.search(sql)]
    if not page.reads_calls:
        return [f"{page.name} reads the table of calls: {sql[:200]}" for sql, _ in touching]
    return [fault for sql, params in touching for fault in _unbounded(page, sql, params)]


def _unbounded(page: Any, sql: str, params: Any) -> list[str]:
    """No limit, a scan of a month that holds rows, or more rows read than a page can need."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
        plan = cursor.fetchone()[0][0]["Plan"]
    scans = [node for node in _nodes(plan) if CALLS_TABLE.fullmatch(node.get("Relation Name", ""))]
    read = sum((n["Actual Rows"] + n.get("Rows Removed by Filter", 0)) * n["Actual Loops"] for n in scans)
    whole = {n["Relation Name"] for n in scans if n["Node Type"] == "Seq Scan" and n["Actual Rows"]}
    faults = [f"{page.name} reads all of {name}." for name in sorted(whole)]
    if " LIMIT " not in sql:
        faults.append(f"{page.name} reads calls without a limit: {sql[-200:]}")
    if read > MOST_ROWS_READ:
        faults.append(f"{page.name} reads {read:,} calls for one page: {sql[-200:]}")
    return faults


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", []):
        yield from _nodes(below)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", type=int, default=SIZES[-1])
    parser.add_argument("--write", action="store_true", help="put table and chart into docs/")
    parser.add_argument("--home", type=Path, help="a folder that stays, to measure again without filling")
    given = parser.parse_args()
    sys.exit(main(given.calls, given.write, given.home))
