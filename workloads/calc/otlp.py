"""OTLP/HTTP trace bodies as flat spans, and the answers that OTLP expects. Knows nothing of GenAI."""

import zlib
from typing import Any, NamedTuple

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

STATUS_ERROR = 2
_PIECE = 1 << 16


class BrokenBody(ValueError):
    """The body is not what its headers say; the message is a sentence for the sender."""


class BodyTooLarge(ValueError):
    """The body, packed or unpacked, is over the limit; the message names the limit."""


class Span(NamedTuple):
    """One span, with only the attributes that the caller asked for."""

    trace_id: bytes
    span_id: bytes
    name: str
    kind: int
    start_ns: int
    end_ns: int
    failed: bool
    exception: str
    scope: str
    attributes: dict[str, Any]
    resource: dict[str, Any]


def gunzip(body: bytes, limit: int) -> bytes:
    """The unpacked body. Stops as soon as `limit` is passed, so that a bomb costs no more than the limit."""
    out, size = [], 0
    while body:
        member = zlib.decompressobj(wbits=31)
        for piece in _pieces(member, body, limit):
            out.append(piece)
            size += len(piece)
            if size > limit:
                raise BodyTooLarge(f"The body is over {limit // 1_000_000} MB when unpacked.")
        if not member.eof:
            raise BrokenBody("The gzip body is cut short.")
        body = member.unused_data
    return b"".join(out)


def _pieces(member, body: bytes, limit: int):
    try:
        data = body
        while not member.eof:
            piece = member.decompress(data, _PIECE)
            data = member.unconsumed_tail
            if not piece and not data:
                return
            yield piece
    except zlib.error as error:
        raise BrokenBody("The body is marked as gzip but cannot be unpacked.") from error


def decode(body: bytes, wanted: frozenset[str], wanted_resource: frozenset[str]) -> list[Span]:
    """Every span of an ExportTraceServiceRequest, in the order sent. Raises BrokenBody."""
    try:
        request = ExportTraceServiceRequest.FromString(body)
    except (DecodeError, RecursionError) as error:
        raise BrokenBody("The body is not an OTLP ExportTraceServiceRequest in protobuf.") from error
    spans: list[Span] = []
    for group in request.resource_spans:
        resource = _attributes(group.resource.attributes, wanted_resource)
        for scoped in group.scope_spans:
            scope = scoped.scope.name
            spans.extend(_span(span, scope, resource, wanted) for span in scoped.spans)
    return spans


def _span(span, scope: str, resource: dict[str, Any], wanted: frozenset[str]) -> Span:
    failed = span.status.code == STATUS_ERROR
    return Span(
        span.trace_id,
        span.span_id,
        span.name,
        span.kind,
        span.start_time_unix_nano,
        span.end_time_unix_nano,
        failed,
        _exception_type(span) if failed else "",
        scope,
        _attributes(span.attributes, wanted),
        resource,
    )


def _attributes(pairs, wanted: frozenset[str]) -> dict[str, Any]:
    found = {}
    for pair in pairs:
        key = pair.key
        if key in wanted:
            kind = pair.value.WhichOneof("value")
            # arrays, maps and bytes never carry a figure or a name that we read
            if kind in ("string_value", "int_value", "double_value", "bool_value"):
                found[key] = getattr(pair.value, kind)
    return found


def _exception_type(span) -> str:
    for event in span.events:
        for pair in event.attributes:
            if pair.key == "exception.type":
                return pair.value.string_value
    return ""


def answer(rejected: int = 0, message: str = "") -> bytes:
    """The protobuf answer; empty when every span was taken."""
    response = ExportTraceServiceResponse()
    if rejected or message:
        response.partial_success.rejected_spans = rejected
        response.partial_success.error_message = message
    return response.SerializeToString()


def refusal(message: str) -> bytes:
    """A google.rpc.Status with only its message (field 2), which OTLP asks for in an error's body."""
    text = message.encode()
    return b"\x12" + _varint(len(text)) + text


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)
