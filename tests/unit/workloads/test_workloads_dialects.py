"""What counts as a call under the GenAI conventions and OpenInference, under which names, and what is refused."""

from datetime import timedelta

import pytest

from tests.unit.workloads.spans import AT, raised
from tests.unit.workloads.spans import span as make_span
from workloads.calc import dialects
from workloads.calc.dialects import genai as genai_dialect


def span(**fields):
    return make_span(**fields)


def call_of(held):
    read = dialects.read_spans([held])
    assert not read.reasons
    return read.calls[0] if read.calls else None


def genai(**more):
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 20,
    } | more


def inference(kind="LLM", **more):
    return {"openinference.span.kind": kind, "llm.model_name": "gpt-4o", "llm.token_count.prompt": 100} | more


def test_genai_current_names():
    extra = {
        "gen_ai.response.model": "gpt-4o-2024-11-20",
        "gen_ai.usage.cache_read.input_tokens": 60,
        "gen_ai.usage.cache_creation.input_tokens": 10,
        "gen_ai.usage.reasoning.output_tokens": 5,
    }
    call = call_of(span(attributes=genai(**extra), resource={"deployment.environment.name": "prod"}))
    assert (call.model, call.provider, call.operation, call.environment) == (
        "gpt-4o-2024-11-20",
        "openai",
        "chat",
        "prod",
    )
    assert (call.input_tokens, call.output_tokens, call.cached_tokens) == (100, 20, 60)
    assert (call.cache_write_tokens, call.reasoning_tokens, call.latency_ms) == (10, 5, 250)
    assert not call.is_error and not call.clamped and not call.drops_cached and call.is_production


def test_genai_older_names():
    older = {
        "gen_ai.system": "openai",
        "gen_ai.request.model": "gpt-4o",
        "llm.request.type": "completion",
        "gen_ai.usage.prompt_tokens": 7,
        "gen_ai.usage.completion_tokens": 3,
    }
    call = call_of(span(attributes=older))
    assert (call.operation, call.input_tokens, call.output_tokens) == ("text_completion", 7, 3)


@pytest.mark.parametrize(
    "operation", ["invoke_agent", "execute_tool", "create_agent", "invoke_workflow", "plan"]
)
def test_wrappers_are_no_calls(operation):
    assert call_of(span(attributes=genai(**{"gen_ai.operation.name": operation}))) is None


@pytest.mark.parametrize("kind", ["CHAIN", "TOOL", "AGENT", "RETRIEVER", "GUARDRAIL", "nonsense"])
def test_openinference_wrappers_are_no_calls(kind):
    assert call_of(span(attributes=inference(kind))) is None


def test_a_raw_twin_and_a_foreign_span_are_no_calls():
    assert call_of(span(name="raw_gen_ai_request", attributes=genai())) is None
    assert call_of(span(attributes={"http.method": "POST"})) is None
    assert call_of(span(attributes={"gen_ai.system": "openai"})) is None


def test_the_service_tier_says_what_was_a_batch_call():
    asked, answered = "openai.request.service_tier", "gen_ai.openai.response.service_tier"
    told = ({asked: "batch"}, {asked: "auto", answered: "Batch"}, {asked: "batch", answered: "default"})
    assert [call_of(span(attributes=genai(**tier))).is_batch for tier in told] == [True, True, False]
    assert not call_of(span(attributes=genai())).is_batch


def test_embeddings_count():
    call = call_of(span(attributes=genai(**{"gen_ai.operation.name": "embeddings"})))
    assert call.operation == "embeddings"
    call = call_of(
        span(
            attributes={
                "openinference.span.kind": "EMBEDDING",
                "embedding.model_name": "e-3",
                "llm.token_count.total": 16,
            }
        )
    )
    assert (call.operation, call.model, call.input_tokens) == ("embeddings", "e-3", 16)


def test_a_failed_call_is_an_error_and_finds_its_model_in_the_parameters():
    asked = {"openinference.span.kind": "LLM", "llm.invocation_parameters": '{"model": "gpt-4o"}'}
    call = call_of(span(failed=True, events=raised("RateLimitError"), attributes=asked))
    assert (call.is_error, call.error_type, call.model) == (True, "RateLimitError", "gpt-4o")
    call = call_of(span(attributes=genai(**{"error.type": "timeout"})))
    assert (call.is_error, call.error_type) == (True, "timeout")


@pytest.mark.parametrize("text", ["[1]", "no json", "[" * 100_000, '{"model": {}}'])
def test_odd_parameters_name_no_model(text):
    asked = {"openinference.span.kind": "LLM", "llm.invocation_parameters": text}
    assert call_of(span(attributes=asked)).model == ""


def test_a_part_larger_than_its_whole_is_cut_and_flagged():
    call = call_of(span(attributes=genai(**{"gen_ai.usage.cache_read.input_tokens": 500})))
    assert (call.cached_tokens, call.input_tokens, call.clamped) == (100, 100, True)


def test_clients_known_to_drop_cached_tokens_give_an_upper_bound():
    for scope in sorted(genai_dialect.DROPS_CACHED):
        assert call_of(span(scope=scope, attributes=genai())).drops_cached
        told = genai(**{"gen_ai.usage.cache_read.input_tokens": 0})
        assert not call_of(span(scope=scope, attributes=told)).drops_cached


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"trace_id": ""}, "trace id"),
        ({"trace_id": "0" * 32}, "trace id"),
        ({"span_id": "0" * 16}, "span id"),
        ({"span_id": "a" * 18}, "span id"),
        ({"start_ns": 0}, "before 2015"),
        ({"start": AT + timedelta(days=1, seconds=1)}, "future"),
        ({"attributes": genai(**{"gen_ai.usage.input_tokens": -1})}, "negative"),
        ({"attributes": genai(**{"gen_ai.usage.output_tokens": "many"})}, "no number"),
        ({"attributes": genai(**{"gen_ai.usage.output_tokens": float("nan")})}, "no number"),
        ({"attributes": genai(**{"gen_ai.usage.output_tokens": float("inf")})}, "no number"),
        ({"attributes": genai(**{"gen_ai.usage.output_tokens": 1.5})}, "whole"),
        ({"attributes": genai(**{"gen_ai.usage.output_tokens": True})}, "whole"),
        ({"attributes": genai(**{"gen_ai.usage.input_tokens": 2**62})}, "billion"),
    ],
)
def test_bad_spans_are_refused_one_by_one(changes, reason):
    changes = {"attributes": genai()} | changes
    read = dialects.read_spans([span(attributes=genai()), span(**({"index": 2} | changes))], at=AT)
    assert len(read.calls) == 1 and read.rejected == 1
    assert reason in next(iter(read.reasons)) and reason in read.sentence


def test_names_are_cut_and_lose_their_nul():
    call = call_of(span(attributes=genai(**{"gen_ai.request.model": "m\x00" + "x" * 900})))
    assert "\x00" not in call.model and 190 < len(call.model) <= dialects.NAME_LENGTH


@pytest.mark.parametrize(
    ("name", "counts"), [("", True), ("Production", True), ("staging", False), ("test", False)]
)
def test_what_counts_as_production(name, counts):
    resource = {"deployment.environment": name} if name else {}
    assert call_of(span(attributes=genai(), resource=resource)).is_production is counts


def test_text_is_never_asked_for():
    asked = [key for key, sort in dialects.KEYS.items() if sort]
    assert asked and not [key for key in asked if "messages" in key or key.endswith(".value")]
