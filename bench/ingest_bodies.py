"""Export requests of GenAI spans: one body is encoded, and what differs from call to call is patched for each request.

That are the ids, the times, the tokens and the id of the answer: nobody gains from having seen a request before.
"""

import re
import struct
from datetime import UTC, datetime
from typing import Any

import numpy as np

from tests.otlp_bodies import body, nanoseconds

MODELS = ("gpt-4o", "gpt-4o-mini", "claude-sonnet-4-5")
PROVIDERS = ("openai", "openai", "anthropic")
TEXT = (
    "The invoice 4711 of the supplier names no order; the line items add up to the total that it states. " * 5
)
MARK = struct.Struct("<Q")
# Tokens of a call, low to high: numbers that take two bytes on the wire.
LEAST_TOKENS, MOST_IN, MOST_OUT = 600, 9_000, 2_000
ANSWER = re.compile(rb"gen_ai\.response\.id\x12.\x0a.chatcmpl-")


def _span(i: int, content: bool) -> dict[str, Any]:
    """About 660 bytes on the wire, as the instrumentations of SDKs send them; 2 x 450 more with content."""
    which = i % 10 // 4
    attributes: dict[str, Any] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": PROVIDERS[which],
        "gen_ai.request.model": MODELS[which],
        "gen_ai.response.model": MODELS[which],
        "gen_ai.response.id": f"chatcmpl-BxQ7v9dKq2mYt5LrWn3sZ8pHfJc{i:04d}",
        "gen_ai.request.temperature": 0.2,
        "gen_ai.request.max_tokens": 1024,
        "gen_ai.usage.input_tokens": LEAST_TOKENS,
        "gen_ai.usage.output_tokens": LEAST_TOKENS,
        "gen_ai.usage.cache_read.input_tokens": 512 if i % 3 == 0 else 0,
        "server.address": "api.example.com",
        "server.port": 443,
        "openai.api.type": "chat_completions",
        "session.id": f"session-{i % 50:08d}",
    }
    if content:
        attributes["gen_ai.input.messages"] = TEXT[:450]
        attributes["gen_ai.output.messages"] = TEXT[25:475]
    start = 2**62 + 2 * i
    return {
        "trace_id": b"trace-id" + MARK.pack(2**61 + i),
        "span_id": MARK.pack(2**60 + i),
        "name": f"chat {MODELS[which]}",
        "kind": 3,
        "start_time_unix_nano": start,
        "end_time_unix_nano": start + 1,
        "attributes": attributes,
    }


class Bodies:
    """Requests of `size` spans. `spread` seconds before now; of them `again` (a share) repeat the request before."""

    def __init__(
        self, size: int, spread: float, seed: int, again: float = 0.0, content: bool = False
    ) -> None:
        resource = {"service.name": "invoice-bot", "deployment.environment.name": "production"}
        spans = [_span(i, content) for i in range(size)]
        self.template = np.frombuffer(body(spans, resource, "bench"), dtype=np.uint8)
        whole = self.template.tobytes()
        self.at = {name: self._places(whole, spans, name) for name in ("trace", "span", "start", "end")}
        self.at |= {side: _ends(_counter(side), whole) for side in ("input", "output")}
        self.at["answer"] = _ends(ANSWER, whole)
        self.rng = np.random.default_rng(seed)
        self.size, self.spread, self.repeated = size, spread, int(size * again)
        self.ids = self.starts = np.zeros(0)
        self.latencies = np.maximum(20, self.rng.lognormal(6.6, 0.7, size)).astype(np.uint64) * 10**6

    def _places(self, whole: bytes, spans: list[dict[str, Any]], name: str) -> np.ndarray:
        marks = {
            "trace": [span["trace_id"] for span in spans],
            "span": [span["span_id"] for span in spans],
            "start": [MARK.pack(span["start_time_unix_nano"]) for span in spans],
            "end": [MARK.pack(span["end_time_unix_nano"]) for span in spans],
        }[name]
        return np.array([whole.index(mark) for mark in marks])

    def next(self) -> bytes:
        ids = self.rng.integers(1, 255, (self.size, 24), dtype=np.uint8)
        now = nanoseconds(datetime.now(UTC))
        starts = now - (self.rng.random(self.size) * self.spread * 1e9).astype(np.int64)
        if self.repeated and len(self.ids):
            ids[: self.repeated], starts[: self.repeated] = (
                self.ids[-self.repeated :],
                self.starts[-self.repeated :],
            )
        self.ids, self.starts = ids, starts
        raw = self.template.copy()
        self._put(raw, "trace", ids[:, :16])
        self._put(raw, "span", ids[:, 16:])
        self._put(raw, "start", starts.astype("<u8").view(np.uint8).reshape(-1, 8))
        ends = starts.astype("<u8") + self.latencies
        self._put(raw, "end", ends.astype("<u8").view(np.uint8).reshape(-1, 8))
        self._put(raw, "answer", self.rng.integers(ord("0"), ord("z"), (self.size, 24), dtype=np.uint8))
        self._put(raw, "input", self._tokens(MOST_IN))
        self._put(raw, "output", self._tokens(MOST_OUT))
        return raw.tobytes()

    def _tokens(self, most: int) -> np.ndarray:
        """As varints of two bytes, the lower seven bits first."""
        counts = self.rng.integers(LEAST_TOKENS, most, self.size)
        return np.stack([counts & 0x7F | 0x80, counts >> 7], axis=1).astype(np.uint8)

    def _put(self, raw: np.ndarray, name: str, values: np.ndarray) -> None:
        raw[self.at[name][:, None] + np.arange(values.shape[1])] = values


def _counter(side: str) -> re.Pattern[bytes]:
    """What stands before a count of tokens: its name, and an AnyValue of three bytes that holds an integer."""
    return re.compile(rb"gen_ai\.usage\.%s_tokens\x12\x03\x18" % side.encode())


def _ends(pattern: re.Pattern[bytes], whole: bytes) -> np.ndarray:
    return np.array([match.end() for match in pattern.finditer(whole)])
