"""Whatever comes, each function of the doors ends in its result or in one of its two errors, within bounded memory."""

import gzip
import json
import subprocess
import sys
import tracemalloc
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.otlp_bodies import body, chat
from workloads.calc import dialects, otlp, scores
from workloads.calc.dialects.values import MOST_TOKENS, NAME_LENGTH
from workloads.calc.otlp import JSON, PROTOBUF

AT = datetime(2026, 11, 22, tzinfo=UTC)
GOOD = body([chat(1), chat(2)], {"service.name": "bot"})
NAMES = sorted(key for key, sort in dialects.KEYS_WITH_CONTENT.items() if sort)
KINDS = st.sampled_from([PROTOBUF, JSON])


def doors(raw: bytes, kind: str) -> list:
    """What every function of the doors makes of a body: its result, or the name of its error."""
    tries = (
        lambda: checked(dialects.read_calls(otlp.decode_traces(raw, kind), True, AT)),
        lambda: dialects.read_logs(otlp.decode_logs(raw, kind), True, AT),
        lambda: otlp.decode_metrics(raw, kind),
        lambda: scores.read_scores(raw, AT),
        lambda: otlp.gunzip(raw, 1_000_000),
    )
    found: list = []
    for attempt in tries:
        try:
            found.append(attempt())
        except (otlp.BrokenBody, otlp.BodyTooLarge) as error:
            assert str(error)
            found.append(type(error))
    return found


def checked(read: dialects.Read) -> dialects.Read:
    """A call that a database takes: no NUL, no half characters, figures within bounds, parts within wholes."""
    for call in read.calls:
        texts = [call.model, call.provider, call.error_type, call.service, call.user_raw, call.cost_centre]
        texts += [
            *call.business,
            *call.business.values(),
            call.prompt_name,
            call.prompt_version,
            call.release,
        ]
        assert all("\x00" not in text and len(text) <= NAME_LENGTH for text in texts)
        assert all(text.encode() is not None for text in [*texts, call.content_in, call.content_out])
        assert 0 <= call.cached_tokens + call.cache_write_tokens <= call.input_tokens <= MOST_TOKENS
        assert 0 <= call.reasoning_tokens <= call.output_tokens and 0 <= call.latency_ms < 2**31
        assert len(call.trace_id) == 32 and len(call.span_id) == 16 and len(call.business) <= 3 * 32
    return read


@given(st.binary(max_size=400), KINDS)
@example(b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", PROTOBUF)
@example(b"[" * 200_000, JSON)
@example(b'{"resourceSpans":' * 50_000, JSON)
@example(b'{"a":' + b"9" * 100_000 + b"}", JSON)
def test_any_bytes(raw, kind):
    assert len(doors(raw, kind)) == 5


@given(st.data())
def test_a_good_body_with_bytes_changed_or_cut(data):
    raw = bytearray(GOOD)
    for _ in range(data.draw(st.integers(0, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    doors(bytes(raw[: data.draw(st.integers(0, len(raw)))]), PROTOBUF)


VALUES = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["\x00", "\ud800", "é" * 300, '{"input": -1}', '{"total": 1e999}', "[[[[", '"x', "NaN", "Infinity"]
    ),
    st.sampled_from(
        ['{"prompt_tokens": 5, "prompt_tokens_details": 7}', "{'a': None}", '{"input": 5, "input_x": 9}']
    ),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.booleans(),
)


def any_value(value) -> dict:
    kinds = {bool: "boolValue", int: "intValue", float: "doubleValue", str: "stringValue"}
    return {kinds[type(value)]: value}


@settings(max_examples=300)
@given(
    st.dictionaries(st.one_of(st.sampled_from(NAMES), st.text(max_size=20)), VALUES, max_size=12),
    st.sampled_from(["litellm", "app", "opentelemetry.instrumentation.openai.v1"]),
    st.integers(-1, 2**64 - 1),
)
def test_any_attributes_of_any_dialect(attributes, scope, start):
    marks = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"}
    pairs = [{"key": key, "value": any_value(value)} for key, value in (marks | attributes).items()]
    fields = {
        "traceId": "1" * 32,
        "spanId": "2" * 16,
        "startTimeUnixNano": str(max(start, 0)),
        "endTimeUnixNano": 9,
    }
    scoped = [{"scope": {"name": scope}, "spans": [{**fields, "attributes": pairs}]}]
    raw = json.dumps({"resourceSpans": [{"scopeSpans": scoped}]}).encode()
    checked(dialects.read_calls(otlp.decode_traces(raw, JSON), True))


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(
        ["resourceSpans", "scopeSpans", "spans", "attributes", "key", "value", "stringValue", "intValue", "events",
         "resource", "scope", "status", "links", "traceId", "name", "timeUnixNano", "arrayValue", "values",
         "resourceLogs", "scopeLogs", "logRecords", "body", "batch", "id", "metadata", "stringValue"]
    ), inner, max_size=5),
    max_leaves=25,
)  # fmt: skip


@settings(max_examples=300)
@given(JSONS)
def test_any_json_under_the_right_names(payload):
    doors(json.dumps(payload).encode(), JSON)
    doors(
        json.dumps({"resourceSpans": payload, "resourceLogs": payload, "resourceMetrics": payload}).encode(),
        JSON,
    )


@given(st.binary(max_size=2000), st.integers(1, 40))
def test_gzip_cut_anywhere_is_broken(content, cut):
    packed = gzip.compress(content)
    with pytest.raises(otlp.BrokenBody):
        otlp.gunzip(packed[: -min(cut, len(packed) - 1)], 10**6)


def test_a_bomb_costs_no_more_than_its_limit():
    bomb = gzip.compress(b"\0" * 100_000_000)
    tracemalloc.start()
    with pytest.raises(otlp.BodyTooLarge, match="5 MB"):
        otlp.gunzip(bomb, 5_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 15_000_000


SWELLING = """
import resource, sys
from workloads.calc import dialects, otlp
def field(number, held):
    size, out = len(held), bytearray([number << 3 | 2])
    while size > 127:
        out.append(size & 127 | 128); size >>= 7
    return bytes(out) + bytes([size]) + held
many = {
    "attributes": field(9, b"") * 1_000_000,
    "events": field(11, b"") * 1_000_000,
    "values": field(9, field(2, field(5, field(1, b"") * 900_000))),
}[sys.argv[1]]
span = field(1, b"t" * 16) + field(2, b"s" * 8) + many
body = field(1, field(2, field(2, span) * 12))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    dialects.read_calls(otlp.decode_traces(body, otlp.PROTOBUF))
except otlp.BrokenBody as error:
    print(error)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize("what", ["attributes", "events", "values"])
def test_two_bytes_on_the_wire_do_not_fill_the_memory(what):
    """24 MB of empty messages would be over a gigabyte when parsed as a whole."""
    ran = subprocess.run(
        [sys.executable, "-c", SWELLING, what], capture_output=True, text=True, timeout=100, check=True
    )
    assert int(ran.stdout.split()[-1]) < 250_000, ran.stdout  # kilobytes


def test_nothing_of_a_body_that_breaks_late_is_handed_on():
    request = ExportTraceServiceRequest.FromString(GOOD)
    raw = request.SerializeToString() + b"\x0a\x05\x12\x03\x12\x01\xff"
    with pytest.raises(otlp.BrokenBody):
        dialects.read_calls(otlp.decode_traces(raw, PROTOBUF))
