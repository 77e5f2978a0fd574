"""What a span says about one call of a model, whichever convention its client follows.

Two dialects are read: the GenAI semantic conventions (current and older names) and OpenInference.
A dialect is a function from a span to a call, or to None when the span is no model call (an agent, a tool,
a chain, or the raw twin of a call that is counted already). Text of prompts and answers is never read.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from workloads.calc.otlp import Span

EARLIEST_NS = int(datetime(2015, 1, 1, tzinfo=UTC).timestamp()) * 10**9
FUTURE = timedelta(days=1)
MOST_TOKENS = 10**9
NAME_LENGTH = 200
PRODUCTION = frozenset({"", "prod", "production", "live"})
# These clients never send the cached share of a prompt, so a list price is the most that a call can cost.
DROPS_CACHED = frozenset({"opentelemetry.instrumentation.openai_v2", "opentelemetry.util.genai.handler"})

GENAI_CALLS = frozenset({"chat", "generate_content", "text_completion", "embeddings"})
OLDER_NAMES = {"completion": "text_completion", "embedding": "embeddings"}
OPENINFERENCE_CALLS = {"LLM": "chat", "EMBEDDING": "embeddings"}
RAW_TWINS = frozenset({"raw_gen_ai_request"})

KIND = "openinference.span.kind"
PARAMETERS = "llm.invocation_parameters"
GENAI_NAMES = {
    "operation": ("gen_ai.operation.name",),
    "provider": ("gen_ai.provider.name", "gen_ai.system"),
    "model": ("gen_ai.response.model", "gen_ai.request.model"),
    "input": ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"),
    "output": ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"),
    "cached": ("gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens"),
    "written": (
        "gen_ai.usage.cache_creation.input_tokens",
        "gen_ai.usage.cache_write.input_tokens",
        "gen_ai.usage.cache_creation_input_tokens",
    ),
    "reasoning": ("gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens"),
}
OPENINFERENCE_NAMES = {
    "provider": ("llm.provider", "llm.system"),
    "model": ("llm.response.model_name", "llm.model_name", "llm.request.model_name", "embedding.model_name"),
    "input": ("llm.token_count.prompt",),
    "output": ("llm.token_count.completion",),
    "cached": ("llm.token_count.prompt_details.cache_read",),
    "written": ("llm.token_count.prompt_details.cache_write",),
    "reasoning": ("llm.token_count.completion_details.reasoning",),
}
TOTAL = "llm.token_count.total"
ENVIRONMENT = ("deployment.environment.name", "deployment.environment")
WANTED = frozenset(
    {KIND, PARAMETERS, TOTAL, "error.type", "llm.request.type", *ENVIRONMENT}
    | {name for names in (GENAI_NAMES, OPENINFERENCE_NAMES) for keys in names.values() for name in keys}
)
WANTED_RESOURCE = frozenset(ENVIRONMENT)


class BadSpan(ValueError):
    """A span that cannot be counted; the message says why, in words that carry nothing of the span."""


@dataclass(slots=True)
class NormalisedCall:
    """One call of a model. Input includes cached and cache-written tokens; output includes reasoning.

    cost_client: what the client says that it cost, US dollars; None when it says nothing or nothing usable.
    user_raw: the user's id as sent; the caller stores only a salted hash of it (user_key), never this.
    business: flat candidates for the workload's mapping (association properties, metadata, tags, baggage, resource).
    twin_key: the same on spans that stand for one call of a model, so that one of them counts; mostly "".
    content_in, content_out: only filled when asked for.
    """

    trace_id: str
    span_id: str
    started_at: datetime
    model: str
    provider: str = ""
    operation: str = "chat"
    environment: str = ""
    dialect: str = "genai"
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0
    latency_ms: int = 0
    is_error: bool = False
    error_type: str = ""
    drops_cached: bool = False
    clamped: bool = False
    cost_client: Decimal | None = None
    cost_centre: str = ""
    prompt_name: str = ""
    prompt_version: str = ""
    release: str = ""
    service: str = ""
    is_retry: bool = False
    ttft_ms: int | None = None
    user_raw: str = ""
    user_key: str = ""
    twin_key: str = ""
    tools: tuple[str, ...] = ()
    business: Mapping[str, str] = field(default_factory=dict)
    content_in: str = ""
    content_out: str = ""

    @property
    def is_production(self) -> bool:
        return self.environment.lower() in PRODUCTION


@dataclass(frozen=True, slots=True)
class Reading:
    """A request in figures: the calls, how many spans were no calls, and why others were refused."""

    calls: list[NormalisedCall]
    ignored: int
    refused: dict[str, int]

    @property
    def rejected(self) -> int:
        return sum(self.refused.values())


def read(spans: list[Span], at: datetime) -> Reading:
    """Reads each span on its own, so that one bad span never costs the others."""
    calls: list[NormalisedCall] = []
    refused: dict[str, int] = {}
    latest_ns = int((at + FUTURE).timestamp()) * 10**9
    for span in spans:
        try:
            check(span, latest_ns)
            if (call := read_call(span)) is not None:
                calls.append(call)
        except BadSpan as reason:
            refused[str(reason)] = refused.get(str(reason), 0) + 1
    return Reading(calls, len(spans) - len(calls) - sum(refused.values()), refused)


def check(span: Span, latest_ns: int) -> None:
    """Raises BadSpan when the span has no usable identity or time."""
    if len(span.trace_id) != 16 or not any(span.trace_id):
        raise BadSpan("trace id missing or not 16 bytes")
    if len(span.span_id) != 8 or not any(span.span_id):
        raise BadSpan("span id missing or not 8 bytes")
    if span.start_ns < EARLIEST_NS:
        raise BadSpan("start time before 2015")
    if span.start_ns > latest_ns:
        raise BadSpan("start time more than a day in the future")


def read_call(span: Span) -> NormalisedCall | None:
    """The call that this span stands for, or None."""
    attributes = span.attributes
    if KIND in attributes:
        return _openinference(span, attributes)
    if "gen_ai.operation.name" in attributes or "gen_ai.system" in attributes:
        return _genai(span, attributes)
    return None


def _genai(span: Span, attributes: dict[str, Any]) -> NormalisedCall | None:
    stated = str(attributes.get("gen_ai.operation.name") or attributes.get("llm.request.type", "chat"))
    operation = OLDER_NAMES.get(stated, stated)
    if operation not in GENAI_CALLS or span.name in RAW_TWINS:
        return None
    model = _name(attributes, GENAI_NAMES["model"])
    if not model and "gen_ai.operation.name" not in attributes:
        return None  # an older wrapper: a system alone names no call
    return _call(span, "genai", operation, model, GENAI_NAMES, _figure(attributes, GENAI_NAMES["input"]) or 0)


def _openinference(span: Span, attributes: dict[str, Any]) -> NormalisedCall | None:
    operation = OPENINFERENCE_CALLS.get(str(attributes[KIND]).upper())
    if operation is None:
        return None
    model = _name(attributes, OPENINFERENCE_NAMES["model"]) or _asked_model(attributes)
    prompt = _figure(attributes, OPENINFERENCE_NAMES["input"])
    if prompt is None:  # embeddings of some clients carry a total only
        total = _figure(attributes, (TOTAL,)) or 0
        prompt = max(0, total - (_figure(attributes, OPENINFERENCE_NAMES["output"]) or 0))
    return _call(span, "openinference", operation, model, OPENINFERENCE_NAMES, prompt)


def _call(span: Span, dialect: str, operation: str, model: str, names, prompt: int) -> NormalisedCall:
    attributes = span.attributes
    reported = _figure(attributes, names["cached"])
    cached, written = min(reported or 0, prompt), _figure(attributes, names["written"]) or 0
    output, reasoning = (
        _figure(attributes, names["output"]) or 0,
        _figure(attributes, names["reasoning"]) or 0,
    )
    kept = min(written, prompt - cached)
    error = _text(attributes.get("error.type") or span.exception)
    failed = span.failed or "error.type" in attributes
    return NormalisedCall(
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        started_at=_moment(span.start_ns),
        model=model,
        provider=_name(attributes, names["provider"]),
        operation=operation,
        environment=_name(attributes, ENVIRONMENT) or _name(span.resource, ENVIRONMENT),
        dialect=dialect,
        input_tokens=prompt,
        output_tokens=output,
        cached_tokens=cached,
        cache_write_tokens=kept,
        reasoning_tokens=min(reasoning, output),
        latency_ms=max(0, span.end_ns - span.start_ns + 500_000) // 1_000_000 if span.end_ns else 0,
        is_error=failed,
        error_type=(error or "error") if failed else "",
        drops_cached=reported is None and operation != "embeddings" and span.scope in DROPS_CACHED,
        clamped=(reported or 0) > cached or written > kept or reasoning > output,
    )


def _moment(nanoseconds: int) -> datetime:
    seconds, rest = divmod(nanoseconds, 10**9)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest // 1000)


def _figure(attributes: dict[str, Any], keys: tuple[str, ...]) -> int | None:
    for key in keys:
        if key in attributes:
            return _count(attributes[key])
    return None


def _count(value: Any) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise BadSpan("a token count that is no number") from error
    if isinstance(value, bool) or number != (float(value) if isinstance(value, float) else number):
        raise BadSpan("a token count that is no whole number")
    if number < 0:
        raise BadSpan("a negative token count")
    if number > MOST_TOKENS:
        raise BadSpan("a token count over a billion")
    return number


def _name(attributes: dict[str, Any], keys: tuple[str, ...]) -> str:
    for key in keys:
        if value := attributes.get(key):
            return _text(value)
    return ""


def _text(value: Any) -> str:
    """At most 200 characters, without the NUL that PostgreSQL refuses."""
    return str(value).replace("\x00", "")[:NAME_LENGTH]


def _asked_model(attributes: dict[str, Any]) -> str:
    """Failed OpenInference calls name their model only in the parameters."""
    try:
        parameters = json.loads(attributes.get(PARAMETERS, "{}"))
    except (TypeError, ValueError, RecursionError):
        return ""
    return _text(parameters.get("model") or "") if isinstance(parameters, dict) else ""
