"""The bytes of an upload as a header and rows. Nothing is unpacked or held beyond the limits below."""

import codecs
import csv
import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

MOST_ROWS = 500_000
MOST_COLUMNS = 500
MOST_UNPACKED = 100 * 1024 * 1024
MOST_LINE = 100_000
MOST_BLANK = 10_000
LONGEST_NAME = 200
CHUNK = 1024 * 1024
CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f\x1b\0"))
DAMAGED_BOOK = (
    zipfile.BadZipFile, zlib.error, InvalidFileException, KeyError, ValueError, IndexError, OSError, SyntaxError,
    TypeError, AttributeError, EOFError, NotImplementedError, RuntimeError,
)  # fmt: skip


class Unreadable(ValueError):
    """Why no row of a file can be read, in a sentence; row and column are named where one is to blame."""


@dataclass(frozen=True)
class NoValue:
    """A cell of a workbook that holds a formula or an error: there is no value to read."""

    text: str


@dataclass
class Source:
    """A header and rows, each with its number as a spreadsheet counts. `share` says how far reading has come."""

    head: list[str]
    rows: Iterator[tuple[int, list[Any]]]
    notes: list[str] = field(default_factory=list)
    raw: IO[bytes] | None = None
    size: int = 0

    @property
    def share(self) -> float:
        return min(1.0, self.raw.tell() / self.size) if self.raw and self.size else 0.5


def open_file(data: bytes, most_unpacked: int = MOST_UNPACKED) -> Source:
    """A CSV (comma, semicolon, tab or bar), a CSV packed with gzip, or the first sheet of an XLSX workbook."""
    if data[:4] == b"PK\x03\x04":
        return _workbook(data, most_unpacked)
    if data[:4] == b"\xd0\xcf\x11\xe0":
        raise Unreadable("This is a workbook of an old Excel: save it as XLSX or CSV.")
    if not data.strip():
        raise Unreadable("The file is empty.")
    return _text(data, most_unpacked)


# -- text


def _text(data: bytes, most: int) -> Source:
    encoding, notes = _encoding(data, most)
    raw = io.BytesIO(data)
    lines = _lines(_unpacked(raw, data), encoding)
    first = next(lines, "")
    named = re.fullmatch(r"sep=(.)\s*", first, re.IGNORECASE)
    first = next(lines, "") if named else first
    delimiter = named[1] if named else max(",;\t|", key=first.count)
    if len(first) > MOST_LINE:
        raise Unreadable(
            f"Row 1, the header, is longer than {MOST_LINE:,} characters: this is no ticket export."
        )
    records = _records(_chained(first, lines), delimiter)
    head, notes = _head(next(records, (1, []))[1], notes)
    start = 2 if named else 1
    return Source(
        head, _limited(((number + start - 1, row) for number, row in records)), notes, raw, len(data)
    )


def _unpacked(raw: io.BytesIO, data: bytes) -> gzip.GzipFile | io.BytesIO:
    return gzip.GzipFile(fileobj=raw) if data[:2] == b"\x1f\x8b" else raw


def _encoding(data: bytes, most: int) -> tuple[str, list[str]]:
    """How the text is encoded, from all of it; refuses what is no text or unpacks to more than `most` bytes."""
    stream, size, nuls = _unpacked(io.BytesIO(data), data), 0, 0
    start = data[:2] if data[:2] != b"\x1f\x8b" else b""
    check, encoding = codecs.getincrementaldecoder("utf-8-sig")(), "utf-8-sig"
    try:
        while chunk := stream.read(CHUNK):
            start, size, nuls = start or chunk[:2], size + len(chunk), nuls + chunk.count(0)
            _require_text(chunk, size, most, start)
            encoding = _still(check, chunk, encoding)
    except (EOFError, OSError, zlib.error) as error:
        raise Unreadable("The packed file is damaged: it cannot be unpacked to its end.") from error
    if start in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16", []
    notes = (
        ["The file is not UTF-8; it was read as Windows-1252 (Latin-1)."] if encoding != "utf-8-sig" else []
    )
    if nuls * 20 > size:
        raise Unreadable("The file is not text: send CSV, CSV packed with gzip, or XLSX.")
    return encoding, notes + (["Zero bytes in the text were taken out."] if nuls else [])


def _require_text(chunk: bytes, size: int, most: int, start: bytes) -> None:
    if size > most:
        raise Unreadable(f"The file unpacks to more than {most // 1024 // 1024} MB.")
    is_wide = start in (b"\xff\xfe", b"\xfe\xff")
    if not is_wide and len(chunk) - len(chunk.translate(None, CONTROLS)) > len(chunk) // 100:
        raise Unreadable("The file is not text: send CSV, CSV packed with gzip, or XLSX.")


def _still(check: Any, chunk: bytes, encoding: str) -> str:
    if encoding == "utf-8-sig":
        try:
            check.decode(chunk)
        except UnicodeDecodeError:
            return "cp1252"
    return encoding


def _lines(stream: gzip.GzipFile | io.BytesIO, encoding: str) -> Iterator[str]:
    """Lines, never longer than a little over the limit; bytes that Windows-1252 lacks become a mark."""
    text = io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="")
    while line := text.readline(MOST_LINE + 1):
        yield line.replace("\0", "")


def _chained(first: str, lines: Iterator[str]) -> Iterator[str]:
    yield first
    yield from lines


def _records(lines: Iterator[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Numbered records. A line beyond the limit is refused with its row and the column that it broke in."""
    state: dict[str, Any] = {"row": 1, "head": []}
    reader = csv.reader(_bounded(lines, delimiter, state), delimiter=delimiter, strict=True)
    try:
        for record in reader:
            if not state["head"]:
                state["head"] = record
            yield state["row"], record
            state["row"] += 1
    except csv.Error as error:
        raise Unreadable(f"Row {state['row']:,} is not readable as CSV: {error}.") from error


def _bounded(lines: Iterator[str], delimiter: str, state: dict[str, Any]) -> Iterator[str]:
    for line in lines:
        if len(line) > MOST_LINE:
            place = len(next(csv.reader([line[:MOST_LINE]], delimiter=delimiter))) - 1
            head = state["head"]
            column = f", column «{head[place][:60]}»" if place < len(head) else ""
            raise Unreadable(f"Row {state['row']:,}{column}: longer than {MOST_LINE:,} characters.")
        yield line


def _limited(rows: Iterator[tuple[int, list[Any]]]) -> Iterator[tuple[int, list[Any]]]:
    """Rows that are not blank, up to the limit."""
    count = 0
    for number, row in rows:
        if not any(cell not in (None, "") for cell in row):
            continue
        count += 1
        if count > MOST_ROWS:
            raise Unreadable(f"The file has more than {MOST_ROWS:,} rows: split it.")
        yield number, row


def _head(names: list[Any], notes: list[str]) -> tuple[list[str], list[str]]:
    """Names of columns, each once: a second one of a name gets a number, an empty one its place."""
    if len(names) > MOST_COLUMNS:
        raise Unreadable(
            f"Row 1, the header, has more than {MOST_COLUMNS} columns: this is no ticket export."
        )
    head: list[str] = []
    for place, name in enumerate(names, 1):
        text = " ".join(str(name or "").split())[:LONGEST_NAME] or f"column {place}"
        taken = sum(1 for other in names[: place - 1] if str(other or "").strip() == str(name or "").strip())
        head.append(f"{text[:190]} ({taken + 1})" if text in head else text)
    if len(set(head)) < len(head):
        head = [
            f"{text[:190]} #{place}" if head.count(text) > 1 else text for place, text in enumerate(head, 1)
        ]
    if len(head) < 2:
        raise Unreadable(
            "Row 1 names fewer than two columns: the first row must hold the names of the columns."
        )
    doubled = any(
        re.search(r" \(\d+\)$| #\d+$", name) for name in set(head) - {str(n).strip() for n in names}
    )
    return head, notes + (["Two columns had the same name; the later one was numbered."] if doubled else [])


# -- workbooks


def _workbook(data: bytes, most: int) -> Source:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            size = sum(part.file_size for part in packed.infolist())
        if size > most:
            raise Unreadable(f"The workbook unpacks to more than {most // 1024 // 1024} MB.")
        sheet = load_workbook(io.BytesIO(data), read_only=True).worksheets[0]
        sheet.reset_dimensions()
        rows = _sheet_rows(sheet)
        head, notes = _head(_trimmed(next(rows, (1, []))[1]), [])
    except Unreadable:
        raise
    except DAMAGED_BOOK as error:
        raise Unreadable(
            "The file is not readable as XLSX: open it in a spreadsheet and save it again."
        ) from error
    width = len(head)
    return Source(head, _limited((n, row[:width] + _beyond(row[width:])) for n, row in rows), notes)


def _beyond(cells: list[Any]) -> list[Any]:
    """Cells under no name; empty ones are only the edge of the sheet."""
    return cells if any(cell not in (None, "") for cell in cells) else []


def _trimmed(row: list[Any]) -> list[Any]:
    while row and row[-1] in (None, ""):
        row = row[:-1]
    return row


def _sheet_rows(sheet: Any) -> Iterator[tuple[int, list[Any]]]:
    """Rows of at most one column more than the limit; a sheet that is blank for long has ended."""
    blank = 0
    numbered = enumerate(sheet.iter_rows(max_col=MOST_COLUMNS + 1), 1)
    while True:
        try:
            number, cells = next(numbered)
        except StopIteration:
            return
        except DAMAGED_BOOK as error:
            raise Unreadable("The workbook is damaged: its rows cannot be read to the end.") from error
        row = [_value(cell) for cell in cells]
        blank = 0 if any(cell not in (None, "") for cell in row) else blank + 1
        if blank > MOST_BLANK:
            return
        yield number, row


def _value(cell: Any) -> Any:
    return NoValue(str(cell.value)) if cell.data_type in ("f", "e") else cell.value
