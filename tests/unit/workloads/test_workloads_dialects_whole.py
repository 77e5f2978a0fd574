"""What is read out of a request as a whole: twins, retries, business keys, marks, content, judgements, logs."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.workloads.spans import AT, span
from workloads.calc import dialects, otlp, scores
from workloads.calc.otlp import Event
from workloads.calc.otlp.common import EXTRA, FLAT, SKIP

GENAI = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o"}
TOLD = GENAI | {"gen_ai.usage.input_tokens": 10, "gen_ai.usage.output_tokens": 2}


def ids(read) -> list[int]:
    return [int(call.span_id, 16) for call in read.calls]


def at(index: int) -> str:
    return f"{index:016x}"


def test_a_call_around_a_call_is_one_and_the_inner_counts():
    read = dialects.read_spans([span(1, attributes=TOLD), span(2, attributes=TOLD, parent_id=at(1))])
    assert ids(read) == [2]
    late = dialects.read_spans([span(2, attributes=TOLD, parent_id=at(1)), span(1, attributes=TOLD)])
    assert ids(late) == [2]


def test_the_outer_counts_where_the_inner_tell_no_tokens():
    read = dialects.read_spans([span(1, attributes=TOLD), span(2, attributes=GENAI, parent_id=at(1))])
    assert ids(read) == [1]


def test_an_outer_call_around_several_gives_way_to_all_of_them():
    inner = [span(index, attributes=TOLD, parent_id=at(1)) for index in (2, 3)]
    assert ids(dialects.read_spans([span(1, attributes=TOLD), *inner])) == [2, 3]


def test_an_agent_around_calls_takes_none_of_them():
    agent = GENAI | {"gen_ai.operation.name": "invoke_agent"}
    inner = [span(index, attributes=TOLD, parent_id=at(1)) for index in (2, 3)]
    assert ids(dialects.read_spans([span(1, attributes=agent), *inner])) == [2, 3]


def test_parents_of_another_trace_are_none():
    other = span(2, attributes=TOLD, parent_id=at(1), trace_id=f"{9:032x}")
    assert ids(dialects.read_spans([span(1, attributes=TOLD), other])) == [1, 2]


def test_spans_of_one_twin_key_are_one_and_the_richest_counts():
    key = {"litellm.call_id": "c"}
    rich = TOLD | key | {"gen_ai.cost.total_cost": 0.1}
    assert ids(dialects.read_spans([span(1, attributes=TOLD | key), span(2, attributes=rich)])) == [2]


def test_a_span_sent_twice_in_a_request_is_one():
    assert ids(dialects.read_spans([span(1, attributes=TOLD), span(1, attributes=TOLD)])) == [1]


def failing(index, seconds, error="RateLimitError", **more):
    start = AT + timedelta(seconds=seconds)
    return span(index, start=start, attributes=GENAI | {"error.type": error} | more, parent_id=at(99))


def test_a_call_after_a_failed_one_is_a_retry():
    good = span(3, start=AT + timedelta(seconds=20), attributes=TOLD, parent_id=at(99))
    read = dialects.read_spans([failing(1, 0), failing(2, 10), good])
    assert [call.is_retry for call in read.calls] == [False, True, True]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (
            failing(1, 0, "InvalidRequest"),
            span(2, start=AT + timedelta(seconds=9), attributes=TOLD, parent_id=at(99)),
        ),
        (failing(1, 0), span(2, start=AT + timedelta(seconds=300), attributes=TOLD, parent_id=at(99))),
        (failing(1, 0), span(2, start=AT + timedelta(seconds=9), attributes=TOLD, parent_id=at(98))),
        (failing(1, 0), span(2, start=AT + timedelta(seconds=9), attributes=TOLD)),
        (failing(1, 0), failing(2, 9, "timeout")),
        (
            failing(1, 0),
            span(
                2,
                start=AT + timedelta(seconds=9),
                attributes=TOLD | {"gen_ai.request.model": "o3"},
                parent_id=at(99),
            ),
        ),
    ],
    ids=["not its fault", "too late", "other parent", "no parent", "failed in another way", "other model"],
)
def test_what_is_no_retry(first, second):
    assert not [call for call in dialects.read_spans([first, second]).calls if call.is_retry]


@pytest.mark.parametrize(
    ("said", "is_retry"), [(2, True), ("1", True), (0, False), ("0", False), ("None", False)]
)
def test_a_retry_that_says_so(said, is_retry):
    (call,) = dialects.read_spans([span(attributes=TOLD | {"http.request.resend_count": said})]).calls
    assert call.is_retry is is_retry


RESOURCE = {
    "service.name": "bot",
    "service.version": "1.4",
    "deployment.environment.name": "prod",
    "team": "care",
    "cost_centre": "CC-1",
}


def test_business_keys_of_the_span_go_before_the_resource():
    metadata = json.dumps({"cost_centre": "CC-2", "order": 17, "nested": {"a": 1}, "none": None})
    held = TOLD | {"metadata": metadata, "tag.tags": ["gold", "ticket:T-9"], "user.id": "u-1"}
    extra = {"my.order": "A", "baggage.region": "south", "langfuse.trace.metadata.plan": "pro", "on": True}
    (call,) = dialects.read_spans([span(attributes=held, extra=extra, resource=RESOURCE)]).calls
    own = {
        "cost_centre": "CC-2",
        "order": "17",
        "nested": '{"a": 1}',
        "tags": "gold,ticket:T-9",
        "ticket": "T-9",
    }
    own |= {"my.order": "A", "region": "south", "plan": "pro", "on": "true"}
    assert call.business == RESOURCE | own
    assert (call.cost_centre, call.user_raw, call.service, call.release) == ("CC-2", "u-1", "bot", "1.4")


def test_without_keys_of_its_own_a_call_has_those_of_its_resource():
    (call,) = dialects.read_spans([span(attributes=TOLD, resource=RESOURCE)]).calls
    assert (call.business, call.cost_centre, call.environment) == (RESOURCE, "CC-1", "prod")


def test_business_keys_are_few_and_short():
    extra = {f"key.{index}": "x" * 900 for index in range(100)}
    (call,) = dialects.read_spans([span(attributes=TOLD, extra=extra)]).calls
    assert len(call.business) == 32 and {len(value) for value in call.business.values()} == {200}


def test_a_project_stands_in_for_a_program_without_a_name():
    unnamed = {"service.name": "unknown_service:python", "openinference.project.name": "bot"}
    found = [
        dialects.read_spans([span(attributes=TOLD, resource=held)]).calls[0].service
        for held in (unnamed, {}, RESOURCE)
    ]
    assert found == ["bot", "", "bot"]


def test_a_span_that_is_no_call_and_has_keys_is_a_mark():
    work = span(1, name="handle", attributes={"user.id": "u"}, extra={"order": "17"}, resource=RESOURCE)
    plain = span(2, attributes={"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "find"})
    again = span(3, attributes={"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "find"})
    read = dialects.read_spans([work, plain, again])
    mark, tool = read.marks
    assert (mark.name, mark.business["order"], mark.user_raw, mark.service) == ("handle", "17", "u", "bot")
    assert mark.ended_at - mark.started_at == timedelta(milliseconds=250) and not read.calls
    assert (mark.parts, tool.parts) == ((), (("tool", "find", ""),))


def test_how_names_of_attributes_are_sorted():
    keys = dialects.KEYS
    assert {keys[name] for name in ("order_id", "traceloop.association.properties.x", "metadata.team")} == {
        EXTRA
    }
    assert {keys[name] for name in ("llm.tools.0.tool.json_schema", "evaluations.0.evaluation.name")} == {
        FLAT
    }
    vector, text = "embedding.embeddings.0.embedding.vector", "llm.input_messages.0.message.content"
    assert {keys[name] for name in (vector, text, "http.url", "x" * 500)} == {SKIP}
    assert dialects.KEYS_WITH_CONTENT[text] == FLAT and dialects.KEYS_WITH_CONTENT[vector] == SKIP


def with_content(attributes, **fields):
    (call,) = dialects.read_spans([span(attributes=attributes, **fields)], True).calls
    return call.content_in, call.content_out


def test_content_of_current_and_older_conventions():
    messages = '[{"role":"user"}]'
    assert with_content(TOLD | {"gen_ai.input.messages": messages, "gen_ai.output.messages": "out"}) == (
        messages,
        "out",
    )
    told = with_content(TOLD | {"gen_ai.system_instructions": "be brief", "gen_ai.input.messages": messages})
    assert json.loads(told[0]) == {"system": "be brief", "messages": [{"role": "user"}]}
    flat = {
        "gen_ai.prompt.0.content": "hi",
        "gen_ai.prompt.0.role": "user",
        "gen_ai.completion.0.content": "yes",
    }
    assert [json.loads(text) for text in with_content(TOLD, flat=flat)] == [
        [{"content": "hi", "role": "user"}],
        [{"content": "yes"}],
    ]
    events = (
        Event("gen_ai.user.message", 0, {"content": "hi"}),
        Event("gen_ai.choice", 0, {"message": "yes"}),
    )
    assert with_content(TOLD, events=events) == ('[{"content": "hi"}]', '[{"message": "yes"}]')


def test_content_is_cut_and_loses_what_a_database_refuses():
    said, _ = with_content(TOLD | {"gen_ai.input.messages": "\x00\ud800é" + "x" * 200_000})
    assert len(said) <= 100_000 and "\x00" not in said and said.encode()


def test_results_as_span_events():
    held = {"gen_ai.evaluation.name": "factuality", "gen_ai.evaluation.score.value": 0.5}
    held |= {
        "gen_ai.evaluation.score.label": "pass",
        "gen_ai.evaluator.name": "judge",
        "gen_ai.evaluator.version": "2",
    }
    nameless = Event("gen_ai.evaluation.result", 0, {"gen_ai.evaluation.score.value": 1})
    events = (Event("gen_ai.evaluation.result", 0, held), nameless)
    (made,) = dialects.read_spans([span(attributes=TOLD, events=events, resource=RESOURCE)]).evaluations
    assert (made.name, made.value, made.label, made.source) == ("factuality", 0.5, "pass", "span_event")
    assert (made.evaluator, made.evaluator_version, made.service, made.environment) == (
        "judge",
        "2",
        "bot",
        "prod",
    )
    assert (made.trace_id, made.span_id, made.at) == (f"{1:032x}", at(1), AT + timedelta(milliseconds=250))


def annotation(prefix="evaluations", word="evaluation", **more):
    held = {"name": "tone", "score": 1, "annotator_kind": "HUMAN"} | more
    return {f"{prefix}.0.{word}.{key}": value for key, value in held.items()}


def test_annotations_of_openinference_in_both_spellings_are_one():
    flat = annotation() | annotation("annotations", "annotation")
    (made,) = dialects.read_spans([span(flat=flat)]).evaluations
    assert (made.name, made.value, made.evaluator, made.source) == ("tone", 1.0, "human", "annotation")


def test_an_annotation_speaks_of_the_span_that_it_links_to():
    more = {"identifier": "judge-v2", "metadata": '{"version": "3"}'}
    carrier = span(1, flat=annotation(**more), link=(f"{7:032x}", at(8)))
    (made,) = dialects.read_spans([carrier]).evaluations
    assert (made.trace_id, made.span_id, made.evaluator, made.evaluator_version) == (
        f"{7:032x}",
        at(8),
        "judge-v2",
        "3",
    )
    (whole,) = dialects.read_spans([span(1, flat=annotation("trace.evaluations"))]).evaluations
    assert (whole.trace_id, whole.span_id) == (f"{1:032x}", "")


def logs(*records):
    scoped = {"scope": {"name": "judge", "version": "2"}, "logRecords": list(records)}
    body = json.dumps({"resourceLogs": [{"scopeLogs": [scoped]}]}).encode()
    return otlp.decode_logs(body, otlp.JSON)


def record(event, attributes=(), **more):
    ids = {"traceId": f"{1:032x}", "spanId": at(1), "timeUnixNano": str(int(AT.timestamp()) * 10**9)}
    pairs = [
        {"key": key, "value": {"stringValue" if isinstance(value, str) else "doubleValue": value}}
        for key, value in dict(attributes).items()
    ]
    return ids | {"eventName": event, "attributes": pairs} | more


RESULT = "gen_ai.evaluation.result"
NAMED = {"gen_ai.evaluation.name": "tone", "gen_ai.evaluation.score.value": 0.5}


def test_log_events_that_cannot_be_placed_are_refused_with_their_reason():
    records = [
        record(RESULT, NAMED),
        record(RESULT, {"gen_ai.evaluation.score.value": 1.0}),
        record(RESULT, NAMED, spanId=""),
        record(RESULT, NAMED, timeUnixNano="5"),
        record("something.else", spanId=""),
    ]
    read = dialects.read_logs(logs(*records), at=AT)
    assert (read.records, read.rejected, len(read.evaluations), read.texts) == (5, 3, 1, [])
    assert "without the ids" in read.sentence and "without gen_ai.evaluation.name" in read.sentence
    assert (read.evaluations[0].evaluator, read.evaluations[0].evaluator_version) == ("judge", "2")


def test_older_log_events_are_joined_by_their_span():
    body = {"kvlistValue": {"values": [{"key": "content", "value": {"stringValue": "hi"}}]}}
    said = [record("gen_ai.system.message", body=body), record("gen_ai.user.message", body=body)]
    (text,) = dialects.read_logs(logs(*said, record("gen_ai.choice", body=body)), True).texts
    assert json.loads(text.content_in) == [
        {"role": "system", "content": "hi"},
        {"role": "user", "content": "hi"},
    ]
    assert json.loads(text.content_out) == {"content": "hi"} and text.span_id == at(1)


SCORE = {"id": "s1", "traceId": "F" * 32, "name": "helpful", "value": 0.5}
NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "value", "label"),
    [(SCORE, 0.5, ""), (SCORE | {"value": True}, 1.0, ""), (SCORE | {"value": "good"}, None, "good")]
    + [(SCORE | {"value": 1, "stringValue": "True"}, 1.0, "True")],
)
def test_a_score_has_a_figure_or_a_label(said, value, label):
    read = scores.read_scores(json.dumps(said).encode(), NOW)
    (made,) = read.evaluations
    assert (made.value, made.label, made.trace_id, made.external_id, made.at) == (
        value,
        label,
        "f" * 32,
        "s1",
        NOW,
    )
    assert scores.scores_answer(read) == (202, b'{"message": "Accepted", "id": "s1"}')


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"name": ""}, "needs a name"),
        ({"traceId": None, "sessionId": "s"}, "needs the traceId"),
        ({"traceId": "short"}, "traceId is not 32 hex digits"),
        ({"observationId": "zz"}, "observationId is not 16 hex digits"),
        ({"value": None}, "needs a value"),
        ({"value": {}}, "needs a value"),
    ],
)
def test_scores_that_say_nothing_are_refused_one_by_one(changes, reason):
    read = scores.read_scores(json.dumps([SCORE, SCORE | changes]).encode(), NOW)
    status, answer = scores.scores_answer(read)
    told = json.loads(answer)
    assert (len(read.evaluations), read.rejected, status) == (1, 1, 207)
    assert (told["accepted"], told["rejected"]) == (1, 1) and reason in told["errors"][0]["message"]


def test_the_older_ingestion_keeps_scores_and_passes_over_the_rest():
    batch = [
        {"type": "trace-create", "body": {"id": "t"}},
        {"type": "score-create", "id": "e", "body": SCORE},
    ]
    read = scores.read_scores(json.dumps({"batch": batch}).encode(), NOW)
    assert len(read.evaluations) == 1
    assert json.loads(scores.scores_answer(read)[1]) == {
        "successes": [{"id": "s1", "status": 201}],
        "errors": [],
    }


@pytest.mark.parametrize("body", [b"", b"[1]", b"7", b"[" * 100_000, b"\xff"])
def test_bodies_that_are_no_scores(body):
    with pytest.raises(otlp.BrokenBody):
        scores.read_scores(body, NOW)


def test_too_many_scores():
    with pytest.raises(otlp.BodyTooLarge, match="5,000"):
        scores.read_scores(json.dumps([SCORE] * 5001).encode(), NOW)
