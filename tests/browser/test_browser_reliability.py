"""Reliability, register and adoption in a browser: sound in every look, with their charts drawn."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from integrations.models import Connection
from tests.browser.conftest import Visitor
from tests.browser.tours import LOOKS, Stop, open_details, tour
from tests.factories import make_workload
from workloads.calc import sketch
from workloads.calc.adoption import monday
from workloads.models import ProbeResult, UsageHour
from workloads.operations import run_now
from workloads.operations.adoption import set_adoption
from workloads.operations.components import add_version
from workloads.operations.objectives import run_reliability_check, set_objective
from workloads.operations.probes import set_probe

PAGES = {"reliability": 3, "components": 0, "adoption": 1}


@pytest.fixture
def running(cast: SimpleNamespace) -> Any:
    """A month of calls, a probe that failed twice, two objectives, a register and a quarter of weeks."""
    at = timezone.now().astimezone(UTC)
    workload = make_workload(cast, it_steward=cast.it)
    _calls(workload, at)
    _probe(workload, cast, at)
    said: dict[str, Any] = {"by": cast.owner, "at": at}
    set_objective(workload=workload, kind="errors", target=Decimal("0.995"), **said)
    set_objective(workload=workload, kind="availability", target=Decimal("0.99"), **said)
    for check in workload.checks.all():
        run_reliability_check(run_id=run_now(check=check, **said).pk, worker="w", at=at)
    for kind, name, version in (("dataset", "Invoices", "2"), ("prompt", "a-very-long-name-" * 8, "1")):
        add_version(workload=workload, kind=kind, name=name, version=version, since=at.date(), **said)
    for back in range(12):
        week = monday(at.date()) - timedelta(weeks=back)
        figures = {
            "eligible": 60,
            "active": 40 - back,
            "volume": 900,
            "offered": 700,
            "taken": 600 - 9 * back,
        }
        set_adoption(workload=workload, unit=cast.unit, week=week, **figures, **said)
        set_adoption(workload=workload, unit=cast.other_unit, week=week, eligible=9, active=2, **said)
    return workload


def _calls(workload: Any, at: datetime) -> None:
    hour = at.replace(minute=0, second=0, microsecond=0)
    rows = [
        UsageHour(
            workload=workload, hour=hour - timedelta(hours=n), provider="openai", model="gpt-4o", operation="chat",
            calls=400, errors=n % 3, latency_sketch=sketch.entries([300, 900]),
        )
        for n in range(27 * 24)
    ]  # fmt: skip
    UsageHour.objects.bulk_create(rows)


def _probe(workload: Any, cast: SimpleNamespace, at: datetime) -> None:
    connection = Connection.objects.create(
        kind="health", name="Bot", url="https://bot.example.com", created_by=cast.it, created_at=at
    )
    probe = set_probe(workload=workload, connection=connection, every_minutes=60, by=cast.it, at=at)
    bad: dict[str, Any] = {"ok": False, "error": "It answered 503 instead of 200."}
    ProbeResult.objects.bulk_create(
        ProbeResult(probe=probe, slot=at - timedelta(hours=n), **(bad if n in (40, 41) else {"ok": True}))
        for n in range(1, 600)
    )


@pytest.mark.parametrize("look", LOOKS)
def test_every_page_is_sound(look: str, visitor: Visitor, cast: SimpleNamespace, running: Any) -> None:
    stops = [
        Stop(name, cast.owner, reverse(f"workloads:{name}", args=[running.number]), first=drawn(charts))
        for name, charts in PAGES.items()
    ]
    assert tour(visitor, look, stops) == {}


def drawn(charts: int) -> Callable[[Page], None]:
    """Waits for so many charts, and unfolds what is folded."""

    def first(page: Page) -> None:
        expect(page.locator(".chart canvas")).to_have_count(charts)
        open_details(page)

    return first


def test_promising_by_keyboard(visitor: Visitor, cast: SimpleNamespace, running: Any) -> None:
    shown = visitor.page(user=cast.owner)
    shown.goto(reverse("workloads:reliability", args=[running.number]))
    shown.get_by_label("What is promised", exact=True).select_option("latency")
    shown.get_by_label("In how many of 100").fill("95")
    shown.get_by_label("In how many of 100").press("Enter")
    expect(shown.get_by_text("Say how many milliseconds are fast enough")).to_be_visible()
    shown.get_by_label("Fast enough is, in milliseconds").fill("1000")
    shown.get_by_label("Fast enough is, in milliseconds").press("Enter")
    expect(shown.get_by_role("heading", name="Calls within 1,000 ms")).to_be_visible()
