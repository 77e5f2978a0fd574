"""Runs against a real local endpoint: prompts, retries, failures as findings that name connection and fix."""

from decimal import Decimal

import pytest
import stamina

from evals.models import Result
from tests.evals.fake_endpoint import FakeEndpoint
from tests.evals.golden import make_dataset, make_suite, run
from workloads.models import Finding, Incident

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def without_pauses():
    """Asked as often as ever, without the waiting between."""
    with stamina.set_testing(True, attempts=100, cap=True):
        yield


def double(question: str) -> str:
    return str(2 * int(question.removeprefix("2*")))


@pytest.fixture
def suite_against(cast, workload, now, connect):
    def make(endpoint, cases=25, **fields):
        dataset = make_dataset(workload, cast.evaluator, now, cases=cases)
        connection = connect(endpoint)
        return make_suite(
            workload, dataset, cast.evaluator, now, connection=connection, model="fake-1", **fields
        )

    return make


def test_an_endpoint_answers_every_case_once(cast, now, suite_against):
    with FakeEndpoint(double) as endpoint:
        done = run(suite_against(endpoint, system_prompt="Answer with the figure."), cast.evaluator, now)
    assert (done.passed, done.total, done.errors) == (25, 25, 0)
    assert len(endpoint.asked) == 25 and set(endpoint.asked.values()) == {1}
    assert endpoint.bodies[0]["messages"][0] == {"role": "system", "content": "Answer with the figure."}
    assert endpoint.bodies[0]["model"] == "fake-1"
    assert Result.objects.filter(input_tokens=7, output_tokens=3, latency_ms__isnull=False).count() == 25


def test_wrong_answers_are_wrong(cast, now, suite_against):
    with FakeEndpoint(lambda q: "no idea") as endpoint:
        done = run(suite_against(endpoint), cast.evaluator, now)
    assert (done.passed, done.total) == (0, 25) and Finding.objects.get().severity == "bad"


def test_an_endpoint_that_answers_500_is_named_with_the_fix_and_blames_no_answer(cast, now, suite_against):
    with FakeEndpoint(lambda q: 500) as endpoint:
        done = run(suite_against(endpoint), cast.evaluator, now)
    finding = Finding.objects.get()
    assert (done.passed, done.total, done.errors) == (0, 0, 25)
    assert finding.severity == "unknown" and not Incident.objects.exists()
    assert (
        "Fake model" in finding.sentence
        and "500" in finding.sentence
        and "25 of 25 cases" in finding.sentence
    )
    # Given up after five cases, each asked three times: the other twenty are spared.
    assert len(endpoint.asked) == 5 and set(endpoint.asked.values()) == {3}


def test_a_hiccup_is_retried(cast, now, suite_against):
    failed = set()

    def once(question):
        if question in failed:
            return double(question)
        failed.add(question)
        return 503

    with FakeEndpoint(once) as endpoint:
        done = run(suite_against(endpoint, cases=20), cast.evaluator, now)
    assert (done.passed, done.total, done.errors) == (20, 20, 0)
    assert set(endpoint.asked.values()) == {2}


def test_a_refusal_is_not_retried(cast, now, suite_against):
    with FakeEndpoint(lambda q: 401) as endpoint:
        run(suite_against(endpoint), cast.evaluator, now)
    assert set(endpoint.asked.values()) == {1}


def test_a_few_failures_are_shown_apart(cast, now, suite_against):
    with FakeEndpoint(lambda q: 400 if q == "2*7" else double(q)) as endpoint:
        done = run(suite_against(endpoint, target=Decimal("0.8")), cast.evaluator, now)
    assert (done.passed, done.total, done.errors) == (24, 24, 1)
    assert Finding.objects.get().sentence.endswith("1 case got no answer and is not counted.")


def test_a_connection_that_is_switched_off_is_not_asked(cast, now, suite_against):
    with FakeEndpoint(double) as endpoint:
        suite = suite_against(endpoint)
        type(suite.connection).objects.filter(pk=suite.connection_id).update(enabled=False)
        run(suite, cast.evaluator, now)
    assert not endpoint.asked and "switched off" in Finding.objects.get().sentence
