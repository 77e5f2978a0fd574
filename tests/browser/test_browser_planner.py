"""The planner as its user meets it: three budgets, why not, two scenarios, and an owner who reads the own line."""

from collections.abc import Callable
from datetime import datetime
from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, expect

from backlog.models import Candidate
from roi import operations
from roi.models import Plan
from tests.browser.conftest import Visitor
from tests.browser.tours import LOOKS, Stop, tour
from tests.roi.plan_company import Company
from tests.roi.plan_company import few_futures as few_futures

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BUDGETS = {
    "Small": (100_000, ["Middle"]),
    "Medium": (250_000, ["Large", "Middle"]),
    "Large": (400_000, ["Large", "Middle", "Small"]),
}


@pytest.fixture
def company(cast: SimpleNamespace, now: datetime, few_futures: None) -> Company:
    made = Company(cast, now)
    for title, npv, cost in (
        ("Large", 300_000, 150_000),
        ("Middle", 200_000, 100_000),
        ("Small", 80_000, 100_000),
    ):
        made.candidate(title, npv, cost, days={"data": 20}, score={"cost_of_delay": npv / 1000})
    made.relate(made.candidate("Rival", 150_000, 60_000), "excludes", Candidate.objects.get(title="Middle"))
    made.candidate("Waits", None)
    return made


def solve(company: Company) -> None:
    """What the worker does, in this process: the page that polls sees the answer."""
    for plan in Plan.objects.filter(state="queued"):
        company.solve(plan)


def make(page: Page, company: Company, name: str, budget: int) -> None:
    page.goto("/portfolio/new/")
    page.fill("[name=name]", name)
    page.fill("[name=budget]", str(budget))
    page.get_by_role("button", name="Solve").click()
    expect(page.get_by_text("Waiting for a worker")).to_be_visible()
    solve(company)
    expect(page.get_by_role("heading", name="In the plan", exact=True)).to_be_visible()


def test_three_budgets_and_what_each_buys(signed_in: Callable[..., Page], company: Company) -> None:
    lead = signed_in("lead")
    lead.goto("/portfolio/")
    lead.get_by_role("link", name="New plan").click()
    for name, (budget, titles) in BUDGETS.items():
        make(lead, company, name, budget)
        chosen = lead.locator("table").first.locator("tbody th a")
        assert chosen.all_inner_texts() == titles, name
        expect(lead.locator(".chart canvas")).to_be_visible()
    out = lead.locator("table").nth(1)
    expect(out).to_contain_text("Excluded by C-2, with which the plan is worth")
    expect(lead.get_by_text("C-5 Waits waits for its score")).to_be_visible()


def test_a_scenario_is_copied_compared_published_and_read(
    signed_in: Callable[..., Page], company: Company
) -> None:
    lead = signed_in("lead")
    make(lead, company, "Autumn", 250_000)
    lead.get_by_role("link", name="Copy as a scenario").click()
    lead.fill("[name=name]", "Without Large")
    lead.get_by_text("Candidates that must be in").click()
    lead.get_by_label("Is C-1 in?").select_option("never")
    lead.get_by_role("button", name="Solve").click()
    solve(company)
    expect(lead.get_by_text("Kept out by this plan; it would add")).to_be_visible()
    lead.goto("/portfolio/compare/")
    lead.get_by_label("This plan").select_option("Autumn")
    lead.get_by_label("Against this one").select_option("Without Large")
    lead.get_by_role("button", name="Compare").click()
    expect(lead.get_by_role("heading", name="Leaves (1)")).to_be_visible()
    lead.get_by_role("link", name="Autumn").click()
    lead.get_by_role("button", name="Publish").click()
    lead.locator("#confirm-dialog button[value=yes]").click()
    expect(lead.get_by_text("Published: owners now read")).to_be_visible()
    owner = signed_in("owner")
    owner.goto("/candidates/1/")
    expect(owner.get_by_text("In the plan «Autumn»: starts in Q1")).to_be_visible()
    owner.goto("/candidates/3/")
    expect(owner.get_by_text("Not in the plan «Autumn».")).to_be_visible()


def test_what_contradicts_itself_is_named_and_mended(
    signed_in: Callable[..., Page], company: Company
) -> None:
    plan = company.solved("Impossible", budget=10_000, must=[1])
    lead = signed_in("lead")
    lead.goto(f"/portfolio/{plan.pk}/")
    expect(lead.get_by_text("Raise the budget from $10,000 to $150,000: enough")).to_be_visible()
    lead.get_by_role("link", name="Change the limits").click()
    lead.fill("[name=budget]", "150000")
    lead.get_by_role("button", name="Save and solve").click()
    solve(company)
    expect(lead.get_by_role("heading", name="In the plan", exact=True)).to_be_visible()


def test_every_page_of_the_planner_in_every_look(
    visitor: Visitor, cast: SimpleNamespace, company: Company, now: datetime
) -> None:
    days = [{"role": "data", "quarter": q, "days": 40} for q in (1, 2)]
    a, b = company.solved("A", capacity=days), company.solved("B", budget=90_000)
    bad, asked = company.solved("Bad", budget=1, must=[1]), company.plan("Asked")
    operations.publish_plan(plan=a, by=cast.lead, at=now)
    paths = [
        "/portfolio/",
        "/portfolio/new/",
        f"/portfolio/compare/?a={a.pk}&b={b.pk}",
        "/candidates/3/plan/",
        *(f"/portfolio/{plan.pk}/" for plan in (a, bad, asked)),
    ]
    stops = [Stop(path, cast.lead, path, first=unfold) for path in paths]
    assert {look: tour(visitor, look, stops) for look in LOOKS} == dict.fromkeys(LOOKS, {})


def unfold(page: Page) -> None:
    for summary in page.locator("main details summary").all():
        summary.click()
