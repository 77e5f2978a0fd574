"""The GenAI semantic conventions, current and older names.

Rule: a span is a call when gen_ai.operation.name is chat, generate_content, text_completion or embeddings; agents,
workflows, tools, retrieval, memory and plans are not. Older clients name only gen_ai.system; theirs is a call when
it also names a model. gen_ai.usage.input_tokens includes cached tokens. Both names of cache writing are read, the
one of the convention and the one that is to replace it. The conventions have no cost; clients that add one do it
as gen_ai.cost.total_cost, gen_ai.usage.cost or operation.cost, and theirs is taken. A service tier "batch" is kept.
Python's openai-v2 and util-genai never send cached tokens: their calls are upper bounds.
"""

from functools import lru_cache
from typing import Any, NamedTuple

from workloads.calc.dialects.common import Names, NormalisedCall, Origin, build, usage_by
from workloads.calc.dialects.values import content, from_json, money, name, numbered, text, tool_names
from workloads.calc.otlp import Span

OPERATION = "gen_ai.operation.name"
SYSTEM = "gen_ai.system"
CALLS = frozenset({"chat", "generate_content", "text_completion", "embeddings"})
OLDER = {
    "completion": "text_completion",
    "embedding": "embeddings",
    "chat_completion": "chat",
    "acompletion": "chat",
    "aembedding": "embeddings",
    "responses": "chat",
    "aresponses": "chat",
    "generate": "chat",
}
DROPS_CACHED = frozenset({"opentelemetry.instrumentation.openai_v2", "opentelemetry.util.genai.handler"})
PROVIDER = ("gen_ai.provider.name", SYSTEM)
MODEL = ("gen_ai.response.model", "gen_ai.request.model")
NAMES = Names(
    input=("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"),
    output=("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"),
    cached=("gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens"),
    written=(
        "gen_ai.usage.cache_creation.input_tokens",
        "gen_ai.usage.cache_write.input_tokens",
        "gen_ai.usage.cache_creation_input_tokens",
    ),
    reasoning=("gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens"),
)
COST = ("gen_ai.cost.total_cost", "gen_ai.usage.total_cost", "gen_ai.usage.cost", "operation.cost")
FIRST_CHUNK = "gen_ai.response.time_to_first_chunk"
RETRIES = ("http.request.resend_count", "gen_ai.request.retry_count", "metadata.attempted_retries")
PROMPT_NAME = ("gen_ai.prompt.name",)
PROMPT_VERSION = ("gen_ai.prompt.version",)
TOOLS = "gen_ai.tool.definitions"
# What answered goes before what was asked for.
TIERS = (
    "openai.response.service_tier",
    "gen_ai.openai.response.service_tier",
    "openai.request.service_tier",
    "gen_ai.openai.request.service_tier",
)
TEXTS = frozenset(
    {
        OPERATION,
        *PROVIDER,
        *MODEL,
        *PROMPT_NAME,
        *PROMPT_VERSION,
        TOOLS,
        *TIERS,
        "error.type",
        "llm.request.type",
    }
    | {
        "gen_ai.tool.name",
        "gen_ai.agent.name",
        "gen_ai.agent.version",
        "gen_ai.workflow.name",
        "gen_ai.data_source.id",
    }
)
NUMBERS = NAMES.all() | {FIRST_CHUNK, *COST, *RETRIES}
# What few spans say.
MORE = frozenset({FIRST_CHUNK, *COST, *RETRIES, *PROMPT_NAME, TOOLS, *TIERS})
INSTRUCTIONS, MESSAGES_IN, MESSAGES_OUT = (
    "gen_ai.system_instructions",
    "gen_ai.input.messages",
    "gen_ai.output.messages",
)
CONTENT = frozenset({INSTRUCTIONS, MESSAGES_IN, MESSAGES_OUT, "gen_ai.prompt", "gen_ai.completion"})
CONTENT_FLAT = ("gen_ai.prompt.", "gen_ai.completion.")


class Shape(NamedTuple):
    """Which of a span's attributes tell what, the preferred name first. Spans of one client have the same attributes,
    so that this is found out once."""

    model: tuple[str, ...]
    provider: tuple[str, ...]
    usage: list[str]
    tells_more: bool


@lru_cache(maxsize=4096)
def shape_of(present: tuple[str, ...]) -> Shape:
    model, provider = (tuple(key for key in keys if key in present) for keys in (MODEL, PROVIDER))
    return Shape(model, provider, NAMES.told(present), not MORE.isdisjoint(present))


def read(
    span: Span, origin: Origin, with_content: bool, dialect: str = "genai", shape: Shape | None = None
) -> NormalisedCall | None:
    """The call of a span, or None. `shape`: that of its attributes, where the caller knows it. Raises BadSpan."""
    attributes = span.attributes
    stated = attributes.get(OPERATION) or attributes.get("llm.request.type") or "chat"
    operation = stated if stated.__class__ is str and stated in CALLS else OLDER.get(text(stated), "")
    if not operation:
        return None
    shape = shape or shape_of(tuple(attributes))
    model = name(attributes, shape.model)
    if not model and OPERATION not in attributes:
        return None
    call = build(
        span,
        origin,
        dialect=dialect,
        operation=operation,
        model=model,
        provider=name(attributes, shape.provider),
        usage=usage_by(attributes, shape.usage),
        error=text(error) if (error := attributes.get("error.type")) else "",
        drops_cached=span.scope in DROPS_CACHED,
    )
    if shape.tells_more:
        _more(call, attributes)
    if with_content:
        read_content(call, span)
    return call


def _more(call: NormalisedCall, attributes: dict[str, Any]) -> None:
    for key in COST:
        if key in attributes:
            call.cost_client = money(attributes[key])
            break
    if FIRST_CHUNK in attributes:
        call.ttft_ms = seconds_as_ms(attributes[FIRST_CHUNK])
    if TOOLS in attributes:
        call.tools = tool_names(text(attributes[TOOLS], 64_000))
    if "gen_ai.prompt.name" in attributes:
        call.prompt_name = name(attributes, PROMPT_NAME)
        call.prompt_version = name(attributes, PROMPT_VERSION)
    call.is_batch = name(attributes, TIERS).lower() == "batch"
    for key in RETRIES:
        if key in attributes:
            call.is_retry = told_again(attributes[key])


def told_again(value: Any) -> bool:
    """Whether a count of retries is above none; clients write it as a number or a text."""
    return text(value).strip() not in ("", "0", "None", "false", "null")


def seconds_as_ms(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return round(value * 1000) if 0 <= value <= 86_400 else None


def read_content(call: NormalisedCall, span: Span) -> None:
    """Messages as the client sent them: JSON on current spans, numbered names or span events on older ones."""
    attributes = span.attributes
    said = [attributes[key] for key in (INSTRUCTIONS, MESSAGES_IN) if attributes.get(key)]
    call.content_in = (
        _joined(said) or content(attributes.get("gen_ai.prompt")) or _messages(span, "gen_ai.prompt")
    )
    call.content_out = (
        content(attributes.get(MESSAGES_OUT))
        or content(attributes.get("gen_ai.completion"))
        or _messages(span, "gen_ai.completion")
    )
    if span.events and not (call.content_in and call.content_out):
        _from_events(call, span)


def _joined(said: list[Any]) -> str:
    if len(said) < 2:
        return content(said[0]) if said else ""
    parts = [from_json(part) if isinstance(part, str) else part for part in said]
    return content({"system": parts[0] or said[0], "messages": parts[1] or said[1]})


def _messages(span: Span, prefix: str) -> str:
    groups = numbered(span.flat, prefix)
    return content(groups) if groups else ""


def _from_events(call: NormalisedCall, span: Span) -> None:
    asked: list[Any] = []
    answered: list[Any] = []
    for event in span.events:
        if event.name in ("gen_ai.content.prompt", "gen_ai.content.completion"):
            held = event.attributes.get(event.name.replace("content.", ""))
            (asked if event.name.endswith("prompt") else answered).append(held)
        elif event.name.startswith("gen_ai.") and event.name.endswith((".message", ".choice")):
            (answered if event.name.endswith(".choice") else asked).append(event.attributes)
    call.content_in = call.content_in or (content(asked) if asked else "")
    call.content_out = call.content_out or (content(answered) if answered else "")
