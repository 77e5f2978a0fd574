"""LiteLLM, as a library and as a proxy.

Rule: one call makes two spans, the request (or the proxy's span that carries it) and the raw request below it, which
has no gen_ai attributes and is never counted; spans that tell the same litellm.call_id are one call (twin_key).
Names are those of the GenAI conventions. Cached and reasoning tokens come only in metadata.usage_object, which is
the repr of a Python dict; where that is absent the list price is an upper bound. gen_ai.cost.total_cost is what
LiteLLM itself reckons, discounts and margins included, and goes before any list price. Teams, keys and tags of the
proxy arrive as metadata.* and are business keys.
"""

import ast
import json
from typing import Any

from workloads.calc.dialects import genai
from workloads.calc.dialects.common import NormalisedCall, Origin
from workloads.calc.dialects.langfuse import usage_of
from workloads.calc.dialects.values import text
from workloads.calc.otlp import Span

SCOPE = "litellm"
USAGE = "metadata.usage_object"
CALL_ID = "litellm.call_id"
RAW = "raw_gen_ai_request"
MARKERS = frozenset({USAGE, CALL_ID})
TEXTS = MARKERS
MOST = 8_000
_AS_JSON = (("'", '"'), ("None", "null"), ("True", "true"), ("False", "false"))


def read(span: Span, origin: Origin, with_content: bool) -> NormalisedCall | None:
    """The call of a span, or None. Raises BadSpan."""
    attributes = span.attributes
    if genai.OPERATION not in attributes and genai.SYSTEM not in attributes:
        return None
    details = usage_object(attributes.get(USAGE))
    usage = usage_of(details)
    for key, told in ((genai.NAMES.cached[0], usage.cached), (genai.NAMES.reasoning[0], usage.reasoning),
                      (genai.NAMES.written[0], usage.written)):  # fmt: skip
        if told is not None:
            attributes.setdefault(key, told)
    call = genai.read(span, origin, with_content, "litellm")
    if call is not None:
        call.twin_key = text(attributes.get(CALL_ID) or "")
        call.drops_cached = not details and bool(call.input_tokens) and call.operation != "embeddings"
    return call


def usage_object(held: Any) -> dict[str, Any]:
    """The dict whose repr this is. Mostly its repr is nearly JSON, which is ten times as fast to read."""
    if not isinstance(held, str) or len(held) > MOST:
        return {}
    as_json = held
    for python, said in _AS_JSON:
        as_json = as_json.replace(python, said)
    try:
        found = json.loads(as_json)
    except (ValueError, RecursionError):
        try:
            found = ast.literal_eval(held)
        except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
            return {}
    return found if isinstance(found, dict) else {}
