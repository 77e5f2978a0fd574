"""Calls are priced, stored and summed once each, in one transaction, before their arrival is confirmed."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from io import BytesIO
from operator import attrgetter
from typing import Any

from django.db import connection, transaction
from psycopg2.errors import UniqueViolation

from aiops.errors import DomainError
from workloads.calc import copy_rows, rollup
from workloads.calc.dialects import NormalisedCall
from workloads.models.inventory import ContentPolicy, Workload
from workloads.operations import adoption, call_sql, call_twins, sightings
from workloads.operations.call_lines import Lines
from workloads.queries.prices import own_prices

CHUNK = 5000
# Of a prompt or an answer, what is kept at most.
LONGEST_CONTENT = 100_000
_COPY_PIECE = 1 << 20
_BY_KEY = attrgetter("started_at", "trace_id", "span_id")


@dataclass(frozen=True)
class StoreReport:
    """What became of a batch: stored now, there already, or refused for the reason in words."""

    accepted: int
    duplicates: int
    rejected: int = 0
    reason: str = ""


def store_calls(*, workload: Workload, calls: Sequence[NormalisedCall], at: datetime) -> StoreReport:
    """Prices, stores and sums calls; each (trace, span) of a workload counts once.

    Durable when it returns. One transaction for up to 5,000 calls; a longer batch takes several, and sending it again
    after a failure completes it. Calls older than the workload keeps them are refused: that they were counted once
    could not be promised. No audit row: the calls are the record.
    """
    if workload.stage == "retired":
        raise DomainError("workload_retired", "This workload is retired; it takes no more data.")
    oldest = at - timedelta(days=workload.calls_days)
    kept = [call for call in calls if call.started_at >= oldest]
    # Sorted, so that senders of the same spans wait for each other in one order and cannot deadlock.
    unique = {(call.trace_id, call.span_id): call for call in reversed(kept)}
    ordered = sorted(unique.values(), key=_BY_KEY)
    stored = sum(_store_chunk(workload, ordered[i : i + CHUNK], at) for i in range(0, len(ordered), CHUNK))
    reason = f"older than the {workload.calls_days} days that are kept" if len(kept) < len(calls) else ""
    return StoreReport(stored, len(kept) - stored, len(calls) - len(kept), reason)


def _store_chunk(workload: Workload, calls: list[NormalisedCall], at: datetime) -> int:
    """All at once when none of them is there, which is nearly always; else those that are not.

    A sender that repeats itself goes on doing so for a while: then the attempt is spared.
    """
    for way in WAYS[workload.pk in _repeating :]:
        try:
            stored = _store(workload, calls, at, way)
        except UniqueViolation:  # all of it is undone by now
            _repeating.add(workload.pk)
        else:
            if stored == len(calls):
                _repeating.discard(workload.pk)
            return stored
    return _store(workload, calls, at, Way.MERGE)


class Way(Enum):
    """Which calls of a chunk are stored: all, those that are not there, or, row by row, each that is not there."""

    ALL, MISSING, MERGE = range(3)


# What is looked up may have come by another sender meanwhile: that is tried once more, and then merged.
WAYS: tuple[Way, ...] = (Way.ALL, Way.MISSING, Way.MISSING)
_repeating: set[int] = set()


@transaction.atomic
def _store(workload: Workload, calls: list[NormalisedCall], at: datetime, way: Way) -> int:
    """Rows first and sums after them, in key order each; what was seen last. How many were put in."""
    own = own_prices(workload.pk, _hold(workload))
    if way == Way.MISSING and not (calls := _missing(workload, calls)):
        return 0
    settled = call_twins.settle(workload, calls)
    uncounted = frozenset(settled.uncounted)
    must_merge = way == Way.MERGE or bool(settled.times)
    groups = {} if must_merge else rollup.grouped(calls, uncounted)
    batch = Lines(workload, calls, uncounted, at, own, groups)
    content = copy_rows.content_lines(kept_content(workload, calls), LONGEST_CONTENT, workload=workload.pk)
    stored = _merge(batch, content, settled) if must_merge else _copy(batch, content)
    sightings.note(workload, calls, at)
    adoption.note_callers(workload, calls)
    return stored


def _hold(workload: Workload) -> str:
    """Holds the workload: calls have no foreign key that is checked row by row, but this. Versions of its prices."""
    with connection.cursor() as cursor:
        cursor.execute(call_sql.HOLD, [workload.pk])
        held = cursor.fetchone()
    if held is None:
        raise DomainError("workload_gone", "This workload is no longer here.")
    return held[0]


def _missing(workload: Workload, calls: list[NormalisedCall]) -> list[NormalisedCall]:
    """The calls that are not there, as far as others have committed theirs."""
    keys = [(copy_rows.when(call.started_at), call.trace_id, call.span_id) for call in calls]
    columns = [",".join(column) for column in zip(*keys, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(call_sql.THERE, [*columns, workload.pk])
        there = {place for (place,) in cursor.fetchall()}
    return [call for place, call in enumerate(calls, 1) if place not in there]


def _copy(batch: Lines, content: bytes) -> int:
    """Straight into the tables: half the work of a stage. Either all rows are new, and so are all in the sums, or
    UniqueViolation, and nothing is."""
    with connection.cursor() as cursor:
        cursor.copy_expert(call_sql.COPY_CALLS, batch, _COPY_PIECE)
        if content:
            cursor.copy_expert(call_sql.COPY_CONTENT, BytesIO(content), _COPY_PIECE)
        if batch.sums:
            about = {"workload": batch.workload.pk}
            cursor.execute(call_sql.ADD_SUMS, about | rollup.arrays(batch.sums))
    return len(batch.calls)


def _merge(batch: Lines, content: bytes, settled: call_twins.Settled) -> int:
    """By way of a stage: row by row those that are not there, and sums of what was put in. How many that was."""
    about: dict[str, Any] = {"workload": batch.workload.pk}
    gone: dict[str, Any] = {"times": settled.times, "traces": settled.traces, "spans": settled.spans}
    with connection.cursor() as cursor:
        cursor.execute(call_sql.EMPTY_STAGE)
        cursor.copy_expert(call_sql.STAGE_CALLS, batch, _COPY_PIECE)
        cursor.execute(call_sql.MERGE_AND_TAKE_OUT if settled.times else call_sql.MERGE, about | gone)
        stored = cursor.fetchone()[0]
        if content:
            cursor.copy_expert(call_sql.STAGE_CONTENT, BytesIO(content), _COPY_PIECE)
            cursor.execute(call_sql.KEEP_CONTENT)
    return stored


def kept_content(workload: Workload, calls: Sequence[NormalisedCall]) -> Sequence[NormalisedCall]:
    """The calls whose content the workload's policy keeps; a sample keeps whole traces."""
    if workload.content_policy == ContentPolicy.ALL:
        return calls
    if workload.content_policy == ContentPolicy.OFF:
        return ()
    return [call for call in calls if zlib.crc32(call.trace_id.encode()) % 100 < workload.content_percent]
