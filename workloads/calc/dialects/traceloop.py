"""Traceloop (OpenLLMetry).

Rule: a span with traceloop.span.kind (workflow, task, agent, tool) is no call; any other is read as a span of the
GenAI conventions, older names included, with what Traceloop adds: reasoning as gen_ai.usage.reasoning_tokens (absent
when streamed), prompts by traceloop.prompt.key and version, and business keys in traceloop.association.properties.*.
Cached tokens are within the input.
"""

from functools import lru_cache

from workloads.calc.dialects import genai
from workloads.calc.dialects.common import NormalisedCall, Origin
from workloads.calc.dialects.values import name
from workloads.calc.otlp import Span

KIND = "traceloop.span.kind"
MARKERS = frozenset({KIND, "traceloop.workflow.name", "traceloop.entity.path", "traceloop.entity.name"})
INSTRUMENTED = frozenset(
    "openai anthropic bedrock cohere groq langchain llamaindex mistralai ollama replicate together vertexai watsonx "
    "crewai haystack sagemaker alephalpha writer google_generativeai transformers".split()
)
PROMPT_NAME = ("traceloop.prompt.key",)
PROMPT_VERSION = ("traceloop.prompt.version", "traceloop.prompt.version_name")
TEXTS = MARKERS | {*PROMPT_NAME, *PROMPT_VERSION, "traceloop.entity.version"}


@lru_cache(maxsize=256)
def is_scope(scope: str) -> bool:
    """Whether one of Traceloop's instrumentations made a span; the official ones have other names."""
    parts = scope.split(".")
    return parts[:2] == ["opentelemetry", "instrumentation"] and len(parts) > 2 and parts[2] in INSTRUMENTED


def read(span: Span, origin: Origin, with_content: bool) -> NormalisedCall | None:
    """The call of a span, or None. Raises BadSpan."""
    if KIND in span.attributes:
        return None
    call = genai.read(span, origin, with_content, "traceloop")
    if call is not None and "traceloop.prompt.key" in span.attributes:
        call.prompt_name = name(span.attributes, PROMPT_NAME)
        call.prompt_version = name(span.attributes, PROMPT_VERSION)
    return call
