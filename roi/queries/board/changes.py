"""What a sheet would change: its rows compared with the estimates as they stand."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from aiops.models import User
from aiops.spreadsheets import Table
from backlog.calc import ranges as rules
from backlog.calc.ranges import Range
from backlog.models import Candidate, Estimate
from roi.queries.board import cells
from roi.queries.board.rows import may_read_money
from roi.queries.board.sheet import RANGE_PARTS, READ_ONLY

POINTS = ("low", "likely", "high")
IMPORTED = {f"{q}_{part}": (q.value, part) for q in Estimate.Quantity for part in RANGE_PARTS}


@dataclass(frozen=True)
class Stored:
    """An estimate as it stands, or as a file wants it."""

    low: Decimal
    likely: Decimal
    high: Decimal
    meaning: str
    evidence: str
    as_of: date
    note: str

    def range(self) -> Range:
        ends = float(self.low), float(self.likely), float(self.high)
        return Range(*ends, self.meaning, self.evidence, self.as_of)

    def packed(self) -> list[str]:
        return [str(getattr(self, part)) for part in RANGE_PARTS]

    @classmethod
    def unpacked(cls, parts: list[str]) -> "Stored":
        low, likely, high = (Decimal(text) for text in parts[:3])
        return cls(low, likely, high, parts[3], parts[4], date.fromisoformat(parts[5]), parts[6])


@dataclass(frozen=True)
class Problem:
    """Why a row cannot be taken: where, and what to do about it. `field` is a column of the file, or empty."""

    row: int
    key: str
    field: str
    reason: str


@dataclass(frozen=True)
class Change:
    """One estimate of one candidate, before (None where there was none) and after."""

    row: int
    number: int
    quantity: str
    before: Stored | None
    after: Stored

    @property
    def key(self) -> str:
        return f"C-{self.number}"

    @property
    def label(self) -> str:
        return str(Estimate.Quantity(self.quantity).label)

    @property
    def parts(self) -> list[tuple[str, str, str]]:
        """What differs beside the three numbers: (what, before, after)."""
        names = [
            n for n in RANGE_PARTS[3:] if self.before and getattr(self.before, n) != getattr(self.after, n)
        ]
        return [
            (n.replace("_", " "), str(getattr(self.before, n)), str(getattr(self.after, n))) for n in names
        ]

    @property
    def moves(self) -> bool:
        return self.before is None or any(getattr(self.before, n) != getattr(self.after, n) for n in POINTS)

    def problem(self, column: str, reason: str) -> Problem:
        return Problem(self.row, self.key, column, reason)

    def packed(self) -> list[Any]:
        before = self.before.packed() if self.before else None
        return [self.row, self.number, self.quantity, before, self.after.packed()]

    @classmethod
    def unpacked(cls, parts: list[Any]) -> "Change":
        row, number, quantity, before, after = parts
        return cls(row, number, quantity, Stored.unpacked(before) if before else None, Stored.unpacked(after))


@dataclass
class Comparison:
    """A file against what is stored: changes, problems, columns that are not read, and how many rows there were."""

    rows: int = 0
    changes: list[Change] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    notices: list[Problem] = field(default_factory=list)

    @property
    def changed_rows(self) -> int:
        return len({change.row for change in self.changes})


def as_stored(estimate: Estimate) -> Stored:
    return Stored(*(getattr(estimate, part) for part in RANGE_PARTS))


def compare(user: User, table: Table, today: date) -> Comparison:
    """Every row of the file against the candidate of its key; three queries however many rows."""
    found = Comparison(rows=len(table.rows))
    head = [name.lower() for name in table.head]
    if not _readable_head(head, found):
        return found
    known = _known(user, table, head)
    seen: dict[int, int] = {}
    for row, values in table.rows:
        record = dict(zip(head, values, strict=False))
        candidate = _candidate(row, record, known, seen, found)
        if candidate is not None:
            _compare_row(_Row(user, row, candidate, record, table.decimal_comma, today), found)
    return found


def _readable_head(head: list[str], found: Comparison) -> bool:
    twice = sorted({name for name in head if name and head.count(name) > 1})
    found.problems += [Problem(1, "", name, "This column stands twice: take one away.") for name in twice]
    if "key" not in head:
        found.problems.append(Problem(1, "", "key", "The header has no column «key»: start from an export."))
    elif not set(head) & set(IMPORTED):
        words = "No column holds an estimate, such as minutes_low, minutes_likely, minutes_high."
        found.problems.append(Problem(1, "", "", words))
    read = (*IMPORTED, *READ_ONLY)
    found.unread = [name for name in head if name and name not in read and not name.startswith("score_")]
    return not found.problems


def _number(value: Any) -> int | None:
    text = str(value).strip().upper().removeprefix("C-")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _known(user: User, table: Table, head: list[str]) -> dict[int, Candidate]:
    place = head.index("key")
    wanted = (_number(values[place]) for _, values in table.rows if len(values) > place)
    numbers = {number for number in wanted if number is not None}
    rows = Candidate.objects.visible_to(user).filter(number__in=numbers)
    return {c.number: c for c in rows.select_related("owner", "unit").prefetch_related("estimates")}


def _candidate(
    row: int, record: Mapping[str, Any], known: dict[int, Candidate], seen: dict[int, int], found: Comparison
) -> Candidate | None:
    wanted = record.get("key")
    number, shown = _number(wanted), str(wanted or "")[:20]
    candidate = known.get(number) if number is not None else None
    if candidate is None:
        words = f"There is no candidate «{shown}» that you see." if shown else "The key is missing."
        found.problems.append(Problem(row, shown, "key", words))
        return None
    if candidate.number in seen:
        words = f"{candidate.key} stands in row {seen[candidate.number]} already."
        found.problems.append(Problem(row, shown, "key", words))
        return None
    seen[candidate.number] = row
    return candidate


@dataclass(frozen=True)
class _Row:
    user: User
    row: int
    candidate: Candidate
    record: Mapping[str, Any]
    decimal_comma: bool
    today: date

    def problem(self, column: str, reason: str) -> Problem:
        return Problem(self.row, self.candidate.key, column, reason)

    def quantities(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """What the file says of each quantity; one whose cells are all blank is left as it is."""
        said: dict[str, dict[str, Any]] = {}
        for name, value in self.record.items():
            if name in IMPORTED:
                quantity, part = IMPORTED[name]
                said.setdefault(quantity, {})[part] = value
        for quantity, parts in said.items():
            if not all(cells.is_blank(value) for value in parts.values()):
                yield quantity, parts


def _compare_row(row: _Row, found: Comparison) -> None:
    reads_money = may_read_money(row.user, row.candidate)
    stored = {e.quantity: as_stored(e) for e in row.candidate.estimates.all()}
    for quantity, parts in row.quantities():
        if quantity in Estimate.MONEY and not reads_money:
            words = f"The money of {row.candidate.unit} is not shown to you: leave it empty."
            found.problems.append(row.problem(f"{quantity}_likely", words))
            continue
        before = stored.get(quantity)
        after = _after(row, quantity, parts, before, found)
        if after is not None and after != before:
            found.changes.append(Change(row.row, row.candidate.number, quantity, before, after))
    _notice(row, found)


def _notice(row: _Row, found: Comparison) -> None:
    c = row.candidate
    shown = {"title": c.title, "unit": str(c.unit), "owner": str(c.owner), "state": c.get_state_display()}
    for name, value in shown.items():
        if name in row.record and not cells.is_blank(row.record[name]) and str(row.record[name]) != value:
            found.notices.append(
                row.problem(name, "is not taken over: it is changed on the candidate's page.")
            )


READERS: dict[str, Callable[[Any, bool], Any]] = {
    "low": cells.number,
    "likely": cells.number,
    "high": cells.number,
    "meaning": lambda value, _: cells.choice(value, Estimate.Meaning.choices),
    "evidence": lambda value, _: cells.choice(value, Estimate.Evidence.choices),
    "as_of": lambda value, _: cells.day(value),
    "note": lambda value, _: cells.note(value),
}


def _after(
    row: _Row, quantity: str, parts: dict[str, Any], before: Stored | None, found: Comparison
) -> Stored | None:
    """The estimate that the file wants; None with a problem for each cell that is missing or unclear."""
    said, problems = _said(row, quantity, parts)
    missing = [point for point in POINTS if cells.is_blank(parts.get(point))]
    problems += [row.problem(f"{quantity}_{point}", "Give low, likely and high.") for point in missing]
    made = None if problems else _merged(said, before, row.today)
    problems += _impossible(row, quantity, made) if made else []
    found.problems += problems
    return None if problems else made


def _said(row: _Row, quantity: str, parts: dict[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    said: dict[str, Any] = {}
    problems = []
    for part, value in parts.items():
        # A blank note is a note taken away; other blanks leave what stands.
        if part == "note" or not cells.is_blank(value):
            try:
                said[part] = READERS[part](value, row.decimal_comma)
            except cells.Unclear as error:
                problems.append(row.problem(f"{quantity}_{part}", f"{error}."))
    return said, problems


def _merged(said: dict[str, Any], before: Stored | None, today: date) -> Stored:
    """What the file says over what stands; without a date of its own, a new figure is of today."""
    if before is None:
        usual: dict[str, Any] = {
            "meaning": Estimate.Meaning.PERCENTILES.value,
            "evidence": Estimate.Evidence.ASSUMED.value,
        }
        return Stored(**(usual | {"as_of": today, "note": ""} | said))
    points = {point: _same(getattr(before, point), said[point]) for point in POINTS}
    moved = any(points[point] != getattr(before, point) for point in POINTS)
    return replace(before, **(({"as_of": today} if moved else {}) | said | points))


def _same(stored: Decimal, read: Decimal) -> Decimal:
    """Spreadsheets keep fifteen digits: what agrees in those is what was exported."""
    return stored if f"{stored:.15g}" == f"{read:.15g}" else read


def _impossible(row: _Row, quantity: str, made: Stored) -> list[Problem]:
    for lower, upper in (("low", "likely"), ("likely", "high")):
        low, high = getattr(made, lower), getattr(made, upper)
        if low > high:
            words = f"{lower} {low.normalize():f} is above {upper} {high.normalize():f}."
            return [row.problem(f"{quantity}_{lower}", words)]
    if refused := rules.refusal(quantity, float(made.low), float(made.high)):
        return [row.problem(f"{quantity}_likely", refused[1])]
    return []
