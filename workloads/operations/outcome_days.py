"""Daily sums of outcomes, kept exact in the transaction that writes the items: by what a batch adds and takes away."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from workloads.calc.outcome_rows import OutcomeRow
from workloads.models.inventory import Workload
from workloads.models.outcomes import OutcomeZone

SUMS = ("done", "judged", "accepted", "minutes_n", "minutes_sum", "minutes_squares")
DAY = "(finished_at AT TIME ZONE %(zone)s)::date"
ITEM = "finished_at, accepted, minutes, arm, place"
# An item counts from the moment a business system names it until it is struck.
COUNTS = "source <> 'span' AND struck_at IS NULL"
# What an item adds to each sum; `sign` is -1 for what it added before it changed.
ADDS = """
  sum(sign) AS done,
  coalesce(sum(sign) FILTER (WHERE accepted IS NOT NULL), 0) AS judged,
  coalesce(sum(sign) FILTER (WHERE accepted), 0) AS accepted,
  coalesce(sum(sign) FILTER (WHERE minutes IS NOT NULL), 0) AS minutes_n,
  coalesce(sum(sign * minutes), 0) AS minutes_sum,
  coalesce(sum(sign * minutes * minutes), 0) AS minutes_squares
"""
# The new sums are computed here, not in the conflict: a row to be inserted may not be negative, not even for a moment.
# They are read under the workload's lock, so nobody changes them meanwhile.
COUNT = f"""
delta AS (SELECT {DAY} AS day, arm, place, {ADDS} FROM moved GROUP BY 1, 2, 3),
counted AS (
  INSERT INTO workloads_outcomeday AS kept (workload_id, day, arm, place, {", ".join(SUMS)}, changed_at)
  SELECT %(workload)s, d.day, d.arm, d.place, {", ".join(f"coalesce(k.{n}, 0) + d.{n}" for n in SUMS)}, %(at)s
  FROM delta d LEFT JOIN workloads_outcomeday k
    ON k.workload_id = %(workload)s AND k.day = d.day AND k.arm = d.arm AND k.place = d.place
  WHERE ({", ".join(f"d.{n}" for n in SUMS)}) IS DISTINCT FROM ({", ".join("0" for _ in SUMS)})
  ON CONFLICT (workload_id, day, arm, place) DO UPDATE SET
    {", ".join(f"{n} = excluded.{n}" for n in SUMS)}, changed_at = excluded.changed_at
)
"""  # noqa: S608  only our own column names are put in
PUT = f"""
WITH sent AS (
  SELECT * FROM unnest(%(ids)s::text[], %(finished)s::timestamptz[], %(accepted)s::boolean[], %(minutes)s::numeric[],
    %(arms)s::text[], %(places)s::text[]) AS s(external_id, {ITEM})
), was AS (
  SELECT external_id, o.finished_at, o.accepted, o.minutes, o.arm, o.place
  FROM workloads_outcome o JOIN sent USING (external_id) WHERE o.workload_id = %(workload)s AND o.{COUNTS}
), put AS (
  INSERT INTO workloads_outcome AS held (workload_id, external_id, {ITEM}, source, created_at)
  SELECT %(workload)s, external_id, {ITEM}, %(source)s, %(at)s FROM sent
  ON CONFLICT (workload_id, external_id) DO UPDATE SET finished_at = excluded.finished_at,
    accepted = excluded.accepted, minutes = excluded.minutes, arm = excluded.arm, place = excluded.place,
    source = excluded.source, struck_at = NULL
  WHERE held.source = 'span' OR held.struck_at IS NOT NULL
    OR (held.finished_at, held.accepted, held.minutes, held.arm, held.place)
      IS DISTINCT FROM (excluded.finished_at, excluded.accepted, excluded.minutes, excluded.arm, excluded.place)
  RETURNING external_id, {ITEM}, xmax = 0 AS is_new
), moved AS (
  SELECT 1 AS sign, {ITEM} FROM put UNION ALL
  SELECT -1, was.finished_at, was.accepted, was.minutes, was.arm, was.place FROM was JOIN put USING (external_id)
), {COUNT}
SELECT external_id, is_new FROM put
"""  # noqa: S608
STRIKE = f"""
WITH struck AS (
  UPDATE workloads_outcome SET struck_at = %(at)s
  WHERE workload_id = %(workload)s AND external_id = ANY(%(ids)s) AND struck_at IS NULL
  RETURNING external_id, source, {ITEM}
), moved AS (SELECT -1 AS sign, {ITEM} FROM struck WHERE source <> 'span'), {COUNT}
SELECT external_id FROM struck
"""  # noqa: S608
# Days that did not change keep their time of change: the ledger looks at the others only.
REBUILD = f"""
WITH sums AS (
  SELECT {DAY} AS day, arm, place, {ADDS} FROM (SELECT 1 AS sign, {ITEM} FROM workloads_outcome
    WHERE workload_id = %(workload)s AND {COUNTS}) AS moved GROUP BY 1, 2, 3
), put AS (
  INSERT INTO workloads_outcomeday AS kept (workload_id, day, arm, place, {", ".join(SUMS)}, changed_at)
  SELECT %(workload)s, day, arm, place, {", ".join(SUMS)}, %(at)s FROM sums
  ON CONFLICT (workload_id, day, arm, place) DO UPDATE SET
    {", ".join(f"{n} = excluded.{n}" for n in SUMS)}, changed_at = excluded.changed_at
  WHERE ({", ".join(f"kept.{n}" for n in SUMS)}) IS DISTINCT FROM ({", ".join(f"excluded.{n}" for n in SUMS)})
  RETURNING 1
), emptied AS (
  UPDATE workloads_outcomeday kept SET {", ".join(f"{n} = 0" for n in SUMS)}, changed_at = %(at)s
  WHERE workload_id = %(workload)s AND done > 0 AND NOT EXISTS (
    SELECT 1 FROM sums WHERE (sums.day, sums.arm, sums.place) = (kept.day, kept.arm, kept.place))
  RETURNING 1
)
SELECT (SELECT count(*) FROM put) + (SELECT count(*) FROM emptied)
"""  # noqa: S608
ZONES = """
SELECT coalesce((SELECT time_zone FROM aiops_company WHERE id = 1), 'UTC'),
  coalesce((SELECT zone FROM workloads_outcomezone WHERE workload_id = %s), 'UTC')
"""
PAGE = 5000


def put_items(
    *, workload: Workload, rows: Sequence[OutcomeRow], source: str, at: datetime
) -> list[tuple[str, bool]]:
    """Stores items and counts their days: (external_id, whether it is new) of those that were new or changed.

    Inside the caller's transaction. `rows` have each id once; sorted by it, so that two senders never wait in a ring.
    """
    common = {"workload": workload.pk, "zone": _hold(workload, at), "source": source, "at": at}
    written: list[tuple[str, bool]] = []
    for first in range(0, len(rows), PAGE):
        written += _rows(PUT, common | _columns(rows[first : first + PAGE]))
    return written


def _columns(rows: Sequence[OutcomeRow]) -> dict[str, list[Any]]:
    return {
        "ids": [row.external_id for row in rows],
        "finished": [row.finished_at for row in rows],
        "accepted": [row.accepted for row in rows],
        "minutes": [row.minutes for row in rows],
        "arms": [row.arm for row in rows],
        "places": [row.place for row in rows],
    }


def strike_items(*, workload: Workload, ids: Sequence[str], at: datetime) -> list[str]:
    """Marks items as struck and takes them out of their days; those that are struck already are left alone."""
    common = {"workload": workload.pk, "zone": _hold(workload, at), "at": at}
    return [row[0] for row in _rows(STRIKE, common | {"ids": list(ids)})]


def _hold(workload: Workload, at: datetime) -> str:
    """One writer of a workload's items at a time, until the transaction ends; the zone that its days are in.

    Where the company's zone has changed since, the days move first.
    """
    _rows("SELECT pg_advisory_xact_lock(hashtext('payback outcomes'), %s)", [workload.pk])
    ((wanted, kept),) = _rows(ZONES, [workload.pk])
    if wanted != kept:
        OutcomeZone.objects.update_or_create(workload=workload, defaults={"zone": wanted})
        _rebuild(workload, wanted, at)
    return wanted


@transaction.atomic
def rebuild_outcome_days(*, workload: Workload, at: datetime) -> int:
    """Sums all days of a workload anew from its items, in the company's time zone; how many rows it changed."""
    return _rebuild(workload, _hold(workload, at), at)


def _rebuild(workload: Workload, zone: str, at: datetime) -> int:
    return _rows(REBUILD, {"workload": workload.pk, "zone": zone, "at": at})[0][0]


def move_outcome_days(*, at: datetime) -> int:
    """After a change of the company's time zone: every workload's days move, each in a transaction of its own."""
    workloads = Workload.objects.order_by("pk").only("pk")
    for workload in workloads:
        with transaction.atomic():
            _hold(workload, at)
    return len(workloads)


def _rows(sql: str, values: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()
