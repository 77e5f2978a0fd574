"""Finished work is recorded once for each external id; an owner without a feed answers once a month."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from psycopg2.extras import execute_values

from aiops import audit, permissions
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from workloads.calc import outcome_rows
from workloads.calc.outcome_rows import OutcomeRow, RowError
from workloads.models.inventory import Workload
from workloads.models.outcomes import SelfReport

NAMED_IDS = 20
UPSERT = """
INSERT INTO workloads_outcome AS held
  (workload_id, external_id, finished_at, accepted, minutes, source, created_at)
VALUES %s
ON CONFLICT (workload_id, external_id) DO UPDATE SET
  finished_at = excluded.finished_at, accepted = excluded.accepted, minutes = excluded.minutes,
  source = excluded.source
WHERE held.source = 'span' OR (held.finished_at, held.accepted, held.minutes)
  IS DISTINCT FROM (excluded.finished_at, excluded.accepted, excluded.minutes)
RETURNING external_id, xmax = 0
"""


class RowsRefused(DomainError):
    """Rows of a batch are wrong and nothing of it was stored; `rows` says which and why."""

    def __init__(self, rows: list[RowError]) -> None:
        first = rows[0]
        text = f"Nothing was stored: {len(rows)} mistakes. Row {first.row}, {first.field}: {first.message}."
        super().__init__("rows_refused", text.replace(": 1 mistakes", ": 1 mistake"), "rows")
        self.rows = rows


@dataclass(frozen=True)
class OutcomeReport:
    """What became of a batch: new, changed, or there already."""

    created: int
    updated: int
    unchanged: int


def record_outcomes(
    *,
    workload: Workload,
    rows: Iterable[Any] | Sequence[OutcomeRow],
    source: str,
    by: User,
    at: datetime,
    first_row: int = 1,
) -> OutcomeReport:
    """Stores all rows or none (RowsRefused). The same id with other values replaces them: the latest counts.

    What spans had marked before is confirmed by it. `rows` are OutcomeRows, or mappings as they were sent. Sending
    them again changes nothing.
    """
    may_feed(workload=workload, by=by)
    listed = list(rows)
    if listed and not all(isinstance(row, OutcomeRow) for row in listed):
        listed = _checked(outcome_rows.parse_rows(enumerate(listed, first_row), at))
    return _store(workload, listed, source, by, at)


def upload_outcomes(*, workload: Workload, data: bytes, by: User, at: datetime) -> OutcomeReport:
    """The rows of a CSV file, all or none. Raises RowsRefused by line, or DomainError when it is no CSV."""
    may_feed(workload=workload, by=by)
    try:
        parsed = outcome_rows.parse_csv(data, at)
    except outcome_rows.Unreadable as error:
        raise DomainError("file_unreadable", str(error), "file") from error
    rows = _checked(parsed)
    if not rows:
        raise DomainError("file_empty", "The file has no rows below its first line.", "file")
    return _store(workload, rows, "csv", by, at)


def may_feed(*, workload: Workload, by: User) -> None:
    """Owner, deputy and those who operate the unit's workloads record its work; a retired one takes none."""
    if not workload.answers(by):
        permissions.require(by, Permission.OPERATE_WORKLOAD, unit=workload.unit)
    if workload.stage == "retired":
        raise DomainError(
            "workload_retired", f"The workload {workload.name} is retired; it takes no more data."
        )


def _checked(parsed: outcome_rows.Parsed) -> list[OutcomeRow]:
    if parsed.errors:
        raise RowsRefused(parsed.errors)
    return parsed.rows


@transaction.atomic
def _store(workload: Workload, rows: list[OutcomeRow], source: str, by: User, at: datetime) -> OutcomeReport:
    ordered = sorted({row.external_id: row for row in rows}.values(), key=lambda row: row.external_id)
    values = [(workload.pk, r.external_id, r.finished_at, r.accepted, r.minutes, source, at) for r in ordered]
    with connection.cursor() as cursor:
        written = execute_values(cursor.cursor, UPSERT, values, page_size=1000, fetch=True) if values else []
    changed = sorted(external_id for external_id, is_new in written if not is_new)
    report = OutcomeReport(len(written) - len(changed), len(changed), len(ordered) - len(written))
    if written:
        counts = {"source": source, "created": report.created, "updated": report.updated}
        changes = counts | ({"updated_ids": changed[:NAMED_IDS]} if changed else {})
        audit.record(by=by, at=at, action="outcomes.recorded", obj=workload, changes=changes)
    return report


@transaction.atomic
def self_report(
    *, workload: Workload, month: date, done: int, accepted: int, minutes: Decimal, by: User, at: datetime
) -> SelfReport:
    """An owner's figures for one month; a second answer replaces the first, and the audit log keeps both."""
    if not workload.answers(by):
        raise PermissionDenied("Only the business owner and the deputy answer for this workload.")
    _check_report(workload, month, done, accepted, minutes, at)
    Workload.objects.select_for_update(no_key=True).get(pk=workload.pk)
    before = SelfReport.objects.filter(workload=workload, month=month).first()
    figures = {"done": done, "accepted": accepted, "minutes": minutes}
    if before is not None and all(getattr(before, name) == value for name, value in figures.items()):
        return before
    report, _ = SelfReport.objects.update_or_create(
        workload=workload, month=month, defaults={**figures, "by": by, "at": at}
    )
    old = {f"{name}_before": getattr(before, name) for name in figures} if before else {}
    changes = {"workload": str(workload), "month": month, **figures, **old}
    action = "self_report.replaced" if before else "self_report.made"
    audit.record(by=by, at=at, action=action, obj=report, unit=workload.unit, changes=changes)
    return report


def _check_report(
    workload: Workload, month: date, done: int, accepted: int, minutes: Decimal, at: datetime
) -> None:
    if workload.stage == "retired":
        raise DomainError(
            "workload_retired", f"The workload {workload.name} is retired; it takes no more data."
        )
    if month.day != 1:
        raise DomainError("month_not_first", "A month is named by its first day.", "month")
    if month > at.date().replace(day=1):
        raise DomainError("month_future", "This month has not begun yet.", "month")
    if done < 0 or accepted < 0 or minutes < 0:
        raise DomainError("figure_negative", "No figure can be below zero.", "done")
    if accepted > done:
        raise DomainError("accepted_over_done", f"{accepted} accepted of {done} done cannot be.", "accepted")
