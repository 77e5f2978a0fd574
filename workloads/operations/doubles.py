"""A span that is sent again with another start time has another key: it is found here and leaves the sums.

The key of a call holds its start, because time partitions allow no other. A span carries one start for its whole life,
so that this takes a sender that changes what it sent. Until the next round such a span counts twice.
"""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from workloads.operations.call_sql import TAKE_OUT

# Twice the time between two rounds, so that a round that was missed is made up for.
BACK = timedelta(hours=1)
# Starts that lie further apart are taken for two calls.
APART = timedelta(days=1)
FIND = """
WITH recent AS MATERIALIZED (
  SELECT workload_id, started_at, trace_id, span_id, received_at FROM workloads_call
  WHERE received_at >= %(since)s AND counted
), reach AS MATERIALIZED (
  SELECT min(started_at) - %(apart)s AS first, max(started_at) + %(apart)s AS last FROM recent
)
SELECT DISTINCT recent.workload_id, recent.started_at, recent.trace_id, recent.span_id
FROM recent JOIN workloads_call AS before USING (workload_id, trace_id, span_id)
WHERE before.counted AND before.started_at >= (SELECT first FROM reach)
  AND before.started_at <= (SELECT last FROM reach)
  AND (before.received_at, before.started_at) < (recent.received_at, recent.started_at)
  AND abs(extract(epoch FROM before.started_at - recent.started_at)) <= extract(epoch FROM %(apart)s)
ORDER BY 1, 2, 3, 4
"""


def take_out_doubles(*, at: datetime) -> int:
    """Takes the later of two calls with the same ids out of the sums; it stays to be looked at. How many."""
    with connection.cursor() as cursor:
        asked: dict[str, Any] = {"since": at - BACK, "apart": APART}
        cursor.execute(FIND, asked)
        found = cursor.fetchall()
    by_workload: dict[int, list[tuple[datetime, str, str]]] = defaultdict(list)
    for workload, *span in found:
        by_workload[workload].append((span[0], span[1], span[2]))
    return sum(_take_out(workload, spans) for workload, spans in sorted(by_workload.items()))


@transaction.atomic
def _take_out(workload: int, spans: list[tuple[datetime, str, str]]) -> int:
    times, traces, ids = zip(*spans, strict=True)
    which: dict[str, Any] = {"workload": workload, "times": [*times], "traces": [*traces], "spans": [*ids]}
    with connection.cursor() as cursor:
        cursor.execute(TAKE_OUT, which)
        return cursor.fetchone()[0]
