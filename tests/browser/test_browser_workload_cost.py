"""A workload's cost, prices, re-pricing, budgets and fixed costs in a browser: sound in every look, charts drawn."""

import os
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor
from tests.browser.tours import LOOKS, Stop, open_details, tour
from tests.factories import make_workload
from workloads.calc.dialects import NormalisedCall
from workloads.models import Change, UsageHour
from workloads.operations.budget_watch import watch_budgets
from workloads.operations.budgets import add_budget
from workloads.operations.call_store import store_calls
from workloads.operations.prices import add_fixed_cost, add_price
from workloads.operations.repricing import preview_repricing


@pytest.fixture
def spent(cast: SimpleNamespace) -> Any:
    """Fourteen weeks of two models with a wild day and a slow rise; budgets, a price, seats and a preview."""
    at = timezone.now()
    today = at.date()
    workload = make_workload(cast, builder=cast.assessor)
    _calls(workload, today)
    Change.objects.create(
        workload=workload, at=at - timedelta(days=9), kind="model", summary="First call of gpt-4o-mini"
    )
    by: dict[str, Any] = {"by": cast.finance, "at": at}
    first = today.replace(day=1)
    add_budget(workload=workload, amount=Decimal(900), valid_from=first, **by)
    budget = add_budget(unit=cast.unit, amount=Decimal(300), valid_from=first, **by)
    one = NormalisedCall(
        "a" * 32, "b" * 16, started_at=at, model="gpt-4o", provider="openai", input_tokens=900_000
    )
    store_calls(workload=workload, calls=[one], at=at)
    price = add_price(
        model="gpt-4o", provider="openai", input_mtok=Decimal("2.1"), output_mtok=Decimal(8), currency="EUR",
        usd_rate=Decimal("0.92"), valid_from=first, note="Frame contract 2026/17, appendix 3, table of prices", **by,
    )  # fmt: skip
    add_fixed_cost(
        workload=workload, kind="seat", name="Seats of the review tool", quantity=Decimal(4), amount=Decimal(25),
        valid_from=first, **by,
    )  # fmt: skip
    again = preview_repricing(
        workloads=[workload], models=[], start=first, end=today + timedelta(days=1), **by
    )
    watch_budgets(at=at)
    return SimpleNamespace(workload=workload, budget=budget, price=price, again=again)


def _calls(workload: Any, today: Any) -> None:
    rows = []
    for n in range(98):
        share = Decimal(140 - n) / 100 * (6 if n == 4 else 1)
        hour = datetime.combine(today - timedelta(days=n), time(0), UTC)
        for model, usd in (("gpt-4o", 12), ("gpt-4o-mini", 3)):
            cost = usd * share * (Decimal("0.4") if hour.weekday() > 4 else 1)
            tokens = {"input_tokens": int(cost * 200_000), "cached_tokens": int(cost * 40_000)}
            rows.append(
                UsageHour(
                    workload=workload,
                    hour=hour,
                    provider="openai",
                    model=model,
                    operation="chat",
                    calls=int(cost * 90),
                    output_tokens=int(cost * 20_000),
                    cost_usd=cost,
                    list_cost_usd=cost,
                    **tokens,
                )  # fmt: skip
            )
    UsageHour.objects.bulk_create(rows)


def addresses(spent: Any) -> dict[str, str]:
    number = spent.workload.number
    args: dict[str, list[Any]] = {
        "workload_cost": [number],
        "fixed_costs": [number],
        "prices": [],
        "price": [spent.price.pk],
        "repricings": [],
        "repricing": [spent.again.pk],
        "budgets": [],
        "budget": [spent.budget.pk],
    }
    return {name: reverse(f"workloads:{name}", args=given) for name, given in args.items()}


@pytest.mark.parametrize("look", LOOKS)
def test_pages_are_sound_in_every_look(
    visitor: Visitor, cast: SimpleNamespace, spent: Any, look: str
) -> None:
    stops = [
        Stop(name, cast.finance, address, first=lambda page, name=name: drawn(page, name, look))
        for name, address in addresses(spent).items()
    ]
    assert tour(visitor, look, stops) == {}


def drawn(page: Page, name: str, look: str) -> None:
    if name == "workload_cost":
        expect(page.locator(".chart canvas").first).to_be_visible()
    if shots := os.environ.get("PAYBACK_SHOTS"):
        page.screenshot(path=f"{shots}/{name}-{look}.png", full_page=True)
    open_details(page)


def test_finance_prices_calls_again_from_the_preview(
    visitor: Visitor, cast: SimpleNamespace, spent: Any
) -> None:
    page = visitor.page(user=cast.finance)
    page.goto(addresses(spent)["repricing"])
    page.get_by_label("Why these calls get other prices").fill("Frame contract from the first")
    page.get_by_role("button", name="Apply").click()
    page.locator("#confirm-dialog").get_by_role("button").first.wait_for()
    page.locator("#confirm-dialog button[value=yes]").click()
    expect(page.get_by_text("The calls have their new prices.")).to_be_visible()


def test_an_owner_sets_a_budget_from_the_cost_page(
    visitor: Visitor, cast: SimpleNamespace, spent: Any
) -> None:
    page = visitor.page(user=cast.owner)
    page.goto(addresses(spent)["workload_cost"])
    page.get_by_role("link", name="Set a budget").click()
    page.get_by_label("Period").select_option("quarter")
    page.get_by_label("Amount").fill("5000")
    page.get_by_role("button", name="Set the budget").click()
    expect(page.get_by_text("The budget is set. It warns; it never stops a call.")).to_be_visible()
