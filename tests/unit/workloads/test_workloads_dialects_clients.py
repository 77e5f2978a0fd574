"""Langfuse, Traceloop, MLflow and LiteLLM: their shapes of usage, their costs, their failures, their traps."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.unit.workloads.spans import AT, raised, span
from workloads.calc import dialects
from workloads.calc.dialects import litellm
from workloads.calc.dialects.values import money
from workloads.calc.otlp import Event


def call_of(attributes, with_content=False, **fields):
    read = dialects.read_spans([span(attributes=attributes, **fields)], with_content)
    assert not read.reasons
    return read.calls[0] if read.calls else None


def tokens(call) -> tuple:
    return (
        call.input_tokens,
        call.output_tokens,
        call.cached_tokens,
        call.cache_write_tokens,
        call.reasoning_tokens,
    )


def langfuse(usage=None, kind="generation", **more):
    held = {"langfuse.observation.type": kind, "langfuse.observation.model.name": "gpt-4o-mini"}
    if usage is not None:
        held["langfuse.observation.usage_details"] = usage if isinstance(usage, str) else json.dumps(usage)
    return held | {f"langfuse.{key.replace('__', '.')}": value for key, value in more.items()}


OPENAI = {
    "prompt_tokens": 1200,
    "completion_tokens": 85,
    "prompt_tokens_details": {"cached_tokens": 1024, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 32},
}


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (OPENAI, (1200, 85, 1024, 0, 32)),
        (
            {"input_tokens": 12, "output_tokens": 8, "input_tokens_details": {"cached_tokens": 4}},
            (12, 8, 4, 0, 0),
        ),
        ({"input": 16}, (16, 0, 0, 0, 0)),
        (
            {
                "input": 176,
                "input_cached_tokens": 1024,
                "output": 53,
                "output_reasoning_tokens": 32,
                "total": 1285,
            },
            (1200, 85, 1024, 0, 32),
        ),
        ({"input": 10, "input_audio_tokens": 5, "output": 3, "output_audio": 2}, (15, 5, 0, 0, 0)),
        (
            {
                "input_tokens": 9,
                "output_tokens": 4,
                "cache_read_input_tokens": 90,
                "cache_creation_input_tokens": 1,
            },
            (100, 4, 90, 1, 0),
        ),
        ({"total": 40}, (40, 0, 0, 0, 0)),
        ({}, (0, 0, 0, 0, 0)),
        ("no json", (0, 0, 0, 0, 0)),
        ("[1, 2]", (0, 0, 0, 0, 0)),
        ({**OPENAI, "prompt_tokens_details": None}, (1200, 85, 0, 0, 32)),
    ],
)
def test_langfuse_usage_in_its_three_shapes(usage, expected):
    call = call_of(langfuse(usage))
    assert tokens(call) == expected and not call.clamped


@pytest.mark.parametrize(
    "kind", ["span", "agent", "tool", "chain", "retriever", "evaluator", "guardrail", "event"]
)
def test_langfuse_observations_that_are_no_calls(kind):
    assert call_of(langfuse(OPENAI, kind)) is None


def test_langfuse_embedding_and_where_it_comes_from():
    call = call_of(langfuse({"input": 16}, "embedding", environment="default", release="1.4"))
    assert (call.operation, call.environment, call.release) == ("embeddings", "", "1.4")
    assert call_of(langfuse(OPENAI, environment="staging")).environment == "staging"


@pytest.mark.parametrize(
    ("details", "cost"),
    [
        ('{"total": 0.00015419999999999998}', Decimal("0.0001542")),
        ('{"input": 0.1, "output": 0.2}', Decimal("0.3")),
        ('{"input": 0, "output": 0, "total": 0}', None),
        ('{"total": "Infinity"}', None),
        ('{"total": Infinity}', None),
        ('{"total": -1}', None),
        ("broken", None),
    ],
)
def test_langfuse_cost_only_when_it_is_a_positive_number(details, cost):
    assert call_of(langfuse(OPENAI, observation__cost_details=details)).cost_client == cost


def test_langfuse_failure_without_the_provider_s_words():
    message = "Error code: 429 - the prompt said: my name is Jane"
    call = call_of(langfuse(None, observation__level="ERROR", observation__status_message=message))
    assert (call.is_error, call.error_type, tokens(call)) == (True, "429", (0, 0, 0, 0, 0))
    assert call_of(langfuse(None, observation__level="ERROR")).error_type == "error"


def test_langfuse_prompt_first_token_and_parameters_of_infinity():
    more = {
        "observation__prompt__name": "answer",
        "observation__prompt__version": 7,
        "observation__completion_start_time": '"2026-11-20T09:00:00.120Z"',
        "observation__model__parameters": '{"max_tokens": "Infinity"}',
    }
    call = call_of(langfuse(OPENAI, **more))
    assert (call.prompt_name, call.prompt_version, call.ttft_ms) == ("answer", "7", 120)
    early = langfuse(OPENAI, observation__completion_start_time='"2020-01-01T00:00:00Z"')
    assert call_of(early).ttft_ms is None


GENAI = {"gen_ai.operation.name": "chat", "gen_ai.system": "openai", "gen_ai.request.model": "gpt-4o"}


def test_traceloop_reads_its_own_names():
    held = GENAI | {
        "traceloop.workflow.name": "tickets",
        "traceloop.prompt.key": "answer",
        "traceloop.prompt.version": 3,
        "gen_ai.usage.input_tokens": 1200,
        "gen_ai.usage.output_tokens": 85,
        "gen_ai.usage.cache_read_input_tokens": 1024,
        "gen_ai.usage.reasoning_tokens": 32,
    }
    extra = {"traceloop.association.properties.cost_centre": "CC-17"}
    call = call_of(held, extra=extra)
    assert (call.dialect, tokens(call)) == ("traceloop", (1200, 85, 1024, 0, 32))
    assert (call.prompt_name, call.prompt_version) == ("answer", "3")
    assert (call.cost_centre, call.business) == ("CC-17", {"cost_centre": "CC-17"})


def test_traceloop_wrappers_are_no_calls_and_name_the_pipeline():
    for kind in ("workflow", "task", "agent", "tool"):
        assert call_of(GENAI | {"traceloop.span.kind": kind}) is None
    read = dialects.read_spans(
        [span(attributes={"traceloop.span.kind": "workflow", "traceloop.workflow.name": "tickets"})]
    )
    assert [mark.parts for mark in read.marks] == [(("pipeline", "tickets", ""),)]


def test_traceloop_is_known_by_its_scope_and_the_official_one_is_not_it():
    scopes = {
        "opentelemetry.instrumentation.openai.v1": "traceloop",
        "opentelemetry.instrumentation.openai_v2": "genai",
    }
    for scope, dialect in scopes.items():
        assert call_of(GENAI, scope=scope).dialect == dialect


def mlflow(kind="CHAT_MODEL", **more):
    quoted = {"mlflow.spanType": json.dumps(kind), "mlflow.llm.model": '"gpt-4o-mini"'}
    return quoted | {f"mlflow.{key.replace('__', '.')}": json.dumps(value) for key, value in more.items()}


def test_mlflow_values_are_json_and_cached_is_within_the_input():
    usage = {
        "input_tokens": 1200,
        "output_tokens": 85,
        "total_tokens": 1285,
        "cache_read_input_tokens": 1024,
    }
    call = call_of(
        mlflow(
            chat__tokenUsage=usage, llm__provider="openai", llm__cost={"total_cost": 0.25, "input_cost": 0.2}
        )
    )
    assert (call.model, call.provider, call.cost_client) == ("gpt-4o-mini", "openai", Decimal("0.25"))
    assert tokens(call) == (1200, 85, 1024, 0, 0)


@pytest.mark.parametrize("size", [3, 100_000])
def test_mlflow_embeddings_take_their_usage_from_what_came_out(size):
    outputs = {"data": [{"embedding": [0.1] * size}], "model": "text-embedding-3-small"}
    outputs |= {"object": "list", "usage": {"prompt_tokens": 16, "total_tokens": 16}}
    call = call_of(mlflow("EMBEDDING", spanOutputs=outputs), with_content=True)
    assert (call.operation, call.input_tokens, call.content_out) == ("embeddings", 16, "")


def test_mlflow_failure_names_the_model_that_was_asked_for():
    held = {"mlflow.spanType": '"CHAT_MODEL"', "model": '"gpt-4o-mini"'}
    call = call_of(held, failed=True, events=raised("RateLimitError"))
    assert (call.model, call.is_error, call.error_type) == ("gpt-4o-mini", True, "RateLimitError")


def test_mlflow_prompts_and_wrappers():
    call = call_of(mlflow(linkedPrompts=[{"name": "answer", "version": "4"}]))
    assert (call.prompt_name, call.prompt_version) == ("answer", "4")
    for kind in ("CHAIN", "AGENT", "TOOL", "RETRIEVER", "PARSER", "UNKNOWN"):
        assert call_of(mlflow(kind)) is None


def test_mlflow_business_keys_lose_their_quotes_and_parameters_are_none():
    call = call_of(mlflow(), extra={"order_id": '"A-17"', "temperature": "0.2", "retries": 3})
    assert call.business == {"order_id": "A-17", "retries": "3"}


REPR = (
    "{'completion_tokens': 85, 'prompt_tokens': 1200, 'completion_tokens_details': {'reasoning_tokens': 32, "
    "'text_tokens': None}, 'prompt_tokens_details': {'audio_tokens': 0, 'cached_tokens': 1024}}"
)


def from_litellm(**more):
    held = GENAI | {"gen_ai.usage.input_tokens": 1200, "gen_ai.usage.output_tokens": 85}
    return held | {"metadata.usage_object": REPR, "litellm.call_id": "call-1"} | more


def test_litellm_reads_the_repr_and_its_own_cost():
    call = call_of(from_litellm(**{"gen_ai.cost.total_cost": 0.00015419999999999998}), scope="litellm")
    assert (call.dialect, tokens(call)) == ("litellm", (1200, 85, 1024, 0, 32))
    assert (call.cost_client, call.drops_cached, call.twin_key) == (Decimal("0.0001542"), False, "call-1")


def test_litellm_without_its_usage_object_is_an_upper_bound():
    call = call_of(from_litellm(**{"metadata.usage_object": ""}), scope="litellm")
    assert call.drops_cached and call.cost_client is None and call.cached_tokens == 0


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        ("{'a': 1, 'b': None}", {"a": 1, "b": None}),
        ("{'a': \"it's\"}", {"a": "it's"}),
        ("__import__('os').getpid()", {}),
        ("{'a': __import__('os')}", {}),
        ("[1]", {}),
        ("", {}),
        ("(" * 4000, {}),
        ("-" * 7999, {}),
        ("{'a': 1}" + " " * 9000, {}),
        (7, {}),
    ],
)
def test_a_repr_is_read_and_never_run(held, expected):
    assert litellm.usage_object(held) == expected


def test_litellm_s_raw_twin_is_no_call():
    raw = {"llm.openai.id": "x", "llm.openai.usage": REPR}
    assert call_of(raw, scope="litellm", name="raw_gen_ai_request") is None
    assert call_of(from_litellm(), scope="litellm", name="raw_gen_ai_request") is None
    assert call_of(raw, scope="litellm", name="a name of the user's") is None


def test_litellm_teams_are_business_keys_and_addresses_of_people_are_not():
    keys = dialects.KEYS
    assert keys["metadata.user_api_key_team_alias"] == keys["my.order"] == keys["baggage.ticket"]
    assert not any(
        keys[name]
        for name in (
            "metadata.user_api_key_user_email",
            "metadata.requester_ip_address",
            "hidden_params",
            "http.url",
        )
    )


def test_money_is_positive_finite_and_free_of_binary_dust():
    assert money(0.1 + 0.2) == Decimal("0.3") and money("1.5e-7") == Decimal("1.5E-7") and money(2) == 2
    assert not any(
        money(value) for value in (0, -1, True, None, "x", float("nan"), float("inf"), 1e300, [], {})
    )


def test_the_first_chunk_of_the_conventions_and_of_openinference():
    assert call_of(GENAI | {"gen_ai.response.time_to_first_chunk": 0.25}).ttft_ms == 250
    assert call_of(GENAI | {"gen_ai.response.time_to_first_chunk": "soon"}).ttft_ms is None
    kind = {"openinference.span.kind": "LLM", "llm.model_name": "m"}
    first = int(datetime(2026, 11, 20, 9, 0, 0, 30_000, tzinfo=UTC).timestamp() * 1000) * 10**6
    assert call_of(kind, events=(Event("First Token Stream Event", first, {}),)).ttft_ms == 30


def test_openinference_cost_tools_and_prompt():
    held = {"openinference.span.kind": "LLM", "llm.model_name": "m", "llm.cost.total": 0.5}
    held |= {"llm.prompt_template.version": "v2", "llm.prompt_template.name": "answer"}
    schema = '{"type": "function", "function": {"name": "find"}}'
    call = call_of(
        held, flat={"llm.tools.0.tool.json_schema": schema, "llm.tools.1.tool.json_schema": "broken"}
    )
    assert (call.cost_client, call.tools) == (Decimal("0.5"), ("find",))
    assert (call.prompt_name, call.prompt_version) == ("answer", "v2")


def test_tools_and_prompt_of_the_conventions():
    definitions = '[{"type": "function", "name": "find"}, {"name": "send"}, {"name": "find"}]'
    held = GENAI | {"gen_ai.tool.definitions": definitions, "gen_ai.prompt.name": "answer"}
    call = call_of(held)
    assert (call.tools, call.prompt_name, call.started_at) == (("find", "send"), "answer", AT)
