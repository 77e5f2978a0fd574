"""What calls show of their workload: the first call, and models, prompts, releases and tools with their versions.

A first sight is a line in the change log and in the register, told once however many senders race to it. What this
process has seen and committed on a day is remembered, so that most batches ask the database nothing.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from operator import attrgetter
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from aiops import audit
from aiops.models import User
from workloads.calc.copy_rows import plain
from workloads.calc.dialects import Mark, NormalisedCall
from workloads.models.inventory import Change, Workload
from workloads.models.register import ComponentVersion

REMEMBERED = 20_000
# A sender that names a new version with every call fills no register.
MOST_VERSIONS = 2000
NAME_LENGTH, VERSION_LENGTH = 200, 120

SEEN_MODEL = """
INSERT INTO workloads_seenmodel (workload_id, provider, model, first_call_at) VALUES (%s, %s, %s, %s)
ON CONFLICT (workload_id, provider, model) DO NOTHING
"""
COMPONENT = """
INSERT INTO workloads_component (workload_id, kind, name, note) VALUES (%s, %s, %s, '')
ON CONFLICT (workload_id, kind, name) DO NOTHING
"""
# True when the version is new, false when it only went on.
VERSION = """
INSERT INTO workloads_componentversion AS known (component_id, version, seen_from, seen_to, note)
SELECT id, %(version)s, %(first)s, %(last)s, '' FROM workloads_component
WHERE workload_id = %(workload)s AND kind = %(kind)s AND name = %(name)s
ON CONFLICT (component_id, version) DO UPDATE SET
  seen_from = least(known.seen_from, excluded.seen_from),
  seen_to = greatest(known.seen_to, excluded.seen_to)
  WHERE known.by_id IS NULL
RETURNING (xmax = 0)
"""


class Sight(NamedTuple):
    """One thing that a call names. The provider counts for models only."""

    kind: str
    name: str
    version: str
    provider: str = ""


_remembered: set[tuple[int, Sight, date]] = set()


def note(workload: Workload, calls: Sequence[NormalisedCall], at: datetime) -> None:
    """Notes what is new in calls that are in order of time. Call it inside the transaction that stores them."""
    _note_first_call(workload, calls, at)
    seen = _seen(calls)
    new = {key: span for key, span in seen.items() if (workload.pk, *key) not in _remembered}
    if new:
        _write(workload, new)
        transaction.on_commit(lambda: _remember(workload.pk, new))


def _seen(calls: Sequence[NormalisedCall]) -> dict[tuple[Sight, date], tuple[datetime, datetime]]:
    """The first and the last time of each thing on each day. Most calls of a batch name the same: looked at once."""
    alike: dict[tuple[Any, ...], list[NormalisedCall]] = {}
    for call in calls:
        alike.setdefault((call.started_at.date(), *_named(call)), []).append(call)
    seen: dict[tuple[Sight, date], tuple[datetime, datetime]] = {}
    for (day, *_), same in alike.items():
        for sight in _sights(same[0]):
            first, last = seen.get((sight, day), (same[0].started_at, same[-1].started_at))
            seen[sight, day] = (min(first, same[0].started_at), max(last, same[-1].started_at))
    return seen


_named = attrgetter("model", "provider", "prompt_name", "prompt_version", "release", "service", "tools")


def _sights(call: NormalisedCall) -> Iterable[Sight]:
    if call.model:
        yield Sight("model", call.model, "", call.provider)
    if call.prompt_name or call.prompt_version:
        yield Sight("prompt", call.prompt_name or "prompt", call.prompt_version)
    if call.release:
        yield Sight("release", call.service or "release", call.release)
    for tool in call.tools:
        yield Sight("tool", tool, "")


def note_parts(workload: Workload, marks: Iterable[Mark]) -> None:
    """Notes pipelines, tools and datasets that spans name beside their calls."""
    seen: dict[tuple[Sight, date], tuple[datetime, datetime]] = {}
    for mark in marks:
        for kind, name, version in mark.parts:
            key = (Sight(kind, name, version), mark.started_at.date())
            first, last = seen.get(key, (mark.started_at, mark.started_at))
            seen[key] = (min(first, mark.started_at), max(last, mark.started_at))
    new = {key: span for key, span in seen.items() if (workload.pk, *key) not in _remembered}
    if new:
        with transaction.atomic():
            _write(workload, new)
            transaction.on_commit(lambda: _remember(workload.pk, new))


def _remember(workload: int, keys: Iterable[tuple[Sight, date]]) -> None:
    if len(_remembered) > REMEMBERED:
        _remembered.clear()
    _remembered.update((workload, sight, day) for sight, day in keys)


def _write(workload: Workload, seen: dict[tuple[Sight, date], tuple[datetime, datetime]]) -> None:
    """In one order for all senders; each thing once, with its first and last time in the batch."""
    spans: dict[Sight, tuple[datetime, datetime]] = {}
    for (said, _), (first, last) in seen.items():
        sight = Sight(*(plain(text) for text in said))
        known = spans.get(sight, (first, last))
        spans[sight] = (min(known[0], first), max(known[1], last))
    listed = ComponentVersion.objects.filter(component__workload=workload)
    followed = _followed(listed) if listed.count() >= MOST_VERSIONS else None
    for sight in sorted(spans):
        if followed is not None and _as_listed(sight) not in followed:
            continue
        is_new = _is_new_version(workload, sight, *spans[sight])
        # A model that somebody else serves from now on is news too.
        if sight.kind == "model":
            is_new = _is_new_model(workload, sight, spans[sight][0])
        if is_new:
            _tell(workload, sight, spans[sight][0])


def _as_listed(sight: Sight) -> tuple[str, str, str]:
    return sight.kind, sight.name[:NAME_LENGTH], sight.version[:VERSION_LENGTH]


def _followed(listed: QuerySet[ComponentVersion]) -> set[tuple[str, str, str]]:
    """What a full register still follows."""
    return set(listed.values_list("component__kind", "component__name", "version"))


def _is_new_model(workload: Workload, sight: Sight, first: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(SEEN_MODEL, [workload.pk, sight.provider, sight.name, first])
        return cursor.rowcount == 1


def _is_new_version(workload: Workload, sight: Sight, first: datetime, last: datetime) -> bool:
    kind, name, version = _as_listed(sight)
    about: dict[str, Any] = {"workload": workload.pk, "kind": kind, "name": name}
    span: dict[str, Any] = {"version": version, "first": first, "last": last}
    with connection.cursor() as cursor:
        cursor.execute(COMPONENT, list(about.values()))
        cursor.execute(VERSION, about | span)
        row = cursor.fetchone()
    return bool(row and row[0])


def _tell(workload: Workload, sight: Sight, first: datetime) -> None:
    Change.objects.create(workload=workload, at=first, kind=sight.kind, summary=words(sight)[:200], by=None)


def words(sight: Sight) -> str:
    """The line of the change log."""
    of = f" in version {sight.version}" if sight.version else ""
    if sight.kind == "model":
        return f"First call of the model {sight.name}" + (f" ({sight.provider})" if sight.provider else "")
    if sight.kind == "release":
        return f"First call from the release {sight.version} of {sight.name}"
    return f"First call {'with' if sight.kind == 'prompt' else 'of'} the {sight.kind} {sight.name}{of}"


def _note_first_call(workload: Workload, calls: Sequence[NormalisedCall], at: datetime) -> None:
    """The first production call proposes the go-live date; the owner confirms it."""
    first = next((call.started_at for call in calls if call.is_production), None)
    if first is None or (workload.first_call_at is not None and workload.first_call_at <= first):
        return
    later = Q(first_call_at=None) | Q(first_call_at__gt=first)
    if not Workload.objects.filter(later, pk=workload.pk).update(first_call_at=first):
        return
    if workload.first_call_at is None:
        by, changes = User.objects.system(), {"first_call_at": first}
        audit.record(by=by, at=at, action="workload.first_call", obj=workload, changes=changes)
    workload.first_call_at = first
