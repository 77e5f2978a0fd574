"""Rows of finished work as they are sent or uploaded: read, checked, and refused by row and field."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

FIELDS = ("external_id", "finished_at", "accepted", "minutes", "arm", "place")
REQUIRED = FIELDS[:2]
MOST_ROWS = 50_000
EARLIEST = datetime(2015, 1, 1, tzinfo=UTC)
SLACK = timedelta(days=1)
MOST_MINUTES = Decimal(1_000_000)
Plain = Callable[[str], str]
YES = frozenset({"yes", "true", "1", "y", "accepted"})
NO = frozenset({"no", "false", "0", "n", "rejected"})
ARMS = {"": "", "ai": "", "control": "control"}
MOST_PLACE = 80


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """One finished item. `accepted` is None until somebody judged it; `arm` "control" was held out, done by people."""

    external_id: str
    finished_at: datetime
    accepted: bool | None = None
    minutes: Decimal | None = None
    arm: str = ""
    place: str = ""


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


@dataclass(frozen=True, slots=True)
class Clock:
    """The present moment, and the zone in which a date or a time without an offset is meant."""

    at: datetime
    zone: tzinfo = UTC


def parse_rows(numbered: Iterable[tuple[int, Any]], at: datetime, zone: tzinfo = UTC) -> Parsed:
    """Checks every row, so that all mistakes are told at once. The same id twice must say the same twice."""
    clock = Clock(at, zone)
    rows: dict[str, tuple[int, OutcomeRow]] = {}
    errors: list[RowError] = []
    for number, raw in numbered:
        row, wrong = _row(number, raw, clock)
        errors.extend(wrong)
        if row is None:
            continue
        earlier = rows.setdefault(row.external_id, (number, row))
        if earlier[1] != row:
            text = f"row {earlier[0]} has the same external_id with other values"
            errors.append(RowError(number, "external_id", text))
    return Parsed([row for _, row in rows.values()], errors)


def parse_csv(data: bytes, at: datetime, zone: tzinfo = UTC, plain: Plain = str.strip) -> Parsed:
    """A CSV file with a header line; comma, semicolon or tab; a byte order mark is fine. Rows are lines.

    `plain` takes from a cell what an export put before it.
    """
    return parse_rows(_lines(_text(data), REQUIRED, plain), at, zone)


def parse_ids(data: bytes, plain: Plain = str.strip) -> tuple[list[tuple[int, str]], list[RowError]]:
    """The (line, external_id) pairs of a CSV file that may have other columns too, and what is wrong by line."""
    found: list[tuple[int, str]] = []
    errors: list[RowError] = []
    for line, record in _lines(_text(data), REQUIRED[:1], plain):
        try:
            if isinstance(record, str):
                raise ValueError(record)
            found.append((line, external_id(record.get("external_id"))))
        except ValueError as error:
            errors.append(RowError(line, "external_id", str(error)))
    return found, errors


def _text(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise Unreadable(f"The file is not UTF-8: see line {line}. Save it as «CSV UTF-8».") from error
    if "\x00" in text:
        raise Unreadable("The file is not a CSV text: it has binary zeros in it.")
    return text


def _lines(text: str, required: tuple[str, ...], plain: Plain):
    head = text.split("\n", 1)[0]
    separator = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        _check_header(header, required)
        yield from _records(reader, header, plain)
    except csv.Error as error:
        raise Unreadable(f"Line {reader.line_num} is not valid CSV: {error}.") from error


def _check_header(header: list[str], required: tuple[str, ...]) -> None:
    missing = [name for name in required if name not in header]
    if missing:
        raise Unreadable(f"The first line must name the columns; missing: {', '.join(missing)}.")
    if len(set(header)) != len(header):
        raise Unreadable("The first line names a column twice.")


def _records(reader, header: list[str], plain: Plain):
    count = 0
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        count += 1
        if count > MOST_ROWS:
            raise Unreadable(f"The file has more than {MOST_ROWS:,} rows. Split it.")
        yield reader.line_num, _record(cells, header, plain)


def _record(cells: list[str], header: list[str], plain: Plain) -> dict[str, str] | str:
    if len(cells) != len(header):
        return f"has {len(cells)} cells, the first line has {len(header)}"
    return {name: plain(cell.strip()) for name, cell in zip(header, cells, strict=True) if name in FIELDS}


def _row(number: int, raw: Any, clock: Clock) -> tuple[OutcomeRow | None, list[RowError]]:
    if not isinstance(raw, Mapping):
        return None, [
            RowError(number, "row", raw if isinstance(raw, str) else "is no object with named fields")
        ]
    values: dict[str, Any] = {}
    errors = [RowError(number, str(name)[:80], "is not known here") for name in raw if name not in FIELDS]
    for name, read in _READERS.items():
        try:
            values[name] = read(raw.get(name), clock)
        except ValueError as error:
            errors.append(RowError(number, name, str(error)))
    return (None if errors else OutcomeRow(**values)), errors


def external_id(value: Any, clock: Clock | None = None) -> str:
    """The id of an item as its system calls it; raises ValueError with a sentence."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value.strip():
        raise ValueError("is missing")
    if len(value.strip()) > 200 or "\x00" in value:
        raise ValueError("is longer than 200 characters or not plain text")
    return value.strip()


def _finished_at(value: Any, clock: Clock) -> datetime:
    if not isinstance(value, str) or not value:
        raise ValueError("is missing; write it like 2026-11-20T14:05:00Z")
    moment = _moment(value, clock.zone)
    if moment > clock.at + SLACK:
        raise ValueError("lies in the future")
    if moment < EARLIEST:
        raise ValueError("lies before 2015")
    return moment


def _moment(value: str, zone: tzinfo) -> datetime:
    """An ISO date or time; a date, or a time without an offset, is one of the company's time zone."""
    try:
        if len(value) == 10:
            return datetime.combine(date.fromisoformat(value), time(), zone).astimezone(UTC)
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("is no ISO date or time; write it like 2026-11-20T14:05:00Z") from None


def _accepted(value: Any, clock: Clock) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    if value == "":
        return None
    word = value.lower() if isinstance(value, str) else ""
    if word in YES or word in NO:
        return word in YES
    raise ValueError("must be true or false, or empty while nobody judged it")


def _arm(value: Any, clock: Clock) -> str:
    word = "" if value is None else value
    if not isinstance(word, str) or word.strip().lower() not in ARMS:
        raise ValueError("must be «control» for an item held out, else «ai» or empty")
    return ARMS[word.strip().lower()]


def _place(value: Any, clock: Clock) -> str:
    word = "" if value is None else value
    if not isinstance(word, str) or "\x00" in word or len(word.strip()) > MOST_PLACE:
        raise ValueError(f"must be a name of at most {MOST_PLACE} characters")
    return word.strip()


def _minutes(value: Any, clock: Clock) -> Decimal | None:
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


_READERS: dict[str, Callable[[Any, Clock], Any]] = {
    "external_id": external_id,
    "finished_at": _finished_at,
    "accepted": _accepted,
    "minutes": _minutes,
    "arm": _arm,
    "place": _place,
}
