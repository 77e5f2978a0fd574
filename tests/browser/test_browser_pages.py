"""Every page in light, dark and on a phone: no broken policy, no sideways scroll, no serious axe finding."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Page, expect

from aiops import operations
from aiops.models import Company, User
from tests.browser.conftest import Visitor

LOOKS = {"light": {}, "dark": {"dark": True}, "phone": {"width": 390, "height": 844}}
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
    "not yours": ("owner", lambda cast: reverse("aiops:finance")),
    "not here": ("owner", lambda cast: "/nowhere/"),
}
LOOP = {
    "home of an owner": ("owner", lambda cast: reverse("roi:home")),
    "home of a lead": ("lead", lambda cast: reverse("roi:home")),
    "home of finance": ("finance", lambda cast: reverse("roi:home")),
    "home of IT": ("it", lambda cast: reverse("roi:home")),
    "backlog": ("owner", lambda cast: reverse("backlog:candidates")),
    "file a candidate": ("owner", lambda cast: reverse("backlog:file")),
    "board": ("lead", lambda cast: reverse("roi:board")),
    "workloads": ("owner", lambda cast: reverse("workloads:workloads")),
    "incidents": ("owner", lambda cast: reverse("workloads:incidents")),
    "value": ("finance", lambda cast: reverse("roi:value")),
    "claims": ("finance", lambda cast: reverse("roi:claims")),
    "connections": ("it", lambda cast: reverse("integrations:connections")),
}
PAGES = {**KERNEL, **LOOP}


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


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_sound(name: str, look: str, visitor: Visitor, furnished: SimpleNamespace) -> None:
    role, path = PAGES[name]
    user = getattr(furnished, role) if role else None
    page = visitor.page(user=user, **LOOKS[look])
    page.goto(path(furnished), wait_until="networkidle")
    assert sideways(page) == []
    assert serious(page) == []


def sideways(page: Page) -> list[str]:
    """What sticks out of the window to the right, when the page as a whole scrolls sideways."""
    return page.evaluate(
        """() => {
          const wide = document.documentElement.clientWidth;
          if (document.documentElement.scrollWidth <= wide) return [];
          return [...document.querySelectorAll('body *')]
            .filter((e) => e.getBoundingClientRect().right > wide + 1)
            .filter((e) => !e.closest('.table-wrap'))
            .map((e) => e.tagName + '.' + (e.className.baseVal ?? e.className)).slice(0, 8).concat(['sideways']);
        }"""
    )


def serious(page: Page) -> list[str]:
    """What axe calls serious or critical, with the elements at fault."""
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {[node['target'] for node in one['nodes']][:4]} {one['nodes'][0]['failureSummary']}"
        for one in found
        if one["impact"] in ("serious", "critical")
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
