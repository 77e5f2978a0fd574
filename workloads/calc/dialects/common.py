"""What all dialects share: the call they end in, how figures and names are read, and what is refused.

Rules that hold for every dialect: input includes cached and cache-written tokens, output includes reasoning. A part
larger than its whole comes from a client that counts it apart: it is cut to the whole and the call is flagged
(`clamped`). A client that never tells cached tokens gives an upper bound (`drops_cached`). What a client says that
a call cost is taken only when it is a positive number. Any failed call is an error, whatever its root span says.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from workloads.calc.otlp import Span

EARLIEST_NS = int(datetime(2015, 1, 1, tzinfo=UTC).timestamp()) * 10**9
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FUTURE = timedelta(days=1)
MOST_TOKENS = 10**9
MOST_MS = 2**31 - 1
NAME_LENGTH = 200
CONTENT_LENGTH = 100_000
MOST_JSON = 64_000
PRODUCTION = frozenset({"", "prod", "production", "live"})
ENVIRONMENT = ("deployment.environment.name", "deployment.environment")


class BadSpan(ValueError):
    """A span that cannot be counted; the message says why, in words that carry nothing of the span."""


@dataclass(slots=True)
class NormalisedCall:
    """One call of a model. Input includes cached and cache-written tokens; output includes reasoning.

    cost_client: what the client says that it cost, US dollars; None when it says nothing or nothing usable.
    user_raw: the user's id as sent; the caller stores only a salted hash of it (user_key), never this.
    business: flat candidates for the workload's mapping (association properties, metadata, tags, baggage, resource).
    business_key: the piece of work that it belongs to, by the workload's mapping; filled by the caller.
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
    business_key: str = ""
    content_in: str = ""
    content_out: str = ""

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


class Names(NamedTuple):
    """The attributes under which a dialect tells the figures of a call, the preferred name first."""

    input: tuple[str, ...]
    output: tuple[str, ...]
    cached: tuple[str, ...]
    written: tuple[str, ...]
    reasoning: tuple[str, ...]

    def usage(self, attributes: dict[str, Any]) -> Usage:
        return Usage(
            figure(attributes, self.input),
            figure(attributes, self.output),
            figure(attributes, self.cached),
            figure(attributes, self.written),
            figure(attributes, self.reasoning),
        )

    def all(self) -> frozenset[str]:
        return frozenset(name for names in self for name in names)


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
    prompt, output = usage.input or 0, usage.output or 0
    cached, written, reasoning = usage.cached or 0, usage.written or 0, usage.reasoning or 0
    clamped = False
    if cached or written or reasoning:
        told = (cached, written, reasoning)
        cached = min(cached, prompt)
        written, reasoning = min(written, prompt - cached), min(reasoning, output)
        clamped = (cached, written, reasoning) != told
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
        drops_cached and usage.cached is None and operation != "embeddings",
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


def moment(nanoseconds: int) -> datetime:
    """UTC, cut to microseconds. Raises BadSpan for times that no calendar has."""
    try:
        return EPOCH + timedelta(0, 0, nanoseconds // 1000)
    except OverflowError as error:
        raise BadSpan("a time that no calendar has") from error


def elapsed_ms(start_ns: int, end_ns: int) -> int:
    return min((end_ns - start_ns + 500_000) // 1_000_000, MOST_MS) if end_ns > start_ns else 0


def figure(attributes: dict[str, Any], keys: tuple[str, ...]) -> int | None:
    """The first of these that is there, as a count; None when none is. Raises BadSpan."""
    for key in keys:
        if key in attributes:
            return count(attributes[key])
    return None


def count(value: Any) -> int:
    """A count of tokens. Raises BadSpan for anything else; a text of digits is taken."""
    if value.__class__ is not int:
        value = _whole(value)
    if not 0 <= value <= MOST_TOKENS:
        raise BadSpan("a negative token count" if value < 0 else "a token count over a billion")
    return value


def _whole(value: Any) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise BadSpan("a token count that is no number") from error
    if isinstance(value, bool) or (isinstance(value, float) and number != value):
        raise BadSpan("a token count that is no whole number")
    return number


def money(value: Any) -> Decimal | None:
    """A positive amount, or None. A double holds fifteen decimal digits; what follows is dust of its binary form."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not math.isfinite(value) or not 0 < value < 10**6:
        return None
    return Decimal(format(value, ".15g"))


def name(attributes: dict[str, Any], keys: tuple[str, ...]) -> str:
    """The first of these that is not empty, as a short text."""
    for key in keys:
        if value := attributes.get(key):
            return text(value)
    return ""


def text(value: Any, most: int = NAME_LENGTH) -> str:
    """At most so many characters, without what PostgreSQL refuses: NUL and halves of characters."""
    if value.__class__ is not str:
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, list | dict):
            return text(json.dumps(value, ensure_ascii=False), most)
        value = "" if value is None else str(value)
    if len(value) > most:
        value = value[:most]
    if value.isascii():
        return value.replace("\x00", "") if "\x00" in value else value
    return value.replace("\x00", "").encode("utf-8", "replace").decode()


def unquoted(value: Any) -> str:
    """A text that may be wrapped in the quotes of JSON."""
    if isinstance(value, str) and value[:1] == '"':
        held = from_json(value)
        return text(held) if isinstance(held, str) else text(value)
    return text(value)


def content(value: Any) -> str:
    """A prompt or an answer as text; structures become JSON."""
    return text(value, CONTENT_LENGTH)


def from_json(value: Any) -> Any:
    """What a text of JSON holds; None when it is none, or too long to be worth reading."""
    if not isinstance(value, str) or len(value) > MOST_JSON:
        return None
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None


def mapping_of(value: Any) -> dict[str, Any]:
    held = value if isinstance(value, dict) else from_json(value)
    return held if isinstance(held, dict) else {}


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


def parse_time(value: Any) -> datetime | None:
    """An ISO 8601 time, also within the quotes of JSON; UTC where it names no zone."""
    if not isinstance(value, str) or len(value) > 60:
        return None
    try:
        at = datetime.fromisoformat(value.strip('"').replace("Z", "+00:00"))
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def numbered(flat: dict[str, Any], prefix: str) -> list[dict[str, Any]]:
    """Groups `prefix.N.rest` by N, in order of N: one dict of `rest` to value for each."""
    groups: dict[int, dict[str, Any]] = {}
    start = len(prefix) + 1
    for key, value in flat.items():
        if key.startswith(prefix) and key[start - 1 : start] == ".":
            index, _, rest = key[start:].partition(".")
            if index.isascii() and index.isdigit() and len(index) < 5:
                groups.setdefault(int(index), {})[rest] = value
    return [groups[index] for index in sorted(groups)]


@lru_cache(maxsize=512)
def tool_names(definitions: str) -> tuple[str, ...]:
    """Names out of tool definitions as JSON, one or a list; the same few definitions come again and again."""
    held = from_json(definitions)
    found = []
    for item in held if isinstance(held, list) else [held]:
        if isinstance(item, dict):
            inner = item.get("function")
            if label := (inner if isinstance(inner, dict) else item).get("name"):
                found.append(text(label))
    return tuple(dict.fromkeys(found))[:64]
