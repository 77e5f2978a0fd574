"""Pages and API of workloads, checks and incidents, as the people of the stories meet them."""

from datetime import timedelta

import pytest
from django.urls import reverse

from tests.factories import make_workload
from workloads import operations
from workloads.models import Change, CheckRun, Incident, Workload

pytestmark = pytest.mark.django_db


@pytest.fixture
def workload(cast):
    return make_workload(cast, deputy=cast.reviewer, it_steward=cast.it)


@pytest.fixture
def check(cast, workload, now):
    return operations.add_check(
        workload=workload, kind="cost", name="Monthly cost", every_minutes=1440, by=cast.owner, at=now
    )


@pytest.fixture
def incident(cast, workload, now):
    return operations.open_incident(
        workload=workload,
        title="Over <b>budget</b>",
        sentence="It spends too much.",
        severity="bad",
        source="budget",
        external_key="b",
        by=cast.system,
        at=now,
    )


def url(name, *args):
    return reverse(f"workloads:{name}", args=args)


def page(client, name, *args, **query):
    response = client.get(url(name, *args), query)
    assert response.status_code == 200
    return response.content.decode()


def test_a_stranger_finds_nothing(cast, workload, check, incident):
    client = cast.client(cast.stranger)
    mine = ("workload", workload.number), ("checks", workload.number), ("incident", incident.number)
    for name, *args in (*mine, ("api_workload", workload.number)):
        assert client.get(url(name, *args)).status_code == 404
    posts = (
        ("workload", workload.number),
        ("run_check", workload.number, check.pk),
        ("incident", incident.number),
        ("api_run_check", workload.number, check.pk),
        ("api_answer_incident", incident.number, "acknowledge"),
    )
    for name, *args in posts:
        assert client.post(url(name, *args), {"form": "spend", "spent": 1}).status_code == 404
    assert workload.name not in page(client, "workloads") and incident.key not in page(client, "incidents")
    assert client.get(url("api_workloads")).json()["results"] == []
    assert client.get(url("api_incidents")).json()["results"] == []


def test_nobody_is_let_in_without_signing_in(client, workload, incident):
    for name, *args in (("workloads",), ("workload", workload.number), ("incidents",), ("incident", 1)):
        assert client.get(url(name, *args)).status_code == 302


def test_the_list_searches_filters_and_says_when_it_is_empty(cast, workload):
    client = cast.client(cast.lead)
    make_workload(cast, "Contract reading", unit=cast.other_unit, stage="pilot", simulated=True)
    assert {"Invoice coding", "Contract reading"} <= set(
        page(client, "workloads").replace("<", ">").split(">")
    )
    for query in ({"q": "contract"}, {"q": "W-2"}, {"stage": "pilot"}, {"unit": cast.other_unit.pk}):
        shown = page(client, "workloads", **query)
        assert "Contract reading" in shown and "Invoice coding" not in shown and "simulated" in shown
    assert "Nothing fits" in page(client, "workloads", q="zzz")


def test_an_empty_list_says_what_to_do_next(cast, workload):
    assert "No workload yet" in page(cast.client(cast.stranger), "workloads")


def test_a_list_of_many_costs_as_many_queries_as_one(cast, workload, django_assert_max_num_queries):
    client = cast.client(cast.lead)
    page(client, "workloads")
    for n in range(20):
        make_workload(cast, f"W{n}")
    with django_assert_max_num_queries(15):
        page(client, "workloads")


def test_a_new_workload_says_what_to_do_next(cast, workload):
    shown = page(cast.client(cast.owner), "workload", workload.number)
    for words in (
        "No call has arrived yet.",
        "Send the first call",
        url("setup", workload.number),
        "No check yet",
    ):
        assert words in shown
    for part in (reverse("roi:workload_value", args=[1]), reverse("evals:workload_quality", args=[1])):
        assert f'hx-get="{part}"' in shown


def test_the_owner_confirms_the_go_live_in_one_click(cast, workload, now):
    Workload.objects.update(first_call_at=now - timedelta(days=17), stage="pilot")
    shown = page(cast.client(cast.owner), "workload", workload.number)
    assert "First call on 3 Nov 2026" in shown and 'value="2026-11-03"' in shown
    assert "Confirm go-live" not in page(cast.client(cast.lead), "workload", workload.number)
    form = {"form": "go_live", "on": "2026-11-03"}
    assert cast.client(cast.lead).post(url("workload", 1), form).status_code == 403
    assert cast.client(cast.owner).post(url("workload", 1), form).status_code == 302
    workload.refresh_from_db()
    assert workload.stage == "live" and f"{workload.go_live}" == "2026-11-03"


FORMS = (
    {"form": "stage", "stage": "pilot", "on": "2026-11-20"},
    {"form": "spend", "spent": "12000"},
    {"form": "budget", "monthly_budget": "900"},
    {"form": "change", "kind": "prompt", "summary": "Shorter prompt"},
    {"form": "cost_check", "name": "Cost", "every_minutes": "60"},
)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form["form"])
def test_the_owner_keeps_it_up_to_date_and_a_reader_does_not(cast, workload, form):
    assert cast.client(cast.executive).post(url("workload", 1), form).status_code == 403
    assert cast.client(cast.owner).post(url("workload", 1), form, follow=True).status_code == 200
    workload.refresh_from_db()
    checks = workload.checks.count()
    seen = (workload.stage, int(workload.spent), workload.monthly_budget, Change.objects.count(), checks)
    assert seen != ("live", 0, None, 0, 0)


BAD = (
    {"form": "stage", "stage": "building", "on": "2026-11-20"},
    {"form": "stage", "stage": "pilot", "on": "soon"},
    {"form": "spend", "spent": "-1"},
    {"form": "budget", "monthly_budget": "0"},
    {"form": "change", "kind": "prompt", "summary": ""},
    {"form": "go_live", "on": "2026-11-03"},
    {"form": "cost_check", "name": "Cost", "every_minutes": "7"},
)


@pytest.mark.parametrize("form", BAD, ids=lambda form: f"{form['form']}-{list(form.values())[1]}")
def test_a_bad_form_is_422_and_changes_nothing(cast, workload, form):
    assert cast.client(cast.owner).post(url("workload", 1), form).status_code == 422
    assert not Change.objects.exists() and not workload.checks.exists()


def test_the_same_check_twice_says_why(cast, workload, check):
    form = {"form": "cost_check", "name": "Monthly cost", "every_minutes": "60"}
    response = cast.client(cast.owner).post(url("workload", 1), form)
    assert response.status_code == 422 and "named «Monthly cost» already" in response.content.decode()


def test_run_now_shows_progress_and_stops_asking_when_done(cast, workload, check, now):
    client = cast.client(cast.owner)
    assert "every 2s" not in page(client, "checks", 1)
    answer = client.post(url("run_check", 1, check.pk), headers={"HX-Request": "true"}).content.decode()
    assert "every 2s" in answer and "waiting for a worker" in answer and "<html" not in answer
    run = operations.claim_run(run_id=CheckRun.objects.get().pk, worker="w", at=now)
    operations.heartbeat(run=run, done=3, total=10, at=now)
    assert 'value="3" max="10"' in page(client, "checks", 1)
    operations.finish_run(run=run, severity="ok", sentence="It is $412 of $1,000.", at=now)
    shown = page(client, "checks", 1)
    assert "every 2s" not in shown and "It is $412 of $1,000." in shown and "Run now" in shown


def test_run_now_works_without_scripts_and_is_refused_to_readers(cast, workload, check):
    assert cast.client(cast.executive).post(url("run_check", 1, check.pk)).status_code == 403
    response = cast.client(cast.owner).post(url("run_check", 1, check.pk))
    assert response.status_code == 302 and response.url == url("workload", 1)
    other = make_workload(cast, "Other")
    assert cast.client(cast.owner).post(url("run_check", other.number, check.pk)).status_code == 404


def test_an_incident_is_taken_commented_and_resolved(cast, workload, incident):
    client = cast.client(cast.owner)
    shown = page(client, "incident", 1)
    assert "Over &lt;b&gt;budget" in shown and "I take it" in shown
    assert "1 incident waits" in page(client, "workload", 1)
    for answer in ({"answer": "acknowledge"}, {"answer": "comment", "text": "Looking."}):
        assert client.post(url("incident", 1), answer).status_code == 302
    assert client.post(url("incident", 1), {"answer": "resolve", "resolution": " "}).status_code == 422
    done = {"answer": "resolve", "resolution": "Smaller model."}
    assert "Smaller model." in client.post(url("incident", 1), done, follow=True).content.decode()
    again = client.post(url("incident", 1), done, follow=True).content.decode()
    assert "resolved already" in again
    assert Incident.objects.get().resolved_by == cast.owner


def test_a_reader_sees_an_incident_and_cannot_answer(cast, workload, incident):
    client = cast.client(cast.executive)
    assert "I take it" not in page(client, "incident", 1)
    for answer in ("acknowledge", "comment", "resolve"):
        sent = {"answer": answer, "text": "x", "resolution": "x"}
        assert client.post(url("incident", 1), sent).status_code == 403


def test_the_list_of_incidents_hides_resolved_ones_unless_asked(cast, workload, incident, now):
    client = cast.client(cast.lead)
    assert "Over &lt;b&gt;" in page(client, "incidents") and "I-1" in page(client, "incidents", page=1)
    operations.resolve_incident(incident=incident, resolution="Done.", by=cast.owner, at=now)
    assert "Nothing is open" in page(client, "incidents")
    assert "I-1" not in page(client, "incidents", severity="bad")
    for state in ("resolved", "all"):
        assert "I-1" in page(client, "incidents", state=state)
    assert "Nothing fits" in page(client, "incidents", state="open")


def test_a_candidate_shows_what_became_of_it(cast, workload):
    assert "W-1" not in page(cast.client(cast.owner), "candidate_workload", 999)


def test_the_api_reads_and_changes(cast, workload):
    client = cast.client(cast.owner)
    assert [row["key"] for row in client.get(url("api_workloads"), {"q": "invoice"}).json()["results"]] == [
        "W-1"
    ]
    sent = {"spent": "500.00", "monthly_budget": "80", "planned_go_live": "2026-12-24"}
    answer = client.patch(url("api_workload", 1), sent, "application/json")
    assert answer.status_code == 200 and answer.json()["spent"] == "500.00"
    moved = client.patch(url("api_workload", 1), {"stage": "pilot"}, "application/json")
    assert moved.json()["stage"] == "pilot"
    refused = client.patch(url("api_workload", 1), {"stage": "approved", "spent": "1"}, "application/json")
    assert (refused.status_code, refused.json()["field"]) == (409, "stage")
    assert client.patch(url("api_workload", 1), {"spent": "much"}, "application/json").status_code == 400
    reader = cast.client(cast.executive)
    assert reader.patch(url("api_workload", 1), {"spent": "1"}, "application/json").status_code == 403
    workload.refresh_from_db()
    assert workload.spent == 500 and workload.stage == "pilot"


def test_the_api_runs_checks_and_answers_incidents(cast, workload, check, incident):
    client = cast.client(cast.owner)
    assert client.post(url("api_run_check", 1, check.pk)).status_code == 202
    assert client.get(url("api_incidents")).json()["results"][0]["key"] == "I-1"
    reader = cast.client(cast.executive)
    assert reader.post(url("api_run_check", 1, check.pk)).status_code == 403
    assert reader.post(url("api_answer_incident", 1, "acknowledge")).status_code == 403
    assert client.post(url("api_answer_incident", 1, "acknowledge")).json()["state"] == "acknowledged"
    assert client.post(url("api_answer_incident", 1, "acknowledge")).status_code == 409
    assert client.post(url("api_answer_incident", 1, "resolve")).status_code == 409
    assert client.post(url("api_answer_incident", 1, "explode")).status_code == 400
    done = client.post(url("api_answer_incident", 1, "resolve"), {"text": "Done."}, "application/json")
    assert done.json()["state"] == "resolved"


def test_a_retired_workload_still_reads(cast, workload, check, now):
    operations.move_stage(workload=workload, stage="retired", on=now.date(), by=cast.lead, at=now)
    shown = page(cast.client(cast.owner), "workload", 1)
    assert "Retired on 20 Nov 2026" in shown and "Run now" not in shown and "Keep it up to date" not in shown
    assert cast.client(cast.owner).post(url("workload", 1), FORMS[0]).status_code == 422
