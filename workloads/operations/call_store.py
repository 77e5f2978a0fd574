"""Calls are priced, stored and summed once each, in one transaction, before their arrival is confirmed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from io import StringIO
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from aiops import audit
from aiops.errors import DomainError
from aiops.models import User
from workloads.calc import pricing
from workloads.calc.dialects import PRODUCTION, NormalisedCall
from workloads.models.inventory import Change, Workload
from workloads.models.telemetry import SeenModel

CHUNK = 5000


@dataclass(frozen=True)
class StoreReport:
    """What became of a batch: stored now, there already, or refused."""

    accepted: int
    duplicates: int
    rejected: int = 0


def store_calls(*, workload: Workload, calls: Sequence[NormalisedCall], at: datetime) -> StoreReport:
    """Prices, stores and sums calls; each (trace, span) of a workload counts once for ever.

    Durable when it returns. One transaction for up to 5,000 calls; a longer batch takes several, and
    sending it again after a failure completes it. No audit row: the calls are the record.
    """
    if workload.stage == "retired":
        raise DomainError("workload_retired", "This workload is retired; it takes no more data.")
    # Sorted, so that senders of the same spans wait for each other in one order and cannot deadlock.
    unique = {(call.trace_id, call.span_id): call for call in reversed(calls)}
    ordered = sorted(unique.values(), key=lambda call: (call.started_at, call.trace_id, call.span_id))
    stored = sum(_store_chunk(workload, ordered[i : i + CHUNK], at) for i in range(0, len(ordered), CHUNK))
    return StoreReport(accepted=stored, duplicates=len(calls) - stored)


COLUMNS = """trace_id, span_id, started_at, operation, provider, model, environment, dialect, input_tokens,
  output_tokens, cached_tokens, cache_write_tokens, reasoning_tokens, latency_ms, is_error, error_type,
  clamped, cost, cost_source"""
STAGE = """
CREATE TEMPORARY TABLE IF NOT EXISTS stage_call (
  trace_id text, span_id text, started_at timestamptz, operation text, provider text, model text,
  environment text, dialect text, input_tokens bigint, output_tokens bigint, cached_tokens bigint,
  cache_write_tokens bigint, reasoning_tokens bigint, latency_ms bigint, is_error boolean, error_type text,
  clamped boolean, cost numeric, cost_source text
) ON COMMIT DELETE ROWS
"""
KEYS = "workload_id, hour, provider, model, operation, environment, cost_centre"
# A sum of UsageHour and how it follows from calls.
SUMS = {
    "calls": "count(*)",
    "errors": "count(*) FILTER (WHERE is_error)",
    "input_tokens": "sum(input_tokens)",
    "output_tokens": "sum(output_tokens)",
    "cached_tokens": "sum(cached_tokens)",
    "cache_write_tokens": "sum(cache_write_tokens)",
    "reasoning_tokens": "sum(reasoning_tokens)",
    "latency_ms_sum": "sum(latency_ms)",
    "cost_usd": "coalesce(sum(cost), 0)",
    "retries": "0",
    "client_cost_usd": "0",
    "list_cost_usd": "coalesce(sum(cost) FILTER (WHERE cost_source = 'list'), 0)",
    "own_cost_usd": "0",
    "upper_bound_cost_usd": "coalesce(sum(cost) FILTER (WHERE cost_source = 'upper_bound'), 0)",
    "latency_sketch": "'{}'::bigint[]",
    "unpriced_calls": "count(*) FILTER (WHERE cost IS NULL)",
    "upper_bound_calls": "count(*) FILTER (WHERE cost_source = 'upper_bound')",
}
# One statement: what is summed is what was inserted, so the sums are exact under duplicates by construction.
# Rows and sums are written in key order, so that senders wait for each other and never in a circle.
MERGE = f"""
WITH fresh AS (
  INSERT INTO workloads_call (workload_id, received_at, is_retry, counted, cost_centre, prompt_name, prompt_version,
    release, service, user_key, business_key, {COLUMNS})
  SELECT %(workload)s, %(at)s, false, true, '', '', '', '', '', '', '', {COLUMNS} FROM stage_call
  ON CONFLICT (workload_id, started_at, trace_id, span_id) DO NOTHING
  RETURNING {COLUMNS}
), summed AS (
  INSERT INTO workloads_usagehour AS total ({KEYS}, {", ".join(SUMS)})
  SELECT %(workload)s, date_trunc('hour', started_at, 'UTC'), provider, model, operation, environment, '',
    {", ".join(SUMS.values())}
  FROM fresh GROUP BY 2, 3, 4, 5, 6 ORDER BY 2, 3, 4, 5, 6
  ON CONFLICT ({KEYS}) DO UPDATE SET {", ".join(f"{name} = total.{name} + excluded.{name}" for name in SUMS if name != "latency_sketch")}
)
SELECT provider, model, environment, count(*), min(started_at) FROM fresh GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""  # noqa: S608  only our own column names are put in
SEEN = """
INSERT INTO workloads_seenmodel (workload_id, provider, model, first_call_at) VALUES (%s, %s, %s, %s)
ON CONFLICT (workload_id, provider, model) DO NOTHING
"""


def _store_chunk(workload: Workload, calls: list[NormalisedCall], at: datetime) -> int:
    rows = _copy_text(calls)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(STAGE)
        cursor.execute("DELETE FROM stage_call")  # an outer transaction may have stored a chunk before
        cursor.copy_expert(f"COPY stage_call ({COLUMNS}) FROM STDIN", rows)
        cursor.execute(MERGE, {"workload": workload.pk, "at": at})
        groups = cursor.fetchall()
        _note_first_call(workload, groups, at)
        _note_models(workload, groups, at)
    return sum(group[3] for group in groups)


def _copy_text(calls: Iterable[NormalisedCall]) -> StringIO:
    return StringIO("".join(_line(call) for call in calls))


def _line(call: NormalisedCall) -> str:
    amount, source = pricing.price(call)
    cost = "\\N" if amount is None else format(amount, "f")
    return (
        f"{call.trace_id}\t{call.span_id}\t{call.started_at.isoformat()}\t{_escaped(call.operation)}"
        f"\t{_escaped(call.provider)}\t{_escaped(call.model)}\t{_escaped(call.environment)}\t{call.dialect}"
        f"\t{call.input_tokens}\t{call.output_tokens}\t{call.cached_tokens}\t{call.cache_write_tokens}"
        f"\t{call.reasoning_tokens}\t{call.latency_ms}\t{call.is_error:d}\t{_escaped(call.error_type)}"
        f"\t{call.clamped:d}\t{cost}\t{source}\n"
    )


@lru_cache(maxsize=4096)
def _escaped(text: str) -> str:
    """A text as COPY wants it; the same few names come again and again."""
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def _note_first_call(workload: Workload, groups: list[tuple[Any, ...]], at: datetime) -> None:
    """The first production call proposes the go-live date; the owner confirms it."""
    first = min((g[4] for g in groups if g[2].lower() in PRODUCTION), default=None)
    if first is None or (workload.first_call_at is not None and workload.first_call_at <= first):
        return
    later = Q(first_call_at=None) | Q(first_call_at__gt=first)
    if not Workload.objects.filter(later, pk=workload.pk).update(first_call_at=first):
        return
    if workload.first_call_at is None:
        by = User.objects.system()
        audit.record(
            by=by, at=at, action="workload.first_call", obj=workload, changes={"first_call_at": first}
        )
    workload.first_call_at = first


def _note_models(workload: Workload, groups: list[tuple[Any, ...]], at: datetime) -> None:
    """Tells the first call of each model once, however many senders race to it."""
    called: dict[tuple[str, str], datetime] = {}
    for provider, model, _, _, first in groups:
        if model:
            called[provider, model] = min(first, called.get((provider, model), first))
    known = (
        set(SeenModel.objects.filter(workload=workload).values_list("provider", "model")) if called else set()
    )
    for (provider, model), first in sorted(called.items()):
        if (provider, model) not in known and _is_first(workload, provider, model, first):
            text = f"First call of the model {model}" + (f" ({provider})" if provider else "")
            Change.objects.create(workload=workload, at=first, kind="model", summary=text[:200], by=None)


def _is_first(workload: Workload, provider: str, model: str, first: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(SEEN, [workload.pk, provider, model, first])
        return cursor.rowcount == 1
