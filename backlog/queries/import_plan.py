"""What rows of a file would do: make candidates, change those that are there, or nothing; and what forbids it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models.functions import Lower

from aiops import permissions
from aiops.models import BusinessUnit, User
from aiops.permissions import Permission
from backlog.calc import ranges
from backlog.models import OPEN, Candidate, State
from backlog.queries.sheet_rows import Problem, SheetRow

# What a row may say of the work itself; key, external id, owner and unit say whose it is.
ANSWERS: tuple[str, ...] = ("title", "description", "klass", "who_does_it", "count", "period", "minutes")
ANSWERS += ("people", "share", "sureness", "systems", "risk_tier")
NEW, CHANGED, SAME = "new", "changed", "same"


@dataclass(frozen=True)
class Step:
    """What one row does. `candidate` is the one that is there, None for a new one; `changes` by our names."""

    row: SheetRow
    what: str
    candidate: Candidate | None
    owner: User
    unit: BusinessUnit | None
    changes: dict[str, Any]


@dataclass
class Plan:
    """All rows, and every problem; with one problem nothing is done."""

    steps: list[Step] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def count(self, what: str) -> int:
        return sum(step.what == what for step in self.steps)


class Refused(ValueError):
    """Why one row cannot be taken: (our name of the column, a sentence)."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(reason)
        self.name, self.reason = name, reason


def plan(
    rows: Sequence[SheetRow], mapping: dict[str, str], user: User, hand_in: bool, lock: bool = False
) -> Plan:
    """Every row looked at; `hand_in` tells whether new ones are submitted and so must be complete.

    `lock` holds the candidates that are named, for whoever writes next in the same transaction.
    """
    made, around = Plan(), _Around(rows, user, lock)
    seen: dict[tuple[str, Any], int] = {}
    for row in rows:
        try:
            _refuse_twice(row, seen)
            made.steps.append(_step(row, around, user, hand_in))
        except Refused as refused:
            made.problems.append(Problem(row.number, mapping.get(refused.name, ""), refused.reason))
    return made


class _Around:
    """Everything that the rows name, read at once."""

    def __init__(self, rows: Iterable[SheetRow], user: User, lock: bool) -> None:
        said = [row.said for row in rows]
        visible = Candidate.objects.visible_to(user).select_related("owner", "unit").order_by("pk")
        visible = visible.select_for_update(of=("self",)) if lock else visible
        numbers = {n for one in said if (n := number_of(one.get("key", "")))}
        self.by_number = {c.number: c for c in visible.filter(number__in=numbers)}
        externals = {one["external_id"] for one in said if one.get("external_id")}
        self.by_external = {c.external_id: c for c in visible.filter(external_id__in=externals)}
        taken = Candidate.objects.filter(external_id__in=externals)
        self.taken = set(taken.values_list("external_id", flat=True))
        owners = {one["owner"].casefold() for one in said if one.get("owner")}
        people = User.objects.people().filter(is_active=True).select_related("home_unit")
        named = people.annotate(mail=Lower("email")).filter(mail__in=owners)
        self.owners = {person.email.casefold(): person for person in named}
        self.units: dict[str, BusinessUnit] = {}
        for unit in BusinessUnit.objects.all():
            self.units |= {unit.code.casefold(): unit, unit.name.casefold(): unit}


def number_of(key: str) -> int | None:
    """12 for "C-12" or "12"; None where it is no key."""
    digits = key.strip().upper().removeprefix("C-")
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 9 else None


def _refuse_twice(row: SheetRow, seen: dict[tuple[str, Any], int]) -> None:
    names = {"key": number_of(row.said.get("key", "")), "external_id": row.said.get("external_id")}
    for name, value in names.items():
        if value is None:
            continue
        first = seen.setdefault((name, value), row.number)
        if first != row.number:
            raise Refused(name, f"«{row.said[name]}» stands in row {first} already.")


def _step(row: SheetRow, around: _Around, user: User, hand_in: bool) -> Step:
    found = _found(row.said, around)
    if found is not None:
        return _existing(row, found, around, user)
    return _new(row, around, user, hand_in)


def _found(said: dict[str, Any], around: _Around) -> Candidate | None:
    external = around.by_external.get(said.get("external_id", ""))
    if "key" in said:
        by_key = around.by_number.get(number_of(said["key"]) or 0)
        if by_key is None:
            raise Refused(
                "key", f"There is no {said['key']} that you see. Leave the key out to file a new one."
            )
        if external is not None and external.pk != by_key.pk:
            raise Refused("external_id", f"«{said['external_id']}» is the external id of {external.key}.")
        found: Candidate | None = by_key
    else:
        found = external
    if external is None and said.get("external_id") in around.taken:
        raise Refused("external_id", f"«{said['external_id']}» belongs to a candidate that you do not see.")
    return found


def _existing(row: SheetRow, found: Candidate, around: _Around, user: User) -> Step:
    said = row.said
    _refuse_moving(said, found, around)
    names = [name for name in (*ANSWERS, "external_id") if name in said]
    changes = {name: said[name] for name in names if not _is_same(getattr(found, name), said[name])}
    if changes:
        _require_may_change(found, user)
        after = {name: changes.get(name, getattr(found, name)) for name in ANSWERS}
        _require_reasonable(after)
        if found.state != State.DRAFT:
            _require_complete(after)
    return Step(row, CHANGED if changes else SAME, found, found.owner, found.unit, changes)


def _is_same(stored: Any, said: Any) -> bool:
    return stored == said or (isinstance(stored, str) and stored.strip() == str(said).strip())


def _refuse_moving(said: dict[str, Any], found: Candidate, around: _Around) -> None:
    if "owner" in said and said["owner"].casefold() != found.owner.email.casefold():
        raise Refused("owner", f"{found.key} is of {found.owner.email}: an import does not change its owner.")
    if "unit" in said and around.units.get(said["unit"].casefold()) != found.unit:
        raise Refused("unit", f"{found.key} is of {found.unit}: an import does not change its unit.")


def _require_may_change(found: Candidate, user: User) -> None:
    owns = found.owner_id == user.pk
    if not owns and (
        found.state == State.DRAFT or not permissions.has(user, Permission.ESTIMATE, unit=found.unit)
    ):
        raise Refused("key", f"{found.key} is not yours, and you do not size candidates of {found.unit}.")
    if found.state != State.DRAFT and found.state not in OPEN:
        raise Refused("key", f"{found.key} is {found.get_state_display()}: it is not changed any more.")


def _new(row: SheetRow, around: _Around, user: User, hand_in: bool) -> Step:
    said = row.said
    owner, unit = _owner(said, around, user), _unit(said, around)
    unit = unit or owner.home_unit
    if unit is None:
        raise Refused("unit", f"Name the unit: {owner} belongs to none.")
    triages = permissions.has(user, Permission.TRIAGE, unit=unit)
    if owner.pk != user.pk and not triages:
        raise Refused("owner", f"You do not triage {unit}, so you file there only for yourself.")
    if unit.pk != user.home_unit_id and not triages:
        raise Refused("unit", f"You file for your own unit, not for {unit}.")
    if not said.get("title", "").strip():
        raise Refused("title", "A new candidate needs a title.")
    _require_reasonable(said)
    if hand_in:
        _require_complete(said)
    changes = {name: said[name] for name in (*ANSWERS, "external_id") if name in said}
    return Step(row, NEW, None, owner, unit, changes)


def _owner(said: dict[str, Any], around: _Around, user: User) -> User:
    if "owner" not in said:
        return user
    owner = around.owners.get(said["owner"].casefold())
    if owner is None:
        raise Refused("owner", f"Nobody here has the e-mail «{said['owner']}».")
    return owner


def _unit(said: dict[str, Any], around: _Around) -> BusinessUnit | None:
    if "unit" not in said:
        return None
    unit = around.units.get(said["unit"].casefold())
    if unit is None:
        raise Refused("unit", f"There is no unit «{said['unit']}».")
    return unit


def _require_complete(said: dict[str, Any]) -> None:
    if not said["title"].strip():
        raise Refused("title", "Say in a few words what the work is.")
    if said.get("count") is None:
        raise Refused("count", "Say how many there are, or import it as a draft.")
    if said.get("minutes") is None and not (said.get("people") and said.get("share")):
        words = "Give the minutes each, or the people and their share of time; or import it as a draft."
        raise Refused("minutes", words)


def _require_reasonable(said: dict[str, Any]) -> None:
    if not said.get("count"):
        return
    volume = ranges.per_year(float(said["count"]), said.get("period") or "month")
    if volume > ranges.MOST["volume"]:
        raise Refused("count", "More than a thousand billion a year: check the number and its period.")
    if said.get("minutes") is None and said.get("people") and said.get("share"):
        minutes = ranges.minutes_from_people(float(said["people"]), said["share"], volume)
        if minutes > ranges.MOST["minutes"]:
            raise Refused(
                "people", "That is more than a billion minutes each: check the people and how many."
            )
