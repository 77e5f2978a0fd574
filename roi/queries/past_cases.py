"""Finished projects as rows of a file: read, compared with what is stored, and written out again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from aiops import permissions
from aiops.models import BusinessUnit, User
from aiops.permissions import Permission
from aiops.spreadsheets import Table
from backlog.models import Candidate
from roi.models import PastCase
from roi.queries.board import cells

HEAD = (
    "name", "quantity", "measure", "low", "likely", "high", "actual", "finished_on", "class", "unit", "owner",
)  # fmt: skip
NEEDED = ("name", "quantity", "measure", "likely", "actual", "finished_on")
NUMBERS = ("low", "likely", "high", "actual")
# A new case is its owner's alone for a week; then others who may read it see whose it is.
OWNERS_FIRST = timedelta(days=7)


@dataclass(frozen=True)
class PastRow:
    """One case as a file or the API says it: `unit` is a code, `owner` an e-mail, both may be empty."""

    row: int
    name: str
    quantity: str
    measure: str
    low: Decimal | None
    likely: Decimal
    high: Decimal | None
    actual: Decimal
    finished_on: date
    klass: str = ""
    unit: str = ""
    owner: str = ""

    @property
    def key(self) -> tuple[str, str, date]:
        return self.name, self.quantity, self.finished_on

    def packed(self) -> list[Any]:
        return [None if v is None else v if isinstance(v, int) else str(v) for v in asdict(self).values()]

    @classmethod
    def unpacked(cls, parts: list[Any]) -> "PastRow":
        row, name, quantity, measure, low, likely, high, actual, day, klass, unit, owner = parts
        ends = (None if p is None else Decimal(p) for p in (low, high))
        said: dict[str, Any] = {
            "low": next(ends),
            "likely": Decimal(likely),
            "high": next(ends),
            "actual": Decimal(actual),
        }
        day = date.fromisoformat(day)
        return cls(row, name, quantity, measure, **said, finished_on=day, klass=klass, unit=unit, owner=owner)


@dataclass(frozen=True)
class RowProblem:
    """Why a row cannot be taken: its number, the column, and what to do about it."""

    row: int
    name: str
    field: str
    reason: str


@dataclass
class ReadRows:
    """A file as far as it could be read."""

    rows: list[PastRow] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


def read_past_rows(table: Table) -> ReadRows:
    """Every row in its own right; what is stored already, units and people are the operation's to check."""
    found, head = ReadRows(), [name.lower().replace(" ", "_") for name in table.head]
    missing = [name for name in NEEDED if name not in head]
    twice = sorted({name for name in head if name and head.count(name) > 1})
    found.problems += [RowProblem(1, "", name, "The header has no such column.") for name in missing]
    found.problems += [RowProblem(1, "", name, "This column stands twice: take one away.") for name in twice]
    found.unread = [name for name in head if name and name not in HEAD]
    for number, values in table.rows if not found.problems else []:
        _read_row(number, dict(zip(head, values, strict=False)), table.decimal_comma, found)
    return found


def _read_row(number: int, record: Mapping[str, Any], decimal_comma: bool, found: ReadRows) -> None:
    said: dict[str, Any] = {}
    name = "" if cells.is_blank(record.get("name")) else str(record["name"])[:60]
    problems = []
    for column in HEAD:
        try:
            said[column] = _cell(column, record.get(column), decimal_comma)
        except cells.Unclear as error:
            problems.append(RowProblem(number, name, column, f"{column} {error}."))
    if not problems:
        said["klass"] = said.pop("class")
        made = PastRow(number, **said)
        problems = impossible(made)
        found.rows += [] if problems else [made]
    found.problems += problems


def _cell(column: str, value: Any, decimal_comma: bool) -> Any:
    if cells.is_blank(value):
        if column in NEEDED:
            raise cells.Unclear("is missing")
        return None if column in NUMBERS else ""
    if column in NUMBERS:
        return cells.number(value, decimal_comma)
    if column == "finished_on":
        return cells.day(value)
    if column in ("quantity", "class"):
        return cells.choice(
            value, PastCase.Quantity.choices if column == "quantity" else Candidate.Klass.choices
        )
    return _text(column, value)


def _text(column: str, value: Any) -> str:
    text, most = cells.note(value).strip(), {"name": 200, "measure": 40}.get(column, 254)
    if len(text) > most:
        raise cells.Unclear(f"has {len(text)} characters: at most {most}")
    return text


def impossible(row: PastRow) -> list[RowProblem]:
    """What no project can have been: each in a sentence with its column."""

    def problem(column: str, reason: str) -> RowProblem:
        return RowProblem(row.row, row.name, column, reason)

    if row.likely <= 0:
        return [problem("likely", "The likely figure must be above zero: only the ratio to it is compared.")]
    if (row.low is None) != (row.high is None):
        return [problem("low" if row.low is None else "high", "Give both low and high, or neither.")]
    if row.low is not None and row.high is not None and not row.low <= row.likely <= row.high:
        words = f"Low {row.low:f}, likely {row.likely:f}, high {row.high:f}: they must rise."
        return [problem("likely", words)]
    if row.actual < 0 and row.quantity != PastCase.Quantity.VALUE:
        return [problem("actual", "A cost or a time cannot be below zero.")]
    return []


def past_rows(rows: Iterable[PastCase], reader: User, at: datetime) -> list[list[Any]]:
    """Rows under HEAD, as they import back; whose a case is stands there for those who may know."""
    shown = owners_shown(reader, at)
    return [
        [c.name, c.quantity, c.measure, c.low, c.likely, c.high, c.actual, c.finished_on, c.klass]
        + [c.unit.code if c.unit else "", c.owner.email if c.owner and shown(c) else ""]
        for c in rows
    ]


def owners_shown(reader: User, at: datetime) -> Any:
    """A test of a case: may this reader know whose it is? The owner first, then who sizes estimates of its unit."""
    where = permissions.scope(reader, Permission.ESTIMATE)

    def shown(case: PastCase) -> bool:
        fresh = case.workload_id is not None and case.at > at - OWNERS_FIRST
        return case.owner_id == reader.pk or (where.covers(case.unit_id) and not fresh)

    return shown


def of_others(reader: User, at: datetime) -> "QuerySet[PastCase]":
    """Cases that this reader may see under their owner's name, without the own ones: `owners_shown` as rows."""
    where = permissions.scope(reader, Permission.ESTIMATE)
    rows = PastCase.objects.visible_to(reader).filter(owner__isnull=False).exclude(owner=reader)
    rows = rows if where.everything else rows.filter(unit_id__in=where.unit_ids)
    return rows.exclude(workload__isnull=False, at__gt=at - OWNERS_FIRST)


def stored_rows(rows: Sequence[PastRow]) -> dict[tuple[str, str, date], PastCase]:
    """What is stored under the keys of these rows."""
    names = {row.name for row in rows}
    found = PastCase.objects.filter(name__in=names).select_related("unit", "owner")
    return {(case.name, case.quantity, case.finished_on): case for case in found}


def named_units(rows: Sequence[PastRow]) -> dict[str, BusinessUnit]:
    """Units by their code and by their name, both in small letters."""
    wanted = {row.unit.lower() for row in rows if row.unit}
    units = BusinessUnit.objects.all() if wanted else []
    return {name: unit for unit in units for name in (unit.name.lower(), unit.code.lower()) if name in wanted}


def named_people(rows: Sequence[PastRow]) -> dict[str, User]:
    """People by their e-mail, in small letters."""
    emails = {row.owner.lower() for row in rows if row.owner}
    return (
        {user.email.lower(): user for user in User.objects.people().filter(email__in=emails)}
        if emails
        else {}
    )


def visible_cases(reader: User) -> "QuerySet[PastCase]":
    """All that this reader may see, newest first."""
    return PastCase.objects.visible_to(reader).select_related("unit", "owner", "workload")


def importable(user: User) -> bool:
    """Whether this person may bring in cases of any unit at all."""
    return permissions.has(user, Permission.ESTIMATE)


def whole_import(rows: "QuerySet[PastCase]", text: str) -> str:
    """The one import that a search for its name has found; "" where it found several, or none."""
    if not text.strip():
        return ""
    sources = set(rows.filter(workload=None).order_by().values_list("source", flat=True).distinct()[:2])
    return sources.pop() if len(sources) == 1 else ""
