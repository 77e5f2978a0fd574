"""OTLP in JSON: ids in hex, enums as integers (names are taken too), 64-bit integers as texts or numbers.

Strict about shape, so that a sender learns what is wrong; fields that nobody knows are passed over. The generic
reader of the protobuf library takes twenty times as long and wants ids in base64, which OTLP does not send.
"""

import json
from collections.abc import Iterator
from typing import Any

from workloads.calc.otlp.common import (
    EXTRA,
    FLAT,
    LONG,
    MOST_ATTRIBUTES,
    MOST_CHARACTERS,
    MOST_DEPTH,
    MOST_EVENTS,
    MOST_LISTED,
    NO_LINK,
    STATUS_ERROR,
    TOO_LONG,
    TOO_MANY,
    BodyTooLarge,
    BrokenBody,
    Event,
    Keys,
    Log,
    Span,
    bad_item,
    check_count,
)

MOST_BYTES = 16_000_000
MOST_VALUES = 1_500_000
_ERRORS = frozenset({STATUS_ERROR, "2", "STATUS_CODE_ERROR"})
_INT64 = 1 << 63
Item = tuple[dict[str, Any], tuple[str, str], dict[str, Any]]
"""(resource attributes, scope's name and version, the item itself)"""
_KINDS = ("stringValue", "intValue", "doubleValue", "boolValue", "arrayValue", "kvlistValue", "bytesValue")


def load(body: bytes) -> dict[str, Any]:
    """The JSON object of a body. Raises BrokenBody, or BodyTooLarge before anything large is built."""
    if len(body) > MOST_BYTES:
        raise BodyTooLarge(f"A JSON body may have {MOST_BYTES // 1_000_000} MB; send fewer items at a time.")
    if body.count(b",") + body.count(b"[") + body.count(b"{") > MOST_VALUES:
        raise BodyTooLarge(f"A JSON body may have {MOST_VALUES:,} values; send fewer items at a time.")
    try:
        payload = json.loads(body.decode())
    except (ValueError, RecursionError) as error:
        raise BrokenBody("The body is not JSON.") from error
    if not isinstance(payload, dict):
        raise BrokenBody("The body is not a JSON object.")
    return payload


def spans(payload: dict[str, Any], keys: Keys, resource_keys: Keys) -> Iterator[Span]:
    """Every span in the order sent. Raises BrokenBody, BodyTooLarge."""
    for resource, (scope, _), item in _items(payload, resource_keys, "resourceSpans", "scopeSpans", "spans"):
        yield _span(item, scope, resource, keys)


def logs(payload: dict[str, Any], resource_keys: Keys) -> Iterator[Log]:
    """Every log record in the order sent. Raises BrokenBody, BodyTooLarge."""
    for resource, scope, item in _items(payload, resource_keys, "resourceLogs", "scopeLogs", "logRecords"):
        yield _log(item, scope, resource)


def data_points(payload: dict[str, Any]) -> int:
    """How many data points a metrics export has."""
    count = 0
    for _, _, item in _items(payload, Keys({}), "resourceMetrics", "scopeMetrics", "metrics"):
        for kind in ("gauge", "sum", "histogram", "exponentialHistogram", "summary"):
            if kind in item:
                count += len(_list(_dict(item[kind], kind), "dataPoints"))
    return count


def _items(payload, resource_keys: Keys, groups: str, scopes: str, items: str) -> Iterator[Item]:
    _spelled(payload, groups)
    count = 0
    for group in _list(payload, groups):
        resource: dict[str, Any] = {}
        _read(_list(_dict(group.get("resource"), "resource"), "attributes"), resource_keys, resource, {}, {})
        for scoped in _list(group, scopes):
            said = _dict(scoped.get("scope"), "scope")
            scope = (_text(said, "name"), _text(said, "version"))
            for item in _list(scoped, items):
                count += 1
                check_count(count)
                yield resource, scope, item


def _spelled(payload: dict[str, Any], groups: str) -> None:
    """A body of nothing but misspelled fields would be an empty export that nobody misses."""
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in groups)
    if snake in payload and groups not in payload:
        raise BrokenBody(f"OTLP in JSON writes {groups}, not {snake}.")


def _list(holder: dict[str, Any], name: str) -> list[Any]:
    """The list of objects under a name; absent and null are empty."""
    held = holder.get(name)
    if held is None:
        return []
    if not isinstance(held, list):
        raise BrokenBody(f"{name} is not a list.")
    for item in held:
        if item.__class__ is not dict:
            raise BrokenBody(f"{name} holds something other than objects.")
    return held


def _dict(held: Any, name: str) -> dict[str, Any]:
    if held is None:
        return {}
    if not isinstance(held, dict):
        raise BrokenBody(f"{name} is not an object.")
    return held


def _text(holder: dict[str, Any], name: str) -> str:
    held = holder.get(name)
    if held is None:
        return ""
    if not isinstance(held, str):
        raise BrokenBody(f"{name} is not a text.")
    return held


def _id(holder: dict[str, Any], name: str) -> str:
    """An id in lower-case hex; "" for what is none (base64, say), which refuses the span and not the body."""
    held = _text(holder, name)
    try:
        return bytes.fromhex(held).hex()
    except ValueError:
        return ""


def _whole(value: Any, name: str) -> int:
    """A 64-bit integer, as a number or a text of digits."""
    if value is None:
        return 0
    if value.__class__ is int and -_INT64 <= value < 2 * _INT64:
        return value
    if isinstance(value, str):
        digits = value[1:] if value[:1] == "-" else value
        number = int(value) if len(value) <= 20 and digits.isascii() and digits.isdigit() else None
    elif isinstance(value, float):
        number = int(value) if value.is_integer() else None
    else:
        number = None
    if number is None or not -_INT64 <= number < 2 * _INT64:
        raise BrokenBody(f"{name} is no 64-bit integer.")
    return number


def _span(item: dict[str, Any], scope: str, resource: dict[str, Any], keys: Keys) -> Span:
    pairs = _list(item, "attributes")
    if len(pairs) > MOST_ATTRIBUTES:
        return bad_item(TOO_MANY, scope, resource)
    attributes: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    flat: dict[str, Any] = {}
    if problem := _read(pairs, keys, attributes, extra, flat):
        return bad_item(problem, scope, resource)
    failed, status = _status(_dict(item.get("status"), "status"))
    links = _list(item, "links")
    return Span(
        _id(item, "traceId"),
        _id(item, "spanId"),
        _id(item, "parentSpanId"),
        _text(item, "name"),
        _whole(item.get("startTimeUnixNano"), "startTimeUnixNano"),
        _whole(item.get("endTimeUnixNano"), "endTimeUnixNano"),
        failed,
        status,
        attributes,
        extra,
        flat,
        tuple(_event(event) for event in held[:MOST_EVENTS]) if (held := _list(item, "events")) else (),
        (_id(links[0], "traceId"), _id(links[0], "spanId")) if links else NO_LINK,
        scope,
        resource,
    )


def _status(status: dict[str, Any]) -> tuple[bool, str]:
    code = status.get("code")
    if code is not None and not isinstance(code, int | str):
        raise BrokenBody("status.code is neither a number nor a name.")
    return code in _ERRORS, _text(status, "message")


def _read(pairs: list[dict[str, Any]], keys: Keys, attributes, extra, flat) -> str:
    """Sorts attributes into the three; answers why the span must be refused, or ""."""
    problem = ""
    for pair in pairs:
        key = pair.get("key")
        if key.__class__ is not str:
            raise BrokenBody("An attribute has no key.")
        sort = keys[key]
        value = pair.get("value")
        if value is not None and value.__class__ is not dict:
            raise BrokenBody(f"The value of the attribute {key[:80]} is not an object such as stringValue.")
        if not sort or not value:
            continue
        read = value.get("stringValue")
        if read.__class__ is not str:
            read = _any(value, 0, MOST_LISTED if sort == EXTRA else MOST_CHARACTERS)
            if read is None:
                continue
        elif len(read) > MOST_CHARACTERS and sort != LONG:
            problem = TOO_LONG
            continue
        if sort == EXTRA:
            extra[key] = read
        elif sort == FLAT:
            flat[key] = read
        else:
            attributes[key] = read
    return problem


def _any(value: dict[str, Any], depth: int, most: int) -> Any:
    """An AnyValue as Python: lists and dicts where it holds them, None for nothing, bytes or what is too deep."""
    for kind in _KINDS:
        if value.get(kind) is not None:
            return _of_kind(kind, value[kind], depth, most)
    return None


def _of_kind(kind: str, held: Any, depth: int, most: int) -> Any:
    if kind == "intValue":
        return _whole(held, kind)
    if kind == "doubleValue":
        return _double(held)
    if kind in ("stringValue", "boolValue"):
        if not isinstance(held, str if kind == "stringValue" else bool):
            raise BrokenBody(f"{kind} holds something else.")
        return held
    if kind == "bytesValue" or depth >= MOST_DEPTH:
        return None
    values = _list(_dict(held, kind), "values")
    if len(values) > most:
        return None
    if kind == "arrayValue":
        return [_any(item, depth + 1, most) for item in values]
    return {_text(p, "key"): _any(_dict(p.get("value"), "value"), depth + 1, most) for p in values}


def _double(held: Any) -> float:
    try:
        if isinstance(held, str | int | float) and not isinstance(held, bool):
            return float(held)
    except (ValueError, OverflowError):
        pass
    raise BrokenBody("doubleValue is no number.")


def _event(event: dict[str, Any]) -> Event:
    attributes: dict[str, Any] = {}
    _read(_list(event, "attributes"), EVERYTHING, attributes, {}, {})
    return Event(_text(event, "name"), _whole(event.get("timeUnixNano"), "timeUnixNano"), attributes)


def _log(item: dict[str, Any], scope: tuple[str, str], resource: dict[str, Any]) -> Log:
    attributes: dict[str, Any] = {}
    _read(_list(item, "attributes"), EVERYTHING, attributes, {}, {})
    at_ns = _whole(item.get("timeUnixNano"), "timeUnixNano")
    return Log(
        _id(item, "traceId"),
        _id(item, "spanId"),
        _text(item, "eventName") or str(attributes.get("event.name", "")),
        at_ns or _whole(item.get("observedTimeUnixNano"), "observedTimeUnixNano"),
        _any(_dict(item.get("body"), "body"), 0, MOST_CHARACTERS),
        attributes,
        *scope,
        resource,
    )


EVERYTHING = Keys({}, lambda key: LONG)
