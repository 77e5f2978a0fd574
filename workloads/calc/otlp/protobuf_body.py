"""OTLP in protobuf. The envelope is walked here and each item is parsed by itself.

All three signals have one envelope: request(1: groups), group(1: resource, 2: scoped), scoped(1: scope, 2: items).
Two bytes on the wire can become fifty in memory, so the body is never held parsed as a whole: what is in memory
at a time is one span or log record.
"""

from collections.abc import Iterator
from typing import Any

from google.protobuf.message import DecodeError
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1 import trace_pb2

from workloads.calc.otlp.common import (
    EXTRA,
    FLAT,
    LONG,
    MOST_ATTRIBUTES,
    MOST_CHARACTERS,
    MOST_DEPTH,
    MOST_EVENTS,
    MOST_ITEM_BYTES,
    MOST_LISTED,
    MOST_SPANS,
    NO_LINK,
    NUMBER,
    STATUS_ERROR,
    TOO_BIG,
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
from workloads.calc.otlp.lean import Decoded, LeanSpan, decoded

_FIXED = {0: 0, 1: 8, 5: 4}
_made = Span._make
_LENGTH = 2


def spans(body: bytes, keys: Keys, resource_keys: Keys) -> Iterator[Span]:
    """Every span in the order sent. Raises BrokenBody, BodyTooLarge."""
    parse, known = LeanSpan.FromString, decoded(keys, _value)
    try:
        for resource, (scope, _), raw in _items(body, resource_keys):
            if len(raw) <= MOST_ITEM_BYTES:
                yield _span(parse(raw), scope, resource, keys, known)
            else:
                yield bad_item(TOO_BIG, scope, resource)
    except (DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise BrokenBody("The body is not an OTLP trace export in protobuf.") from error


def logs(body: bytes, resource_keys: Keys) -> Iterator[Log | None]:
    """Every log record in the order sent; None stands for one that is too large. Raises like spans."""
    for resource, scope, raw in _items(body, resource_keys):
        if len(raw) > MOST_ITEM_BYTES:
            yield None
        else:
            yield _log(_parsed(LogRecord.FromString, raw, "logs"), scope, resource)


def data_points(body: bytes) -> int:
    """How many data points a metrics export has. Raises like spans."""
    count = 0
    for _, _, raw in _items(body, Keys({})):
        if len(raw) > MOST_ITEM_BYTES:
            continue
        metric = _parsed(Metric.FromString, raw, "metrics")
        kind = metric.WhichOneof("data")
        count += len(getattr(metric, kind).data_points) if kind else 0
    return count


def _parsed(parse, raw: bytes, signal: str):
    try:
        return parse(raw)
    except (DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise BrokenBody(f"The body is not an OTLP {signal} export in protobuf.") from error


def _items(body: bytes, resource_keys: Keys) -> Iterator[tuple[dict[str, Any], tuple[str, str], bytes]]:
    """(resource attributes, scope's name and version, bytes of the item) of each item."""
    count = 0
    for group in _fields(body, 1):
        resource = _resource(group, resource_keys)
        for scoped in _fields(group, 2):
            scope = _scope(scoped)
            for raw in _fields(scoped, 2):
                count += 1
                if count > MOST_SPANS:
                    check_count(count)
                yield resource, scope, raw


def _resource(group: bytes, keys: Keys) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for raw in _fields(group, 1):
        found |= _read(_parsed(Resource.FromString, _within(raw), "resource").attributes, keys)
    return found


def _scope(scoped: bytes) -> tuple[str, str]:
    """The first, which stands before the items: what follows is walked through but once."""
    raw = next(_fields(scoped, 1), b"")
    scope = _parsed(InstrumentationScope.FromString, _within(raw), "scope")
    return scope.name, scope.version


def _within(raw: bytes) -> bytes:
    if len(raw) > MOST_ITEM_BYTES:
        raise BodyTooLarge(f"A resource or scope has {TOO_BIG}.")
    return raw


def _fields(data: bytes, wanted: int) -> Iterator[bytes]:
    """The values of one length-delimited field of a message. Raises BrokenBody where the wire format is broken."""
    at, end = 0, len(data)
    try:
        while at < end:
            tag = data[at]
            at += 1
            if tag > 0x7F:
                tag, at = _varint(data, at - 1)
            kind = tag & 7
            if kind == _LENGTH:
                size, more = data[at], data[at + 1] if at + 1 < end else 0
                if size < 0x80:
                    at += 1
                elif more < 0x80:  # a span mostly has some hundred bytes: two digits, read in place
                    size, at = size & 0x7F | more << 7, at + 2
                else:
                    size, at = _varint(data, at)
                if at + size > end:
                    raise IndexError
                if tag >> 3 == wanted:
                    yield data[at : at + size]
                at += size
            elif kind == 0:
                _, at = _varint(data, at)
            else:
                at += _FIXED[kind]
            if not tag >> 3:
                raise IndexError
        if at > end:
            raise IndexError
    except (IndexError, KeyError) as error:
        raise BrokenBody("The body is not OTLP in protobuf.") from error


def _varint(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at
        shift += 7
        if shift > 63:
            raise IndexError


def _span(held, scope: str, resource: dict[str, Any], keys: Keys, known: Decoded) -> Span:
    raws = held.attributes
    if len(raws) > MOST_ATTRIBUTES:
        return bad_item(TOO_MANY, scope, resource)
    try:
        read = dict(filter(None, map(known.__getitem__, raws[:])))  # in C from end to end, once a span
    except _TooLong:
        return bad_item(TOO_LONG, scope, resource)
    attributes, extra, flat = (read, {}, {}) if known.apart.isdisjoint(read) else _sorted(read, keys)
    failed, status = _status(held.status) if held.status else (False, "")
    fields = (
        held.trace_id.hex(),
        held.span_id.hex(),
        held.parent_span_id.hex(),
        held.name,
        held.start_ns,
        held.end_ns,
        failed,
        status,
        attributes,
        extra,
        flat,
        tuple(map(_event, raws[:MOST_EVENTS])) if (raws := held.events) else (),
        _link(raws[0]) if (raws := held.links) else NO_LINK,
        scope,
        resource,
        "",
    )
    return _made(fields)  # in half the time of naming them


def _status(raw: bytes) -> tuple[bool, str]:
    status = trace_pb2.Status.FromString(raw)
    return status.code == STATUS_ERROR, status.message


def _link(raw: bytes) -> tuple[str, str]:
    link = trace_pb2.Span.Link.FromString(raw)
    return link.trace_id.hex(), link.span_id.hex()


def _sorted(read: dict[str, Any], keys: Keys) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """What is read by its name, candidates for business keys, and numbered names."""
    found: tuple[dict[str, Any], ...] = ({}, {}, {})
    for key, value in read.items():
        sort = keys[key]
        found[1 if sort == EXTRA else 2 if sort == FLAT else 0][key] = value
    return found[0], found[1], found[2]


class _TooLong(Exception):
    """An attribute over the limit of characters."""


def _value(value, sort: int) -> Any:
    """What an attribute of this sort says, or None. Raises _TooLong.

    Asking a value which kind it holds takes three times as long as reading it, so the likely kind is read first
    and only what comes out empty is asked.
    """
    read: Any
    if sort == NUMBER:
        read = value.int_value or value.double_value or value.string_value
    else:
        read = value.string_value
    if not read:
        return _any(value, 0, MOST_LISTED if sort == EXTRA else MOST_CHARACTERS)
    if read.__class__ is str and len(read) > MOST_CHARACTERS and sort != LONG:
        raise _TooLong
    return read


def _read(pairs, keys: Keys) -> dict[str, Any]:
    """Those attributes of a resource, an event or a log record that `keys` asks for; overlong ones left out."""
    found = {}
    for pair in pairs:
        if sort := keys[pair.key]:
            try:
                read = _value(pair.value, sort)
            except _TooLong:
                continue
            if read is not None:
                found[pair.key] = read
    return found


def _any(value, depth: int, most: int) -> Any:
    """An AnyValue as Python: lists and dicts where it holds them, None for nothing, bytes or what is too deep."""
    kind = value.WhichOneof("value")
    if kind in ("string_value", "int_value", "double_value", "bool_value"):
        return getattr(value, kind)
    if depth >= MOST_DEPTH:
        return None
    if kind == "array_value":
        held = value.array_value.values
        return [_any(item, depth + 1, most) for item in held] if len(held) <= most else None
    if kind == "kvlist_value":
        pairs = value.kvlist_value.values
        return {p.key: _any(p.value, depth + 1, most) for p in pairs} if len(pairs) <= most else None
    return None


def _event(raw: bytes) -> Event:
    event = trace_pb2.Span.Event.FromString(raw)
    return Event(event.name, event.time_unix_nano, _read(event.attributes, EVERYTHING))


def _log(record, scope: tuple[str, str], resource: dict[str, Any]) -> Log:
    attributes = _read(record.attributes, EVERYTHING)
    return Log(
        record.trace_id.hex(),
        record.span_id.hex(),
        record.event_name or str(attributes.get("event.name", "")),
        record.time_unix_nano or record.observed_time_unix_nano,
        _any(record.body, 0, MOST_CHARACTERS),
        attributes,
        *scope,
        resource,
    )


EVERYTHING = Keys({}, lambda key: LONG)
