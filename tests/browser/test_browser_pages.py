"""Every page in light, dark and on a phone: no broken policy, no sideways scroll, no serious axe finding."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from aiops import operations
from aiops.models import Company, User
from backlog.operations import save_draft, submit
from tests.browser.conftest import Visitor
from tests.browser.tours import LOOKS, Stop, serious, tour
from tests.browser.tours import sideways as sideways
from workloads.models import Workload
from workloads.operations import open_incident

REFUSED = {"not yours": 403, "not here": 404}
KERNEL: dict[str, tuple[str | None, Callable[[SimpleNamespace], str]]] = {
    "sign in": (None, lambda cast: "/accounts/login/"),
    "forgot password": (None, lambda cast: "/accounts/password/reset/"),
    "change password": ("owner", lambda cast: "/accounts/password/change/"),
    "people": ("it", lambda cast: reverse("aiops:people")),
    "grants wait": ("lead", lambda cast: reverse("aiops:people")),
    "person": ("it", lambda cast: reverse("aiops:person", args=[cast.stranger.pk])),
    "new person": ("it", lambda cast: reverse("aiops:new_person")),
    "units": ("it", lambda cast: reverse("aiops:units")),
    "unit": ("it", lambda cast: reverse("aiops:unit", args=[cast.unit.pk])),
    "finance": ("finance", lambda cast: reverse("aiops:finance")),
    "tokens": ("owner", lambda cast: reverse("aiops:tokens")),
    "audit": ("auditor", lambda cast: reverse("aiops:audit")),
    "not yours": ("owner", lambda cast: "/units/"),
    "not here": ("owner", lambda cast: "/nowhere/"),
}


def candidate(name: str) -> Callable[[SimpleNamespace], str]:
    return lambda cast: reverse(name, args=[cast.candidate.number])


def workload(name: str) -> Callable[[SimpleNamespace], str]:
    return lambda cast: reverse(name, args=[cast.workload.number])


LOOP: dict[str, tuple[str | None, Callable[[SimpleNamespace], str]]] = {
    "home of an owner": ("owner", lambda cast: reverse("roi:home")),
    "home of a lead": ("lead", lambda cast: reverse("roi:home")),
    "home of finance": ("finance", lambda cast: reverse("roi:home")),
    "home of IT": ("it", lambda cast: reverse("roi:home")),
    "backlog": ("owner", lambda cast: reverse("backlog:candidates")),
    "file a candidate": ("owner", lambda cast: reverse("backlog:file")),
    "candidate": ("owner", candidate("backlog:candidate")),
    "candidate for a lead": ("lead", candidate("backlog:candidate")),
    "estimates": ("assessor", candidate("backlog:estimates")),
    "board": ("lead", lambda cast: reverse("roi:board")),
    "workloads": ("owner", lambda cast: reverse("workloads:workloads")),
    "workload": ("owner", workload("workloads:workload")),
    "calls": ("owner", workload("workloads:calls")),
    "ingest keys": ("it", workload("workloads:keys")),
    "outcomes": ("owner", workload("workloads:outcomes")),
    "three questions": ("owner", workload("workloads:self_report")),
    "quality": ("evaluator", workload("evals:workload_quality")),
    "new dataset": ("evaluator", workload("evals:dataset_new")),
    "new suite": ("evaluator", workload("evals:suite_new")),
    "drift": ("evaluator", workload("evals:drift")),
    "incidents": ("owner", lambda cast: reverse("workloads:incidents")),
    "incident": ("owner", lambda cast: reverse("workloads:incident", args=[cast.incident.number])),
    "value": ("finance", lambda cast: reverse("roi:value")),
    "claims": ("finance", lambda cast: reverse("roi:claims")),
    "connections": ("it", lambda cast: reverse("integrations:connections")),
}


@pytest.fixture
def furnished(cast: SimpleNamespace, now: datetime) -> SimpleNamespace:
    """A grant that waits, a rate, a token, and so some rows of the log: pages with something on them."""
    operations.grant_role(user=cast.stranger, role="lead", by=cast.it, at=now)
    operations.add_rate(
        unit=None, hourly_rate=Decimal("61.50"), valid_from=now.date(), by=cast.finance, at=now
    )
    operations.create_token(
        user=cast.owner, name="monthly report", scopes=["read"], days=30, by=cast.owner, at=now
    )
    Company.load()
    Company.objects.update(name="Acme")
    return cast


@pytest.fixture
def at_work(furnished: SimpleNamespace, now: datetime) -> SimpleNamespace:
    """A candidate that was filed, a live workload and an incident on it."""
    cast = furnished
    cast.candidate = file_candidate(cast, now)
    cast.workload = Workload.objects.create(
        number=1, name="Invoice matching", slug="invoice-matching", unit=cast.unit, klass="business_ai",
        business_owner=cast.owner, it_steward=cast.it, stage="live", created_at=now,
    )  # fmt: skip
    cast.incident = open_incident(
        workload=cast.workload, title="Over budget", sentence="It will cost $1,200, over the $900 agreed.",
        severity="bad", source="budget", external_key="budget", by=cast.system, at=now,
    )  # fmt: skip
    return cast


def file_candidate(cast: SimpleNamespace, at: datetime) -> Any:
    draft = save_draft(
        by=cast.owner, at=at, title="Match invoices with orders", description="Line by line.",
        count=Decimal(2400), period="month", minutes=Decimal(9), sureness="fairly_sure", who_does_it="clerks",
    )  # fmt: skip
    return submit(candidate=draft, by=cast.owner, at=at)


@pytest.mark.parametrize("look", LOOKS)
def test_every_page_of_the_kernel_is_sound(look: str, visitor: Visitor, furnished: SimpleNamespace) -> None:
    assert tour(visitor, look, stops(KERNEL, furnished)) == {}


@pytest.mark.parametrize("look", LOOKS)
def test_every_page_of_the_loop_is_sound(look: str, visitor: Visitor, at_work: SimpleNamespace) -> None:
    assert tour(visitor, look, stops(LOOP, at_work)) == {}


def stops(pages: dict[str, tuple[str | None, Any]], cast: SimpleNamespace) -> list[Stop]:
    return [
        Stop(name, getattr(cast, role) if role else None, path(cast), REFUSED.get(name, 200))
        for name, (role, path) in pages.items()
    ]


def test_the_theme_is_chosen_and_stays(signed_in: Callable[..., Page]) -> None:
    page = signed_in("owner")
    page.goto("/tokens/")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "light")
    page.get_by_label("Menu of Ada Owner").click()
    page.get_by_role("button", name="Light or dark").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")


def test_a_slash_goes_to_the_search(signed_in: Callable[..., Page]) -> None:
    page = signed_in("it")
    page.goto("/people/")
    page.keyboard.press("/")
    expect(page.get_by_label("Name or e-mail")).to_be_focused()
    page.keyboard.type("lead/")
    expect(page.get_by_label("Name or e-mail")).to_have_value("lead/")


def test_a_dialog_asks_before_something_is_taken_away(
    signed_in: Callable[..., Page], furnished: SimpleNamespace
) -> None:
    page = signed_in("owner")
    page.goto("/tokens/")
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("dialog")).to_contain_text("Revoke monthly report?")
    page.get_by_role("button", name="No, keep it").click()
    expect(page.get_by_role("button", name="Revoke")).to_be_visible()
    page.get_by_role("button", name="Revoke").click()
    page.get_by_role("button", name="Yes, do it").click()
    expect(page.get_by_text("no longer works")).to_be_visible()


def test_one_click_signs_in_to_the_demo(page: Page, transactional_db: None) -> None:
    Company.load()
    Company.objects.update(demo=True)
    for email, name in (("lead@demo.payback", "Lara Lead"), ("owner@demo.payback", "Omar Owner")):
        User.objects.create_user(email, None, name=name, simulated=True)
    page.goto("/accounts/login/")
    expect(page.get_by_text("You are Omar Owner.")).to_be_visible()
    assert serious(page) == []
    page.get_by_role("button", name="File a candidate as Omar Owner").click()
    expect(page.get_by_text("You are Omar Owner now.")).to_be_visible()


def test_a_company_is_set_up_in_the_browser(page: Page, transactional_db: None) -> None:
    page.goto("/accounts/login/")
    page.get_by_role("link", name="Set your company up").click()
    assert serious(page) == []
    for label, value in (
        ("Name of the company", "Acme"), ("Business units", "Sales\nLegal"), ("Your name", "Ivy"),
        ("Your e-mail", "ivy@acme.test"), ("Your password", "a long sentence, mine"), ("Lead: name", "Lee"),
        ("Lead: e-mail", "lee@acme.test"), ("Finance: name", "Fin"), ("Finance: e-mail", "fin@acme.test"),
    ):  # fmt: skip
        page.get_by_label(label).fill(value)
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_role("heading", name="Your company is set up")).to_be_visible()
    link = page.locator("#link-1").inner_text()
    page.context.clear_cookies()
    page.goto(link)
    page.get_by_label("New Password", exact=True).fill("another sentence, mine")
    page.get_by_label("New Password (again)").fill("another sentence, mine")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Your password is set")).to_be_visible()
