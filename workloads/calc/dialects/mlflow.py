"""MLflow's autologging, exported as OTLP.

Rule: mlflow.spanType LLM, CHAT_MODEL and EMBEDDING are calls. Every value is JSON, texts within quotes included.
Figures are in mlflow.chat.tokenUsage; embeddings have none there, theirs is in mlflow.spanOutputs.usage. Cached
tokens are within the input; reasoning is not told. mlflow.llm.cost.total_cost is the client's cost.
"""

from typing import Any

from workloads.calc.dialects import genai
from workloads.calc.dialects.common import Names, NormalisedCall, Origin, Usage, build
from workloads.calc.dialects.langfuse import usage_of
from workloads.calc.dialects.values import (
    content,
    from_json,
    mapping_of,
    money,
    name,
    text,
    tool_names,
    unquoted,
)
from workloads.calc.otlp import Span

TYPE = "mlflow.spanType"
CALLS = {"LLM": "chat", "CHAT_MODEL": "chat", "EMBEDDING": "embeddings"}
MODEL, PROVIDER, ASKED_MODEL = "mlflow.llm.model", "mlflow.llm.provider", "model"
USAGE, COST, PROMPTS = "mlflow.chat.tokenUsage", "mlflow.llm.cost", "mlflow.linkedPrompts"
INPUTS, OUTPUTS = "mlflow.spanInputs", "mlflow.spanOutputs"
TOOLS = "mlflow.chat.tools"
TEXTS = frozenset({TYPE, MODEL, PROVIDER, ASKED_MODEL, USAGE, COST, PROMPTS, TOOLS, "mlflow.trace.user"})
LONG = frozenset({OUTPUTS})
NAMES = Names(  # within tokenUsage
    ("input_tokens",), ("output_tokens",), ("cache_read_input_tokens",), ("cache_creation_input_tokens",),
    ("reasoning_tokens",),
)  # fmt: skip
CONTENT = frozenset({INPUTS})


def read(span: Span, origin: Origin, with_content: bool) -> NormalisedCall | None:
    """The call of a span, or None. Raises BadSpan."""
    attributes = span.attributes
    operation = CALLS.get(unquoted(attributes[TYPE]).upper())
    if operation is None:
        return None
    call = build(
        span,
        origin,
        dialect="mlflow",
        operation=operation,
        model=unquoted(attributes.get(MODEL)) or _model(attributes),
        provider=unquoted(attributes.get(PROVIDER)),
        usage=_usage(attributes),
        error=text(attributes.get("error.type") or ""),
    )
    call.cost_client = money(mapping_of(attributes.get(COST)).get("total_cost"))
    call.prompt_name, call.prompt_version = _prompt(attributes.get(PROMPTS))
    if TOOLS in attributes:
        call.tools = tool_names(text(attributes[TOOLS], 64_000))
    if with_content:
        call.content_in = content(attributes.get(INPUTS))
        call.content_out = "" if operation == "embeddings" else content(attributes.get(OUTPUTS))
    return call


def _usage(attributes: dict[str, Any]) -> Usage:
    told = mapping_of(attributes.get(USAGE))
    if not told and USAGE not in attributes:
        told = mapping_of(_outputs(attributes).get("usage"))
        return usage_of(told) if told else genai.NAMES.usage(attributes)
    return NAMES.usage({key: value for key, value in told.items() if value is not None})


def _model(attributes: dict[str, Any]) -> str:
    """A failed call names only the model that was asked for, among its parameters."""
    answered = text(_outputs(attributes).get("model") or "")
    return answered or unquoted(attributes.get(ASKED_MODEL)) or name(attributes, genai.MODEL)


def _outputs(attributes: dict[str, Any]) -> dict[str, Any]:
    """Vectors make the outputs of an embedding long; usage and model come at their end."""
    held = attributes.get(OUTPUTS)
    if not isinstance(held, str):
        return {}
    return mapping_of(held if len(held) < 60_000 else _without_data(held))


def _without_data(held: str) -> str:
    """The part of a long JSON object after its list `data`, as an object of its own."""
    end = held.rfind("]")
    return "{" + held[end + 1 :].lstrip(" ,") if end > 0 else ""


def _prompt(held: Any) -> tuple[str, str]:
    linked = from_json(held)
    if isinstance(linked, str):
        linked = from_json(linked)
    first = linked[0] if isinstance(linked, list) and linked else None
    if not isinstance(first, dict):
        return "", ""
    return text(first.get("name") or ""), text(first.get("version") or "")
