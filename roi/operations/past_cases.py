"""Past projects with their estimates and actuals: brought in all or nothing, and taken out again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet

from aiops import audit, permissions
from aiops.errors import DomainError
from aiops.models import BusinessUnit, User
from aiops.permissions import Permission, Scope
from roi.models import PastCase
from roi.queries.past_cases import PastRow, RowProblem, named_people, named_units, stored_rows
from workloads.models.inventory import take_turn

FIGURES = ("measure", "low", "likely", "high", "actual", "klass")
SIMULATED = "simulated history"
BATCH = 2000


@dataclass
class Imported:
    """What was (or would be) written, what stands there already, and what stands in the way."""

    new: list[PastCase] = field(default_factory=list)
    changed: list[PastCase] = field(default_factory=list)
    already: int = 0
    problems: list[RowProblem] = field(default_factory=list)


def import_past_cases(
    *, rows: Sequence[PastRow], source: str, by: User, at: datetime, dry: bool = False
) -> Imported:
    """Write these cases in one transaction; with any problem, or `dry`, nothing is written.

    A row with the name, quantity and day of a stored case changes it; the same figures again change nothing. Cases
    that Payback measured itself are never changed by a file.
    """
    permissions.require(by, Permission.ESTIMATE)
    found = Imported()
    with transaction.atomic():
        # Two imports of one file: the second waits, and finds what the first has written.
        take_turn("past case")
        _sort(rows, source, by, at, found)
        if dry or found.problems:
            return found
        PastCase.objects.bulk_create(found.new, batch_size=BATCH)
        PastCase.objects.bulk_update(found.changed, [*FIGURES, "unit", "owner", "source"], batch_size=BATCH)
        if found.new or found.changed:
            many = {"new": len(found.new), "changed": len(found.changed), "source": source}
            audit.record(by=by, at=at, action="past_case.imported", changes=many)
    return found


def _sort(rows: Sequence[PastRow], source: str, by: User, at: datetime, found: Imported) -> None:
    units, people, stored = named_units(rows), named_people(rows), stored_rows(rows)
    where, seen = permissions.scope(by, Permission.ESTIMATE), dict[tuple[str, str, date], int]()
    for row in rows:
        unit, owner = units.get(row.unit.lower()), people.get(row.owner.lower())
        problems = [*_twice(row, seen), *_unknown(row, unit, owner), *_barred(row, unit, where, at)]
        case = stored.get(row.key)
        problems += _kept(row, case, where) if case is not None else []
        found.problems += problems
        if not problems:
            _place(row, case, unit, owner, source, by, at, found)


def _twice(row: PastRow, seen: dict[tuple[str, str, date], int]) -> Iterable[RowProblem]:
    first = seen.setdefault(row.key, row.row)
    if first != row.row:
        yield _problem(row, "name", f"The same name, quantity and day stand in row {first}.")


def _unknown(row: PastRow, unit: BusinessUnit | None, owner: User | None) -> Iterable[RowProblem]:
    if row.unit and unit is None:
        yield _problem(row, "unit", f"There is no unit «{row.unit[:60]}»: give its code or its name.")
    if row.owner and owner is None:
        yield _problem(
            row, "owner", f"Nobody here has the e-mail «{row.owner[:60]}»: leave it empty if they left."
        )


def _barred(row: PastRow, unit: BusinessUnit | None, where: Scope, at: datetime) -> Iterable[RowProblem]:
    if not where.covers(unit.pk if unit else None) and (unit is not None or not row.unit):
        words = f"You do not size estimates of {unit}." if unit else "Name a unit whose estimates you size."
        yield _problem(row, "unit", words)
    if row.finished_on > at.date():
        yield _problem(row, "finished_on", f"{row.finished_on} lies ahead: only finished projects count.")


def _kept(row: PastRow, case: PastCase, where: Scope) -> Iterable[RowProblem]:
    """What Payback measured, or another unit brought in, comes back unchanged or is refused."""
    if all(getattr(case, name) == getattr(row, name) for name in FIGURES):
        return
    if case.workload_id is not None:
        yield _problem(row, "name", "Payback measured this case itself: a file does not change it.")
    elif not where.covers(case.unit_id):
        yield _problem(row, "name", "This case is stored for a unit whose estimates you do not size.")


def _problem(row: PastRow, column: str, reason: str) -> RowProblem:
    return RowProblem(row.row, row.name, column, reason)


def _place(
    row: PastRow,
    case: PastCase | None,
    unit: BusinessUnit | None,
    owner: User | None,
    source: str,
    by: User,
    at: datetime,
    found: Imported,
) -> None:
    figures: dict[str, Any] = {name: getattr(row, name) for name in FIGURES} | {"unit": unit, "owner": owner}
    if case is None:
        key = {"name": row.name, "quantity": row.quantity, "finished_on": row.finished_on}
        found.new.append(PastCase(**key, **figures, source=source[:120], by=by, at=at))
    elif case.workload_id is not None or all(getattr(case, n) == value for n, value in figures.items()):
        found.already += 1
    else:
        for name, value in (figures | {"source": source[:120]}).items():
            setattr(case, name, value)
        found.changed.append(case)


def remove_past_cases(*, cases: "QuerySet[PastCase]", by: User, at: datetime) -> int:
    """Take imported cases out again; refused for what Payback measured, and for units that one does not size."""
    permissions.require(by, Permission.ESTIMATE)
    where = permissions.scope(by, Permission.ESTIMATE)
    with transaction.atomic():
        rows = list(cases.select_for_update(of=("self",)).order_by("pk"))
        if any(case.workload_id is not None for case in rows):
            raise DomainError("measured", "Payback measured this case itself: it stays.")
        if any(not where.covers(case.unit_id) for case in rows):
            raise PermissionDenied("You do not size estimates of that unit.")
        PastCase.objects.filter(pk__in=[case.pk for case in rows]).delete()
        if rows:
            said = {"cases": len(rows), "names": [case.name for case in rows[:20]]}
            audit.record(by=by, at=at, action="past_case.removed", changes=said)
    return len(rows)


def forget_simulated() -> int:
    """Leaving the demo: simulated history goes; what was brought in while trying stays, without made-up people."""
    gone, _ = PastCase.objects.filter(source=SIMULATED).delete()
    PastCase.objects.filter(owner__simulated=True).update(owner=None)
    PastCase.objects.filter(unit__simulated=True).update(unit=None)
    return gone
