"""Fills a database with millions of calls and the sums that ingest would have made of them, for measuring pages.

Calls are made by SQL alone, over 90 days, in order of time as they would have come; the sums are then those of the
calls by construction, by the same statement parts that ingest uses, and the days are settled by the same job. All of
it runs on a connection for each core. Run: python -m bench.load [calls] with DATABASE_URL set, or `fill(calls)` from
another measurement.
"""

import os
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction

DAYS = 90
PIECE = 200_000
PRICES = (
    ("openai", "gpt-4o", "0.0000025", "0.00001"),
    ("openai", "gpt-4o-mini", "0.00000015", "0.0000006"),
    ("anthropic", "claude-sonnet-4-5", "0.000003", "0.000015"),
    ("google", "gemini-2.5-flash", "0.0000003", "0.0000025"),
)
# Numbers that look like chance and are the same each time: a hash of the call's number, its parts apart from each
# other, so that errors, environments and cost centres meet in all ways.
CALLS = """
INSERT INTO workloads_call (workload_id, started_at, trace_id, span_id, received_at, input_tokens, output_tokens,
  cached_tokens, cache_write_tokens, reasoning_tokens, latency_ms, is_error, is_retry, clamped, counted, operation,
  provider, model, environment, cost_centre, dialect, error_type, cost, cost_source, prompt_name, prompt_version,
  release, service, user_key, business_key)
SELECT workload, at, md5('trace' || n), left(md5('span' || n), 16), at + interval '2 seconds', tokens_in, tokens_out,
  0, 0, 0, latency, is_error, (h / 71) %% 70 = 0, false, true, 'chat', p.provider, p.model,
  CASE WHEN (h / 97) %% 10 = 0 THEN 'staging' ELSE 'production' END,
  CASE (h / 1009) %% 3 WHEN 0 THEN '' WHEN 1 THEN '4711' ELSE '4712' END, 'genai',
  CASE WHEN is_error THEN 'timeout' ELSE '' END,
  tokens_in * p.price_in + tokens_out * p.price_out, CASE WHEN (h / 31) %% 9 = 0 THEN 'client' ELSE 'list' END,
  'summary', '3', '1.4.0', 'bot', '', ''
FROM (
  SELECT n, h, (%(workloads)s::bigint[])[1 + h %% %(many)s] AS workload, (h / 53) %% 50 = 0 AS is_error,
    %(end)s - (1 - (n - %(begin)s)::float8 / %(all)s) * interval '90 days' AS at,
    200 + (h / 3) %% 3000 AS tokens_in, 20 + (h / 7) %% 400 AS tokens_out,
    (exp(5.5 + ((h / 11) %% 1000) / 400.0))::bigint AS latency, 1 + (h / 13) %% 4 AS kind
  FROM (SELECT n, abs(hashint8extended(n, 7) / 2) AS h FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n)
    AS one
) AS made JOIN unnest(%(kinds)s::int[], %(providers)s::text[], %(models)s::text[], %(ins)s::numeric[],
  %(outs)s::numeric[]) AS p (kind, provider, model, price_in, price_out) USING (kind)
ON CONFLICT DO NOTHING
"""


def fill(calls: int, workloads: list[int], end: datetime, first: int = 1) -> float:
    """Adds calls number `first` to `calls` over the 90 days before `end`, and makes the sums anew. Seconds it took.

    A workload that stands in the list several times gets so many shares of the calls.
    """
    from workloads.operations import partitions
    from workloads.operations.usage_days import settle_usage_days

    began = time.perf_counter()
    for back in range(0, DAYS + 31, 28):
        partitions.make_ahead(end - timedelta(days=back))
    about = _about(workloads, end) | {"begin": first, "all": calls - first + 1}
    pieces = [
        about | {"first": start, "last": min(start + PIECE - 1, calls)}
        for start in range(first, calls + 1, PIECE)
    ]
    _at_once(_store, pieces)
    _at_once(_sum, sorted({*workloads}))
    settle_usage_days(at=end)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE workloads_call, workloads_usagehour, workloads_usageday")
    return time.perf_counter() - began


def _about(workloads: list[int], end: datetime) -> dict[str, Any]:
    columns = [list(column) for column in zip(*PRICES, strict=True)]
    about = dict(zip(("providers", "models", "ins", "outs"), columns, strict=True))
    kinds = [*range(1, len(PRICES) + 1)]
    return about | {"workloads": workloads, "many": len(workloads), "end": end, "kinds": kinds}


def _at_once(work: Callable[[Any], None], pieces: Iterable[Any]) -> None:
    """One thread and connection for each core."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for _ in pool.map(work, pieces):
            pass
        # Each thread's connection ends with it; Django would keep it.


def _store(piece: dict[str, Any]) -> None:
    _run(CALLS, piece)


def _sum(workload: int) -> None:
    from workloads.operations import call_sql

    with transaction.atomic():
        _run("DELETE FROM workloads_usagehour WHERE workload_id = %(workload)s", {"workload": workload})
        _run(call_sql.SUM_ALL, {"workload": workload})


def _run(sql: str, about: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        # What a crash would take is made anew, and sums of millions of calls are sorted in memory.
        cursor.execute("SET synchronous_commit = off; SET work_mem = '256MB'; SET jit = off")
        cursor.execute(sql, about)


def main(calls: int) -> None:
    import django

    django.setup()
    from workloads.models import Workload

    workloads = list(Workload.objects.exclude(stage="retired").values_list("pk", flat=True))
    assert workloads, "no workload to fill: start the demo first"
    print(
        f"{calls:,} calls of {len(workloads)} workloads in {fill(calls, workloads, datetime.now(UTC)):.0f} s"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
