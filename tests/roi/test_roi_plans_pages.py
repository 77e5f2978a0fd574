"""The planner's pages and API: who gets in, what they say, and how often they ask the database."""

import csv
import io
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from roi import operations
from roi.models import Plan
from tests.roi.plan_company import Company
from tests.roi.plan_company import few_futures as few_futures

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def company(cast: SimpleNamespace, now: datetime, few_futures: None) -> Company:
    return Company(cast, now)


@pytest.fixture
def three(company: Company) -> list[Any]:
    figures = [("Large", 300_000, 150_000), ("Middle", 200_000, 100_000), ("Small", 80_000, 100_000)]
    return [company.candidate(title, npv, cost) for title, npv, cost in figures]


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def form(**said: Any) -> dict[str, Any]:
    return {"name": "Winter", "budget": "250000", "quarters": "2", "correlation": "30"} | said


# -- who gets in


def test_anonymous_people_are_sent_to_the_door(client: Any, company: Company) -> None:
    plan = company.plan()
    for name, args in (("plans", []), ("new_plan", []), ("compare_plans", []), ("plan", [plan.pk])):
        answer = client.get(reverse(f"roi:{name}", args=args))
        assert answer.status_code == 302 and "/accounts/login/" in answer["Location"]


@pytest.mark.parametrize("who", ["stranger", "owner", "it", "evaluator"])
def test_who_does_not_read_all_money_is_refused_everywhere(who: str, cast: Any, company: Company) -> None:
    plan, client = company.plan(), cast.client(getattr(cast, who))
    for path in ("/portfolio/", "/portfolio/new/", f"/portfolio/{plan.pk}/", "/portfolio/compare/"):
        assert client.get(path).status_code == 403, path
    assert client.get(f"/portfolio/{plan.pk}/?format=csv").status_code == 403
    assert client.get(f"/portfolio/{plan.pk + 9}/").status_code == 403
    assert client.get("/api/v1/plans/").status_code == 403
    assert client.get(f"/api/v1/plans/{plan.pk}/").status_code == 403


@pytest.mark.parametrize("who", ["executive", "auditor", "reviewer"])
def test_readers_read_and_do_not_write(who: str, cast: Any, company: Company, three: Any) -> None:
    plan, client = company.solved(), cast.client(getattr(cast, who))
    page = text(client.get(f"/portfolio/{plan.pk}/"))
    assert "2 of 3 candidates fit" in page
    assert "Publish" not in page and "Delete this plan" not in page and ">Change<" not in page
    assert "New plan" not in text(client.get("/portfolio/"))
    for path in ("/portfolio/new/", f"/portfolio/{plan.pk}/edit/"):
        assert client.get(path).status_code == 403
    for verb in ("solve", "publish", "take-back", "delete"):
        assert client.post(f"/portfolio/{plan.pk}/{verb}/").status_code == 403
    json = {"content_type": "application/json"}
    assert client.post("/api/v1/plans/", {"name": "X", "budget": "1"}, **json).status_code == 403
    assert client.patch(f"/api/v1/plans/{plan.pk}/", {"name": "X"}, **json).status_code == 403
    assert client.post(f"/api/v1/plans/{plan.pk}/copy/", {"name": "X"}, **json).status_code == 403
    assert client.delete(f"/api/v1/plans/{plan.pk}/").status_code == 403
    assert Plan.objects.get().name == "Autumn"


def test_a_plan_that_is_not_there(cast: Any) -> None:
    client = cast.client(cast.lead)
    for path in ("/portfolio/7/", "/portfolio/7/edit/", "/portfolio/new/?from=7", "/api/v1/plans/7/"):
        assert client.get(path).status_code == 404, path
    assert client.post("/portfolio/7/solve/").status_code == 404


def test_a_verb_that_is_not_there(cast: Any, company: Company) -> None:
    assert cast.client(cast.lead).post(f"/portfolio/{company.plan().pk}/burn/").status_code == 404
    assert cast.client(cast.lead).get(f"/portfolio/{Plan.objects.get().pk}/solve/").status_code == 405


# -- making and changing


def test_an_empty_list_says_what_to_do_next(cast: Any) -> None:
    assert "New plan" in text(cast.client(cast.lead).get("/portfolio/"))
    assert "The lead or finance makes one" in text(cast.client(cast.executive).get("/portfolio/"))


def test_a_plan_is_made_solved_and_read(cast: Any, company: Company, three: Any) -> None:
    client = cast.client(cast.lead)
    said = form(days_data_1="12.5", days_data_4="9", fix_3="never", max_high_risk="2", cvar_floor="-90000")
    made = client.post("/portfolio/new/", said)
    plan = Plan.objects.get()
    assert (made.status_code, made["Location"]) == (302, f"/portfolio/{plan.pk}/")
    assert plan.settings == {
        "budget": 250_000, "quarters": 2, "capacity": [{"role": "data", "quarter": 1, "days": 12.5}], "must": [],
        "never": [3], "max_high_risk": 2, "cvar_floor": -90_000, "correlation": 0.3,
    }  # fmt: skip
    waiting = text(client.get(made["Location"]))
    assert "Waiting for a worker" in waiting and 'hx-trigger="every 1s"' in waiting
    company.solve(plan)
    page = text(client.get(made["Location"]))
    assert "2 of 3 candidates fit $250k and are worth $500k" in page
    assert "Kept out by this plan." in page
    assert "No: proven for these figures and limits." in page
    assert "hx-trigger" not in page


def test_the_part_is_the_state_alone(cast: Any, company: Company) -> None:
    plan, client = company.plan(), cast.client(cast.lead)
    Plan.objects.update(state="computing", done=40, total=203)
    part = client.get(f"/portfolio/{plan.pk}/", headers=HTMX)
    assert "<html" not in part.content.decode()
    assert "40 of 203 steps" in text(part) and 'value="40"' in text(part)


def test_each_refusal_stands_where_it_was_typed(cast: Any, company: Company) -> None:
    company.plan("Autumn")
    client = cast.client(cast.lead)
    refused = [
        (form(name=""), "This field is required"),
        (form(name="autumn"), "There is a plan «autumn» already"),
        (form(budget="-1"), "greater than or equal to 0"),
        (form(quarters="5"), "Select a valid choice"),
        (form(correlation="95"), "less than or equal to 90"),
        (form(days_data_1="-3"), "greater than or equal to 0"),
        (form(max_high_risk="-1"), "greater than or equal to 0"),
    ]
    for said, words in refused:
        answer = client.post("/portfolio/new/", said)
        assert answer.status_code == 422 and words in text(answer), words
    assert Plan.objects.count() == 1


def test_a_scenario_starts_from_what_another_asks(cast: Any, company: Company, three: Any) -> None:
    plan = company.plan(must=[2], budget=99_000)
    page = cast.client(cast.lead).get(f"/portfolio/new/?from={plan.pk}")
    assert page.context["form"].initial["fix_2"] == "must"
    assert "A scenario from «Autumn»" in text(page) and "99000" in text(page)
    assert cast.client(cast.lead).get("/portfolio/new/?from=x").status_code == 200


def test_changing_a_plan_asks_again(cast: Any, company: Company, three: Any) -> None:
    plan, client = company.solved(), cast.client(cast.finance)
    url = f"/portfolio/{plan.pk}/edit/"
    assert "Save and solve" in text(client.get(url))
    assert client.post(url, form(name="Autumn", budget="100000", revision="1")).status_code == 302
    plan.refresh_from_db()
    assert (plan.revision, plan.state, plan.settings["budget"]) == (2, "queued", 100_000)
    stale = client.post(url, form(name="Autumn", budget="1", revision="1"))
    assert stale.status_code == 422 and "changed this plan meanwhile" in text(stale)


def test_publishing_taking_back_and_deleting(cast: Any, company: Company, three: Any) -> None:
    plan, client = company.solved(), cast.client(cast.lead)
    url = f"/portfolio/{plan.pk}/"
    assert 'data-confirm="Publish «Autumn»?' in text(client.get(url))
    assert "Published: owners now read" in text(client.post(f"{url}publish/", follow=True))
    assert "published already" in text(client.post(f"{url}publish/", follow=True))
    assert "take it back before you delete it" in text(client.post(f"{url}delete/", follow=True))
    assert "Taken back" in text(client.post(f"{url}take-back/", follow=True))
    assert "solved again" in text(client.post(f"{url}solve/", follow=True))
    assert client.post(f"{url}delete/")["Location"] == "/portfolio/"
    assert client.post(f"{url}delete/").status_code == 404


def test_a_failure_says_its_reason_and_offers_another_try(cast: Any, company: Company) -> None:
    plan = company.plan()
    Plan.objects.update(state="failed", error="The plan could not be solved: no luck.")
    page = text(cast.client(cast.lead).get(f"/portfolio/{plan.pk}/"))
    assert "no luck" in page and "Try again" in page
    assert "failed" in text(cast.client(cast.lead).get("/portfolio/"))


def test_what_contradicts_itself_is_named_on_the_page(cast: Any, company: Company, three: Any) -> None:
    company.relate(three[0], "excludes", three[1])
    plan = company.solved(must=[1, 2])
    page = text(cast.client(cast.lead).get(f"/portfolio/{plan.pk}/"))
    assert "No choice meets all limits" in page and "C-1 and C-2 exclude each other" in page
    assert "Let C-1 be left out." in page and "Publish" not in page
    assert "limits contradict" in text(cast.client(cast.lead).get("/portfolio/"))


def test_changes_since_are_told_on_the_page(cast: Any, company: Company, three: Any) -> None:
    plan = company.solved(must=[1])
    company.score(three[1], 1, 1)
    page = text(cast.client(cast.lead).get(f"/portfolio/{plan.pk}/"))
    assert "1 candidate changed since this was solved: C-2." in page and "Solve again" in page


def test_what_waits_and_what_is_ignored_are_listed(cast: Any, company: Company, three: Any) -> None:
    company.candidate("Unsized", 1, score={"npv_mean": None})
    plan = company.plan(must=[1])
    three[0].state = "approved"
    three[0].save()
    page = text(cast.client(cast.lead).get(f"/portfolio/{company.solve(plan).pk}/"))
    assert "C-1 was asked to be always in, but it is approved meanwhile." in page
    assert "C-4 Unsized</a> waits for its build cost." in page


@pytest.mark.parametrize(
    ("figures", "words"), [([], "There is no candidate to choose from"), ([-5.0], "Nothing is worth doing")]
)
def test_an_empty_choice_has_its_own_words(figures: Any, words: str, cast: Any, company: Company) -> None:
    for npv in figures:
        company.candidate("Loses", npv)
    assert words in text(cast.client(cast.lead).get(f"/portfolio/{company.solved().pk}/"))


def test_two_plans_side_by_side(cast: Any, company: Company, three: Any) -> None:
    a, b, client = company.solved("A", budget=100_000), company.solved("B"), cast.client(cast.executive)
    page = text(client.get(f"/portfolio/compare/?a={a.pk}&b={b.pk}"))
    assert (
        "Enters (1)" in page
        and "C-1 Large" in page
        and "Leaves (0)" in page
        and "«B» costs $150,000 more and is worth $300,000 more; 1 candidate is in both." in page
    )
    assert client.get(f"/portfolio/compare/?a={a.pk}&b=99").status_code == 422
    assert client.get(f"/portfolio/compare/?a={a.pk}").status_code == 422
    assert client.get("/portfolio/compare/").status_code == 200


def test_one_plan_has_nothing_to_compare_with(cast: Any, company: Company) -> None:
    company.solved()
    assert "Two solved plans are needed" in text(cast.client(cast.lead).get("/portfolio/compare/"))


def test_the_csv_has_a_line_for_each_with_safe_cells(cast: Any, company: Company, three: Any) -> None:
    company.candidate("=cmd()", 10_000, 1_000)
    company.candidate("Unsized", None)
    plan = company.solved()
    body = cast.client(cast.lead).get(f"/portfolio/{plan.pk}/?format=csv")
    rows = list(csv.DictReader(io.StringIO(body.content.decode("utf-8-sig"))))
    by_key = {row["key"]: row for row in rows}
    assert len(rows) == 5 and body["Content-Type"].startswith("text/csv")
    assert by_key["C-4"]["title"] == "'=cmd()"
    assert (by_key["C-1"]["in_plan"], by_key["C-1"]["start_quarter"], by_key["C-1"]["currency"]) == (
        "yes",
        "1",
        "USD",
    )
    assert by_key["C-3"]["in_plan"] == "no" and "budget" in by_key["C-3"]["why_not"]
    assert by_key["C-5"]["why_not"] == "Waits for its score, computed within a minute."


# -- a candidate's own line


def own(cast: Any, who: str, candidate: Any) -> str:
    return text(cast.client(getattr(cast, who)).get(f"/candidates/{candidate.number}/plan/", headers=HTMX))


@pytest.fixture
def published(company: Company, cast: Any, now: datetime, three: Any) -> Plan:
    return operations.publish_plan(plan=company.solved(), by=cast.lead, at=now)


def test_without_a_published_plan_the_part_is_empty(cast: Any, company: Company, three: Any) -> None:
    company.solved()
    assert own(cast, "owner", three[0]) == ""
    page = cast.client(cast.owner).get(f"/candidates/{three[0].number}/plan/")
    assert "No plan speaks of it" in text(page)


def test_an_owner_reads_the_own_line_and_nothing_else(cast: Any, published: Plan, three: Any) -> None:
    assert "In the plan «Autumn»: starts in Q1" in own(cast, "owner", three[0])
    said = own(cast, "owner", three[2])
    assert "Not in the plan «Autumn»" in said and "it cost $" in said
    assert (
        "Large" not in said and "with a budget of" not in said and f"/portfolio/{published.pk}/" not in said
    )


def test_a_candidate_of_another_unit_has_no_name_in_the_reason(
    cast: Any, company: Company, now: datetime, three: Any
) -> None:
    rival = company.candidate("Rival", 900_000, 1_000, unit=cast.other_unit, owner=cast.stranger)
    company.relate(rival, "excludes", three[0])
    operations.publish_plan(plan=company.solved(), by=cast.lead, at=now)
    assert "Excluded by a candidate of another unit, which is in the plan." in own(cast, "owner", three[0])
    assert "Excluded by C-4, with which the plan is worth $" in own(cast, "lead", three[0])


def test_who_sees_the_candidate_but_not_its_money_reads_no_amount(
    cast: Any, published: Plan, three: Any
) -> None:
    said = own(cast, "it", three[2])
    assert "The budget does not reach for it." in said and "$" not in said


def test_a_stranger_has_no_such_candidate(cast: Any, published: Plan, three: Any) -> None:
    assert cast.client(cast.stranger).get(f"/candidates/{three[0].number}/plan/").status_code == 404


def test_what_waits_and_what_came_later(cast: Any, company: Company, now: datetime, three: Any) -> None:
    waits = company.candidate("Unsized", None)
    operations.publish_plan(plan=company.solved(), by=cast.lead, at=now)
    assert "it waits for its score" in own(cast, "owner", waits)
    assert own(cast, "owner", company.candidate("Later", 1)) == ""


# -- the API


def test_the_api_ends_in_the_same_operations(cast: Any, company: Company, three: Any) -> None:
    client, json = cast.client(cast.lead), {"content_type": "application/json"}
    body = {"name": "Winter", "budget": "250000", "quarters": 1, "must": [3]}
    body["capacity"] = [{"role": "data", "quarter": 1, "days": "40.0"}]
    made = client.post("/api/v1/plans/", body, **json)
    assert made.status_code == 202, made.content
    assert made.json()["state"] == "queued"
    url = f"/api/v1/plans/{made.json()['id']}/"
    company.solve(Plan.objects.get())
    read = client.get(url).json()
    assert read["result"]["status"] == "optimal" and read["changed_since"] == []
    assert [row["key"] for row in read["result"]["chosen"]] == ["C-1", "C-3"]
    assert client.get("/api/v1/plans/").json()["results"][0]["name"] == "Winter"
    assert client.patch(url, {"is_published": True}, **json).json()["is_published"] is True
    assert client.delete(url).status_code == 409
    assert client.patch(url, {"is_published": False}, **json).json()["is_published"] is False
    assert client.patch(url, {"solve_again": True}, **json).json()["revision"] == 2
    changed = client.patch(url, {"must": [], "name": "Spring"}, **json).json()
    assert (changed["name"], changed["revision"], changed["settings"]["must"]) == ("Spring", 3, [])
    copied = client.post(f"{url}copy/", {"name": "Copy"}, **json)
    assert copied.status_code == 202 and Plan.objects.count() == 2
    assert client.delete(url).status_code == 204


def test_the_api_refuses_with_field_and_reason(cast: Any, company: Company) -> None:
    client, json = cast.client(cast.lead), {"content_type": "application/json"}
    refused = [
        ({"name": "X"}, 400, "budget"),
        ({"name": "X", "budget": "lots"}, 400, "budget"),
        (
            {"name": "X", "budget": "1", "capacity": [{"role": "magic", "quarter": 1, "days": 1}]},
            400,
            "magic",
        ),
        ({"name": "X", "budget": "-1"}, 409, "between 0"),
        ({"name": "X", "budget": "1", "quarters": 5}, 409, "between 1 and 4"),
        ({"name": "X", "budget": "1", "must": [99]}, 409, "C-99"),
        ({"name": "X", "budget": "1", "correlation": 2}, 409, "between 0 and 0.9"),
    ]
    for body, status, words in refused:
        answer = client.post("/api/v1/plans/", body, **json)
        assert (answer.status_code, words in answer.content.decode()) == (status, True), answer.content
    plan = company.plan()
    late = client.patch(f"/api/v1/plans/{plan.pk}/", {"budget": "2", "revision": 9}, **json)
    assert late.status_code == 409 and late.json()["code"] == "changed"
    assert (
        client.patch(f"/api/v1/plans/{plan.pk}/", {"is_published": True}, **json).json()["code"]
        == "not_solved"
    )
    assert client.post(f"/api/v1/plans/{plan.pk}/copy/", {"name": "AUTUMN"}, **json).json()["field"] == "name"


# -- queries


def _asked(client: Any, path: str) -> int:
    assert client.get(path).status_code == 200
    with CaptureQueriesContext(connection) as queries:
        client.get(path)
    return len(queries)


def test_more_candidates_and_plans_need_no_more_queries(
    cast: Any, company: Company, three: Any, now: datetime
) -> None:
    client = cast.client(cast.lead)
    pairs = [company.solved(f"Few {n}").pk for n in range(2)]
    paths = ["/portfolio/", f"/portfolio/{pairs[0]}/", f"/portfolio/{pairs[0]}/edit/", "/api/v1/plans/"]
    paths.append(f"/portfolio/compare/?a={pairs[0]}&b={pairs[1]}")
    few = [_asked(client, path) for path in paths]
    for n in range(9):
        company.candidate(f"More {n}", 10_000 * n, 20_000)
    for n in range(6):
        company.plan(f"Many {n}")
    for pk in pairs:
        plan = operations.request_solve(
            plan=Plan.objects.get(pk=pk), by=cast.lead, at=now + timedelta(minutes=1)
        )
        company.solve(plan)
    assert [_asked(client, path) for path in paths] == few
    assert max(few) <= 15
