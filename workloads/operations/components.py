"""The register by hand: what telemetry cannot tell, such as datasets, and notes on what it did tell.

What calls name comes in by workloads.operations.sightings.
"""

from datetime import UTC, date, datetime, time

from django.db import transaction

from aiops import audit
from aiops.errors import DomainError
from aiops.models import User
from workloads.models import Change, Component, ComponentVersion, Workload
from workloads.operations.inventory import require_operator

NAME_LENGTH, VERSION_LENGTH, NOTE_LENGTH = 200, 120, 300


def add_version(
    *,
    workload: Workload,
    kind: str,
    name: str,
    version: str = "",
    since: date,
    note: str = "",
    by: User,
    at: datetime,
) -> ComponentVersion:
    """Something the workload runs with since a day, until somebody ends it; told in the change log."""
    require_operator(workload, by)
    name, version, note = name.strip(), version.strip(), note.strip()
    _require_sound(workload, kind, name, version, since, at)
    start = datetime.combine(since, time(), UTC)
    with transaction.atomic():
        component, _ = Component.objects.get_or_create(workload=workload, kind=kind, name=name[:NAME_LENGTH])
        # The component's lock makes «is it there?» and «put it there» a single step.
        Component.objects.select_for_update().get(pk=component.pk)
        if component.versions.filter(version=version[:VERSION_LENGTH]).exists():
            said = f"{name} {version}".strip()
            raise DomainError(
                "known", f"«{said}» is in the register already.", "version" if version else "name"
            )
        row = ComponentVersion.objects.create(
            component=component,
            version=version[:VERSION_LENGTH],
            seen_from=start,
            by=by,
            note=note[:NOTE_LENGTH],
        )
        changes = {"kind": kind, "since": since}
        audit.record(by=by, at=at, action="register.added", obj=row, unit=workload.unit, changes=changes)
        Change.objects.create(
            workload=workload, at=min(start, at), kind=kind, summary=_in_words(component, row)[:300], by=by
        )
    return row


def _require_sound(workload: Workload, kind: str, name: str, version: str, since: date, at: datetime) -> None:
    _refuse_retired(workload)
    if kind not in Component.Kind.values:
        raise DomainError("kind", f"The register holds no «{kind}».", "kind")
    if not name:
        raise DomainError("name", "Give it the name by which people know it.", "name")
    if len(name) > NAME_LENGTH or len(version) > VERSION_LENGTH:
        words = f"A name has up to {NAME_LENGTH} characters and a version up to {VERSION_LENGTH}."
        raise DomainError("too_long", words, "version" if len(name) <= NAME_LENGTH else "name")
    if since > at.date():
        raise DomainError("since", "It cannot have run since a day that has not come.", "since")


def _refuse_retired(workload: Workload) -> None:
    if workload.stage == "retired":
        raise DomainError("retired", "This workload is retired; its register stands.")


def _in_words(component: Component, row: ComponentVersion) -> str:
    of = f" in version {row.version}" if row.version else ""
    return f"Runs with the {component.get_kind_display()} {component.name}{of}"


def end_version(*, row: ComponentVersion, on: date, by: User, at: datetime) -> ComponentVersion:
    """The last day of something that was entered by hand; telemetry says by itself what was last seen when."""
    workload = row.component.workload
    require_operator(workload, by)
    _refuse_retired(workload)
    with transaction.atomic():
        row = ComponentVersion.objects.select_for_update(of=("self",)).get(pk=row.pk)
        _require_endable(row, on, at)
        end = max(row.seen_from, datetime.combine(on, time(), UTC))
        row.seen_to = end
        row.save(update_fields=["seen_to"])
        audit.record(by=by, at=at, action="register.ended", obj=row, unit=workload.unit, changes={"on": on})
        summary = f"No longer runs with the {row.component}" + (
            f" in version {row.version}" if row.version else ""
        )
        Change.objects.create(
            workload=workload, at=min(end, at), kind=row.component.kind, summary=summary[:300], by=by
        )
    return row


def _require_endable(row: ComponentVersion, on: date, at: datetime) -> None:
    if row.by_id is None:
        words = "Telemetry brought this: it ends by itself on the day it is last seen."
        raise DomainError("telemetry", words)
    if row.seen_to is not None:
        raise DomainError("ended", f"This ended on {row.seen_to:%-d %b %Y} already.")
    if on > at.date():
        raise DomainError("on", "It cannot have ended on a day that has not come.", "on")
    if on < row.seen_from.astimezone(UTC).date():
        raise DomainError("on", "It cannot end before it began.", "on")


def note_version(*, row: ComponentVersion, note: str, by: User, at: datetime) -> ComponentVersion:
    """A line of what people should know of a version; an empty one takes it away."""
    workload = row.component.workload
    require_operator(workload, by)
    _refuse_retired(workload)
    note = note.strip()
    if len(note) > NOTE_LENGTH:
        raise DomainError("note", f"A note has up to {NOTE_LENGTH} characters.", "note")
    with transaction.atomic():
        row = ComponentVersion.objects.select_for_update(of=("self",)).get(pk=row.pk)
        if row.note != note:
            changes = {"note": [row.note, note]}
            row.note = note
            row.save(update_fields=["note"])
            audit.record(by=by, at=at, action="register.noted", obj=row, unit=workload.unit, changes=changes)
    return row
