"""Rows of finished work as they are sent or uploaded: read, checked, and refused by row and field."""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

FIELDS = ("external_id", "finished_at", "accepted", "minutes")
REQUIRED = FIELDS[:3]
MOST_ROWS = 50_000
EARLIEST = datetime(2015, 1, 1, tzinfo=UTC)
SLACK = timedelta(days=1)
MOST_MINUTES = Decimal(1_000_000)
YES = frozenset({"yes", "true", "1", "y", "accepted"})
NO = frozenset({"no", "false", "0", "n", "rejected"})


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    external_id: str
    finished_at: datetime
    accepted: bool
    minutes: Decimal | None = None


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong with one row: its number as the sender counts, the field, and a sentence."""

    row: int
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Parsed:
    rows: list[OutcomeRow]
    errors: list[RowError]


class Unreadable(ValueError):
    """The file as a whole cannot be read; the message is a sentence for its sender."""


def parse_rows(numbered: Iterable[tuple[int, Any]], at: datetime) -> Parsed:
    """Checks every row, so that all mistakes are told at once. The same id twice must say the same twice."""
    rows: dict[str, tuple[int, OutcomeRow]] = {}
    errors: list[RowError] = []
    for number, raw in numbered:
        row, wrong = _row(number, raw, at)
        errors.extend(wrong)
        if row is None:
            continue
        earlier = rows.setdefault(row.external_id, (number, row))
        if earlier[1] != row:
            text = f"row {earlier[0]} has the same external_id with other values"
            errors.append(RowError(number, "external_id", text))
    return Parsed([row for _, row in rows.values()], errors)


def parse_csv(data: bytes, at: datetime) -> Parsed:
    """A CSV file with a header line; comma, semicolon or tab; a byte order mark is fine. Rows are lines."""
    return parse_rows(_lines(_text(data)), at)


def _text(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise Unreadable(f"The file is not UTF-8: see line {line}. Save it as «CSV UTF-8».") from error
    if "\x00" in text:
        raise Unreadable("The file is not a CSV text: it has binary zeros in it.")
    return text


def _lines(text: str):
    head = text.split("\n", 1)[0]
    separator = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        _check_header(header)
        yield from _records(reader, header)
    except csv.Error as error:
        raise Unreadable(f"Line {reader.line_num} is not valid CSV: {error}.") from error


def _check_header(header: list[str]) -> None:
    missing = [name for name in REQUIRED if name not in header]
    if missing:
        raise Unreadable(f"The first line must name the columns; missing: {', '.join(missing)}.")
    if len(set(header)) != len(header):
        raise Unreadable("The first line names a column twice.")


def _records(reader, header: list[str]):
    count = 0
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        count += 1
        if count > MOST_ROWS:
            raise Unreadable(f"The file has more than {MOST_ROWS:,} rows. Split it.")
        yield reader.line_num, _record(cells, header)


def _record(cells: list[str], header: list[str]) -> dict[str, str] | str:
    if len(cells) != len(header):
        return f"has {len(cells)} cells, the first line has {len(header)}"
    return {name: cell.strip() for name, cell in zip(header, cells, strict=True) if name in FIELDS}


def _row(number: int, raw: Any, at: datetime) -> tuple[OutcomeRow | None, list[RowError]]:
    if not isinstance(raw, Mapping):
        return None, [
            RowError(number, "row", raw if isinstance(raw, str) else "is no object with named fields")
        ]
    values: dict[str, Any] = {}
    errors = [RowError(number, str(name)[:80], "is not known here") for name in raw if name not in FIELDS]
    for name, read in _READERS.items():
        try:
            values[name] = read(raw.get(name), at)
        except ValueError as error:
            errors.append(RowError(number, name, str(error)))
    return (None if errors else OutcomeRow(**values)), errors


def _external_id(value: Any, at: datetime) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value.strip():
        raise ValueError("is missing")
    if len(value.strip()) > 200 or "\x00" in value:
        raise ValueError("is longer than 200 characters or not plain text")
    return value.strip()


def _finished_at(value: Any, at: datetime) -> datetime:
    if not isinstance(value, str) or not value:
        raise ValueError("is missing; write it like 2026-11-20T14:05:00Z")
    moment = _moment(value)
    if moment > at + SLACK:
        raise ValueError("lies in the future")
    if moment < EARLIEST:
        raise ValueError("lies before 2015")
    return moment


def _moment(value: str) -> datetime:
    """An ISO date or time; without an offset it is UTC."""
    try:
        if len(value) == 10:
            return datetime.combine(date.fromisoformat(value), time(), UTC)
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("is no ISO date or time; write it like 2026-11-20T14:05:00Z") from None


def _accepted(value: Any, at: datetime) -> bool:
    if isinstance(value, bool):
        return value
    word = value.lower() if isinstance(value, str) else ""
    if word in YES or word in NO:
        return word in YES
    raise ValueError("must be true or false")


def _minutes(value: Any, at: datetime) -> Decimal | None:
    if value is None or value == "":
        return None
    try:
        number = Decimal(str(value)) if not isinstance(value, bool) else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise ValueError("is no number")
    if not 0 <= number <= MOST_MINUTES:
        raise ValueError("must lie between 0 and a million")
    if number != number.quantize(Decimal("0.0001")):
        raise ValueError("has more than four decimals")
    return number.quantize(Decimal("0.0001"))


_READERS = {
    "external_id": _external_id,
    "finished_at": _finished_at,
    "accepted": _accepted,
    "minutes": _minutes,
}
