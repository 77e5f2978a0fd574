"""An hour of real traffic, sent by the real exporter to a live server: sums exact to the digit, twice."""

import csv
import gzip
import secrets
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, TraceFlags

from tests.factories import make_workload
from workloads.models.telemetry import Call, UsageHour
from workloads.operations.telemetry import create_ingest_key
from workloads.queries.usage import usage

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
HOUR = SHARED / "data" / "llm_usage" / "azure_llm_2023_code.csv.gz"
INPUT, OUTPUT = Decimal("2.5") / 1_000_000, Decimal(10) / 1_000_000
SHIFT = timedelta(days=365)  # gpt-4o cost $2.50 and $10.00 from October 2024 on
BATCH = 500

pytestmark = pytest.mark.skipif(not HOUR.is_file(), reason=f"the hour of traffic is not at {HOUR}")


def requests() -> list[tuple[datetime, int, int]]:
    with gzip.open(HOUR, "rt") as lines:
        return [
            (
                datetime.fromisoformat(row["TIMESTAMP"][:26]).replace(tzinfo=UTC) + SHIFT,
                int(row["ContextTokens"]),
                int(row["GeneratedTokens"]),
            )
            for row in csv.DictReader(lines)
        ]


def span(start: datetime, tokens_in: int, tokens_out: int) -> ReadableSpan:
    context = SpanContext(
        int.from_bytes(secrets.token_bytes(16), "big") | 1,
        int.from_bytes(secrets.token_bytes(8), "big") | 1,
        is_remote=False,
        trace_flags=TraceFlags(TraceFlags.SAMPLED),
    )
    nanoseconds = int(start.timestamp()) * 10**9 + start.microsecond * 1000
    return ReadableSpan(
        name="chat gpt-4o",
        context=context,
        kind=SpanKind.CLIENT,
        resource=Resource({"service.name": "code-assistant", "deployment.environment.name": "production"}),
        attributes={
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "gpt-4o",
            "gen_ai.usage.input_tokens": tokens_in,
            "gen_ai.usage.output_tokens": tokens_out,
        },
        start_time=nanoseconds,
        end_time=nanoseconds + 800_000_000,
        instrumentation_scope=InstrumentationScope("test.sender"),
    )


@pytest.mark.django_db(transaction=True)
def test_the_hour_is_exact_to_the_last_digit_and_stays_so(cast, live_server, now):
    workload = make_workload(cast, calls_days=3650)
    scopes = ["telemetry:write"]
    _, plain = create_ingest_key(workload=workload, name="sender", scopes=scopes, by=cast.it, at=now)
    rows = requests()
    spans = [span(*row) for row in rows]
    tokens_in, tokens_out = sum(row[1] for row in rows), sum(row[2] for row in rows)
    expected = (8819, 0, tokens_in, tokens_out, tokens_in * INPUT + tokens_out * OUTPUT)
    for compression in (Compression.NoCompression, Compression.Gzip):
        _send(f"{live_server.url}/v1/traces", plain, compression, spans)
        totals = usage(workload, rows[0][0] - timedelta(days=1), rows[-1][0] + timedelta(days=1))
        tokens = (totals.input_tokens, totals.output_tokens)
        assert (totals.calls, totals.errors, *tokens, totals.cost_usd) == expected
        assert (totals.unpriced_calls, totals.upper_bound_calls) == (0, 0)
        assert Call.objects.count() == 8819
    assert len(rows) == 8819 and UsageHour.objects.count() == 2


def _send(url: str, plain: str, compression: Compression, spans: list[ReadableSpan]) -> None:
    headers = {"Authorization": f"Bearer {plain}"}
    exporter = OTLPSpanExporter(endpoint=url, headers=headers, compression=compression, timeout=30)
    for i in range(0, len(spans), BATCH):
        assert exporter.export(spans[i : i + BATCH]) == SpanExportResult.SUCCESS
    exporter.shutdown()
