"""Telemetry in a browser: every page in every look, a program that is claimed, and a first span that is waited for."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from aiops.models import Company
from tests.browser.conftest import Visitor
from tests.browser.tours import LOOKS, Stop, tour
from tests.factories import make_workload
from tests.otlp_bodies import body, chat
from workloads.calc.dialects import NormalisedCall
from workloads.calc.evaluations import Evaluation as Said
from workloads.models import Call, Change, Service
from workloads.operations.arrivals import take
from workloads.operations.telemetry import create_environment_key, create_ingest_key

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGES: dict[str, str] = {
    "services": "it",
    "service": "it",
    "environment_keys": "it",
    "keys": "it",
    "mapping": "it",
    "setup": "it",
    "calls": "owner",
    "call": "owner",
    "call_content": "owner",
    "changes": "owner",
    "workload": "owner",
}


@pytest.fixture
def sent(cast: SimpleNamespace) -> SimpleNamespace:
    """A workload with a call, its content and a judgement of it, and a program that nobody has claimed."""
    Company.load()
    Company.objects.update(name="Acme")
    now = timezone.now()
    cast.workload = make_workload(cast, content_policy="all")
    key, _ = create_ingest_key(
        workload=cast.workload, name="bot", scopes=["telemetry:write"], by=cast.it, at=now
    )
    said = {"business": {"order": "4711"}, "content_in": "What is due?", "content_out": "A" * 400}
    call = NormalisedCall("a" * 32, "b" * 16, now, "gpt-4o-mini", "openai", input_tokens=1200, **said)
    other = NormalisedCall("a" * 32, "c" * 16, now, "home-made", is_error=True, error_type="RateLimitError")
    judged = Said("a" * 32, "b" * 16, "relevance", 0.5, "", "", "score", "judge", "1", now)
    take(key=key, calls=[call, other], evaluations=[judged], at=now)
    Change.objects.create(
        workload=cast.workload, at=now - timedelta(days=1), kind="prompt", summary="Prompt 2"
    )
    cast.call = Call.objects.get(span_id="b" * 16)
    whole, _ = create_environment_key(environment="production", name="cluster", by=cast.it, at=now)
    lost = NormalisedCall("d" * 32, "e" * 16, now, "gpt-4o", service="ticket-bot-with-quite-a-long-name")
    take(key=whole, calls=[lost], at=now)
    cast.service = Service.objects.get()
    return cast


def address(name: str, cast: SimpleNamespace) -> str:
    more: dict[str, list[Any]] = {
        "services": [],
        "environment_keys": [],
        "service": [cast.service.pk],
        "call": [cast.workload.number, cast.call.reference],
        "call_content": [cast.workload.number, cast.call.reference],
    }
    return reverse(f"workloads:{name}", args=more.get(name, [cast.workload.number]))


@pytest.mark.parametrize("look", LOOKS)
def test_every_page_of_telemetry_is_sound(look: str, visitor: Visitor, sent: SimpleNamespace) -> None:
    stops = [Stop(name, getattr(sent, who), address(name, sent), first=unfold) for name, who in PAGES.items()]
    assert tour(visitor, look, stops) == {}


def unfold(page: Page) -> None:
    for box in page.locator("details:not([open]) > summary").all():
        if box.is_visible():
            box.click()


def test_a_program_is_claimed_in_the_browser(visitor: Visitor, sent: SimpleNamespace) -> None:
    page = visitor.page(user=sent.it)
    page.goto("/")
    page.get_by_label("Menu of Ian Admin").click()
    page.get_by_role("link", name="Programs").click()
    expect(page.get_by_text("One program waits")).to_be_visible()
    page.get_by_role("link", name="Claim ticket-bot").click()
    page.get_by_label("Business unit").select_option("Legal")
    page.get_by_label("Business owner").select_option("Sam Stranger")
    page.get_by_role("button", name="Register a workload").click()
    expect(page.get_by_text("The workload is registered")).to_be_visible()
    expect(page.get_by_text("Every program that was heard of")).to_be_visible()


def test_the_first_span_is_waited_for(visitor: Visitor, cast: SimpleNamespace) -> None:
    Company.load()
    workload = make_workload(cast)
    page = visitor.page(user=cast.it)
    page.goto(reverse("workloads:setup", args=[workload.number]))
    expect(page.get_by_text("Waiting for the first span")).to_be_visible()
    page.get_by_label("Who will use it").fill("bot")
    page.get_by_role("button", name="Make a key and fill it in").click()
    plain = page.locator("#plain-key").inner_text()
    page.get_by_text("Langfuse SDK", exact=True).click()
    expect(page.locator("#s-langfuse")).to_contain_text(plain)
    data = body([chat(1, model="gpt-4o-mini", start=timezone.now())])
    Client().post("/v1/traces", data, content_type="application/x-protobuf", headers={"x-api-key": plain})
    expect(page.get_by_text("received", exact=True)).to_be_visible(timeout=15_000)
    page.reload()
    assert plain not in page.content()


def test_content_is_shown_at_a_click(visitor: Visitor, sent: SimpleNamespace) -> None:
    page = visitor.page(user=sent.owner)
    page.goto(address("call", sent))
    page.get_by_role("link", name="Show prompt and answer").click()
    expect(page.get_by_text("What is due?")).to_be_visible()
    expect(page.get_by_role("heading", name="What was said of it")).to_be_visible()
