"""A FOCUS file read row by row: memory does not grow with the file, and every refusal names its row and column."""

import csv
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Any

from workloads.calc.focus.columns import NAMES, NEEDED, detect_version, missing_of
from workloads.calc.focus.rows import Charge, RowParser
from workloads.calc.outcome_rows import RowError, Unreadable

MOST_ROWS = 1_000_000
MOST_BYTES = 250_000_000
MOST_UNPACKED = 2_000_000_000
MOST_ERRORS = 1000


@dataclass
class Reader:
    """Iterate over `charges()`; afterwards `errors`, `rows`, `version`, `missing` and `digest` tell about the file.

    `digest` is of the unpacked bytes, so that a file is the same file with and without gzip.

    Once a row is wrong no further charge comes out, but reading goes on so that all mistakes are told at once.
    Unreadable is raised for what no row can be blamed for.
    """

    stream: IO[bytes]
    most_rows: int = MOST_ROWS
    most_unpacked: int = MOST_UNPACKED
    rows: int = 0
    version: str = ""
    errors: list[RowError] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    header: list[str] = field(default_factory=list)
    hash: Any = field(default_factory=hashlib.sha256)

    @property
    def digest(self) -> str:
        return self.hash.hexdigest()

    def charges(self) -> Iterator[Charge]:
        try:
            yield from self._charges(self._lines())
        except UnicodeDecodeError as error:
            line = self.rows + 1 + bytes(error.object[: error.start]).count(b"\n")
            raise Unreadable(
                f"The file is not UTF-8 text at about line {line}: save it as «CSV UTF-8»."
            ) from error
        except UnicodeError as error:
            raise Unreadable("The file is no text: send CSV or CSV packed with gzip.") from error
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise Unreadable(f"The file is damaged: it ends or breaks after row {self.rows:,}.") from error

    def _lines(self) -> IO[str]:
        """Text of the file, unpacked where it is gzip, in UTF-8 or, with its mark, UTF-16."""
        head = self.stream.read(2)
        self.stream.seek(0)
        raw: Any = gzip.GzipFile(fileobj=self.stream) if head == b"\x1f\x8b" else self.stream
        buffered = io.BufferedReader(_Limited(raw, self.most_unpacked, self.hash), 1 << 18)
        wide = buffered.peek(2)[:2] in (b"\xff\xfe", b"\xfe\xff")
        return io.TextIOWrapper(buffered, encoding="utf-16" if wide else "utf-8-sig", newline="")

    def _charges(self, lines: IO[str]) -> Iterator[Charge]:
        first = lines.readline(1_000_000)
        if "\x00" in first or first.startswith("PK\x03\x04"):
            raise Unreadable("The file is no CSV: send CSV or CSV packed with gzip.")
        delimiter = max(",;\t|", key=first.count)
        self._read_header(next(csv.reader([first], delimiter=delimiter), []))
        parse = RowParser(self.header, delimiter != ",")
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        try:
            yield from self._parsed(reader, parse)
        except csv.Error as error:
            raise Unreadable(f"Line {reader.line_num + 1} is not valid CSV: {error}.") from error
        if not self.rows:
            raise Unreadable("The file has no rows under its header.")

    def _read_header(self, cells: list[str]) -> None:
        self.header = [name.strip() for name in cells]
        missing = [name for name in NEEDED if name not in self.header]
        if missing:
            raise Unreadable(f"These columns of FOCUS are missing: {', '.join(missing)}.{_hint(self.header)}")
        twice = sorted({name for name in self.header if name in NAMES and self.header.count(name) > 1})
        if twice:
            raise Unreadable(f"The header names a column twice: {', '.join(twice)}.")
        self.version = detect_version(self.header)
        self.missing = missing_of(self.version, self.header)
        self.unread = [name for name in self.header if name and name not in NAMES]

    def _parsed(self, reader: Any, parse: "RowParser") -> Iterator[Charge]:
        width = len(self.header)
        for cells in reader:
            if not cells or (len(cells) != width and not any(cell.strip() for cell in cells)):
                continue
            self.rows += 1
            if self.rows > self.most_rows:
                raise Unreadable(f"The file has more than {self.most_rows:,} rows: split it.")
            # The header is a line that this reader did not see.
            charge = self._charge(reader.line_num + 1, cells, width, parse)
            if charge is not None and not self.errors:
                yield charge
            if len(self.errors) >= MOST_ERRORS:
                return

    def _charge(self, line: int, cells: list[str], width: int, parse: "RowParser") -> Charge | None:
        if len(cells) != width:
            words = f"has {len(cells)} cells, the header has {width}"
            self.errors.append(RowError(line, "row", words))
            return None
        charge, wrong = parse(cells)
        self.errors.extend(RowError(line, column, words) for column, words in wrong)
        return charge


def _hint(header: list[str]) -> str:
    if "ServiceProviderName" in header and "ProviderName" not in header:
        return " The file looks like FOCUS 1.3 or later: export it as 1.2."
    return " Versions 1.0, 1.1 and 1.2 are read." if any(name in NAMES for name in header) else ""


class _Limited(io.RawIOBase):
    """Passes bytes on, takes their hash, and refuses to unpack more than so many."""

    def __init__(self, source: Any, most: int, hash_: Any) -> None:
        self.source, self.left, self.most, self.hash = source, most, most, hash_

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self.source.read(len(buffer))
        self.left -= len(data)
        if self.left < 0:
            raise Unreadable(f"The file unpacks to more than {self.most // 1_000_000:,} MB: split it.")
        self.hash.update(data)
        buffer[: len(data)] = data
        return len(data)
