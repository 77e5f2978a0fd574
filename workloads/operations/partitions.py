"""Months of the tables of calls and content: made ahead, and dropped when nobody keeps their rows any more.

A table `_rest` takes what no month takes, so that nothing is refused for lack of one; a month that is made later takes
its rows out of there. Making a month lets ingest go on; dropping one stops it for the moment of the drop.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import NamedTuple

from django.db import connection, transaction

PARENTS = ("workloads_call", "workloads_callcontent")
AHEAD = 2
# Rather later than that senders wait behind a queue for the table.
PATIENCE = "3s"
MONTH = re.compile(r"_(\d{4})_(\d{2})$")
FOUND = """
SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid
WHERE inhparent = %s::regclass ORDER BY 1
"""
REST_MONTHS = "SELECT DISTINCT date_trunc('month', started_at, 'UTC') FROM {rest} WHERE started_at < %s"


class Partition(NamedTuple):
    """The table of one month."""

    name: str
    month: date


def existing(parent: str) -> list[Partition]:
    """Months of a table, the oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(FOUND, [parent])
        names = [name for (name,) in cursor.fetchall()]
    found = [(name, MONTH.search(name)) for name in names]
    return sorted((Partition(n, date(int(m[1]), int(m[2]), 1)) for n, m in found if m), key=lambda p: p.month)


def make_ahead(at: datetime) -> list[str]:
    """Makes what is missing of this month, two ahead, and months that have rows in the rest. Names of the new ones."""
    made = []
    for parent in PARENTS:
        have = {partition.month for partition in existing(parent)}
        for month in sorted(({*_ahead(at.date())} | _in_rest(parent, at)) - have):
            made.append(_make(parent, month))
    return made


def drop_before(parent: str, day: date) -> list[str]:
    """Drops months of a table that ended on or before this day. Names of the dropped."""
    old = [partition.name for partition in existing(parent) if next_month(partition.month) <= day]
    for name in old:
        _drop(name)
    return old


def next_month(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _ahead(today: date) -> Iterator[date]:
    month = today.replace(day=1)
    for _ in range(AHEAD + 1):
        yield month
        month = next_month(month)


def _in_rest(parent: str, at: datetime) -> set[date]:
    end = datetime.combine(next_month(at.date().replace(day=1)), datetime.min.time(), UTC)
    with connection.cursor() as cursor:
        cursor.execute(REST_MONTHS.format(rest=f"{parent}_rest"), [end])
        return {moment.date() for (moment,) in cursor.fetchall()}


@transaction.atomic
def _make(parent: str, month: date) -> str:
    """A table of its own first, filled from the rest, then attached: that waits for no reader and no writer long."""
    name, rest = f"{parent}_{month:%Y_%m}", f"{parent}_rest"
    bounds = [f"{month} 00:00+00", f"{next_month(month)} 00:00+00"]
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'")
        cursor.execute(f"CREATE TABLE {name} (LIKE {parent} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
        cursor.execute(f"LOCK TABLE {rest} IN ACCESS EXCLUSIVE MODE")
        cursor.execute(
            f"WITH moved AS (DELETE FROM {rest} WHERE started_at >= %s AND started_at < %s RETURNING *)"  # noqa: S608
            f" INSERT INTO {name} SELECT * FROM moved",
            bounds,
        )
        cursor.execute(f"ALTER TABLE {parent} ATTACH PARTITION {name} FOR VALUES FROM (%s) TO (%s)", bounds)
    return name


@transaction.atomic
def _drop(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'")
        cursor.execute(f"DROP TABLE {name}")
