"""A meeting held by keyboard in two browsers: each sees within seconds what the other did, and nobody overwrites."""

from collections.abc import Callable
from datetime import datetime
from types import SimpleNamespace

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page, expect

from roi import operations
from roi.models import Decision, Review, Series
from tests.browser.conftest import Visitor
from tests.factories import make_workload
from tests.roi import scored
from tests.roi.meetings_made import add, freeze, make_review

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def hold(cast: SimpleNamespace, now: datetime) -> Review:
    """Two to discuss, the second filed by the chair; one by consent."""
    review = make_review(cast, now)
    for title in ("Draft answers", "Own idea"):
        freeze(add(review, scored.file(cast, now, title)), cast, now)
    add(review, make_workload(cast), "keep", "consent", reason="expires")
    second = review.items.get(candidate__title="Own idea").candidate
    second.filed_by = cast.lead
    second.save()
    return operations.start_meeting(review=review, by=cast.lead, at=now)


def serious(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{v['id']}: {v['nodes'][0]['html']}" for v in found if v["impact"] in ("serious", "critical")]


def test_a_meeting_by_keyboard_in_two_browsers(
    signed_in: Callable[..., Page], visitor: Visitor, cast: SimpleNamespace
) -> None:
    review = hold(cast, timezone.now())
    chair, other = signed_in("lead"), signed_in("second_lead", dark=True, width=390, height=844)
    for page in (chair, other):
        page.goto(f"/reviews/{review.number}/present/")
        expect(page.get_by_role("heading", name="Draft answers")).to_be_visible()
        assert serious(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    expect(other.get_by_text("Lea Lead chairs this meeting and decides")).to_be_visible()
    chair.keyboard.press("d")
    expect(chair.locator("#panel[open]")).to_be_visible()
    assert serious(chair) == []
    chair.keyboard.type("Next year, with the new system.")
    chair.keyboard.press("Enter")
    expect(chair.locator(".pr-decided")).to_contain_text("Deferred")
    expect(other.locator(".pr-decided")).to_contain_text("Next year, with the new system.", timeout=4000)
    chair.keyboard.press("a")
    expect(chair.locator("#panel")).to_contain_text("Correct «deferred» to approve")
    chair.keyboard.type("It cannot wait.")
    chair.keyboard.press("Enter")
    expect(chair.locator(".pr-decided")).to_contain_text("Approved")
    chair.keyboard.press("ArrowRight")
    expect(chair.get_by_text("You filed this candidate: somebody else decides on it.")).to_be_visible()
    expect(other.get_by_role("heading", name="Own idea")).to_be_visible(timeout=4000)
    other.keyboard.press("r")
    expect(other.locator("#panel[open]")).to_be_visible()
    chair.keyboard.press("o")
    expect(chair.locator("#panel[open]")).to_be_visible()
    chair.keyboard.type("It is good.")
    chair.keyboard.press("Enter")
    expect(chair.get_by_text("It is good.")).to_be_visible()
    other.keyboard.type("The vendor does it.")
    other.keyboard.press("Enter")
    expect(chair.locator(".pr-decided")).to_contain_text("Rejected", timeout=4000)
    chair.keyboard.press("l")
    expect(chair.get_by_role("heading", name="By consent")).to_be_visible()
    chair.keyboard.press("a")
    expect(chair.get_by_text("1 item is decided by consent.")).to_be_visible()
    chair.keyboard.press("e")
    chair.get_by_role("heading", name="End the meeting?").wait_for()
    chair.keyboard.press("y")
    expect(chair.get_by_role("heading", name="Decisions (4)")).to_be_visible()
    expect(other.get_by_role("heading", name="Decisions (4)")).to_be_visible(timeout=4000)
    assert [d.verdict for d in Decision.objects.standing().order_by("pk")] == ["approve", "reject", "keep"]
    assert Series.objects.get().reviews.get().state == "closed"


def test_a_phone_times_and_takes_back(visitor: Visitor, cast: SimpleNamespace) -> None:
    now = timezone.now()
    row, secret = operations.start_measurement(
        candidate=scored.file(cast, now), quantity="minutes", what="Time 20 invoices", person=cast.owner,
        samples_wanted=20, due_on=now.date().replace(year=now.year + 1), by=cast.lead, at=now,
    )  # fmt: skip
    phone = visitor.page(width=390, height=844)
    phone.goto(f"/t/{secret}/")
    assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert serious(phone) == []
    start = phone.locator("[data-start]")
    for _ in range(2):
        start.click()
        expect(start).to_have_text("Stop")
        phone.wait_for_timeout(400)
        start.click()
    expect(phone.locator("[data-count]")).to_have_text("2")
    phone.get_by_role("button", name="Undo the last one").first.click()
    expect(phone.locator("[data-count]")).to_have_text("1")
    phone.context.set_offline(True)
    start.click()
    phone.wait_for_timeout(400)
    start.click()
    expect(phone.get_by_text("1 kept on this phone")).to_be_visible()
    phone.context.set_offline(False)
    expect(phone.get_by_text("1 kept on this phone")).to_be_hidden(timeout=8000)
    assert row.samples.filter(struck_at=None).count() == 2 and row.samples.count() == 3
    visitor.errors[:] = [error for error in visitor.errors if "ERR_INTERNET_DISCONNECTED" not in error]
