"""Bodies as exporters send them, for tests and measurements."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

START = datetime(2026, 11, 20, 8, tzinfo=UTC)


def nanoseconds(moment: datetime) -> int:
    whole = int(moment.timestamp())
    return whole * 10**9 + moment.microsecond * 1000


def set_attribute(attributes: Any, key: str, value: Any) -> None:
    held = attributes.add(key=key).value
    if isinstance(value, bool):
        held.bool_value = value
    elif isinstance(value, int):
        held.int_value = value
    elif isinstance(value, float):
        held.double_value = value
    else:
        held.string_value = value


def chat(index: int = 1, model: str = "gpt-4o", start: datetime = START, **more: Any) -> dict[str, Any]:
    """One chat span as a dict: identity, times and attributes; `more` overrides."""
    attributes = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": model,
        "gen_ai.usage.input_tokens": more.pop("tokens_in", 100),
        "gen_ai.usage.output_tokens": more.pop("tokens_out", 10),
    }
    span = {
        "trace_id": index.to_bytes(16, "big"),
        "span_id": index.to_bytes(8, "big"),
        "name": f"chat {model}",
        "start_time_unix_nano": nanoseconds(start),
        "end_time_unix_nano": nanoseconds(start) + 250_000_000,
        "attributes": attributes | more.pop("attributes", {}),
    }
    return span | more


def body(
    spans: Iterable[dict[str, Any]], resource: dict[str, str] | None = None, scope: str = "app"
) -> bytes:
    """An ExportTraceServiceRequest of these spans."""
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    for key, value in (resource or {}).items():
        set_attribute(group.resource.attributes, key, value)
    scoped = group.scope_spans.add()
    scoped.scope.name = scope
    for fields in spans:
        fields = dict(fields)
        attributes, failed = fields.pop("attributes"), fields.pop("failed", False)
        span = scoped.spans.add(**fields)
        span.status.code = 2 if failed else 0
        for key, value in attributes.items():
            set_attribute(span.attributes, key, value)
    return request.SerializeToString()
