"""What ingest is measured against: parse, take figures out, COPY to a flat table, commit. No keys, prices or sums."""

import os
import threading
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import psycopg2
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

FLAT = """
CREATE TABLE IF NOT EXISTS flat (
  trace text, span text, at timestamptz, until timestamptz, name text, provider text, model text, service text,
  tokens_in bigint, tokens_out bigint)
"""
NAMES = (
    "gen_ai.provider.name",
    "gen_ai.request.model",
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.output_tokens",
)
_local = threading.local()


def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    lines = StringIO("".join(_lines(body)))
    connection = _connection()
    with connection, connection.cursor() as cursor:
        cursor.copy_expert("COPY flat FROM STDIN", lines)
    start_response("200 OK", [("Content-Type", "application/x-protobuf"), ("Content-Length", "0")])
    return []


def _lines(body: bytes):
    for group in ExportTraceServiceRequest.FromString(body).resource_spans:
        service = group.resource.attributes[0].value.string_value
        for scoped in group.scope_spans:
            for span in scoped.spans:
                found = {pair.key: pair.value for pair in span.attributes}
                provider, model, tokens_in, tokens_out = (found[name] for name in NAMES)
                yield (
                    f"{span.trace_id.hex()}\t{span.span_id.hex()}\t{_time(span.start_time_unix_nano)}"
                    f"\t{_time(span.end_time_unix_nano)}\t{span.name}\t{provider.string_value}\t{model.string_value}"
                    f"\t{service}\t{tokens_in.int_value}\t{tokens_out.int_value}\n"
                )


def _time(nanoseconds: int) -> str:
    return datetime.fromtimestamp(nanoseconds / 1e9, UTC).isoformat()


def _connection():
    if not hasattr(_local, "connection"):
        _local.connection = psycopg2.connect(os.environ["DATABASE_URL"])
    return _local.connection
