"""Reading single values of telemetry: counts, money, names, texts, JSON within texts, times."""

import json
import math
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOST_TOKENS = 10**9
NAME_LENGTH = 200
CONTENT_LENGTH = 100_000
MOST_JSON = 64_000


class BadSpan(ValueError):
    """A span that cannot be counted; the message says why, in words that carry nothing of the span."""


def moment(nanoseconds: int) -> datetime:
    """UTC, cut to microseconds. Raises BadSpan for times that no calendar has."""
    try:
        return EPOCH + timedelta(0, 0, nanoseconds // 1000)
    except OverflowError as error:
        raise BadSpan("a time that no calendar has") from error


def figure(attributes: dict[str, Any], keys: tuple[str, ...]) -> int | None:
    """The first of these that is there, as a count; None when none is. Raises BadSpan."""
    for key in keys:
        if key in attributes:
            return count(attributes[key])
    return None


def count(value: Any) -> int:
    """A count of tokens. Raises BadSpan for anything else; a text of digits is taken."""
    if value.__class__ is not int:
        value = _whole(value)
    if not 0 <= value <= MOST_TOKENS:
        raise BadSpan("a negative token count" if value < 0 else "a token count over a billion")
    return value


def _whole(value: Any) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise BadSpan("a token count that is no number") from error
    if isinstance(value, bool) or (isinstance(value, float) and number != value):
        raise BadSpan("a token count that is no whole number")
    return number


def money(value: Any) -> Decimal | None:
    """A positive amount, or None. A double holds fifteen decimal digits; what follows is dust of its binary form."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not math.isfinite(value) or not 0 < value < 10**6:
        return None
    return Decimal(format(value, ".15g"))


def name(attributes: dict[str, Any], keys: tuple[str, ...]) -> str:
    """The first of these that is not empty, as a short text."""
    for key in keys:
        if value := attributes.get(key):
            return text(value)
    return ""


def text(value: Any, most: int = NAME_LENGTH) -> str:
    """At most so many characters, without what PostgreSQL refuses: NUL and halves of characters."""
    if value.__class__ is not str:
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, list | dict):
            return text(json.dumps(value, ensure_ascii=False), most)
        value = "" if value is None else str(value)
    if len(value) > most:
        value = value[:most]
    if value.isascii():
        return value.replace("\x00", "") if "\x00" in value else value
    return value.replace("\x00", "").encode("utf-8", "replace").decode()


def unquoted(value: Any) -> str:
    """A text that may be wrapped in the quotes of JSON."""
    if isinstance(value, str) and value[:1] == '"':
        held = from_json(value)
        return text(held) if isinstance(held, str) else text(value)
    return text(value)


def content(value: Any) -> str:
    """A prompt or an answer as text; structures become JSON."""
    return text(value, CONTENT_LENGTH)


def from_json(value: Any) -> Any:
    """What a text of JSON holds; None when it is none, or too long to be worth reading."""
    if not isinstance(value, str) or len(value) > MOST_JSON:
        return None
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None


def mapping_of(value: Any) -> dict[str, Any]:
    held = value if isinstance(value, dict) else from_json(value)
    return held if isinstance(held, dict) else {}


def parse_time(value: Any) -> datetime | None:
    """An ISO 8601 time, also within the quotes of JSON; UTC where it names no zone."""
    if not isinstance(value, str) or len(value) > 60:
        return None
    try:
        at = datetime.fromisoformat(value.strip('"').replace("Z", "+00:00"))
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def numbered(flat: dict[str, Any], prefix: str) -> list[dict[str, Any]]:
    """Groups `prefix.N.rest` by N, in order of N: one dict of `rest` to value for each."""
    groups: dict[int, dict[str, Any]] = {}
    start = len(prefix) + 1
    for key, value in flat.items():
        if key.startswith(prefix) and key[start - 1 : start] == ".":
            index, _, rest = key[start:].partition(".")
            if index.isascii() and index.isdigit() and len(index) < 5:
                groups.setdefault(int(index), {})[rest] = value
    return [groups[index] for index in sorted(groups)]


@lru_cache(maxsize=512)
def tool_names(definitions: str) -> tuple[str, ...]:
    """Names out of tool definitions as JSON, one or a list; the same few definitions come again and again."""
    held = from_json(definitions)
    found = []
    for item in held if isinstance(held, list) else [held]:
        if isinstance(item, dict):
            inner = item.get("function")
            if label := (inner if isinstance(inner, dict) else item).get("name"):
                found.append(text(label))
    return tuple(dict.fromkeys(found))[:64]
