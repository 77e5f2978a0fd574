"""Calls page by page and one by one, changes, live counters: what is shown, to whom, and what is read for it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from aiops.models import AuditEvent
from tests.factories import make_workload
from workloads.calc.dialects import NormalisedCall
from workloads.models import Call, CallContent, Evaluation, LogContent, UsageHour, Workload
from workloads.operations.call_store import store_calls
from workloads.queries import calls as reads


@pytest.fixture
def workload(cast):
    return make_workload(cast)


def recent():
    return timezone.now().replace(minute=30, second=0, microsecond=0) - timedelta(hours=2)


def make(n, started=None, model="gpt-4o-mini", **more):
    said = {"provider": "openai", "input_tokens": 1200, "environment": "production"} | more
    return NormalisedCall(f"{n:032x}", f"{n:016x}", started or recent() + timedelta(seconds=n), model, **said)


def store(workload, *calls):
    store_calls(workload=workload, calls=calls, at=timezone.now())
    return list(Call.objects.filter(workload=workload).order_by("-started_at", "-trace_id"))


def url(name, workload, *more):
    return reverse(f"workloads:{name}", args=[workload.number, *more])


def walk(user, workload, **asked):
    """Every call of every page, in the order shown, and how many pages."""
    seen, after, pages = [], "", 0
    while True:
        page = reads.call_page(user, workload, asked, timezone.now(), after)
        seen += [call.span_id for call in page.calls]
        pages, after = pages + 1, page.older
        if not after:
            return seen, pages
        assert pages < 50


def test_pages_follow_each_other_by_key_and_miss_nothing(cast, workload):
    start = recent()
    calls = [make(n, start - timedelta(minutes=7 * n)) for n in range(1, 131)]
    stored = store(workload, *calls)
    seen, pages = walk(cast.owner, workload)
    assert seen == [call.span_id for call in stored] and pages >= 3


def test_calls_of_one_moment_are_told_apart(cast, workload):
    at = recent()
    store(workload, *[make(n, at) for n in range(1, 121)])
    seen, _ = walk(cast.owner, workload)
    assert len(seen) == len(set(seen)) == 120


def test_rare_calls_are_found_behind_many_others(cast, workload):
    start = recent()
    store(
        workload,
        *[make(n, start - timedelta(minutes=n)) for n in range(1, 200)],
        make(900, start - timedelta(days=20), model="rare"),
        make(901, start - timedelta(days=30), dialect="mlflow"),
    )
    with CaptureQueriesContext(
        connection,
    ) as queries:
        page = reads.call_page(cast.owner, workload, {"model": "rare"}, timezone.now())
    of_calls = [q["sql"] for q in queries if 'FROM "workloads_call"' in q["sql"]]
    assert [call.model for call in page.calls] == ["rare"] and len(of_calls) == 1
    assert walk(cast.owner, workload, dialect="mlflow")[0] == [f"{901:016x}"]


def test_nothing_counts_calls(cast, workload):
    store(workload, make(1), make(2))
    client = cast.client(cast.owner)
    client.get(url("calls", workload))
    with CaptureQueriesContext(connection) as queries:
        for asked in ({}, {"failed": "on"}, {"source": "list"}, {"dialect": "genai"}):
            client.get(url("calls", workload), asked)
    of_calls = [q["sql"] for q in queries if '"workloads_call"' in q["sql"]]
    assert of_calls and not any("COUNT(" in sql.upper() for sql in of_calls)
    assert all("LIMIT" in sql for sql in of_calls)


def test_each_filter(cast, workload):
    store(
        workload,
        make(1, operation="embeddings"),
        make(2, environment="staging"),
        make(3, is_error=True, error_type="429", input_tokens=0),
        make(4, model="home-made"),
        make(5, cost_centre="4200"),
        make(6, drops_cached=True),
        make(7, dialect="langfuse"),
        make(8, started=recent() - timedelta(days=5)),
    )
    day = (recent() - timedelta(days=5)).date()
    expected = {
        "operation=embeddings": {1},
        "environment=staging": {2},
        "failed=on": {3},
        "source=none": {3},
        "source=unpriced": {4},
        "model=home-made": {4},
        "cost_centre=4200": {5},
        "source=upper_bound": {6},
        "dialect=langfuse": {7},
        f"since={day}&until={day}": {8},
        "source=client": set(),
        "failed=on&source=unpriced": set(),
    }
    client = cast.client(cast.owner)
    for query, wanted in expected.items():
        text = client.get(f"{url('calls', workload)}?{query}").content.decode()
        shown = {n for n in range(1, 9) if f"call {n:016x}" in text}
        assert shown == wanted, query


def test_odd_addresses_do_no_harm(cast, workload):
    store(workload, make(1))
    client = cast.client(cast.owner)
    odd = [
        "after=x",
        "after=" + "9" * 17 + "-" + "0" * 32 + "-" + "0" * 16,
        "since=x",
        "source='",
        "model=%00",
    ]
    odd += ["until=9999-12-31", "since=0001-01-01", "page=7", "dialect=%F0", "failed=maybe", "after=%00"]
    for query in odd:
        assert client.get(f"{url('calls', workload)}?{query}").status_code == 200, query
    for reference in ("x", "1-2-3", "9" * 17 + "-" + "a" * 32 + "-" + "b" * 16):
        assert client.get(url("call", workload, reference)).status_code == 404
        assert client.get(url("call_content", workload, reference)).status_code == 404


def test_a_part_for_htmx_and_a_page_for_everybody(cast, workload):
    store(workload, *[make(n) for n in range(1, 60)])
    client = cast.client(cast.owner)
    part = client.get(url("calls", workload), {"model": "gpt-4o-mini"}, headers={"HX-Request": "true"})
    text = part.content.decode()
    assert "<html" not in text and "Older calls" in text and "model=gpt-4o-mini" in text
    assert '<option value="gpt-4o-mini">' in client.get(url("calls", workload)).content.decode()


def test_calls_past_their_days_are_not_looked_for(cast, workload):
    store(workload, make(1))
    late = timezone.now() + timedelta(days=200)
    assert reads.call_page(cast.owner, workload, {}, late).calls == []
    assert UsageHour.objects.exists()


def test_one_call_with_its_trace_and_what_was_said_of_it(cast, workload):
    at, trace = recent(), "c" * 32
    first = NormalisedCall(trace, "a" * 16, at, "gpt-4o-mini", "openai", input_tokens=10, release="1.2")
    second = NormalisedCall(trace, "b" * 16, at + timedelta(seconds=3), "gpt-4o", "openai", input_tokens=10)
    far = NormalisedCall(trace, "d" * 16, at - timedelta(hours=1), "gpt-4o", "openai", input_tokens=10)
    store(workload, first, second, far)
    said = {"trace_id": trace, "source": "score", "at": at, "evaluator": "judge", "evaluator_version": "7"}
    Evaluation.objects.create(
        workload=workload, key="1", span_id="a" * 16, name="relevance", value=0.25, **said
    )
    Evaluation.objects.create(workload=workload, key="2", name="helpful", label="yes", **said)
    Evaluation.objects.create(
        workload=workload, key="3", span_id="b" * 16, name="of-another", value=1, **said
    )
    call = Call.objects.get(span_id="a" * 16)
    text = cast.client(cast.owner).get(url("call", workload, call.reference)).content.decode()
    assert "relevance" in text and "0.25" in text and "judge, version 7" in text and "its whole trace" in text
    assert "of-another" not in text and "release 1.2" in text
    assert "b" * 16 in text and "d" * 16 not in text
    event = AuditEvent.objects.get(action="call.read")
    assert event.actor_id == cast.owner.pk and event.changes == {"call": call.reference}


@pytest.fixture
def with_content(workload):
    type(workload).objects.filter(pk=workload.pk).update(content_policy="all")
    workload.refresh_from_db()
    return store(workload, make(1, content_in="What is due <b>?", content_out="On Friday."))[0]


def test_content_is_for_the_people_of_the_workload_and_each_reading_is_audited(cast, workload, with_content):
    assert CallContent.objects.count() == 1
    address, page = (
        url("call_content", workload, with_content.reference),
        url("call", workload, with_content.reference),
    )
    allowed = {cast.owner, cast.evaluator}
    for person in (
        cast.owner,
        cast.evaluator,
        cast.lead,
        cast.finance,
        cast.executive,
        cast.auditor,
        cast.it,
    ):
        client = cast.client(person)
        text = client.get(page).content.decode()
        assert "What is due" not in text and ("Show prompt and answer" in text) == (person in allowed)
        answer = client.get(address)
        assert answer.status_code == (200 if person in allowed else 403)
        if person in allowed:
            assert (
                "What is due &lt;b&gt;?" in answer.content.decode() and "no-store" in answer["Cache-Control"]
            )
    assert AuditEvent.objects.filter(action="call.content_read").count() == 2
    assert "What is due" not in str(AuditEvent.objects.values())
    assert cast.client(cast.stranger).get(address).status_code == 404
    Workload.objects.filter(pk=workload.pk).update(it_steward=cast.it)
    assert cast.client(cast.it).get(address, headers={"HX-Request": "true"}).status_code == 200


def test_content_of_log_events_is_shown_too(cast, workload):
    call = store(workload, make(1))[0]
    client, address = cast.client(cast.owner), url("call_content", workload, call.reference)
    assert "Nothing is kept" in client.get(address).content.decode()
    assert not AuditEvent.objects.filter(action="call.content_read").exists()
    ids = {"trace_id": call.trace_id, "span_id": call.span_id, "at": timezone.now()}
    LogContent.objects.create(workload=workload, digest="1", content_in="asked here", **ids)
    LogContent.objects.create(workload=workload, digest="2", content_out="answered there", **ids)
    text = client.get(address).content.decode()
    assert "asked here" in text and "answered there" in text


def test_strangers_and_anonymous_find_nothing(cast, workload, client):
    call = store(workload, make(1))[0]
    for name, more in (
        ("calls", ()),
        ("call", (call.reference,)),
        ("call_content", (call.reference,)),
        ("changes", ()),
        ("live", ()),
        ("evaluations", ()),
        ("setup", ()),
        ("setup_arrived", ()),
    ):
        assert cast.client(cast.stranger).get(url(name, workload, *more)).status_code == 404, name
        assert client.get(url(name, workload, *more)).status_code == 302, name
    other = make_workload(cast, "Another")
    assert cast.client(cast.owner).get(url("call", other, call.reference)).status_code == 404


def test_counters_come_from_the_sums_alone(cast, workload):
    store(workload, make(1, started=timezone.now()), make(2, started=timezone.now(), is_error=True))
    client = cast.client(cast.owner)
    client.get(url("live", workload))
    with CaptureQueriesContext(connection) as queries:
        text = client.get(url("live", workload)).content.decode()
    assert "<strong>2</strong> calls, 1 failed" in text and "every 5s" in text and "data-while-seen" in text
    assert not any('"workloads_call"' in q["sql"] for q in queries)
    quiet = make_workload(cast, "Quiet")
    assert "every 60s" in client.get(url("live", quiet)).content.decode()


def test_evaluations_by_name_and_version(cast, workload):
    said = {
        "workload": workload,
        "trace_id": "a" * 32,
        "source": "log",
        "at": timezone.now(),
        "name": "relevance",
    }
    for n, (value, version) in enumerate([(0.5, "1"), (1.0, "1"), (None, "1"), (0.1, "2")]):
        Evaluation.objects.create(
            key=str(n), value=value, label="x", evaluator="judge", evaluator_version=version, **said
        )
    text = cast.client(cast.owner).get(url("evaluations", workload)).content.decode()
    assert "0.75" in text and "of 2 with a figure" in text and "version 2" in text
    assert make_workload(cast, "Other").evaluations.count() == 0
