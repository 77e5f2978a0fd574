"""Adoption: weekly figures by unit from the owner, and active people counted from telemetry without knowing them."""

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from aiops import audit, permissions, spreadsheets
from aiops.errors import DomainError
from aiops.models import BusinessUnit, User
from aiops.permissions import Permission
from workloads.calc import adoption as calc
from workloads.calc.dialects import NormalisedCall
from workloads.calc.outcome_rows import RowError
from workloads.models import ActivePerson, Adoption, Workload
from workloads.operations.outcomes import RowsRefused

KEPT = timedelta(days=400)
REMEMBERED = 50_000
MOST_ROWS = 20_000
_remembered: set[tuple[int, date, bytes]] = set()


def note_callers(workload: Workload, calls: Iterable[NormalisedCall]) -> None:
    """Counts whoever made production calls, in the week of the call, inside the transaction that stores them."""
    weeks: dict[date, set[str]] = defaultdict(set)
    for call in calls:
        if call.user_raw and call.is_production:
            weeks[calc.monday(call.started_at.astimezone(UTC).date())].add(call.user_raw)
    for week, people in sorted(weeks.items()):
        note_people(workload, week, people)


def note_people(workload: Workload, day: date, raw_user_ids: Iterable[str]) -> None:
    """Counts each of these people once in the week of a day. The ids are neither stored nor logged.

    What is stored is a keyed digest whose key is of one week and one workload: the same person looks different in
    another week and in another workload, so that nobody can be followed.
    """
    week = calc.monday(day)
    key = _key(workload, week)
    digests = {
        hashlib.blake2b(raw.encode(errors="replace"), key=key, digest_size=16).digest()
        for raw in raw_user_ids
    }
    new = sorted(one for one in digests if (workload.pk, week, one) not in _remembered)
    if not new:
        return
    # In one order for all senders, so that they wait for each other and never in a circle.
    rows = [ActivePerson(workload=workload, week=week, digest=digest) for digest in new]
    ActivePerson.objects.bulk_create(rows, ignore_conflicts=True)
    transaction.on_commit(lambda: _remember(workload.pk, week, new))


def _key(workload: Workload, week: date) -> bytes:
    said = f"payback adoption {workload.pk} {week.isoformat()}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), said, hashlib.sha256).digest()


def _remember(workload: int, week: date, digests: Iterable[bytes]) -> None:
    if len(_remembered) > REMEMBERED:
        _remembered.clear()
    _remembered.update((workload, week, digest) for digest in digests)


def forget_people(*, at: datetime) -> int:
    """Removes the digests of weeks that no page shows any more."""
    return ActivePerson.objects.filter(week__lt=(at - KEPT).date()).delete()[0]


def may_report(workload: Workload, by: User) -> bool:
    """Owner, deputy and the lead say how far a workload is used."""
    return workload.answers(by) or permissions.has(by, Permission.OPERATE_WORKLOAD, unit=workload.unit)


def require_report(workload: Workload, by: User) -> None:
    if not workload.answers(by):
        permissions.require(by, Permission.OPERATE_WORKLOAD, unit=workload.unit)
    if workload.stage == "retired":
        raise DomainError("retired", "This workload is retired; its figures stand.")


def set_adoption(
    *,
    workload: Workload,
    unit: BusinessUnit,
    week: date,
    eligible: int | None = None,
    active: int | None = None,
    volume: int | None = None,
    offered: int | None = None,
    taken: int | None = None,
    by: User,
    at: datetime,
) -> Adoption:
    """The figures of a unit in a week (its Monday); a second answer replaces the first, the audit log keeps both."""
    require_report(workload, by)
    figures = {"eligible": eligible, "active": active, "volume": volume, "offered": offered, "taken": taken}
    if week.weekday():
        raise DomainError("week", "A week is named by its Monday.", "week")
    if week > at.date():
        raise DomainError("week_future", "This week has not begun yet.", "week")
    if all(value is None for value in figures.values()):
        raise DomainError("nothing", "Give at least one figure.", "eligible")
    if wrong := calc.impossible(figures):
        raise DomainError("impossible", f"This cannot be: {wrong[1]}.", wrong[0])
    with transaction.atomic():
        Workload.objects.select_for_update(no_key=True).get(pk=workload.pk)
        return _put(workload, unit, week, figures, by, at)[0]


def _put(
    workload: Workload,
    unit: BusinessUnit,
    week: date,
    figures: Mapping[str, int | None],
    by: User,
    at: datetime,
) -> tuple[Adoption, str]:
    """The row, and whether it is new, changed or was there already."""
    before = Adoption.objects.filter(workload=workload, unit=unit, week=week).first()
    if before is not None and all(getattr(before, name) == value for name, value in figures.items()):
        return before, "unchanged"
    row, _ = Adoption.objects.update_or_create(
        workload=workload, unit=unit, week=week, defaults={**figures, "by": by, "at": at}
    )
    changes = {name: [getattr(before, name, None), value] for name, value in figures.items()}
    changed: dict[str, Any] = {name: pair for name, pair in changes.items() if pair[0] != pair[1]}
    about = {"week": week, **changed}
    action = "adoption.replaced" if before else "adoption.reported"
    audit.record(by=by, at=at, action=action, obj=row, unit=workload.unit, changes=about)
    return row, "changed" if before else "new"


@dataclass(frozen=True)
class ImportReport:
    """What became of a file: rows that are new, changed, or were there already."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0


def import_adoption(*, workload: Workload, data: bytes, by: User, at: datetime) -> ImportReport:
    """The rows of a CSV or XLSX file, all or none. RowsRefused by line, or DomainError when it is no table."""
    require_report(workload, by)
    rows = _checked(_table(data), at.date())
    counts = {"new": 0, "changed": 0, "unchanged": 0}
    with transaction.atomic():
        Workload.objects.select_for_update(no_key=True).get(pk=workload.pk)
        for values in rows:
            figures = {name: values[name] for name in calc.FIGURES}
            counts[_put(workload, values["unit"], values["week"], figures, by, at)[1]] += 1
    return ImportReport(**counts)


def _table(data: bytes) -> list[tuple[int, dict[str, Any]]]:
    try:
        table = spreadsheets.read_table(data, MOST_ROWS)
    except spreadsheets.Unreadable as error:
        raise DomainError("file_unreadable", str(error), "file") from error
    head = [name.lower() for name in table.head]
    missing = [name for name in ("unit", "week") if name not in head]
    if missing or len(set(head)) != len(head):
        words = f"The first line must name each column once; missing: {', '.join(missing) or 'none'}."
        raise DomainError("file_columns", words, "file")
    return [(number, dict(zip(head, row, strict=False))) for number, row in table.rows]


def _checked(numbered: list[tuple[int, dict[str, Any]]], last_day: date) -> list[dict[str, Any]]:
    units = _units()
    rows: list[dict[str, Any]] = []
    errors: list[RowError] = []
    seen: dict[tuple[Any, Any], int] = {}
    for number, raw in numbered:
        values, wrong = calc.read_row(number, raw, last_day)
        unit = units.get(values["unit"].casefold())
        if values["unit"] and unit is None:
            wrong.append(RowError(number, "unit", "is no unit's code or name here"))
        first = seen.setdefault((values["unit"].casefold(), values.get("week")), number)
        if not wrong and first != number:
            wrong.append(RowError(number, "week", f"row {first} has the same unit and week"))
        errors += wrong
        rows.append({**values, "unit": unit})
    if errors:
        raise RowsRefused(errors)
    return rows


def _units() -> dict[str, BusinessUnit]:
    """Units by code and by name, in small letters; the code goes first."""
    units = list(BusinessUnit.objects.all())
    return {unit.name.casefold(): unit for unit in units} | {unit.code.casefold(): unit for unit in units}
