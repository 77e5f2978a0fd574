"""Cost, showback, bills, owners and reconciliation in a browser: sound in every look, with their charts drawn."""

import io
import os
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.conftest import Visitor
from tests.browser.tours import LOOKS, serious, sideways
from tests.factories import make_workload
from tests.focus_files import focus
from workloads.calc.months import first_of, later
from workloads.models import FixedCost, UsageHour
from workloads.operations.bill_owners import add_bill_rule
from workloads.operations.bills import import_bills

PAGES = {"cost": 1, "showback": 0, "bills": 0, "bill_owners": 0, "reconciliation": 1, "bill": 0}


@pytest.fixture
def spent(cast: SimpleNamespace) -> Any:
    """Five months of two workloads, last month's bill final, and names that nobody owns."""
    at = timezone.now()
    mine = make_workload(cast, it_steward=cast.it)
    theirs = make_workload(cast, name="Contract review " * 4, unit=cast.other_unit)
    for workload, cost in ((mine, "3.1"), (theirs, "0.9")):
        _calls(workload, Decimal(cost), at)
    FixedCost.objects.create(
        workload=mine, kind="seat", name="Seats", quantity=3, amount=20, valid_from="2026-01-01", by=cast.finance, at=at
    )  # fmt: skip
    start = later(first_of(at.date()), -1)
    period = {"BillingPeriodStart": start.isoformat(), "BillingPeriodEnd": later(start).isoformat()}
    day = {"ChargePeriodStart": start.isoformat(), "ChargePeriodEnd": (start + timedelta(days=1)).isoformat()}
    rows = [
        {"EffectiveCost": "140.25", "BilledCost": "140.25"},
        {"EffectiveCost": "12.5", "ChargeDescription": "Voices of gpt-4o-realtime"},
        {
            "EffectiveCost": "88",
            "ServiceCategory": "Compute",
            "ServiceName": "Virtual machines",
            "SubAccountId": "x" * 90,
        },
    ]
    file = io.BytesIO(focus(*(row | period | day for row in rows)))
    (bill,) = import_bills(file=file, name="openai.csv", final=True, by=cast.finance, at=at).bills
    add_bill_rule(workload=mine, account="elsewhere", tag_key="team", tag_value="ap", by=cast.it, at=at)
    return SimpleNamespace(month=start, bill=bill)


def _calls(workload: Any, cost: Decimal, at: Any) -> None:
    hour = at.replace(minute=0, second=0, microsecond=0)
    rows = [
        UsageHour(
            workload=workload, hour=hour - timedelta(hours=24 * n), provider="openai", operation="chat", calls=40,
            model="gpt-4o" if n % 3 else "in-house", cost_usd=cost + n % 7, cost_centre=f"CC-{n % 2}",
            unpriced_calls=0 if n % 3 else 4,
        )
        for n in range(150)
    ]  # fmt: skip
    UsageHour.objects.bulk_create(rows)


@pytest.mark.parametrize("look", LOOKS)
def test_cost_pages_are_sound(visitor: Visitor, cast: SimpleNamespace, spent: Any, look: str) -> None:
    page = visitor.page(user=cast.finance, **LOOKS[look])
    shots = os.environ.get("PAYBACK_SHOTS")
    for name, charts in PAGES.items():
        address = reverse(f"workloads:{name}", args=[spent.bill.pk] if name == "bill" else [])
        for query in ("", f"?month={spent.month.isoformat()}&by=cost_centre"):
            page.goto(address + query)
            expect(page.locator(".chart canvas")).to_have_count(charts)
            for details in page.locator("main details:not([open]) > summary").all():
                details.click()
            if shots:
                page.screenshot(path=f"{shots}/{name}-{look}-{len(query)}.png", full_page=True)
            assert not sideways(page), name
            assert serious(page) == [], name


def test_one_click_gives_spend_to_its_owner(visitor: Visitor, cast: SimpleNamespace, spent: Any) -> None:
    page = visitor.page(user=cast.finance)
    page.goto(reverse("workloads:bill_owners") + f"?month={spent.month.isoformat()}")
    row = page.locator("tr", has_text="Virtual machines")
    row.get_by_role("combobox").select_option(label="Invoice coding")
    row.get_by_role("button", name="Theirs").click()
    expect(page.get_by_text("1 line is of Invoice coding now")).to_be_visible()
    expect(page.locator("tr", has_text="Virtual machines").get_by_role("combobox")).to_have_count(0)


def test_the_bar_leads_to_cost(visitor: Visitor, cast: SimpleNamespace, spent: Any) -> None:
    page = visitor.page(user=cast.owner)
    page.goto(reverse("workloads:workloads"))
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Cost").click()
    expect(page.get_by_role("heading", name="Cost", exact=True)).to_be_visible()
    expect(page.get_by_text("in your units")).to_be_visible()
