"""Finished work is recorded once for each external id, or taken back; an owner without a feed answers once a month."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from aiops import audit, permissions
from aiops.errors import DomainError
from aiops.models import Company, User
from aiops.permissions import Permission
from aiops.spreadsheets import uncell
from workloads.calc import outcome_rows
from workloads.calc.outcome_rows import OutcomeRow, RowError
from workloads.models.inventory import Workload
from workloads.models.outcomes import Outcome, SelfReport
from workloads.operations.outcome_days import put_items, strike_items

NAMED_IDS = 20
MOST_REASON = 300


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

    What spans had marked before is confirmed by it, and what was struck counts again. `rows` are OutcomeRows, or
    mappings as they were sent. Sending them again changes nothing.
    """
    may_feed(workload=workload, by=by)
    listed = list(rows)
    if listed and not all(isinstance(row, OutcomeRow) for row in listed):
        zone = Company.load().zone
        listed = _checked(outcome_rows.parse_rows(enumerate(listed, first_row), at, zone))
    return _store(workload, listed, source, by, at)


def upload_outcomes(*, workload: Workload, data: bytes, by: User, at: datetime) -> OutcomeReport:
    """The rows of a CSV file, all or none. Raises RowsRefused by line, or DomainError when it is no CSV."""
    may_feed(workload=workload, by=by)
    try:
        parsed = outcome_rows.parse_csv(data, at, Company.load().zone, uncell)
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
    written = put_items(workload=workload, rows=ordered, source=source, at=at) if ordered else []
    changed = sorted(external_id for external_id, is_new in written if not is_new)
    report = OutcomeReport(len(written) - len(changed), len(changed), len(ordered) - len(written))
    if written:
        counts = {"source": source, "created": report.created, "updated": report.updated}
        changes = counts | ({"updated_ids": changed[:NAMED_IDS]} if changed else {})
        audit.record(by=by, at=at, action="outcomes.recorded", obj=workload, changes=changes)
    return report


@dataclass(frozen=True)
class StrikeReport:
    """What became of a list of items that were taken back: struck now, or struck already."""

    struck: int
    unchanged: int


def strike_outcomes(
    *, workload: Workload, external_ids: Sequence[tuple[int, str]], reason: str, by: User, at: datetime
) -> StrikeReport:
    """Items that the business system took back count no more; all of the list or none. Sending one again revives it.

    `external_ids` come with the number of the row that named them. Raises RowsRefused for ids that nobody sent.
    """
    may_feed(workload=workload, by=by)
    if not reason.strip():
        raise DomainError("reason_missing", "Say why these items are taken back.", "reason")
    return _strike(workload, external_ids, reason.strip()[:MOST_REASON], by, at)


def strike_listed(*, workload: Workload, data: bytes, reason: str, by: User, at: datetime) -> StrikeReport:
    """The same for a CSV file with a column external_id. Raises RowsRefused by line, or DomainError if it is no CSV."""
    may_feed(workload=workload, by=by)
    try:
        found, errors = outcome_rows.parse_ids(data, uncell)
    except outcome_rows.Unreadable as error:
        raise DomainError("file_unreadable", str(error), "file") from error
    if errors:
        raise RowsRefused(errors)
    if not found:
        raise DomainError("file_empty", "The file has no rows below its first line.", "file")
    return strike_outcomes(workload=workload, external_ids=found, reason=reason, by=by, at=at)


@transaction.atomic
def _strike(
    workload: Workload, numbered: Sequence[tuple[int, str]], reason: str, by: User, at: datetime
) -> StrikeReport:
    ids = sorted({external_id for _, external_id in numbered})
    known = set(
        Outcome.objects.filter(workload=workload, external_id__in=ids).values_list("external_id", flat=True)
    )
    words = "is not among the items of this workload"
    if unknown := [RowError(row, "external_id", words) for row, name in numbered if name not in known]:
        raise RowsRefused(unknown)
    struck = sorted(strike_items(workload=workload, ids=ids, at=at))
    if struck:
        changes = {"struck": len(struck), "struck_ids": struck[:NAMED_IDS]}
        audit.record(by=by, at=at, action="outcomes.struck", obj=workload, changes=changes, reason=reason)
    return StrikeReport(len(struck), len(ids) - len(struck))


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
    if month > Company.load().day_of(at).replace(day=1):
        raise DomainError("month_future", "This month has not begun yet.", "month")
    if done < 0 or accepted < 0 or minutes < 0:
        raise DomainError("figure_negative", "No figure can be below zero.", "done")
    if accepted > done:
        raise DomainError("accepted_over_done", f"{accepted} accepted of {done} done cannot be.", "accepted")
