"""Actual costs: a line a workload, month and kind, by form, by file or sent by a system; all of a batch or nothing.

There is one line whoever sent it, so that nothing counts twice: the newest word counts. Only a feed never changes what
somebody entered.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from aiops import audit, permissions
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from roi.calc.cost_rows import CostRow
from roi.calc.sheet_rows import Mistake
from roi.models import ActualCost
from workloads.models import Workload

Source = ActualCost.Source
Key = tuple[int, date, str]
ZERO = Decimal(0)
EARLIEST = date(2015, 1, 1)
MOST_ROWS = 5000
NAMED = 20


class CostsRefused(DomainError):
    """Rows of a batch are wrong and nothing of it was stored; `rows` says which and why."""

    def __init__(self, rows: Sequence[Mistake]) -> None:
        first = rows[0]
        many = "1 mistake" if len(rows) == 1 else f"{len(rows)} mistakes"
        super().__init__(
            "rows_refused", f"Nothing was stored: {many}. Row {first.row}, {first.field}: {first.reason}"
        )
        self.rows = list(rows)


@dataclass
class Written:
    """What became of a batch, line by line."""

    new: list[CostRow] = field(default_factory=list)
    changed: list[tuple[CostRow, Decimal]] = field(default_factory=list)
    removed: list[tuple[CostRow, Decimal]] = field(default_factory=list)
    same: int = 0
    mistakes: list[Mistake] = field(default_factory=list)

    @property
    def differs(self) -> int:
        return len(self.new) + len(self.changed) + len(self.removed)


def may_enter_costs(workload: Workload, user: User) -> bool:
    """Finance, and who answers for the workload or operates it: the same people who note what building cost."""
    if permissions.has(user, Permission.FINANCE) or workload.answers(user):
        return True
    return permissions.has(user, Permission.OPERATE_WORKLOAD, unit=workload.unit)


def write_costs(
    *, rows: Iterable[CostRow], source: str, by: User, at: datetime, dry: bool = False
) -> Written:
    """Store all rows or raise CostsRefused; `dry` tells what would become of them and stores nothing.

    An amount of None or zero takes a line away: it stays as zero, so that the ledger sees the change. Rows as they are
    stored change nothing.
    """
    listed = sorted(rows, key=lambda row: row.row)
    if len(listed) > MOST_ROWS:
        raise DomainError("too_many", f"At most {MOST_ROWS:,} rows at a time: split it.", "rows")
    with transaction.atomic():
        workloads = _workloads(listed, by)
        known = _known(workloads.values())
        done = Written()
        writes = [w for row in listed if (w := _planned(row, workloads, known, source, by, at, done))]
        if dry:
            return done
        if done.mistakes:
            raise CostsRefused(done.mistakes)
        _write(writes, workloads, source, by, at)
        _log(done, workloads, source, by, at)
    return done


def _workloads(rows: Sequence[CostRow], by: User) -> dict[int, Workload]:
    """Those of the rows that this person sees, locked in one order."""
    seen = Workload.objects.visible_to(by).filter(number__in={row.workload for row in rows})
    held = Workload.objects.filter(pk__in=seen.values("pk")).select_for_update(of=("self",), no_key=True)
    return {workload.number: workload for workload in held.select_related("unit").order_by("pk")}


def _known(workloads: Iterable[Workload]) -> dict[Key, ActualCost]:
    numbers = {workload.pk: workload.number for workload in workloads}
    lines = ActualCost.objects.filter(workload__in=numbers)
    return {(numbers[line.workload_id], line.month, line.kind): line for line in lines}


Write = tuple[CostRow, ActualCost | None]


def _planned(
    row: CostRow, workloads: dict[int, Workload], known: dict[Key, ActualCost], source: str, by: User,
    at: datetime, done: Written,
) -> Write | None:  # fmt: skip
    """What to write for a row, booked in `done`; None where nothing differs or something is wrong."""
    wrong = _wrong(row, workloads.get(row.workload), by, at)
    line = known.get((row.workload, row.month, row.kind))
    if not wrong and line and source == Source.FEED and line.source != Source.FEED and _differs(row, line):
        words = (
            f"{row.month:%b %Y} was {line.get_source_display()}: a feed does not change what somebody said."
        )
        wrong = Mistake(row.row, "kind", words)
    if wrong:
        done.mistakes.append(wrong)
        return None
    if not _differs(row, line):
        done.same += 1
        return None
    if line is None:
        done.new.append(row)
    elif not row.amount:
        done.removed.append((row, line.amount))
    else:
        done.changed.append((row, line.amount))
    return row, line


def _wrong(row: CostRow, workload: Workload | None, by: User, at: datetime) -> Mistake | None:
    if workload is None:
        return Mistake(row.row, "workload", f"There is no W-{row.workload} that you see.")
    if not may_enter_costs(workload, by):
        return Mistake(row.row, "workload", f"You do not enter costs of {workload}.")
    if not EARLIEST <= row.month <= at.date():
        return Mistake(row.row, "month", f"{row.month:%B %Y} is before 2015 or has not begun.")
    return None


def _differs(row: CostRow, line: ActualCost | None) -> bool:
    if line is None:
        return bool(row.amount)
    return (row.amount or ZERO, row.cost_centre, row.note) != (line.amount, line.cost_centre, line.note)


def _write(writes: list[Write], workloads: dict[int, Workload], source: str, by: User, at: datetime) -> None:
    ActualCost.objects.bulk_create(
        _filled(
            ActualCost(workload=workloads[row.workload], month=row.month, kind=row.kind), row, source, by, at
        )
        for row, line in writes
        if line is None
    )
    changed = [_filled(line, row, source, by, at) for row, line in writes if line is not None]
    ActualCost.objects.bulk_update(
        changed, ["amount", "cost_centre", "note", "source", "by", "at"], batch_size=500
    )


def _filled(line: ActualCost, row: CostRow, source: str, by: User, at: datetime) -> ActualCost:
    line.amount, line.cost_centre, line.note = row.amount or ZERO, row.cost_centre, row.note
    line.source, line.by, line.at = source, by, at
    return line


def _log(done: Written, workloads: dict[int, Workload], source: str, by: User, at: datetime) -> None:
    """One audit row a workload, with its lines before and after."""
    for number, told in _told(done).items():
        about = {"source": source, "lines": len(told), **dict(list(told.items())[:NAMED])}
        audit.record(by=by, at=at, action="actual_costs.written", obj=workloads[number], changes=about)


def _told(done: Written) -> dict[int, dict[str, str]]:
    told: dict[int, dict[str, str]] = defaultdict(dict)
    for row in done.new:
        told[row.workload][f"{row.month:%Y-%m} {row.kind}"] = str(row.amount)
    for row, before in [*done.changed, *done.removed]:
        told[row.workload][f"{row.month:%Y-%m} {row.kind}"] = f"{before} -> {row.amount or ZERO}"
    return told
