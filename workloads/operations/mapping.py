"""Which attributes of a workload's calls say a cost centre or a finished piece of work; IT decides."""

import re
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Attributes
from datetime import datetime, timedelta

from django.db import connection, transaction
from psycopg2.extras import execute_values

from aiops import audit, permissions
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from workloads.calc.marking import Marked, Rule
from workloads.models.arrivals import SeenAttribute
from workloads.models.inventory import Workload
from workloads.models.services import Mapping

FIELDS = ("cost_centre_key", "outcome_key", "accepted_key", "accepted_value")
# What looks like a name; a tag that is a sentence or an address of somebody is none.
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-/]{0,119}")
MOST_NAMES = 200
MOST_REMEMBERED = 20_000
SEEN_EVERY = timedelta(hours=1)
# A mark never overrides what the business system said, and an older one never a later one.
MARK = """
INSERT INTO workloads_outcome AS held
  (workload_id, external_id, finished_at, accepted, minutes, source, created_at)
VALUES %s
ON CONFLICT (workload_id, external_id) DO UPDATE SET
  finished_at = excluded.finished_at, accepted = excluded.accepted
WHERE held.source = 'span' AND held.finished_at < excluded.finished_at
"""


def set_mapping(
    *,
    workload: Workload,
    cost_centre_key: str = "",
    outcome_key: str = "",
    accepted_key: str = "",
    accepted_value: str = "",
    by: User,
    at: datetime,
) -> Mapping:
    """Counts for calls that arrive from now on; what is stored stays as it is."""
    permissions.require(by, Permission.CONNECT, unit=workload.unit)
    said = (cost_centre_key, outcome_key, accepted_key, accepted_value)
    keys = dict(zip(FIELDS, (word.strip() for word in said), strict=True))
    _check(keys)
    with transaction.atomic():
        mapping, _ = Mapping.objects.update_or_create(workload=workload, defaults=keys | {"by": by, "at": at})
        audit.record(by=by, at=at, action="mapping.set", obj=workload, unit=workload.unit, changes=dict(keys))
    return mapping


def _check(keys: dict[str, str]) -> None:
    for name, key in keys.items():
        if "\x00" in key or len(key) > 120:
            raise DomainError("key_odd", "This is no name of an attribute.", name)
    if keys["accepted_key"] and not keys["outcome_key"]:
        text = "Choose first which attribute names the piece of work that is accepted."
        raise DomainError("outcome_missing", text, "outcome_key")
    if keys["accepted_value"] and not keys["accepted_key"]:
        raise DomainError("accepted_missing", "Choose the attribute that has this value.", "accepted_key")


def rule_of(workload: Workload) -> Rule | None:
    """The mapping as plain values; None without one. Costs no query when the workload was fetched with it."""
    mapping = getattr(workload, "mapping", None)
    return Rule(*(getattr(mapping, name) for name in FIELDS)) if mapping is not None else None


def mark_outcomes(*, workload: Workload, marked: Sequence[Marked], at: datetime) -> None:
    """Finished work as calls tell it: provisional, until the business system sends the same id."""
    rows = [
        (workload.pk, one.external_id.replace("\x00", ""), one.finished_at, one.accepted, None, "span", at)
        for one in marked
    ]
    if rows:
        with connection.cursor() as cursor:
            execute_values(cursor.cursor, MARK, rows, page_size=1000)


_noted: dict[tuple[int, str], datetime] = {}


def note_attributes(*, workload: Workload, said: Iterable[Attributes[str, str]], at: datetime) -> None:
    """Keeps the names of attributes that spans carry, never their values; each is noted once an hour."""
    carried = {name for business in said for name in business}
    due = {name for name in carried if _is_due(workload, name, at)}
    if not due:
        return
    if len(_noted) > MOST_REMEMBERED:
        _noted.clear()
    _noted.update({(workload.pk, name): at for name in due})
    _write_names(workload, {name for name in due if NAME.fullmatch(name)}, at)


def _is_due(workload: Workload, name: str, at: datetime) -> bool:
    noted = _noted.get((workload.pk, name))
    return noted is None or abs(at - noted) > SEEN_EVERY


def _write_names(workload: Workload, names: set[str], at: datetime) -> None:
    mine = SeenAttribute.objects.filter(workload=workload)
    known = set(mine.values_list("name", flat=True))
    mine.filter(name__in=names & known).update(last_seen_at=at)
    new = sorted(names - known)[: max(0, MOST_NAMES - len(known))]
    rows = [SeenAttribute(workload=workload, name=name, last_seen_at=at) for name in new]
    SeenAttribute.objects.bulk_create(rows, ignore_conflicts=True)
