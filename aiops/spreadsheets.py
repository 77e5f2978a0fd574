"""Cells that are safe to open in a spreadsheet, and tables that come back from one unchanged."""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils.exceptions import InvalidFileException

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
# What XML cannot carry, and what looks like its stand-in: written as _x000D_, as the format says.
UNWRITABLE = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
STANDS_IN = re.compile(r"_x([0-9A-Fa-f]{4})_")
MOST_UNPACKED = 100 * 1024 * 1024


def cell(value: Any) -> Any:
    """Text cannot start a formula; numbers stay numbers, dates become ISO, nothing becomes an empty cell."""
    if value is None:
        return ""
    if isinstance(value, bool | int | float | Decimal):
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    text = str(value)
    return "'" + text if _could_start_a_formula(text) else text


def uncell(text: str) -> str:
    """The text that `cell` was given: exactly one quote is taken off, and only where `cell` puts one."""
    return text[1:] if text.startswith("'") and _could_start_a_formula(text) else text


def _could_start_a_formula(text: str) -> bool:
    # Quotes are passed over as well: a text of "'=1" gets a second one, so that taking one off is exact.
    return text.lstrip(" '").startswith(FORMULA_STARTS)


class Unreadable(ValueError):
    """Why a file cannot be read, in a sentence for whoever sent it."""


@dataclass(frozen=True)
class Formula:
    """A cell that holds a formula, or the error of one: there is no value to read."""

    text: str


@dataclass(frozen=True)
class Table:
    """A header and its rows, each with its number in the sheet; `decimal_comma` where 0,5 is a number."""

    head: list[str]
    rows: list[tuple[int, list[Any]]]
    decimal_comma: bool = False


def xlsx_bytes(title: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """A workbook of one sheet; numbers stay numbers, text stays text."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "C2"
    for row in (head, *rows):
        sheet.append([_written(sheet, cell(value)) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _written(sheet: Any, value: Any) -> Any:
    if value == "":
        return None
    if not isinstance(value, str):
        return value
    made = WriteOnlyCell(sheet, UNWRITABLE.sub(lambda found: f"_x{ord(found.group()):04X}_", value))
    # Else a text such as #N/A would be written as an error.
    made.data_type = "s"
    return made


def _read(text: str) -> str:
    return STANDS_IN.sub(lambda found: chr(int(found.group(1), 16)), text)


def read_table(data: bytes, most_rows: int) -> Table:
    """A CSV (comma, semicolon or tab; UTF-8) or XLSX file. Unreadable says what is wrong with it."""
    table = _of_workbook(data, most_rows) if data[:4] == b"PK\x03\x04" else _of_csv(data, most_rows)
    if not table.rows:
        raise Unreadable("The file has no rows under its header.")
    return table


def _of_csv(data: bytes, most_rows: int) -> Table:
    text = _decoded(data)
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        head, rows = _split(enumerate(reader, 1), most_rows)
    except csv.Error as error:
        raise Unreadable(f"Line {reader.line_num} is not readable as CSV: {error}.") from error
    return Table(head, [(n, [uncell(text) for text in row]) for n, row in rows], delimiter != ",")


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as error:
        words = "The file is not UTF-8 text: save it as «CSV UTF-8» or as XLSX."
        raise Unreadable(words) from error


def _of_workbook(data: bytes, most_rows: int) -> Table:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            size = sum(part.file_size for part in packed.infolist())
        if size > MOST_UNPACKED:
            raise Unreadable("The workbook unpacks to more than 100 MB.")
        sheet = load_workbook(io.BytesIO(data), read_only=True).worksheets[0]
        sheet.reset_dimensions()
        head, rows = _split(
            ((n, list(map(_value, row))) for n, row in enumerate(sheet.iter_rows(), 1)), most_rows
        )
    except Unreadable:
        raise
    except (
        zipfile.BadZipFile,
        InvalidFileException,
        KeyError,
        ValueError,
        IndexError,
        OSError,
        SyntaxError,
    ) as error:
        words = "The file is not readable as XLSX: open it in a spreadsheet and save it again."
        raise Unreadable(words) from error
    return Table(head, rows)


def _value(found: Any) -> Any:
    if found.data_type in ("f", "e"):
        return Formula(str(found.value))
    return uncell(_read(found.value)) if isinstance(found.value, str) else found.value


def _split(
    rows: Iterable[tuple[int, list[Any]]], most_rows: int
) -> tuple[list[str], list[tuple[int, list[Any]]]]:
    """The header, then the rows that are not blank; stops at the first one too many."""
    numbered = iter(rows)
    head = ["" if name is None else str(name).strip() for name in next(numbered, (1, []))[1]]
    found: list[tuple[int, list[Any]]] = []
    for number, row in numbered:
        if not any(value not in (None, "") for value in row):
            continue
        if len(found) == most_rows:
            raise Unreadable(f"The file has more than {most_rows:,} rows: split it.")
        found.append((number, row))
    return head, found
