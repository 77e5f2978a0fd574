"""OpenInference, as Phoenix's instrumentations send it.

Rule: openinference.span.kind LLM and EMBEDDING are calls, all other kinds are not. llm.token_count.prompt includes
cached tokens. Embeddings of some clients carry only a total: prompt is then the total less the completion. The
vectors of embeddings, by far the largest part of such a span, are never read. A failed call names its model only in
llm.invocation_parameters. llm.cost.total is the client's own cost. The project of the resource stands in for a
service without a name. Feedback under `evaluations` and `annotations` is read by workloads.calc.evaluations.
"""

from typing import Any

from workloads.calc.dialects.common import Names, NormalisedCall, Origin, build, until_ms
from workloads.calc.dialects.values import (
    content,
    figure,
    mapping_of,
    moment,
    money,
    name,
    numbered,
    text,
    tool_names,
)
from workloads.calc.otlp import Span

KIND = "openinference.span.kind"
CALLS = {"LLM": "chat", "EMBEDDING": "embeddings"}
PARAMETERS = ("llm.invocation_parameters", "embedding.invocation_parameters")
TOTAL = ("llm.token_count.total",)
PROVIDER = ("llm.provider", "llm.system")
MODEL = ("llm.response.model_name", "llm.model_name", "llm.request.model_name", "embedding.model_name")
NAMES = Names(
    input=("llm.token_count.prompt",),
    output=("llm.token_count.completion",),
    cached=("llm.token_count.prompt_details.cache_read",),
    written=("llm.token_count.prompt_details.cache_write",),
    reasoning=("llm.token_count.completion_details.reasoning",),
)
COST = "llm.cost.total"
PROMPT_NAME = ("llm.prompt_template.name", "prompt.name", "prompt.id")
PROMPT_VERSION = ("llm.prompt_template.version", "prompt.version")
FIRST_TOKEN = "First Token Stream Event"
TEXTS = frozenset(
    {
        KIND,
        *PARAMETERS,
        *PROVIDER,
        *MODEL,
        *PROMPT_NAME,
        *PROMPT_VERSION,
        "tool.name",
        "agent.name",
        "error.type",
    }
)
NUMBERS = NAMES.all() | {*TOTAL, COST}
FLAT = ("llm.tools.",)
CONTENT = frozenset({"input.value", "output.value"})
CONTENT_FLAT = ("llm.input_messages.", "llm.output_messages.")


def read(span: Span, origin: Origin, with_content: bool) -> NormalisedCall | None:
    """The call of a span, or None. Raises BadSpan."""
    attributes = span.attributes
    operation = CALLS.get(text(attributes[KIND]).upper())
    if operation is None:
        return None
    usage = NAMES.usage(attributes)
    if usage.input is None and (total := figure(attributes, TOTAL)) is not None:
        usage = usage._replace(input=max(0, total - (usage.output or 0)))
    call = build(
        span,
        origin,
        dialect="openinference",
        operation=operation,
        model=name(attributes, MODEL) or _asked_model(attributes),
        provider=name(attributes, PROVIDER),
        usage=usage,
        error=text(attributes.get("error.type") or ""),
    )
    _more(call, span, attributes)
    if with_content:
        call.content_in = _messages(span, "llm.input_messages") or content(attributes.get("input.value"))
        if operation != "embeddings":  # what comes out of an embedding is vectors
            call.content_out = _messages(span, "llm.output_messages") or content(
                attributes.get("output.value")
            )
    return call


def _more(call: NormalisedCall, span: Span, attributes: dict[str, Any]) -> None:
    call.cost_client = money(attributes.get(COST))
    call.prompt_name, call.prompt_version = name(attributes, PROMPT_NAME), name(attributes, PROMPT_VERSION)
    for event in span.events:
        if event.name == FIRST_TOKEN and event.at_ns >= span.start_ns:
            call.ttft_ms = until_ms(span, moment(event.at_ns))
            break
    if span.flat:
        schemas = (group.get("tool.json_schema") for group in numbered(span.flat, "llm.tools"))
        found = [label for schema in schemas if isinstance(schema, str) for label in tool_names(schema)]
        call.tools = tuple(dict.fromkeys(found))


def _asked_model(attributes: dict[str, Any]) -> str:
    for key in PARAMETERS:
        if key in attributes and (model := mapping_of(attributes[key]).get("model")):
            return text(model)
    return ""


def _messages(span: Span, prefix: str) -> str:
    groups = numbered(span.flat, prefix)
    said = [{key.removeprefix("message."): value for key, value in group.items()} for group in groups]
    return content(said) if said else ""
