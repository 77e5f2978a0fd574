"""The load that every server gets: the same calls in the dialect it reads best, encoded before the clock starts.

A call is a trace of its own, as an instrumented SDK sends it; one in a hundred failed. The probe is other traces: an
agent's span that ended well, and below it one call that failed and one that did not.
"""

import http.client
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.otlp_bodies import body, nanoseconds

BATCH, FAILED_ONE_IN = 500, 100
RESOURCE = {"service.name": "invoice-bot", "openinference.project.name": "default"}
PATIENCE_SECONDS, BACK_OFF_SECONDS = 300.0, 0.5
LATER = (429, 502, 503, 504)


def genai(i: int) -> dict[str, Any]:
    """GenAI conventions, as SDK instrumentations send them; about 650 bytes a span on the wire."""
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.response.model": "gpt-4o",
        "gen_ai.response.id": f"chatcmpl-BxQ7v9dKq2mYt5LrWn3sZ8p{i:08d}",
        "gen_ai.request.temperature": 0.2,
        "gen_ai.request.max_tokens": 1024,
        "gen_ai.usage.input_tokens": 900 + 7 * i % 800,
        "gen_ai.usage.output_tokens": 60 + 3 * i % 200,
        "gen_ai.usage.cache_read.input_tokens": 512 if i % 3 == 0 else 0,
        "server.address": "api.example.com",
        "server.port": 443,
        "openai.api.type": "chat_completions",
        "session.id": f"session-{i % 50:08d}",
    }


def openinference(i: int) -> dict[str, Any]:
    """The same call in the words of OpenInference."""
    tokens_in, tokens_out = 900 + 7 * i % 800, 60 + 3 * i % 200
    return {
        "openinference.span.kind": "LLM",
        "llm.provider": "openai",
        "llm.system": "openai",
        "llm.model_name": "gpt-4o",
        "llm.invocation_parameters": '{"temperature": 0.2, "max_tokens": 1024}',
        "llm.token_count.prompt": tokens_in,
        "llm.token_count.completion": tokens_out,
        "llm.token_count.total": tokens_in + tokens_out,
        "llm.token_count.prompt_details.cache_read": 512 if i % 3 == 0 else 0,
        "response.id": f"chatcmpl-BxQ7v9dKq2mYt5LrWn3sZ8p{i:08d}",
        "server.address": "api.example.com",
        "server.port": 443,
        "session.id": f"session-{i % 50:08d}",
    }


AGENT = {
    genai: {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "clerk"},
    openinference: {"openinference.span.kind": "AGENT", "agent.name": "clerk"},
}
Dialect = Callable[[int], dict[str, Any]]


def _span(attributes: dict[str, Any], trace: bytes, failed: bool = False, **more: Any) -> dict[str, Any]:
    start = nanoseconds(datetime.now(UTC)) - 2 * 10**9
    times = {"start_time_unix_nano": start, "end_time_unix_nano": start + 750_000_000}
    attributes = attributes | ({"error.type": "RateLimitError"} if failed else {})
    about = {"trace_id": trace, "name": "chat gpt-4o", "attributes": attributes, "failed": failed}
    return about | {"span_id": os.urandom(8), "kind": 3} | times | more


def bodies(dialect: Dialect, spans: int) -> list[bytes]:
    """Requests of 500 calls, none of them sent before."""
    calls = [_span(dialect(i), os.urandom(16), i % FAILED_ONE_IN == 0) for i in range(spans)]
    return [body(calls[at : at + BATCH], RESOURCE, "bench") for at in range(0, spans, BATCH)]


def probe(dialect: Dialect, traces: int) -> bytes:
    """One request: in each trace an agent that is fine, a call that failed and one that did not."""
    spans = []
    for i in range(traces):
        trace, root = os.urandom(16), os.urandom(8)
        spans.append(_span(AGENT[dialect], trace, name="invoke_agent clerk", span_id=root))
        spans.append(_span(dialect(i), trace, failed=True, parent_span_id=root))
        spans.append(_span(dialect(i), trace, parent_span_id=root))
    return body(spans, RESOURCE, "bench")


@dataclass
class Sent:
    """What one sender saw: seconds until each request was taken, and the answers that asked it to come again."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    put_off: int = 0
    dropped: int = 0


def send(port: int, headers: Mapping[str, str], requests: list[bytes]) -> Sent:
    """One after the other, each until it is acknowledged with 200, as an exporter does that loses nothing."""
    sent = Sent()
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    began = time.perf_counter()
    for request in requests:
        first = time.perf_counter()
        while not _acknowledged(line, headers, request, sent):
            assert time.perf_counter() - first < PATIENCE_SECONDS, "a request was never acknowledged"
            time.sleep(BACK_OFF_SECONDS)
        sent.latencies.append(time.perf_counter() - first)
    sent.seconds = time.perf_counter() - began
    return sent


def _acknowledged(
    line: http.client.HTTPConnection, headers: Mapping[str, str], request: bytes, sent: Sent
) -> bool:
    try:
        line.request(
            "POST", "/v1/traces", request, {"Content-Type": "application/x-protobuf"} | dict(headers)
        )
        answer = line.getresponse()
        said = answer.read()
    except (ConnectionError, http.client.HTTPException):
        line.close()  # the next request opens another
        sent.dropped += 1
        return False
    assert answer.status == 200 or answer.status in LATER, (answer.status, said[:300])
    sent.put_off += answer.status != 200
    return answer.status == 200
