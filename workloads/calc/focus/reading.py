"""A FOCUS file read row by row: memory does not grow with the file, and every refusal names its row and column."""

import csv
import gzip
import hashlib
import io
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import IO, Any

from workloads.calc.focus import values
from workloads.calc.focus.columns import AI, CHARGE_CATEGORIES, NAMES, NEEDED, detect_version, missing_of
from workloads.calc.outcome_rows import RowError, Unreadable

MOST_ROWS = 1_000_000
MOST_BYTES = 250_000_000
MOST_UNPACKED = 2_000_000_000
MOST_ERRORS = 1000
LENGTHS = {"ProviderName": 120, "BillingAccountId": 200, "SubAccountId": 200, "SubAccountName": 200}
LENGTHS |= {"ServiceName": 200, "ConsumedUnit": 80}
MODEL_KEYS = ("gen_ai.response.model", "gen_ai.request.model", "model", "Model", "ModelName", "model_name")
MODEL_COLUMNS = ("x_Model", "x_ModelName", "x_model")


@dataclass(frozen=True, slots=True)
class Scope:
    """What a bill is of; a file may hold several, and each becomes a bill of its own."""

    provider: str
    account: str
    currency: str
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Charge:
    """One row. Money in the billing currency with every digit of the file; `day` lies in the billing period."""

    scope: Scope
    day: date
    account: str
    account_name: str
    service: str
    model: str
    category: str
    quantity: Decimal | None
    unit: str
    billed: Decimal
    effective: Decimal | None
    tags: str


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
        parse = _Parser(self.header, delimiter != ",")
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

    def _parsed(self, reader: Any, parse: "_Parser") -> Iterator[Charge]:
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

    def _charge(self, line: int, cells: list[str], width: int, parse: "_Parser") -> Charge | None:
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


@lru_cache(maxsize=20_000)
def _moment(cell: str, order: str) -> datetime:
    return values.moment(cell, order)


@lru_cache(maxsize=20_000)
def _tags(cell: str) -> dict[str, Any]:
    return values.key_values(cell)


class _Parser:
    """One row's cells to a Charge; columns are found by name, in any order."""

    def __init__(self, header: list[str], comma: bool) -> None:
        self.at = {name: index for index, name in enumerate(header)}
        self.comma = comma
        self.order = ""
        self.scopes: dict[tuple[str, ...], Scope] = {}
        self.scope_at = [self.at[name] for name in SCOPE_COLUMNS]

    def __call__(self, cells: list[str]) -> tuple[Charge | None, list[tuple[str, str]]]:
        wrong: list[tuple[str, str]] = []

        def read(column: str, how: Callable[[], Any]) -> Any:
            try:
                return how()
            except ValueError as error:
                wrong.append((column, str(error)))
                return None

        scope = self._scope(cells, wrong)
        currency = scope.currency if scope else ""
        money = {name: read(name, lambda name=name: self._money(name, cells, currency)) for name in MONEY}
        start = read("ChargePeriodStart", lambda: self._when(cells, "ChargePeriodStart"))
        end = read("ChargePeriodEnd", lambda: self._when(cells, "ChargePeriodEnd"))
        category = read("ChargeCategory", lambda: self._category(cells))
        tags = read("Tags", lambda: _tags(self._cell(cells, "Tags")))
        texts = {name: read(name, lambda name=name: self._text(name, cells)) for name in TEXTS}
        if start and end and start >= end:
            wrong.append(("ChargePeriodEnd", "lies not after ChargePeriodStart"))
        if wrong or scope is None:
            return None, wrong
        return self._made(cells, scope, start, category, tags, texts, money), []

    def _made(self, cells: list[str], scope: Scope, start: datetime, category: str, tags: Any, texts: Any,
              money: Any) -> Charge:  # fmt: skip
        last = date.fromordinal(scope.end.toordinal() - 1)
        return Charge(
            scope=scope,
            day=min(max(start.date(), scope.start), last),
            account=texts["SubAccountId"] or scope.account,
            account_name=texts["SubAccountName"] or self._cut(cells, "BillingAccountName"),
            service=texts["ServiceName"],
            model=self._model(cells, tags),
            category=category,
            quantity=money["ConsumedQuantity"],
            unit=texts["ConsumedUnit"],
            billed=money["BilledCost"],
            effective=money["EffectiveCost"],
            tags=self._cell(cells, "Tags") if tags else "{}",
        )

    def _cell(self, cells: list[str], name: str) -> str:
        index = self.at.get(name)
        return "" if index is None else cells[index]

    def _cut(self, cells: list[str], name: str) -> str:
        return values.text(self._cell(cells, name)).replace("\x00", "")[:200]

    def _text(self, name: str, cells: list[str]) -> str:
        found = values.text(self._cell(cells, name))
        if not found and name in NEEDED:
            raise ValueError("is empty")
        return _fitting(found, LENGTHS[name])

    def _money(self, name: str, cells: list[str], currency: str) -> Decimal | None:
        cell = self._cell(cells, name)
        found = values.number(cell, currency="" if name == "ConsumedQuantity" else currency, comma=self.comma)
        if found is None and name == "BilledCost":
            raise ValueError("is empty")
        return found

    def _when(self, cells: list[str], name: str) -> datetime:
        return _moment(self._cell(cells, name), self.order)

    def _category(self, cells: list[str]) -> str:
        found = values.text(self._cell(cells, "ChargeCategory"))
        if found not in CHARGE_CATEGORIES:
            allowed = ", ".join(CHARGE_CATEGORIES)
            raise ValueError(f"«{values.shown(found)}» is none of {allowed}" if found else "is empty")
        return found

    def _scope(self, cells: list[str], wrong: list[tuple[str, str]]) -> Scope | None:
        key = tuple(cells[index] for index in self.scope_at)
        if (known := self.scopes.get(key)) is not None:
            return known
        if not self.order and "/" in key[3]:
            self.order = values.slash_order(key[3], key[4])
        try:
            self.scopes[key] = found = _scope_of(key, self.order)
        except _Wrong as error:
            wrong.append((error.column, str(error)))
            return None
        return found

    def _model(self, cells: list[str], tags: dict[str, Any]) -> str:
        """What the provider calls the model; "" where the charge is no AI and names none."""
        named = next((self._cut(cells, name) for name in MODEL_COLUMNS if self._cut(cells, name)), "")
        details = _details(self._cell(cells, "SkuPriceDetails"))
        named = named or next((str(kv[k]) for kv in (tags, details) for k in MODEL_KEYS if kv.get(k)), "")
        if not named and values.text(self._cell(cells, "ServiceCategory")) == AI:
            meters = (self._cut(cells, name) for name in ("ChargeDescription", "SkuMeter", "SkuId"))
            named = next((meter for meter in meters if meter), self._cut(cells, "ServiceName"))
        return named.strip()[:200]


SCOPE_COLUMNS = (
    "ProviderName", "BillingAccountId", "BillingCurrency", "BillingPeriodStart", "BillingPeriodEnd",
)  # fmt: skip
MONEY = ("BilledCost", "EffectiveCost", "ConsumedQuantity")
TEXTS = ("SubAccountId", "SubAccountName", "ServiceName", "ConsumedUnit")


class _Wrong(ValueError):
    def __init__(self, column: str, words: str) -> None:
        super().__init__(words)
        self.column = column


def _scope_of(key: tuple[str, ...], order: str) -> Scope:
    """The five cells that say what a bill is of. Raises _Wrong."""
    provider, account = (_named(name, key[index]) for index, name in enumerate(SCOPE_COLUMNS[:2]))
    currency = values.text(key[2])
    if not (len(currency) == 3 and currency.isascii() and currency.isalpha() and currency.isupper()):
        raise _Wrong("BillingCurrency", f"«{values.shown(currency)}» is no currency code such as USD")
    start, end = (
        _day_of(name, key[index], order) for index, name in ((3, SCOPE_COLUMNS[3]), (4, SCOPE_COLUMNS[4]))
    )
    if start >= end:
        raise _Wrong("BillingPeriodEnd", "lies not after BillingPeriodStart")
    return Scope(provider, account, currency, start, end)


def _named(column: str, cell: str) -> str:
    found = values.text(cell)
    if not found:
        raise _Wrong(column, "is empty")
    try:
        return _fitting(found, LENGTHS[column])
    except ValueError as error:
        raise _Wrong(column, str(error)) from None


def _day_of(column: str, cell: str, order: str) -> date:
    try:
        found = values.moment(cell, order)
    except ValueError as error:
        raise _Wrong(column, str(error)) from None
    # Some write a period's end as the last second of its last day.
    late = found.replace(tzinfo=None) - datetime.combine(found.date(), datetime.min.time())
    ends = column == "BillingPeriodEnd" and late.total_seconds() > 0
    return date.fromordinal(found.date().toordinal() + 1) if ends else found.astimezone(UTC).date()


def _fitting(found: str, most: int) -> str:
    if len(found) > most:
        raise ValueError(f"is longer than {most} characters")
    if "\x00" in found:
        raise ValueError("holds a character that no text may hold")
    return found


def _details(cell: str) -> dict[str, Any]:
    """SKU price details where they can be read; nothing is billed by them, so a bad one refuses no row."""
    try:
        return _tags(cell)
    except ValueError:
        return {}
