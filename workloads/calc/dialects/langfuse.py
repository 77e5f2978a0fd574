"""Langfuse's own SDK.

Rule: langfuse.observation.type generation and embedding are calls; span, agent, tool, chain, retriever, evaluator,
guardrail and event are not. Figures are JSON in usage_details, in one of three shapes:
OpenAI's (prompt_tokens or input_tokens, with cached and reasoning tokens nested in *_details): the whole includes
its parts; Langfuse's (input, input_cached_tokens, output, output_reasoning_tokens ...): buckets that exclude each
other, so they are added; Anthropic's (input_tokens beside cache_read_input_tokens): excluding too, so added.
cost_details.total is the client's cost; failures carry 0, which is no price. A failure is level ERROR. The SDK
names no provider and mostly no service; environment and release are its own attributes.
"""

from typing import Any

from workloads.calc.dialects.common import NormalisedCall, Origin, Usage, build, until_ms
from workloads.calc.dialects.values import content, count, mapping_of, money, name, parse_time, text
from workloads.calc.otlp import Span

TYPE = "langfuse.observation.type"
CALLS = {"generation": "chat", "embedding": "embeddings"}
MODEL = ("langfuse.observation.model.name",)
USAGE = "langfuse.observation.usage_details"
COST = "langfuse.observation.cost_details"
FIRST = "langfuse.observation.completion_start_time"
LEVEL = "langfuse.observation.level"
STATUS = "langfuse.observation.status_message"
PROMPT_NAME = ("langfuse.observation.prompt.name", "langfuse.prompt.name")
PROMPT_VERSION = ("langfuse.observation.prompt.version", "langfuse.prompt.version")
ENVIRONMENT = ("langfuse.environment",)
RELEASE = ("langfuse.release",)
INPUT, OUTPUT = "langfuse.observation.input", "langfuse.observation.output"
TEXTS = frozenset(
    {TYPE, *MODEL, USAGE, COST, FIRST, LEVEL, STATUS, *PROMPT_NAME, *PROMPT_VERSION, *ENVIRONMENT, *RELEASE}
)
CONTENT = frozenset({INPUT, OUTPUT})
CACHE_READS = ("cache_read_input_tokens", "input_cached_tokens", "input_cache_read", "input_cached")
CACHE_WRITES = (
    "cache_creation_input_tokens",
    "cache_write_input_tokens",
    "input_cache_creation",
    "input_cache_write",
)
REASONING = ("output_reasoning_tokens", "output_reasoning", "reasoning_tokens")


def read(span: Span, origin: Origin, with_content: bool) -> NormalisedCall | None:
    """The call of a span, or None. Raises BadSpan."""
    attributes = span.attributes
    operation = CALLS.get(text(attributes[TYPE]).lower())
    if operation is None:
        return None
    failed = span.failed or attributes.get(LEVEL) == "ERROR"
    call = build(
        span,
        origin,
        dialect="langfuse",
        operation=operation,
        model=name(attributes, MODEL),
        provider="",
        usage=usage_of(mapping_of(attributes.get(USAGE))),
        error=_code(text(attributes.get(STATUS) or span.status)) if failed else "",
        failed=failed,
    )
    _more(call, span, attributes)
    if with_content:
        call.content_in, call.content_out = content(attributes.get(INPUT)), content(attributes.get(OUTPUT))
    return call


def environment_of(said: str) -> str:
    """Langfuse calls the environment of those who name none "default"."""
    return "" if said == "default" else said


def _more(call: NormalisedCall, span: Span, attributes: dict[str, Any]) -> None:
    call.environment = environment_of(name(attributes, ENVIRONMENT) or call.environment)
    call.release = name(attributes, RELEASE) or call.release
    call.prompt_name, call.prompt_version = name(attributes, PROMPT_NAME), name(attributes, PROMPT_VERSION)
    if COST in attributes:
        call.cost_client = _cost(mapping_of(attributes[COST]))
    if FIRST in attributes and (at := parse_time(attributes[FIRST])):
        call.ttft_ms = until_ms(span, at)


def _cost(details: dict[str, Any]) -> Any:
    if "total" in details:
        return money(details["total"])
    return money(sum(value for value in details.values() if value.__class__ in (int, float)))


def usage_of(details: dict[str, Any]) -> Usage:
    """Tokens out of usage_details, whichever of the three shapes it has."""
    if "prompt_tokens" in details or "completion_tokens" in details:
        return _openai(details, "prompt_tokens", "completion_tokens")
    if "input_tokens" in details or "output_tokens" in details:
        if any(key in details for key in (*CACHE_READS, *CACHE_WRITES)):
            return _buckets(details, "input_tokens", "output_tokens")
        return _openai(details, "input_tokens", "output_tokens")
    return _buckets(details, "input", "output")


def _openai(details: dict[str, Any], asked: str, answered: str) -> Usage:
    parts, made = mapping_of(details.get(f"{asked}_details")), mapping_of(details.get(f"{answered}_details"))
    return Usage(
        _count(details, asked),
        _count(details, answered),
        _count(parts, "cached_tokens"),
        _count(parts, "cache_write_tokens"),
        _count(made, "reasoning_tokens"),
    )


def _buckets(details: dict[str, Any], asked: str, answered: str) -> Usage:
    """Buckets that exclude each other; those of unknown names go to the side that their name starts with."""
    cached, written = _first(details, CACHE_READS), _first(details, CACHE_WRITES)
    reasoning = _first(details, REASONING)
    known = {asked, answered, "total", "total_tokens", *CACHE_READS, *CACHE_WRITES, *REASONING}
    other = {key: value for key, value in details.items() if key not in known and value.__class__ is int}
    more_in = sum(count(value) for key, value in other.items() if key.startswith("input"))
    more_out = sum(count(value) for key, value in other.items() if key.startswith("output"))
    prompt, output = _count(details, asked), _count(details, answered)
    if prompt is None and output is None and details.get("total") is not None:
        prompt = _count(details, "total")
    return Usage(
        _sum(prompt, cached, written, more_in),
        _sum(output, reasoning, None, more_out),
        cached,
        written,
        reasoning,
    )


def _sum(first: int | None, second: int | None, third: int | None, more: int) -> int | None:
    if first is None and second is None and third is None and not more:
        return None
    return count((first or 0) + (second or 0) + (third or 0) + more)


def _first(details: dict[str, Any], keys: tuple[str, ...]) -> int | None:
    return next((_count(details, key) for key in keys if details.get(key) is not None), None)


def _count(details: dict[str, Any], key: str) -> int | None:
    return None if details.get(key) is None else count(details[key])


def _code(message: str) -> str:
    """A failure's status out of its message ("Error code: 429 - ..."), which itself may hold anything."""
    found = next((word for word in message.split()[:6] if len(word) == 3 and word.isdigit()), "")
    return found or "error"
