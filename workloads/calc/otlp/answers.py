"""What OTLP/HTTP expects back, in the content type of the request."""

import json
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

PROTOBUF = "application/x-protobuf"
JSON = "application/json"
_SIGNALS: dict[str, tuple[Any, str, str]] = {
    "traces": (ExportTraceServiceResponse, "rejected_spans", "rejectedSpans"),
    "logs": (ExportLogsServiceResponse, "rejected_log_records", "rejectedLogRecords"),
    "metrics": (ExportMetricsServiceResponse, "rejected_data_points", "rejectedDataPoints"),
}


def answer(signal: str, content_type: str = PROTOBUF, rejected: int = 0, message: str = "") -> bytes:
    """Body of a 200 for "traces", "logs" or "metrics"; with a partial success only when something was refused."""
    kind, field, json_field = _SIGNALS[signal]
    if content_type == JSON:
        said = {"partialSuccess": {json_field: str(rejected), "errorMessage": message}}
        return json.dumps(said if rejected or message else {}).encode()
    response = kind()
    if rejected or message:
        setattr(response.partial_success, field, rejected)
        response.partial_success.error_message = message
    return response.SerializeToString()


def refusal(message: str, content_type: str = PROTOBUF) -> bytes:
    """A google.rpc.Status with only its message (field 2), which OTLP asks for in an error's body."""
    if content_type == JSON:
        return json.dumps({"message": message}).encode()
    text = message.encode()
    return b"\x12" + _varint(len(text)) + text


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)
