"""Connections in a browser: sound in each look, and a test whose steps appear without leaving the page."""

from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from integrations import operations
from integrations.operations import create_connection, record_inbound
from tests.browser.conftest import Visitor
from tests.browser.tours import LOOKS, Stop, serious, tour

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def connected(cast: SimpleNamespace, now: datetime) -> SimpleNamespace:
    """A webhook that fails, and an Alertmanager from which an alert came."""
    cast.hook, _ = create_connection(
        kind="webhook", name="Incidents to the desk", url="http://127.0.0.1:9/in", by=cast.it, at=now,
        allowed_hosts=["127.0.0.1"],
    )  # fmt: skip
    cast.alerts, _ = create_connection(kind="alertmanager", name="Alerts", by=cast.it, at=now)
    payload = {"labels": {"alertname": "SlowAnswers"}, "annotations": {"summary": "long " * 60}}
    cast.message, _ = record_inbound(connection=cast.alerts, dedup_key="k" * 150, payload=payload, at=now)
    operations.test_connection(connection=cast.hook, by=cast.it, at=now)
    return cast


def to(name: str, *args: Any) -> str:
    return reverse(f"integrations:{name}", args=args)


@pytest.mark.parametrize("look", LOOKS)
def test_every_page_of_connections_is_sound(look: str, visitor: Visitor, connected: SimpleNamespace) -> None:
    paths = (
        to("connections"),
        *(to("new_connection", kind) for kind in ("model_endpoint", "slack", "smtp")),
        to("connection", connected.hook.pk),
        to("connection", connected.alerts.pk),
        to("edit_connection", connected.hook.pk),
        to("deliveries"),
        to("delivery", connected.message.pk),
    )
    assert tour(visitor, look, [Stop(path, connected.it, path) for path in paths]) == {}


def test_alertmanager_is_connected_and_its_token_shown_once(visitor: Visitor, cast: SimpleNamespace) -> None:
    page = visitor.page(user=cast.it)
    page.goto(to("new_connection", "alertmanager"))
    page.get_by_label("Name").fill("Alerts")
    page.get_by_role("button", name="Connect").click()
    expect(page.locator("#receiver")).to_contain_text("/hooks/alertmanager/")
    assert serious(page) == []
    page.get_by_role("link", name="I have copied it").click()
    expect(page.locator("#receiver")).to_contain_text("THE-TOKEN")


def test_the_steps_of_a_test_appear_in_place(visitor: Visitor, connected: SimpleNamespace) -> None:
    page = visitor.page(user=connected.it)
    page.goto(to("connection", connected.hook.pk))
    address = page.url
    page.get_by_role("button", name="Test now").click()
    expect(page.locator("#steps")).to_contain_text("refused the connection")
    assert page.url == address and serious(page) == []
