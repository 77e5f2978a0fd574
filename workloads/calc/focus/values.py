"""Single cells of a FOCUS file: numbers to the last digit, moments in UTC, tags; each refusal is a sentence."""

import json
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

FORMULA_STARTS = ("=", "+", "-", "@")
NULLS = frozenset({"", "NULL", "null", "Null", "\\N"})
MOST_DECIMALS = 32
MOST_WHOLE = 20
YEARS = range(1990, 2201)
MOST_EXPONENT = 60
PLAIN = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?", re.ASCII)
GROUPED = re.compile(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?", re.ASCII)
GROUPED_COMMA = re.compile(r"[-+]?(?:\d{1,3}(?:\.\d{3})+|\d+),\d+", re.ASCII)
SYMBOLS: dict[str, frozenset[str]] = {
    "$": frozenset({"USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "BRL", "TWD"}),
    "€": frozenset({"EUR"}),
    "£": frozenset({"GBP"}),
    "¥": frozenset({"JPY", "CNY"}),
    "₹": frozenset({"INR"}),
}


def text(cell: str) -> str:
    """The cell without blanks around it and without a quote against formulas; "" for every way to write NULL."""
    cell = cell.strip()
    if cell[:1] == "'" and cell.lstrip(" '")[:1] in FORMULA_STARTS:
        return cell[1:]
    return "" if cell in NULLS else cell


def number(cell: str, *, currency: str = "", comma: bool = False) -> Decimal | None:
    """The exact number; None for NULL. ValueError says what is wrong.

    "1,234.50", "$1,234.50", "(3.20)", "USD 7" and "1.5E-7" are numbers. `comma`: the file's delimiter is no comma,
    so that 0,5 may be a half; a single group such as "1,234" then has two meanings and is refused.
    """
    cell = cell.strip()
    if cell in NULLS:
        return None
    if PLAIN.fullmatch(cell):
        return _bounded(cell)
    bare, negative = _bare(cell, currency)
    value = _bounded(_plain(bare, comma))
    # copy_negate keeps every digit; the minus operator would round to the context.
    return value.copy_negate() if negative else value


def _bare(cell: str, currency: str) -> tuple[str, bool]:
    """Without currency and brackets; brackets mean below zero."""
    negative = cell.startswith("(") and cell.endswith(")")
    bare = cell[1:-1].strip() if negative else cell
    if bare.startswith("-") and not bare[1:2].isdigit():
        negative, bare = not negative, bare[1:].strip()
    for symbol, currencies in SYMBOLS.items():
        if symbol in bare:
            if currency and currency not in currencies:
                raise ValueError(f"«{shown(cell)}» is in {symbol}, but BillingCurrency is {currency}")
            bare = bare.replace(symbol, "", 1).strip()
    if currency and currency in bare:
        bare = bare.replace(currency, "", 1).strip()
    if negative and bare[:1] in "-+":
        raise ValueError(f"«{shown(cell)}» is no number")
    return bare, negative


def _plain(bare: str, comma: bool) -> str:
    if PLAIN.fullmatch(bare):
        return bare
    if comma and GROUPED_COMMA.fullmatch(bare):
        if re.fullmatch(r"[-+]?[1-9]\d{0,2},\d{3}", bare):
            raise ValueError(f"«{bare}» may be a thousand or a part of one: write it without a comma")
        return bare.replace(".", "").replace(",", ".")
    if GROUPED.fullmatch(bare):
        return bare.replace(",", "")
    raise ValueError(f"«{shown(bare)}» is no number")


def _bounded(plain: str) -> Decimal:
    value = Decimal(plain)
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    if abs(exponent) > MOST_EXPONENT or (value and value.adjusted() >= MOST_WHOLE):
        raise ValueError(f"«{shown(plain)}» is out of range")
    if (
        value
        and exponent < -MOST_DECIMALS
        and value.as_tuple().digits[exponent + MOST_DECIMALS :].count(0) != (-exponent - MOST_DECIMALS)
    ):
        raise ValueError(f"«{shown(plain)}» has more than {MOST_DECIMALS} decimals")
    return value


def shown(cell: str) -> str:
    return cell if len(cell) <= 40 else cell[:39] + "…"


def moment(cell: str, order: str = "") -> datetime:
    """A moment in UTC; without an offset it is UTC. `order` is how slash dates of this file are read: "md" or "dm"."""
    cell = cell.strip()
    if cell in NULLS:
        raise ValueError("is empty; write it like 2026-11-01T00:00:00Z")
    try:
        found = _slashed(cell, order) if "/" in cell else datetime.fromisoformat(cell)
        found = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"«{shown(cell)}» is no date; write it like 2026-11-01T00:00:00Z") from None
    if found.year not in YEARS:
        raise ValueError(f"«{shown(cell)}» lies outside the years {YEARS[0]} to {YEARS[-1]}")
    return found


def _slashed(cell: str, order: str) -> datetime:
    day_part, _, time_part = cell.partition(" ")
    first, second, year = (int(part) for part in day_part.split("/"))
    month, day = (first, second) if order == "md" else (second, first)
    if not order:
        raise ValueError(cell)
    found = date(year + 2000 if year < 100 else year, month, day)
    return datetime.fromisoformat(f"{found.isoformat()} {time_part or '00:00'}")


def slash_order(start: str, end: str) -> str:
    """How 4/1/25 is to be read, told by a billing period: it starts and ends on the first of a month.

    "" when the two do not tell.
    """
    for order in ("md", "dm"):
        try:
            first, last = moment(start, order), moment(end, order)
        except ValueError:
            continue
        if first < last and first.day == last.day == 1:
            return order
    return ""


def key_values(cell: str) -> dict[str, Any]:
    """A JSON object of plain values; {} for NULL. A key that stands twice is refused: which one holds?"""
    cell = cell.strip()
    if cell in NULLS:
        return {}
    try:
        found = json.loads(cell, object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=str)
    except (json.JSONDecodeError, RecursionError):
        raise ValueError(f"«{shown(cell)}» is no JSON object of keys and values") from None
    if not isinstance(found, dict):
        raise ValueError(f"«{shown(cell)}» is no JSON object of keys and values")
    if "\\u" in cell and not _storable(json.dumps(found, ensure_ascii=False)):
        raise ValueError("holds a character that no text may hold")
    return found


def _storable(written: str) -> bool:
    """False for NUL and for halves of a surrogate pair: PostgreSQL keeps neither."""
    try:
        written.encode()
    except UnicodeEncodeError:
        return False
    return "\\u0000" not in written


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("names a key twice")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"holds {name}, which JSON does not know")
