"""Bodies: decoding, unpacking within a limit, and the answers."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from workloads.calc import otlp

WANTED = frozenset({"a", "b"})


def body(**attributes) -> bytes:
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    pair = group.resource.attributes.add(key="env")
    pair.value.string_value = "prod"
    scoped = group.scope_spans.add()
    scoped.scope.name = "lib"
    span = scoped.spans.add(name="chat", trace_id=b"t" * 16, span_id=b"s" * 8)
    for key, value in attributes.items():
        pair = span.attributes.add(key=key)
        if isinstance(value, str):
            pair.value.string_value = value
        else:
            pair.value.int_value = value
    return request.SerializeToString()


def test_reads_only_what_is_wanted():
    (span,) = otlp.decode(body(a=1, b="x", prompt="secret"), WANTED, frozenset({"env"}))
    assert span.attributes == {"a": 1, "b": "x"}
    assert span.resource == {"env": "prod"}
    assert (span.name, span.scope, span.trace_id, span.span_id) == ("chat", "lib", b"t" * 16, b"s" * 8)


def test_an_empty_body_is_an_empty_export():
    assert otlp.decode(b"", WANTED, WANTED) == []


@pytest.mark.parametrize("broken", [b"\xff\xff\xff", b"{}", b"hello", body(a=1)[:-3]])
def test_broken_bodies_are_named(broken):
    with pytest.raises(otlp.BrokenBody, match="protobuf"):
        otlp.decode(broken, WANTED, WANTED)


@given(st.binary(max_size=300))
def test_any_bytes_end_in_spans_or_in_broken_body(raw):
    try:
        otlp.decode(raw, WANTED, WANTED)
    except otlp.BrokenBody:
        pass


@given(st.lists(st.binary(max_size=5000), min_size=1, max_size=3))
def test_gunzip_reads_what_gzip_wrote_even_in_members(parts):
    packed = b"".join(gzip.compress(part) for part in parts)
    assert otlp.gunzip(packed, 10**6) == b"".join(parts)


@pytest.mark.parametrize(
    "broken",
    [b"nonsense", gzip.compress(b"x" * 1000)[:-9], gzip.compress(b"x") + b"tail"],
    # gzip writes the time into its header: without names two workers collect different tests.
    ids=["no gzip at all", "cut short", "with a tail"],
)
def test_broken_gzip_is_named(broken):
    with pytest.raises(otlp.BrokenBody):
        otlp.gunzip(broken, 10**6)


def test_a_bomb_stops_at_the_limit(monkeypatch):
    bomb = gzip.compress(gzip.compress(b"\0" * 50_000_000))
    once = otlp.gunzip(bomb, 10**6)
    with pytest.raises(otlp.BodyTooLarge, match="1 MB"):
        otlp.gunzip(once, 10**6)


def test_many_small_members_count_together():
    with pytest.raises(otlp.BodyTooLarge):
        otlp.gunzip(gzip.compress(b"x" * 1000) * 1001, 10**6)


def test_answers_parse():
    assert otlp.answer() == b""
    response = ExportTraceServiceResponse.FromString(otlp.answer(3, "why"))
    assert (response.partial_success.rejected_spans, response.partial_success.error_message) == (3, "why")


def test_a_refusal_is_a_status_with_its_message():
    assert otlp.refusal("no") == b"\x12\x02no"
    assert otlp.refusal("x" * 200)[:3] == b"\x12\xc8\x01"
