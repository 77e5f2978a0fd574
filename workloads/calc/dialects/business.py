"""Business keys: what a span says about the order, ticket or cost centre that it works for.

Kept are association properties, metadata, tags and every attribute that no convention claims, under their own
short names; then what the resource says. The workload's mapping picks among them; nothing else is stored.
"""

from functools import lru_cache
from typing import Any

from workloads.calc.dialects.common import ENVIRONMENT, Origin
from workloads.calc.dialects.values import from_json, name, text, unquoted
from workloads.calc.otlp import Span

MOST_KEYS = 32
PREFIXES = (
    "traceloop.association.properties.",
    "langfuse.trace.metadata.",
    "langfuse.observation.metadata.",
    "langfuse.metadata.",
    "mlflow.traceTag.",
    "ai.telemetry.metadata.",
    "baggage.",
    "metadata.",
)
METADATA = (
    "metadata",
    "langfuse.trace.metadata",
    "langfuse.observation.metadata",
    "traceloop.association.properties",
)
TAGS = ("tag.tags", "langfuse.trace.tags")
USER = (
    "user.id",
    "enduser.id",
    "langfuse.user.id",
    "langfuse.trace.user_id",
    "gen_ai.request.user",
    "gen_ai.user",
    "llm.user",
    "metadata.user_api_key_end_user_id",
)
USER_KEYS = frozenset({"user_id", "userid", "user", "end_user_id"})
TEXTS = frozenset({*METADATA, *TAGS, *USER})
_STRUCTURED, _USERS = frozenset({*METADATA, *TAGS}), frozenset(USER)
COST_CENTRES = frozenset({"cost_centre", "cost_center", "costcentre", "costcenter"})
SERVICE = ("service.name",)
PROJECT = ("openinference.project.name",)
RELEASE = ("service.version", "langfuse.release")
MLFLOW = "mlflow.spanType"
PARAMETERS = frozenset(
    "temperature max_tokens max_completion_tokens max_output_tokens stream stream_options top_p n seed stop tools "
    "tool_choice response_format encoding_format dimensions reasoning_effort frequency_penalty presence_penalty".split()
)
UNKNOWN_SERVICE = "unknown_service"
RESOURCE_NOISE = ("telemetry.", "process.", "host.", "os.", "service.instance.")

# Attributes that conventions claim: never business keys.
CLAIMED = (
    "gen_ai.", "llm.", "langfuse.", "mlflow.", "traceloop.", "openinference.", "input.", "output.", "embedding.",
    "retrieval.", "reranker.", "document.", "message.", "message_content.", "tool.", "tool_call.", "agent.",
    "graph.", "session.", "prompt.", "openai.", "anthropic.", "litellm.", "http.", "url.", "net.", "network.",
    "server.", "client.", "thread.", "code.", "otel.", "telemetry.", "rpc.", "db.", "exception.", "error.",
    "event.", "process.", "host.", "os.", "peer.", "user_agent.", "messaging.", "faas.", "aws.", "az.", "azure.",
    "gcp.", "feature_flag.", "image.", "audio.", "ai.", "operation.", "logfire.", "evaluation", "annotation",
    "trace.evaluations.", "trace.annotations.", "session.", "hidden_params", "public_key", "service.", "deployment.",
    "metadata.user_api_key_user_email", "metadata.requester_", "metadata.usage_object", "metadata.hidden_params",
    "metadata.spend_logs", "metadata.user_agent", "metadata.cold_storage", "metadata.used_client",
    "metadata.mcp_tool", "metadata.vector_store", "metadata.prompt_management", "metadata.applied_guardrails",
    "metadata.routing_decision", "metadata.user_api_key_hash", "metadata.user_api_key_spend",
    "metadata.user_api_key_max_budget", "metadata.user_api_key_budget",
)  # fmt: skip


def is_candidate(key: str) -> bool:
    """Whether a span attribute can be a business key, by its name."""
    if len(key) > 120:
        return False
    if key.startswith("metadata."):
        return not key.startswith(CLAIMED)
    return key.startswith(PREFIXES) or not key.startswith(CLAIMED)


def is_resource_candidate(key: str) -> bool:
    return len(key) <= 120 and not key.startswith(RESOURCE_NOISE)


@lru_cache(maxsize=4096)
def short_name(key: str) -> str:
    for prefix in PREFIXES:
        if key.startswith(prefix):
            return text(key[len(prefix) :], 120) or text(key, 120)
    return text(key, 120)


def is_cost_centre(key: str) -> bool:
    return key.rsplit(".", 1)[-1].replace("-", "_").lower() in COST_CENTRES


def origin_of(resource: dict[str, Any]) -> Origin:
    """What a resource says. A program that never named itself goes by its project, where it has one."""
    service = name(resource, SERVICE)
    if not service or service.startswith(UNKNOWN_SERVICE):
        service = name(resource, PROJECT) or service
    kept: dict[str, str] = {}
    for key, value in resource.items():
        if len(kept) < MOST_KEYS and (said := text(value)):
            kept[text(key, 120)] = said
    centre = next((value for key, value in kept.items() if is_cost_centre(key)), "")
    environment = name(resource, ENVIRONMENT) or name(resource, ("langfuse.environment",))
    return Origin(service, environment, name(resource, RELEASE), centre, kept)


def keys_of(span: Span) -> dict[str, str]:
    """What the span itself says, without its resource; empty for most spans."""
    attributes, own = span.attributes, {}
    if not _STRUCTURED.isdisjoint(attributes):
        for key in METADATA:
            if key in attributes:
                own.update(_metadata(attributes[key]))
        for key in TAGS:
            if key in attributes:
                _tags(attributes[key], own)
    for key, value in span.extra.items():
        if len(own) >= MOST_KEYS:
            break
        if said := text(value):
            own[short_name(key)] = said
    return _of_mlflow(own) if MLFLOW in attributes else own


def _of_mlflow(own: dict[str, str]) -> dict[str, str]:
    """MLflow wraps every value in the quotes of JSON, and puts the parameters of a call among the attributes."""
    return {key: unquoted(value) for key, value in own.items() if key not in PARAMETERS}


def user_of(span: Span) -> str:
    """The user's id as sent."""
    return "" if _USERS.isdisjoint(span.attributes) else name(span.attributes, USER)


def centre_and_user(span: Span, own: dict[str, str], origin: Origin) -> tuple[str, str]:
    """Cost centre and user's id among the business keys; the resource and the user's own attribute help out."""
    centre, user = origin.cost_centre, user_of(span)
    for key, value in own.items():
        sort = _sort(key)
        if sort == "centre":
            centre = value
        elif sort == "user":
            user = user or value
    return centre, user


@lru_cache(maxsize=4096)
def _sort(key: str) -> str:
    if is_cost_centre(key):
        return "centre"
    return "user" if key.lower() in USER_KEYS else ""


def _metadata(held: Any) -> dict[str, str]:
    if isinstance(held, str):
        return dict(_pairs(held))
    return dict(_flat(held))


@lru_cache(maxsize=1024)
def _pairs(held: str) -> tuple[tuple[str, str], ...]:
    return _flat(from_json(held))


def _flat(held: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(held, dict):
        return ()
    said = ((text(key, 120), text(value)) for key, value in list(held.items())[:MOST_KEYS])
    return tuple(pair for pair in said if pair[0] and pair[1])


def _tags(held: Any, own: dict[str, str]) -> None:
    """Tags as one key; a tag like `order:17` is a key of its own too."""
    tags = held if isinstance(held, list) else from_json(held)
    if isinstance(tags, list):
        tags = [text(tag) for tag in tags[:MOST_KEYS] if tag]
    else:
        tags = [text(held)]
    own["tags"] = text(",".join(tags))
    for tag in tags:
        key, colon, value = tag.partition(":")
        if colon and key.strip() and value.strip():
            own.setdefault(key.strip()[:120], value.strip())
