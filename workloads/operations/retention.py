"""Calls and their content are kept for the days that each workload says; their sums for good."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import OperationalError, connection, transaction
from django.db.models import Max

from workloads.models.calls import CallTwin
from workloads.models.inventory import Workload
from workloads.operations import adoption, partitions

CALLS, CONTENT = partitions.PARENTS
# Each table, and the workload's field that says for how many days its rows are kept.
KEPT = {CALLS: "calls_days", CONTENT: "content_days"}
# What one transaction deletes at most, so that none holds its rows for long.
PIECE = timedelta(days=1)


@dataclass
class Kept:
    """What one round of keeping house did."""

    made: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    calls: int = 0
    contents: int = 0
    postponed: str = ""


def keep_house(*, at: datetime) -> Kept:
    """Makes the months ahead, drops those that nobody keeps, and deletes single rows that are past their time.

    Whole months go by dropping their table. Rows of a month that still has others are deleted a day at a time; with
    the default of 90 days these are the few of yesterday's edge. When somebody holds the table, the rest waits for the
    next round.
    """
    kept = Kept()
    try:
        kept.made = partitions.make_ahead(at)
        for table, days in KEPT.items():
            kept.dropped += partitions.drop_before(table, _kept_by_anybody(days, at))
        for workload in Workload.objects.order_by("pk").only("pk", *KEPT.values()):
            _forget_old(workload, at, kept)
        adoption.forget_people(at=at)
    except OperationalError as error:
        kept.postponed = str(error).strip()
    return kept


def _kept_by_anybody(days: str, at: datetime) -> date:
    """The first day that a workload still keeps; a company without workloads has nothing to keep."""
    most = Workload.objects.aggregate(most=Max(days))["most"] or 0
    return (at - timedelta(days=most)).date()


def _forget_old(workload: Workload, at: datetime, kept: Kept) -> None:
    edge = at - timedelta(days=workload.calls_days)
    kept.contents += _forget(CONTENT, workload, at - timedelta(days=workload.content_days))
    kept.calls += _forget(CALLS, workload, edge)
    CallTwin.objects.filter(workload=workload, started_at__lt=edge).delete()


def _forget(table: str, workload: Workload, before: datetime) -> int:
    """Deletes a workload's rows that began before, from the oldest on."""
    gone = 0
    while (oldest := _oldest(table, workload, before)) is not None:
        gone += _delete(table, workload, min(oldest + PIECE, before))
    return gone


def _oldest(table: str, workload: Workload, before: datetime) -> datetime | None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT started_at FROM {table} WHERE workload_id = %s AND started_at < %s ORDER BY started_at LIMIT 1",
            [workload.pk, before],
        )
        row = cursor.fetchone()
    return row[0] if row else None


@transaction.atomic
def _delete(table: str, workload: Workload, before: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {table} WHERE workload_id = %s AND started_at < %s", [workload.pk, before]
        )
        return cursor.rowcount
