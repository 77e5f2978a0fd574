"""What all dialects share: the call they end in, how figures and names are read, and what is refused.

Rules that hold for every dialect: input includes cached and cache-written tokens, output includes reasoning. A part
larger than its whole comes from a client that counts it apart: it is cut to the whole and the call is flagged
(`clamped`). A client that never tells cached tokens gives an upper bound (`drops_cached`). What a client says that
a call cost is taken only when it is a positive number. Any failed call is an error, whatever its root span says.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from workloads.calc.dialects.values import count, moment, name, text
from workloads.calc.otlp import Span

EARLIEST_NS = int(datetime(2015, 1, 1, tzinfo=UTC).timestamp()) * 10**9
FUTURE = timedelta(days=1)
MOST_MS = 2**31 - 1
PRODUCTION = frozenset({"", "prod", "production", "live"})
ENVIRONMENT = ("deployment.environment.name", "deployment.environment")


@dataclass(slots=True)
class NormalisedCall:
    """One call of a model. Input includes cached and cache-written tokens; output includes reasoning.

    cost_client: what the client says that it cost, US dollars; None when it says nothing or nothing usable.
    user_raw: the user's id as sent; the caller stores only a salted hash of it (user_key), never this.
    business: flat candidates for the workload's mapping (association properties, metadata, tags, baggage, resource).
    business_key: the piece of work that it belongs to, by the workload's mapping; filled by the caller.
    twin_key: the same on spans that stand for one call of a model, so that one of them counts; mostly "".
    is_batch: its service tier says that it went through the provider's batch service; workloads.calc.price_book
    knows what else says so.
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
    business_key: str = ""
    content_in: str = ""
    content_out: str = ""
    is_batch: bool = False

    @property
    def is_production(self) -> bool:
        return self.environment.lower() in PRODUCTION


class Usage(NamedTuple):
    """Tokens as a client tells them; None where it says nothing."""

    input: int | None = None
    output: int | None = None
    cached: int | None = None
    written: int | None = None
    reasoning: int | None = None


class Names:
    """The attributes under which a dialect tells the figures of a call, the preferred name first."""

    def __init__(
        self,
        input: tuple[str, ...],
        output: tuple[str, ...],
        cached: tuple[str, ...],
        written: tuple[str, ...],
        reasoning: tuple[str, ...],
    ) -> None:
        self.cached, self.written, self.reasoning = cached, written, reasoning
        self._groups = (input, output, cached, written, reasoning)
        # Spans of one client have the same attributes: which of the names it uses is found out once.
        self._told = lru_cache(maxsize=1024)(self.told)

    def usage(self, attributes: dict[str, Any]) -> Usage:
        """The figures of a span. Raises BadSpan."""
        return usage_by(attributes, self._told(tuple(attributes)))

    def told(self, present: tuple[str, ...]) -> list[str]:
        """Of these attributes, the one that tells each figure, in the order of Usage; "" where none does."""
        return [next((name for name in names if name in present), "") for names in self._groups]

    def all(self) -> frozenset[str]:
        return frozenset(name for names in self._groups for name in names)


def usage_by(attributes: dict[str, Any], told: list[str]) -> Usage:
    """The figures of a span by the names that Names.told has found. Raises BadSpan."""
    asked, made, cached, written, reasoning = told
    return Usage(
        count(attributes[asked]) if asked else None,
        count(attributes[made]) if made else None,
        count(attributes[cached]) if cached else None,
        count(attributes[written]) if written else None,
        count(attributes[reasoning]) if reasoning else None,
    )


class Origin(NamedTuple):
    """What the resource of an export says about all of its spans."""

    service: str
    environment: str
    release: str
    cost_centre: str
    business: dict[str, str]


def build(
    span: Span,
    origin: Origin,
    *,
    dialect: str,
    operation: str,
    model: str,
    provider: str,
    usage: Usage,
    error: str = "",
    failed: bool = False,
    drops_cached: bool = False,
) -> NormalisedCall:
    """The call of a span, without what only some dialects know. Raises BadSpan."""
    prompt, output, told, written, reasoning = usage
    prompt, output, cached = prompt or 0, output or 0, told or 0
    written, reasoning = written or 0, reasoning or 0
    clamped = cached + written > prompt or reasoning > output
    if clamped:
        cached = min(cached, prompt)
        written, reasoning = min(written, prompt - cached), min(reasoning, output)
    if failed := failed or span.failed or bool(error):
        error = error or exception_type(span) or "error"
    start_ns, attributes = span.start_ns, span.attributes
    environment = origin.environment
    if "deployment.environment.name" in attributes or "deployment.environment" in attributes:
        environment = name(attributes, ENVIRONMENT) or environment
    return NormalisedCall(
        span.trace_id,
        span.span_id,
        moment(start_ns),
        model,
        provider,
        operation,
        environment,
        dialect,
        prompt,
        output,
        cached,
        written,
        reasoning,
        elapsed_ms(start_ns, span.end_ns),
        failed,
        error,
        drops_cached and told is None and operation != "embeddings",
        clamped,
        None,
        origin.cost_centre,
        "",
        "",
        origin.release,
        origin.service,
        False,
        None,
        "",
        "",
        "",
        (),
        origin.business,
    )


def elapsed_ms(start_ns: int, end_ns: int) -> int:
    return min((end_ns - start_ns + 500_000) // 1_000_000, MOST_MS) if end_ns > start_ns else 0


def exception_type(span: Span) -> str:
    for event in span.events:
        if kind := event.attributes.get("exception.type"):
            return text(kind)
    return ""


def until_ms(span: Span, at: datetime) -> int | None:
    """Milliseconds from the start of a span to a moment within it."""
    elapsed = at - moment(span.start_ns)
    return (
        round(elapsed / timedelta(milliseconds=1)) if timedelta(0) <= elapsed <= timedelta(days=1) else None
    )
