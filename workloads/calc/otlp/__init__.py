"""OTLP/HTTP bodies as flat spans and log records, and the answers that OTLP expects. Knows nothing of GenAI.

How a door uses it, with `read_calls`, `read_logs` of workloads.calc.dialects:

    plain = gunzip(body, limit)                     BrokenBody -> 400, BodyTooLarge -> 413
    batch = decode_traces(plain, content_type)      the same two errors
    read = read_calls(batch, with_content, at)      the same two: spans are decoded while they are read, so that
                                                    a body costs the memory of one span; store after it returns
    answer("traces", content_type, read.rejected, sentence) or refusal(sentence, content_type)

Likewise decode_logs with read_logs. decode_metrics gives the number of data points; cost is never built on them.
"""

from collections.abc import Iterator

from workloads.calc.otlp import json_body, protobuf_body
from workloads.calc.otlp.answers import JSON, PROTOBUF, answer, refusal
from workloads.calc.otlp.common import BodyTooLarge, BrokenBody, Event, Keys, Log, Span
from workloads.calc.otlp.packing import gunzip

__all__ = [
    "JSON",
    "PROTOBUF",
    "Batch",
    "BodyTooLarge",
    "BrokenBody",
    "Event",
    "Keys",
    "Log",
    "Span",
    "answer",
    "decode_logs",
    "decode_metrics",
    "decode_traces",
    "gunzip",
    "refusal",
]


class Batch:
    """The items of one body, decoded as they are walked through; may be walked through again."""

    def __init__(self, body: bytes, content_type: str) -> None:
        self.is_json = content_type == JSON
        self._payload = json_body.load(body) if self.is_json else {}
        self._body = b"" if self.is_json else body

    def spans(self, keys: Keys, resource_keys: Keys) -> Iterator[Span]:
        if self.is_json:
            return json_body.spans(self._payload, keys, resource_keys)
        return protobuf_body.spans(self._body, keys, resource_keys)

    def logs(self, resource_keys: Keys) -> Iterator[Log | None]:
        if self.is_json:
            return json_body.logs(self._payload, resource_keys)
        return protobuf_body.logs(self._body, resource_keys)


def decode_traces(body: bytes, content_type: str) -> Batch:
    """The spans of an ExportTraceServiceRequest. Raises BrokenBody or BodyTooLarge, now or while it is read."""
    return Batch(body, content_type)


def decode_logs(body: bytes, content_type: str) -> Batch:
    """The records of an ExportLogsServiceRequest. Raises BrokenBody or BodyTooLarge, now or while it is read."""
    return Batch(body, content_type)


def decode_metrics(body: bytes, content_type: str) -> int:
    """How many data points an ExportMetricsServiceRequest has. Raises BrokenBody or BodyTooLarge."""
    if content_type == JSON:
        return json_body.data_points(json_body.load(body))
    return protobuf_body.data_points(body)
