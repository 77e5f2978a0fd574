"""Read a dataset out of a JSONL or CSV file, naming every wrong row; write one back, safe for a spreadsheet.

Columns: `input`, `expected`, and if wanted `key` (else the row's number) and `output` (a recorded answer).
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

COLUMNS = ("key", "input", "expected", "output")
REQUIRED = ("input", "expected")
MAX_ROWS = 20_000
MAX_TEXT = 100_000
MAX_KEY = 120
MAX_PROBLEMS = 200
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_PLAIN_FIGURE = re.compile(r"[-+]?\d[\d.,]*%?")


@dataclass(frozen=True)
class CaseRow:
    key: str
    input: str
    expected: str
    output: str = ""


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a file: its line (0 for the file as a whole), its field and the reason."""

    row: int
    field: str
    message: str


@dataclass
class Parsed:
    """Rows that can be stored, or problems; with a problem nothing is to be stored."""

    rows: list[CaseRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    ignored: tuple[str, ...] = ()


def parse(data: bytes, filename: str) -> Parsed:
    """Read a file by its name's ending (.csv, else JSON lines). Problems are by line, at most 200."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return Parsed(problems=[Problem(line, "", "the file is not UTF-8: save it as UTF-8 and try again")])
    if "\0" in text:
        return Parsed(problems=[Problem(text[: text.index("\0")].count("\n") + 1, "", "a NUL character")])
    parsed = Parsed()
    records = _csv(text, parsed) if filename.lower().endswith(".csv") else _jsonl(text, parsed)
    _collect(records, parsed)
    if not parsed.rows and not parsed.problems:
        parsed.problems.append(Problem(0, "", "the file has no cases"))
    return parsed


def write_csv(rows: Iterable[Iterable[object]], header: Iterable[str]) -> Iterator[str]:
    """CSV lines in which no text can start a formula; `parse` reads them back unchanged."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for row in [header, *rows]:
        writer.writerow([safe_cell(value) for value in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def safe_cell(value: object) -> object:
    """Text that a spreadsheet would run gets an apostrophe before it; figures stay figures."""
    if isinstance(value, str) and _FORMULA.match(value) and not _PLAIN_FIGURE.fullmatch(value):
        return "'" + value
    return value


def _plain_cell(value: str) -> str:
    return value[1:] if value.startswith("'") and _FORMULA.match(value) else value


def _collect(records: Iterator[tuple[int, dict[str, Any]]], parsed: Parsed) -> None:
    seen: dict[str, int] = {}
    for number, (row, record) in enumerate(records, 1):
        if number > MAX_ROWS:
            parsed.problems.append(Problem(row, "", f"more than {MAX_ROWS:,} cases: split the file"))
            return
        if len(parsed.problems) >= MAX_PROBLEMS:
            parsed.problems.append(Problem(row, "", "reading stopped here: too many problems"))
            return
        case = _case(row, number, record, parsed)
        if case is None:
            continue
        if case.key in seen:
            parsed.problems.append(
                Problem(row, "key", f"“{case.key}” was used in row {seen[case.key]} already")
            )
        seen.setdefault(case.key, row)
        parsed.rows.append(case)


def _case(row: int, number: int, record: dict[str, Any], parsed: Parsed) -> CaseRow | None:
    texts = {name: _text(record.get(name)) for name in COLUMNS}
    problems = [Problem(row, name, "is empty") for name in REQUIRED if not texts[name].strip()]
    problems += [
        Problem(row, name, f"is longer than {MAX_TEXT:,} characters")
        for name in COLUMNS
        if len(texts[name]) > MAX_TEXT
    ]
    key = texts["key"].strip() or str(number)
    if len(key) > MAX_KEY:
        problems.append(Problem(row, "key", f"is longer than {MAX_KEY} characters"))
    parsed.problems.extend(problems)
    return None if problems else CaseRow(key, texts["input"], texts["expected"], texts["output"])


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _jsonl(text: str, parsed: Parsed) -> Iterator[tuple[int, dict[str, Any]]]:
    for row, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            # A surrogate pair written as two escapes is fine; a lone one cannot be stored.
            record = json.loads(line)
            line.encode(), json.dumps(record, ensure_ascii=False).encode()
        except (ValueError, RecursionError):
            parsed.problems.append(Problem(row, "", "is not a JSON object on one line"))
            continue
        if not isinstance(record, dict):
            parsed.problems.append(Problem(row, "", "is not a JSON object on one line"))
        elif "\0" in "".join(_text(record.get(name)) for name in COLUMNS):
            parsed.problems.append(Problem(row, "", "holds a NUL character"))
        else:
            yield row, record


def _csv(text: str, parsed: Parsed) -> Iterator[tuple[int, dict[str, Any]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        missing = [name for name in REQUIRED if name not in header]
        if missing:
            parsed.problems.append(
                Problem(1, missing[0], f"the header has no column “{'”, “'.join(missing)}”")
            )
            return
        parsed.ignored = tuple(name for name in header if name not in COLUMNS)
        for cells in reader:
            row = reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                parsed.problems.append(
                    Problem(row, "", f"has {len(cells)} cells, the header has {len(header)}")
                )
                continue
            yield row, dict(zip(header, map(_plain_cell, cells), strict=True))
    except csv.Error as error:
        parsed.problems.append(Problem(reader.line_num, "", f"is not readable as CSV: {error}"))
