"""Bodies in protobuf and JSON: the same spans out of both, what is refused, unpacking, and the answers."""

import base64
import gzip
import json

import pytest
from google.protobuf.json_format import MessageToDict
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from workloads.calc import otlp
from workloads.calc.otlp import JSON, PROTOBUF, common
from workloads.calc.otlp.common import EXTRA, FLAT, NUMBER, SKIP, TEXT, Keys

KEYS = Keys({"a": TEXT, "n": NUMBER}, lambda key: {"x": EXTRA, "f": FLAT}.get(key[0], SKIP))
RESOURCE = Keys({"env": TEXT})


def request(**attributes) -> ExportTraceServiceRequest:
    held = ExportTraceServiceRequest()
    group = held.resource_spans.add()
    group.resource.attributes.add(key="env").value.string_value = "prod"
    scoped = group.scope_spans.add()
    scoped.scope.name = "lib"
    span = scoped.spans.add(name="chat", trace_id=b"t" * 16, span_id=b"s" * 8, start_time_unix_nano=7)
    for key, value in attributes.items():
        put(span.attributes.add(key=key).value, value)
    return held


def put(held, value) -> None:
    if isinstance(value, str):
        held.string_value = value
    elif isinstance(value, bool):
        held.bool_value = value
    elif isinstance(value, int):
        held.int_value = value
    elif isinstance(value, float):
        held.double_value = value
    elif isinstance(value, list):
        held.array_value.SetInParent()
        for item in value:
            put(held.array_value.values.add(), item)
    elif isinstance(value, dict):
        held.kvlist_value.SetInParent()
        for key, item in value.items():
            put(held.kvlist_value.values.add(key=key).value, item)


def as_json(held: ExportTraceServiceRequest) -> dict:
    payload = MessageToDict(held)
    for group in payload["resourceSpans"]:
        for scoped in group["scopeSpans"]:
            for span in scoped["spans"]:
                for holder in (span, *span.get("links", ())):
                    for name in {"traceId", "spanId", "parentSpanId"} & set(holder):
                        holder[name] = base64.b64decode(holder[name]).hex()
    return payload


def both(held: ExportTraceServiceRequest) -> list:
    found = [
        list(otlp.decode_traces(held.SerializeToString(), PROTOBUF).spans(KEYS, RESOURCE)),
        list(otlp.decode_traces(json.dumps(as_json(held)).encode(), JSON).spans(KEYS, RESOURCE)),
    ]
    assert found[0] == found[1]
    return found[0]


def from_json(payload) -> list:
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return list(otlp.decode_traces(body, JSON).spans(KEYS, RESOURCE))


def of_span(**fields) -> dict:
    return {"resourceSpans": [{"scopeSpans": [{"spans": [fields]}]}]}


def test_reads_only_what_is_wanted_and_sorts_it():
    (span,) = both(request(a="x", n=1, xy=True, f1="flat", prompt="secret"))
    assert span.attributes == {"a": "x", "n": 1}
    assert (span.extra, span.flat, span.resource) == ({"xy": True}, {"f1": "flat"}, {"env": "prod"})
    ids = (span.name, span.scope, span.trace_id, span.span_id, span.start_ns)
    assert ids == ("chat", "lib", (b"t" * 16).hex(), (b"s" * 8).hex(), 7)


@pytest.mark.parametrize(
    "value",
    ["", "text", "ümläut 漢", 0, 1, -5, 2**63 - 1, 0.0, 0.25, 1e-9, True, False]
    + [[], ["a", 1, [2.5]], {}, {"k": {"deep": ["x"]}}],
)
@pytest.mark.parametrize("key", ["a", "n"])
def test_every_kind_of_value_is_the_same_out_of_both(key, value):
    (span,) = both(request(**{key: value}))
    assert span.attributes == {key: value}


def test_status_events_and_links_are_the_same_out_of_both():
    held = request(a="x")
    span = held.resource_spans[0].scope_spans[0].spans[0]
    span.status.code, span.status.message = 2, "why"
    event = span.events.add(name="exception", time_unix_nano=9)
    put(event.attributes.add(key="exception.type").value, "Boom")
    span.links.add(trace_id=b"T" * 16, span_id=b"S" * 8)
    (read,) = both(held)
    assert (read.failed, read.status, read.link) == (True, "why", ((b"T" * 16).hex(), (b"S" * 8).hex()))
    assert read.events == (otlp.Event("exception", 9, {"exception.type": "Boom"}),)


def test_deep_values_end_at_a_depth():
    deep: list = ["x"]
    for _ in range(40):
        deep = [deep]
    bottom = both(request(a=deep))[0].attributes["a"]
    for _ in range(common.MOST_DEPTH - 1):
        bottom = bottom[0]
    assert bottom == [None]


def test_an_empty_body_is_an_empty_export():
    assert list(otlp.decode_traces(b"", PROTOBUF).spans(KEYS, RESOURCE)) == []
    for empty in (
        b"{}",
        b'{"resourceSpans": null}',
        b'{"resourceSpans": [{"scopeSpans": [{}]}], "later": 1}',
    ):
        assert from_json(empty) == []


@pytest.mark.parametrize(
    "broken", [b"\xff\xff\xff", b"{}", b"hello", request(a="1").SerializeToString()[:-3]]
)
def test_broken_protobuf_is_named(broken):
    with pytest.raises(otlp.BrokenBody, match="protobuf"):
        list(otlp.decode_traces(broken, PROTOBUF).spans(KEYS, RESOURCE))


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff{}", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "not a JSON object"),
        ({"resourceSpans": {}}, "resourceSpans is not a list"),
        ({"resourceSpans": [1]}, "other than objects"),
        ({"resource_spans": []}, "not resource_spans"),
        ({"resourceSpans": [{"resource": 1}]}, "resource is not an object"),
        ({"resourceSpans": [{"scopeSpans": [{"scope": {"name": 1}, "spans": []}]}]}, "name is not a text"),
        (of_span(traceId=5), "traceId is not a text"),
        (of_span(startTimeUnixNano="tomorrow"), "startTimeUnixNano is no 64-bit integer"),
        (of_span(startTimeUnixNano="1_000"), "64-bit"),
        (of_span(startTimeUnixNano=1.5), "64-bit"),
        (of_span(startTimeUnixNano=2**65), "64-bit"),
        (of_span(startTimeUnixNano=True), "64-bit"),
        (of_span(status={"code": []}), "status.code"),
        (of_span(attributes=[{"value": {"stringValue": "x"}}]), "no key"),
        (of_span(attributes=[{"key": "a", "value": "x"}]), "attribute a"),
        (of_span(attributes=[{"key": "n", "value": {"intValue": "x"}}]), "intValue"),
        (of_span(attributes=[{"key": "n", "value": {"doubleValue": "x"}}]), "doubleValue"),
        (of_span(attributes=[{"key": "n", "value": {"doubleValue": True}}]), "doubleValue"),
        (of_span(attributes=[{"key": "n", "value": {"boolValue": "true"}}]), "boolValue"),
        (of_span(attributes=[{"key": "n", "value": {"stringValue": 5}}]), "stringValue"),
        (of_span(attributes=[{"key": "n", "value": {"arrayValue": []}}]), "arrayValue is not an object"),
    ],
)
def test_what_is_wrong_with_json_is_said(payload, said):
    with pytest.raises(otlp.BrokenBody, match=said):
        from_json(payload)


def test_json_takes_what_clients_write():
    fields = {
        "traceId": "AB" * 16,
        "spanId": "cd" * 8,
        "startTimeUnixNano": 5,
        "endTimeUnixNano": "6",
        "kind": "X",
    }
    status = {"code": "STATUS_CODE_ERROR"}
    double = [{"key": "n", "value": {"doubleValue": "0.5"}}, {"key": "a", "value": None}, {"key": "a"}]
    (span,) = from_json(of_span(**fields, status=status, attributes=double, unknown={"x": 1}))
    assert (span.trace_id, span.span_id, span.start_ns, span.end_ns) == ("ab" * 16, "cd" * 8, 5, 6)
    assert span.failed and span.attributes == {"n": 0.5}
    assert (
        from_json(of_span(status={"code": 2}))[0].failed
        and not from_json(of_span(status={"code": 1}))[0].failed
    )


def test_an_id_in_base64_is_no_id():
    (span,) = from_json(of_span(traceId=base64.b64encode(b"t" * 16).decode(), spanId="zz"))
    assert (span.trace_id, span.span_id) == ("", "")


@pytest.mark.parametrize(
    ("attributes", "problem"),
    [({"a": "x" * (common.MOST_CHARACTERS + 1)}, common.TOO_LONG)]
    + [({f"k{i}": 1 for i in range(common.MOST_ATTRIBUTES + 1)}, common.TOO_MANY)],
    ids=["too long", "too many"],
)
def test_a_span_over_a_limit_says_which(attributes, problem):
    (span,) = both(request(**attributes))
    assert span.problem == problem


def test_a_span_of_many_bytes_is_refused_unread():
    body = request(prompt="x" * common.MOST_ITEM_BYTES).SerializeToString()
    (span,) = otlp.decode_traces(body, PROTOBUF).spans(KEYS, RESOURCE)
    assert span.problem == common.TOO_BIG and not span.trace_id


@pytest.mark.parametrize("kind", [PROTOBUF, JSON])
def test_too_many_spans_are_too_large_a_body(kind):
    held = ExportTraceServiceRequest()
    scoped = held.resource_spans.add().scope_spans.add()
    for _ in range(common.MOST_SPANS + 1):
        scoped.spans.add()
    body = held.SerializeToString() if kind == PROTOBUF else json.dumps(MessageToDict(held)).encode()
    with pytest.raises(otlp.BodyTooLarge, match="20,000"):
        list(otlp.decode_traces(body, kind).spans(KEYS, RESOURCE))


def test_json_of_too_many_values_or_bytes_is_not_built():
    for body, said in ((b"[" + b"[]," * 800_000 + b"[]]", "values"), (b" " * 16_000_001, "16 MB")):
        with pytest.raises(otlp.BodyTooLarge, match=said):
            otlp.decode_traces(body, JSON)


def test_names_made_up_by_the_million_do_not_pile_up():
    keys = Keys({"a": TEXT}, lambda key: SKIP)
    for index in range(50_000):
        keys[f"made.up.{index}"]
    assert len(keys) <= common.MOST_SPANS + 3 and keys["a"] == TEXT


def test_a_body_may_be_read_twice():
    batch = otlp.decode_traces(request(a="x").SerializeToString(), PROTOBUF)
    assert list(batch.spans(KEYS, RESOURCE)) == list(batch.spans(KEYS, RESOURCE))


def log_request() -> ExportLogsServiceRequest:
    held = ExportLogsServiceRequest()
    scoped = held.resource_logs.add().scope_logs.add()
    scoped.scope.name, scoped.scope.version = "judge", "2"
    record = scoped.log_records.add(trace_id=b"t" * 16, span_id=b"s" * 8, observed_time_unix_nano=3)
    put(record.attributes.add(key="event.name").value, "gen_ai.choice")
    put(record.body, {"message": {"content": "yes"}, "index": 0})
    return held


@pytest.mark.parametrize("kind", [PROTOBUF, JSON])
def test_log_records(kind):
    held = log_request()
    payload = MessageToDict(held)
    record = payload["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0]
    record |= {name: base64.b64decode(record[name]).hex() for name in ("traceId", "spanId")}
    body = held.SerializeToString() if kind == PROTOBUF else json.dumps(payload).encode()
    (log,) = otlp.decode_logs(body, kind).logs(RESOURCE)
    assert (log.event, log.at_ns, log.scope, log.scope_version) == ("gen_ai.choice", 3, "judge", "2")
    assert log.body == {"message": {"content": "yes"}, "index": 0} and log.span_id == (b"s" * 8).hex()


@pytest.mark.parametrize("kind", [PROTOBUF, JSON])
def test_metrics_are_counted(kind):
    held = ExportMetricsServiceRequest()
    metrics = held.resource_metrics.add().scope_metrics.add().metrics
    for _ in range(3):
        metrics.add(name="a").histogram.data_points.add()
    metrics.add(name="b").sum.data_points.add()
    body = held.SerializeToString() if kind == PROTOBUF else json.dumps(MessageToDict(held)).encode()
    assert otlp.decode_metrics(body, kind) == 4


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


def test_a_bomb_stops_at_the_limit():
    bomb = gzip.compress(gzip.compress(b"\0" * 50_000_000))
    once = otlp.gunzip(bomb, 10**6)
    with pytest.raises(otlp.BodyTooLarge, match="1 MB"):
        otlp.gunzip(once, 10**6)


def test_many_small_members_count_together():
    with pytest.raises(otlp.BodyTooLarge):
        otlp.gunzip(gzip.compress(b"x" * 1000) * 1001, 10**6)


@pytest.mark.parametrize(
    ("signal", "kind", "field", "camel"),
    [
        ("traces", ExportTraceServiceResponse, "rejected_spans", "rejectedSpans"),
        ("logs", ExportLogsServiceResponse, "rejected_log_records", "rejectedLogRecords"),
        ("metrics", ExportMetricsServiceResponse, "rejected_data_points", "rejectedDataPoints"),
    ],
)
def test_answers_parse_in_both_content_types(signal, kind, field, camel):
    assert (otlp.answer(signal), otlp.answer(signal, JSON)) == (b"", b"{}")
    said = kind.FromString(otlp.answer(signal, PROTOBUF, 3, "why")).partial_success
    assert (getattr(said, field), said.error_message) == (3, "why")
    told = json.loads(otlp.answer(signal, JSON, 3, "why"))["partialSuccess"]
    assert told == {camel: "3", "errorMessage": "why"}


def test_a_refusal_is_a_status_with_its_message():
    assert otlp.refusal("no") == b"\x12\x02no"
    assert otlp.refusal("x" * 200)[:3] == b"\x12\xc8\x01"
    assert json.loads(otlp.refusal("no", JSON)) == {"message": "no"}
