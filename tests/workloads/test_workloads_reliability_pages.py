"""The page and the API of reliability, as each person meets them."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from integrations.models import Connection
from tests.factories import make_workload
from workloads import operations
from workloads.calc import sketch
from workloads.models import Objective, Probe, ProbeResult, UsageHour
from workloads.operations.objectives import run_reliability_check, set_objective

pytestmark = pytest.mark.django_db


@pytest.fixture
def at(monkeypatch, now):
    monkeypatch.setattr("workloads.views.reliability.timezone.now", lambda: now)
    return now


@pytest.fixture
def workload(cast, now):
    made = make_workload(cast, it_steward=cast.it)
    for ago in range(48):
        UsageHour.objects.create(
            workload=made, hour=now - timedelta(hours=ago), provider="openai", model="m", operation="chat",
            calls=1000, errors=1, latency_sketch=sketch.entries([200] * 9 + [3000]),
        )  # fmt: skip
    return made


@pytest.fixture
def health(cast, now):
    return Connection.objects.create(
        kind="health",
        name="Bot health",
        url="https://bot.example.com/healthz",
        created_by=cast.it,
        created_at=now,
    )


def url(workload, name="reliability", *more):
    return reverse(f"workloads:{name}", args=[workload.number, *more])


def body(client, workload):
    answer = client.get(url(workload))
    assert answer.status_code == 200
    return answer.content.decode()


def check(cast, at):
    """What the worker does within a minute of a promise."""
    for objective in Objective.objects.all():
        run = operations.run_now(check=objective.check_of, by=cast.system, at=at)
        run_reliability_check(run_id=run.pk, worker="w", at=at)


SENT = {"form": "objective", "kind": "errors", "target": "99.5", "window_days": "28", "latency_ms": ""}


def test_who_sees_it_and_who_promises(cast, workload, client, at):
    assert client.get(url(workload)).status_code == 302
    assert cast.client(cast.stranger).get(url(workload)).status_code == 404
    assert cast.client(cast.stranger).post(url(workload), SENT).status_code == 404
    seen = body(cast.client(cast.finance), workload)
    assert "Nothing is promised of this workload yet" in seen and "Set the objective" not in seen
    assert cast.client(cast.finance).post(url(workload), SENT).status_code == 403
    assert cast.client(cast.owner).post(url(workload), {"form": "probe"}).status_code == 403
    assert cast.client(cast.owner).post(url(workload), {"form": "else"}).status_code == 403
    assert not Objective.objects.exists()


def test_promising_in_per_cent_and_what_the_page_then_says(cast, workload, at):
    client = cast.client(cast.owner)
    assert "What does it promise?" in body(client, workload)
    assert client.post(url(workload), SENT).status_code == 302
    assert Objective.objects.get().target == Decimal("0.995")
    assert "Nothing is judged yet: the check runs within a minute." in body(client, workload)
    check(cast, at)
    seen = body(client, workload)
    assert (
        "99.9 % of 47,000 calls in 28 days were good" in seen and "80 % of the error budget is left." in seen
    )
    assert "As of 20 Nov 2026" in seen and 'id="days-errors"' in seen


def test_a_finding_is_dated_and_a_burn_says_so(cast, workload, at):
    set_objective(
        workload=workload, kind="latency", target=Decimal("0.99"), latency_ms=1000, by=cast.owner, at=at
    )
    check(cast, at)
    seen = body(cast.client(cast.owner), workload)
    assert "Calls within 1,000 ms" in seen and "an incident is open" in seen
    assert "The budget is spent." in seen
    set_objective(
        workload=workload, kind="latency", target=Decimal("0.9"), latency_ms=1000, by=cast.owner, at=at
    )
    assert "Nothing is judged yet" in body(cast.client(cast.owner), workload), (
        "another target, another judgement"
    )


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"target": "100"}, "leaves no room for a single failure"),
        ({"target": "12"}, "Promise between 50 % and 99.999 %."),
        ({"target": "x"}, "Enter a number."),
        ({"window_days": "5"}, "Select a valid choice."),
        ({"kind": "latency"}, "Say how many milliseconds are fast enough"),
        ({"latency_ms": "5"}, "Only a latency objective has a limit"),
        ({"kind": "availability"}, "IT sets up a probe first"),
    ],
)
def test_mistakes_stand_at_their_field(cast, workload, at, wrong, words):
    answer = cast.client(cast.owner).post(url(workload), SENT | wrong)
    assert answer.status_code == 422 and words in answer.content.decode()
    assert not Objective.objects.exists()


def test_taking_it_back_once_and_twice(cast, workload, at):
    client = cast.client(cast.owner)
    client.post(url(workload), SENT)
    end = {"form": "end", "objective": Objective.objects.get().pk}
    assert cast.client(cast.finance).post(url(workload), end).status_code == 403
    other = make_workload(cast, "Other")
    assert client.post(url(other), end).status_code == 404
    assert client.post(url(workload), end).status_code == 302
    assert client.post(url(workload), end).status_code == 404
    assert client.post(url(workload), {"form": "end", "objective": "x"}).status_code == 404


def test_the_page_asks_no_roll_up_however_many_objectives(cast, workload, at):
    """Reading a month of latency sketches is the check's work."""
    set_objective(workload=workload, kind="errors", target=Decimal("0.99"), by=cast.owner, at=at)
    set_objective(
        workload=workload, kind="latency", target=Decimal("0.9"), latency_ms=1000, by=cast.owner, at=at
    )
    check(cast, at)
    client = cast.client(cast.owner)
    body(client, workload)
    with CaptureQueriesContext(connection) as queries:
        body(client, workload)
    assert not any("usagehour" in query["sql"] or "workloads_call" in query["sql"] for query in queries)
    assert len(queries) <= 12


def test_it_sets_up_the_probe(cast, workload, health, at):
    client = cast.client(cast.it)
    assert "Set up a probe" in body(client, workload)
    sent = {"form": "probe", "connection": health.pk, "path": "", "expected_status": 200,
            "timeout_seconds": 10, "every_minutes": 5, "is_on": "on"}  # fmt: skip
    wrong = client.post(url(workload), sent | {"path": "up"})
    assert wrong.status_code == 422 and "The path starts with /" in wrong.content.decode()
    assert client.post(url(workload), sent).status_code == 302
    assert "It has not asked yet." in body(client, workload)
    assert client.post(url(workload), SENT | {"kind": "availability"}).status_code == 302
    assert client.post(url(workload), {k: v for k, v in sent.items() if k != "is_on"}).status_code == 302
    assert "The probe is switched off" in body(client, workload)


def test_without_a_health_address_it_says_where_to_make_one(cast, workload, at):
    assert "/connections/new/health/" in body(cast.client(cast.it), workload)
    seen = body(cast.client(cast.owner), workload)
    assert "/connections/new/health/" not in seen and "An IT administrator can set up a probe" in seen


def test_uptime_by_day_and_the_last_failures_in_words(cast, workload, health, at):
    probe = Probe.objects.create(workload=workload, connection=health, next_due_at=at, by=cast.it)
    for n in range(20):
        failed = {"error": "It answered 503 instead of 200.", "status": 503} if n == 4 else {}
        ProbeResult.objects.create(probe=probe, slot=at - timedelta(minutes=5 * n + 5), ok=n != 4, **failed)
    ProbeResult.objects.create(probe=probe, slot=at - timedelta(hours=3), error="Its worker was lost.")
    seen = body(cast.client(cast.owner), workload)
    assert "It answered 19 of 20 times in 28 days (95 %), asked every 5 minutes." in seen
    assert "It answered 503 instead of 200." in seen and "1 slots were not asked" in seen
    assert "bot.example.com" not in seen, "an address is for IT only"


def test_a_retired_workload_promises_nothing_any_more(cast, workload, at):
    set_objective(workload=workload, kind="errors", target=Decimal("0.99"), by=cast.owner, at=at)
    workload.stage, workload.retired_on = "retired", at.date()
    workload.save()
    client = cast.client(cast.owner)
    assert "Set the objective" not in body(client, workload)
    answer = client.post(url(workload), SENT)
    assert answer.status_code == 422 and "promises nothing any more" in answer.content.decode()
    end = client.post(url(workload), {"form": "end", "objective": Objective.objects.get().pk}, follow=True)
    assert "promises nothing any more" in end.content.decode() and Objective.objects.exists()


def test_the_tabs_lead_to_every_page_of_a_workload(cast, workload):
    seen = cast.client(cast.owner).get(reverse("workloads:workload", args=[workload.number])).content.decode()
    for name in ("calls", "outcomes", "reliability", "components", "adoption"):
        assert f'href="{url(workload, name)}"' in seen


def test_the_api_sets_tells_and_takes_back(cast, workload, at):
    client, path = cast.client(cast.owner), url(workload, "api_objectives")
    sent = {"kind": "errors", "target": "0.995"}
    made = client.post(path, sent, content_type="application/json")
    assert made.status_code == 200 and made.json()["severity"] == "unknown" and made.json()["as_of"] is None
    check(cast, at)
    (row,) = client.get(path).json()
    assert row["severity"] == "ok" and row["as_of"] == at.isoformat()
    assert row["budget_left"] == pytest.approx(0.8) and row["total"] == 47_000 and row["spent_at"] is None
    assert client.post(path, sent | {"target": "1"}, content_type="application/json").status_code == 409
    assert cast.client(cast.finance).post(path, sent, content_type="application/json").status_code == 403
    assert cast.client(cast.stranger).get(path).status_code == 404
    one = url(workload, "api_objective", "errors")
    assert cast.client(cast.finance).delete(one).status_code == 403
    assert client.delete(one).status_code == 204
    assert client.delete(one).status_code == 404
