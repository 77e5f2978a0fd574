"""Whatever is sent to a door ends in an answer that says why, never in a 500, and stores all of it or nothing."""

import gzip
import json

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.factories import make_workload
from tests.otlp_bodies import body, chat
from workloads.calc import dialects
from workloads.models import Call
from workloads.models.services import Evaluation
from workloads.operations.telemetry import create_ingest_key

PATHS = [
    "/v1/traces",
    "/v1/logs",
    "/v1/metrics",
    "/api/public/otel/v1/traces",
    "/api/public/scores",
    "/api/public/ingestion",
]
KINDS = ["application/x-protobuf", "application/json", "text/plain"]
SAID = {200, 202, 207, 400, 413, 415}
GOOD = body([chat(1), chat(2)])
NAMES = sorted(key for key, sort in dialects.KEYS_WITH_CONTENT.items() if sort)
VALUES = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["\x00", "\ud800", "\\", "\t\n\r", "\\N", "'; --", "Infinity", '{"input": 1e999}', "é" * 300]
    ),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.booleans(),
)
often = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def send(cast, transactional_db):
    """Sends to a door with a good key; the answer must be one of those that are documented."""
    workload = make_workload(cast, content_policy="all")
    at = timezone.now()
    scopes = ["telemetry:write"]
    _, plain = create_ingest_key(workload=workload, name="bot", scopes=scopes, by=cast.it, at=at)
    client = Client(raise_request_exception=True)

    def send(path: str, raw: bytes, kind: str, packed: bool = False):
        headers = {"Authorization": f"Bearer {plain}"} | ({"Content-Encoding": "gzip"} if packed else {})
        answer = client.post(path, raw, content_type=kind, headers=headers)
        assert answer.status_code in SAID, (answer.status_code, answer.content)
        return answer

    return send


def stored() -> int:
    return Call.objects.count() + Evaluation.objects.count()


@often
@given(st.binary(max_size=200), st.sampled_from(PATHS), st.sampled_from(KINDS), st.booleans())
@example(b"[" * 200_000, "/v1/traces", "application/json", False)
@example(gzip.compress(b"\0" * 70_000_000), "/v1/traces", "application/x-protobuf", True)
@example(gzip.compress(GOOD)[:-5], "/v1/traces", "application/x-protobuf", True)
def test_any_bytes_at_any_door(send, raw, path, kind, packed):
    before = stored()
    answer = send(path, raw, kind, packed)
    assert answer.status_code in (200, 202, 207) or stored() == before


@often
@given(st.integers(0, len(GOOD)), st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_a_good_body_cut_or_changed(send, cut, place, byte):
    raw = bytearray(GOOD)
    raw[place] = byte
    before = stored()
    answer = send("/v1/traces", bytes(raw[:cut]), KINDS[0])
    assert answer.status_code == 200 or stored() == before


@often
@given(
    st.dictionaries(st.one_of(st.sampled_from(NAMES), st.text(max_size=12)), VALUES, max_size=8),
    st.dictionaries(
        st.sampled_from(["service.name", "service.version", "x", "cost_centre"]), VALUES, max_size=3
    ),
    st.sampled_from(["litellm", "app"]),
    st.integers(1, 2**60),
)
def test_any_attributes_are_stored_or_refused(send, attributes, resource, scope, index):
    span = {
        "traceId": f"{index:032x}",
        "spanId": f"{index:016x}",
        "name": "chat",
        "attributes": pairs(attributes),
    }
    moment = int(timezone.now().timestamp() * 1000) * 10**6
    span |= {"startTimeUnixNano": str(moment), "endTimeUnixNano": str(moment + 10**9)}
    span["attributes"] += pairs({"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"})
    scoped = {"scope": {"name": scope}, "spans": [span]}
    payload = {"resourceSpans": [{"resource": {"attributes": pairs(resource)}, "scopeSpans": [scoped]}]}
    answer = send("/v1/traces", json.dumps(payload).encode(), KINDS[1])
    refused = int(answer.json().get("partialSuccess", {}).get("rejectedSpans", 0))
    assert answer.status_code == 200 and refused in (0, 1)


def pairs(attributes: dict) -> list[dict]:
    kinds = {bool: "boolValue", int: "intValue", float: "doubleValue", str: "stringValue"}
    return [{"key": key, "value": {kinds[type(value)]: value}} for key, value in attributes.items()]


@often
@given(
    st.dictionaries(
        st.sampled_from(
            ["id", "name", "value", "stringValue", "comment", "environment", "timestamp", "metadata"]
        ),
        VALUES,
        max_size=6,
    )
)
def test_any_score_is_kept_or_refused(send, said):
    score = {"traceId": "a" * 32, "name": "n", "value": 1} | said
    answer = send("/api/public/scores", json.dumps([score]).encode(), KINDS[1])
    assert answer.status_code in (202, 207)
