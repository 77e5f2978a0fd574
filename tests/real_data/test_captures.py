"""Bodies that real clients sent, read as their golden figures say."""

import gzip
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import make_workload
from workloads.calc import dialects, otlp, pricing, scores
from workloads.operations.telemetry import create_ingest_key
from workloads.queries.usage import usage

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "captures"
FOLDERS = [
    "phoenix_otel_openinference",
    "otel_openai_v2_latest",
    "otel_openai_v2_default_gzip",
    "langfuse_sdk",
    "litellm_otel",
]
DIALECTS = ["openinference", "genai", "genai", "langfuse", "litellm"]
PARIS = "The capital of France is Paris."

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason=f"the captured bodies are not at {SHARED}")


def raw_bodies(folder: str, signal: str) -> list[bytes]:
    paths = sorted((SHARED / folder).glob(f"*_{signal}.pb*"))
    return [path.read_bytes() for path in paths if path.suffix != ".json"]


def bodies(folder: str, signal: str) -> list[bytes]:
    found = raw_bodies(folder, signal)
    return [gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw for raw in found]


def read(folder: str, with_content: bool = False) -> dialects.Read:
    (body,) = bodies(folder, "traces")
    return dialects.read_calls(otlp.decode_traces(body, otlp.PROTOBUF), with_content)


def read_logs(folder: str) -> list[dialects.LogRead]:
    batches = (otlp.decode_logs(body, otlp.PROTOBUF) for body in bodies(folder, "logs"))
    return [dialects.read_logs(batch, True) for batch in batches]


def golden(folder: str) -> dict:
    return json.loads((SHARED / "golden.json").read_text(), parse_float=Decimal)[folder]


@pytest.mark.parametrize(("folder", "dialect"), list(zip(FOLDERS, DIALECTS, strict=True)), ids=FOLDERS)
def test_read_as_the_golden_figures_say(folder, dialect):
    found, expected = read(folder), golden(folder)
    calls = found.calls
    assert not found.reasons and {call.dialect for call in calls} == {dialect}
    assert {
        "spans": found.spans,
        "model_calls": len(calls),
        "errors": sum(call.is_error for call in calls),
        "input_tokens": sum(call.input_tokens for call in calls),
        "output_tokens": sum(call.output_tokens for call in calls),
        "cached_input_tokens": sum(call.cached_tokens for call in calls),
        "reasoning_tokens": sum(call.reasoning_tokens for call in calls),
        "cost_usd_by_list_price": sum(pricing.price(call).amount for call in calls),
        "cost_usd_sent_by_client": sum(call.cost_client or 0 for call in calls),
    } == expected


@pytest.mark.parametrize("folder", FOLDERS)
def test_failed_calls_say_how_they_failed(folder):
    found = [call.error_type for call in read(folder).calls if call.is_error]
    names = " ".join(found).replace("RateLimitError", "429").replace("InternalServerError", "500")
    assert "429" in names and ("500" in names or len(found) == 1)


def test_where_the_calls_come_from():
    places = {
        folder: {(c.service, c.environment, c.release) for c in read(folder).calls} for folder in FOLDERS
    }
    assert places == {
        "phoenix_otel_openinference": {("support-bot", "", "")},
        "otel_openai_v2_latest": {("support-bot", "prod", "1.4.2")},
        "otel_openai_v2_default_gzip": {("support-bot", "prod", "1.4.2")},
        "langfuse_sdk": {("unknown_service:python", "prod", "1.4.2")},
        "litellm_otel": {("support-bot", "production", "")},
    }


def test_business_keys_of_openinference():
    found = read("phoenix_otel_openinference")
    assert {(call.cost_centre, call.user_raw, call.business["tags"]) for call in found.calls} == {
        ("CC-17", "user-9", "prod")
    }
    assert [(mark.name, mark.business["cost_centre"]) for mark in found.marks] == [("handle_ticket", "CC-17")]


def test_only_clients_that_drop_cached_tokens_are_upper_bounds():
    bounds = {folder: sum(call.drops_cached for call in read(folder).calls) for folder in FOLDERS}
    # The four chats and the two failures of openai-v2; embeddings have no cached tokens to drop.
    assert bounds == dict.fromkeys(FOLDERS, 0) | {
        "otel_openai_v2_latest": 6,
        "otel_openai_v2_default_gzip": 6,
    }


def test_streams_tell_when_their_first_token_came():
    for folder in ("phoenix_otel_openinference", "langfuse_sdk"):
        waits = [call.ttft_ms for call in read(folder).calls if call.ttft_ms is not None]
        assert len(waits) == 1 and 0 <= waits[0] < 5000


@pytest.mark.parametrize("folder", FOLDERS)
def test_content_only_when_asked_for(folder):
    assert not [call for call in read(folder).calls if call.content_in or call.content_out]
    asked = read(folder, True).calls
    if folder == "otel_openai_v2_default_gzip":  # its content goes to the logs
        asked = [text for logs in read_logs(folder) for text in logs.texts]
    first = next(one for one in asked if "What is the capital" in one.content_in)
    assert "Be brief." in first.content_in and PARIS in first.content_out
    assert not [one for one in asked if "0.1, 0.2" in one.content_out]


def test_content_in_logs_belongs_to_its_span():
    for folder in ("otel_openai_v2_latest", "otel_openai_v2_default_gzip"):
        spans = {call.span_id for call in read(folder).calls if call.operation == "chat"}
        told = {text.span_id for logs in read_logs(folder) for text in logs.texts}
        assert told == spans and not any(logs.reasons for logs in read_logs(folder))


def test_tools_and_agents_are_named_and_not_counted():
    found = read("otel_openai_v2_latest")
    assert {part for mark in found.marks for part in mark.parts} == {
        ("pipeline", "ticket-agent", "3"),
        ("tool", "get_weather", ""),
    }
    (tool,) = {call.tools for call in read("phoenix_otel_openinference").calls if call.tools}
    assert tool == ("get_weather",)


def test_evaluations_of_spans_logs_and_scores():
    for folder in ("otel_openai_v2_latest", "otel_openai_v2_default_gzip"):
        (event,) = read(folder).evaluations
        (log,) = [made for logs in read_logs(folder) for made in logs.evaluations]
        assert (event.source, event.name, event.value, event.label) == (
            "span_event",
            "factuality",
            0.97,
            "pass",
        )
        assert (log.source, log.name, log.value, log.explanation) == (
            "log",
            "hallucination",
            0.12,
            "grounded",
        )
        assert (log.evaluator, log.evaluator_version) == ("evaluator", "0.1")
        assert (event.trace_id, event.span_id) == (log.trace_id, log.span_id) != ("", "")
    (body,) = (SHARED / "langfuse_sdk").glob("*scores.json")
    (score,) = scores.read_scores(body.read_bytes(), datetime(2027, 1, 1, tzinfo=UTC)).evaluations
    assert (score.name, score.value, score.explanation, score.at.year) == (
        "hallucination",
        0.12,
        "grounded",
        2026,
    )
    assert score.trace_id in {call.trace_id for call in read("langfuse_sdk").calls}


def test_metrics_are_counted_and_cost_nothing():
    points = [otlp.decode_metrics(body, otlp.PROTOBUF) for body in bodies("otel_openai_v2_latest", "metrics")]
    assert all(points) and len(points) == 2


@pytest.mark.parametrize("folder", FOLDERS)
def test_sent_to_the_door_and_sent_again(cast, folder, monkeypatch):
    """The same figures come out of the database, and sending the bodies again changes none of them."""
    at = max(timezone.now(), max(call.started_at for call in read(folder).calls))
    monkeypatch.setattr("django.utils.timezone.now", lambda: at)
    workload = make_workload(cast)
    scopes = ["telemetry:write"]
    _, plain = create_ingest_key(workload=workload, name="bot", scopes=scopes, by=cast.it, at=at)
    for _ in range(2):
        for raw in raw_bodies(folder, "traces"):
            answer = _send(plain, raw)
            assert (answer.status_code, answer.content) == (200, b"")
        totals = usage(workload, at.replace(year=2026, month=1, day=1), at.replace(year=at.year + 1))
        assert _figures(totals) == _figures_of(golden(folder))


def _send(plain: str, raw: bytes):
    headers = {"Authorization": f"Bearer {plain}"}
    if raw[:2] == b"\x1f\x8b":
        headers["Content-Encoding"] = "gzip"
    return Client().post("/v1/traces", raw, content_type="application/x-protobuf", headers=headers)


def _figures(totals) -> tuple:
    tokens = (totals.input_tokens, totals.output_tokens, totals.cached_tokens, totals.reasoning_tokens)
    return totals.calls, totals.errors, *tokens, totals.cost_usd


def _figures_of(expected: dict) -> tuple:
    names = ("model_calls", "errors", "input_tokens", "output_tokens", "cached_input_tokens")
    return *(expected[name] for name in (*names, "reasoning_tokens")), expected["cost_usd_by_list_price"]
