"""One call of a model may be reported by two spans, a wrapper and its raw twin: the one that says most counts.

The two may come in different requests and in either order. Who counts is kept by twin key, and its row is held while
a batch is stored, so that two senders of two twins settle it one after the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from workloads.calc.dialects import NormalisedCall
from workloads.models.inventory import Workload

CLAIM = """
INSERT INTO workloads_calltwin (workload_id, twin_key, started_at, trace_id, span_id, rank)
SELECT %s, * FROM unnest(%s::text[], %s::timestamptz[], %s::text[], %s::text[], %s::bigint[])
ON CONFLICT (workload_id, twin_key) DO NOTHING
"""
HOLDERS = """
SELECT twin_key, started_at, trace_id, span_id, rank FROM workloads_calltwin
WHERE workload_id = %s AND twin_key = ANY(%s) ORDER BY twin_key FOR UPDATE
"""
REPLACE = """
UPDATE workloads_calltwin SET started_at = %s, trace_id = %s, span_id = %s, rank = %s
WHERE workload_id = %s AND twin_key = %s
"""
MOST_TOKENS = 2**40


@dataclass
class Settled:
    """Calls of a batch that do not count (ids of the objects), and stored ones that count no longer."""

    uncounted: set[int] = field(default_factory=set)
    times: list[datetime] = field(default_factory=list)
    traces: list[str] = field(default_factory=list)
    spans: list[str] = field(default_factory=list)


def rank(call: NormalisedCall) -> int:
    """How well a span reports its call: a cost of the client's before a model's name, caches and tokens."""
    priced = call.cost_client is not None and call.cost_client > 0
    tokens = min(call.input_tokens + call.output_tokens, MOST_TOKENS - 1)
    return (priced * 4 + bool(call.model) * 2 + bool(call.cached_tokens)) * MOST_TOKENS + tokens


def settle(workload: Workload, calls: Sequence[NormalisedCall]) -> Settled:
    """Says which calls of a batch count. Call it inside the transaction that stores them, before they are stored."""
    settled = Settled()
    best: dict[str, NormalisedCall] = {}
    for call in calls:
        if not call.twin_key:
            continue
        other = best.get(call.twin_key)
        if other is None or rank(call) > rank(other):
            best[call.twin_key] = call
        settled.uncounted.add(id(call))
    if best:
        settled.uncounted -= {id(call) for call in best.values()}
        _against_stored(workload, best, settled)
    return settled


def _against_stored(workload: Workload, best: dict[str, NormalisedCall], settled: Settled) -> None:
    keys = sorted(best)
    columns: list[Any] = [
        [getattr(best[key], name) for key in keys] for name in ("started_at", "trace_id", "span_id")
    ]
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [workload.pk, keys, *columns, [rank(best[key]) for key in keys]])
        cursor.execute(HOLDERS, [workload.pk, keys])
        for key, *span, held in cursor.fetchall():
            call = best[key]
            if [call.started_at, call.trace_id, call.span_id] == span:
                continue
            if rank(call) <= held:
                settled.uncounted.add(id(call))
                continue
            settled.times.append(span[0])
            settled.traces.append(span[1])
            settled.spans.append(span[2])
            now: list[Any] = [call.started_at, call.trace_id, call.span_id, rank(call)]
            cursor.execute(REPLACE, [*now, workload.pk, key])
