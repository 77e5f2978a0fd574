"""Bodies that real clients sent, read as their golden figures say."""

import gzip
import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import make_workload
from workloads.calc import dialects, otlp, pricing
from workloads.models.telemetry import Call
from workloads.operations.telemetry import create_ingest_key
from workloads.queries.usage import usage

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "captures"
FOLDERS = ["phoenix_otel_openinference", "otel_openai_v2_latest", "otel_openai_v2_default_gzip"]

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason=f"the captured bodies are not at {SHARED}")


def bodies(folder: str) -> list[bytes]:
    paths = sorted((SHARED / folder).glob("*_traces.pb*"))
    return [path.read_bytes() for path in paths if path.suffix != ".json"]


def decoded(folder: str) -> list[otlp.Span]:
    plain = [gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw for raw in bodies(folder)]
    return [span for raw in plain for span in otlp.decode(raw, dialects.WANTED, dialects.WANTED_RESOURCE)]


def golden(folder: str) -> dict:
    return json.loads((SHARED / "golden.json").read_text(), parse_float=Decimal)[folder]


@pytest.mark.parametrize("folder", FOLDERS)
def test_read_as_the_golden_figures_say(folder):
    spans = decoded(folder)
    reading = dialects.read(spans, max(timezone.now(), _latest(spans)))
    calls, expected = reading.calls, golden(folder)
    assert len(spans) == expected["spans"] and not reading.refused
    assert {
        "model_calls": len(calls),
        "errors": sum(call.is_error for call in calls),
        "input_tokens": sum(call.input_tokens for call in calls),
        "output_tokens": sum(call.output_tokens for call in calls),
        "cached_input_tokens": sum(call.cached_tokens for call in calls),
        "reasoning_tokens": sum(call.reasoning_tokens for call in calls),
        "cost_usd_by_list_price": sum(pricing.price(call).amount for call in calls),
    } == {name: value for name, value in expected.items() if name not in ("spans", "cost_usd_sent_by_client")}


def _latest(spans) -> datetime:
    return dialects._moment(max(span.start_ns for span in spans))


@pytest.mark.parametrize("folder", FOLDERS)
def test_sent_to_the_door_and_sent_again(cast, folder, monkeypatch):
    """The same figures come out of the database, and sending the bodies again changes none of them."""
    spans = decoded(folder)
    at = max(timezone.now(), _latest(spans))
    monkeypatch.setattr("django.utils.timezone.now", lambda: at)
    workload = make_workload(cast)
    scopes = ["telemetry:write"]
    _, plain = create_ingest_key(workload=workload, name="bot", scopes=scopes, by=cast.it, at=at)
    for _ in range(2):
        for raw in bodies(folder):
            assert _send(plain, raw).content == b""
        totals = usage(workload, at.replace(year=2026, month=1, day=1), at.replace(year=at.year + 1))
        assert _figures(totals) == _figures_of(golden(folder))
    dropped = Call.objects.filter(cost_source="upper_bound").count()
    assert dropped == (0 if folder.startswith("phoenix") else 4)


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
