"""What units are shown: billed where a final bill rules, else traced; as page, CSV, FOCUS and API."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from aiops.models import Company
from tests.factories import make_workload
from tests.focus_files import add_usage, focus
from workloads.calc.months import later
from workloads.calc.reconcile import exact_sum
from workloads.models import FixedCost
from workloads.operations.bill_owners import add_bill_rule
from workloads.operations.bills import import_bills, set_final
from workloads.queries.bills import month_gap, ruled_months, ruling_costs
from workloads.queries.past_cost import past_months
from workloads.queries.showback import focus_charges, showback

OCTOBER = date(2026, 10, 1)
COST, SHOWBACK = reverse("workloads:cost"), reverse("workloads:showback")
RECONCILIATION = reverse("workloads:reconciliation")
ASKED = {"month": "2026-10-01"}


def ruling_cost(workload, month):
    """One month of one workload."""
    return ruling_costs(workload, month, later(month))[month]


@pytest.fixture
def take(cast, now):
    def taken(*rows, final=True, **more):
        file = io.BytesIO(focus(*rows))
        return import_bills(file=file, name="oct.csv", final=final, by=cast.finance, at=now, **more).bills

    return taken


@pytest.fixture
def two(cast):
    """A workload of each unit; the first has spent three times as much on the same model."""
    mine = make_workload(cast)
    theirs = make_workload(cast, name="Contract review", unit=cast.other_unit, business_owner=cast.stranger)
    add_usage(mine, cost="2", cost_centre="CC-1")
    add_usage(mine, cost="1", day=6, cost_centre="CC-2")
    add_usage(theirs, cost="1")
    return mine, theirs


def test_traced_until_the_bill_is_final_then_billed(cast, take, two, now):
    mine, theirs = two
    before = ruling_cost(mine, OCTOBER)
    assert (before.amount, before.source, before.provisional) == (3, "traced", True)
    (bill,) = take({"EffectiveCost": "10"}, final=False)
    assert ruling_cost(mine, OCTOBER) == before, "a bill that is not final rules nothing"
    set_final(bill=bill, final=True, by=cast.finance, at=now)
    after = ruling_cost(mine, OCTOBER)
    assert (after.amount, after.source, after.provisional) == (Decimal("7.5"), "billed", False)
    assert ruling_cost(theirs, OCTOBER).amount == Decimal("2.5")
    set_final(bill=bill, final=False, by=cast.finance, at=now)
    assert ruling_cost(mine, OCTOBER) == before


def test_a_workloads_own_months_say_what_rules_each(take, two):
    """A bill without an owner is spread over its callers, though only one workload is asked about."""
    mine, _ = two
    seats = FixedCost(quantity=Decimal(2), amount=Decimal(5), valid_from=date(2026, 11, 1))
    (only,) = past_months(mine, date(2026, 11, 1), [seats])
    assert (only.month, only.total, only.fixed, only.cost.source) == (OCTOBER, 3, 0, "traced")
    take({"EffectiveCost": "10"})
    november, october = past_months(mine, date(2026, 12, 1), [seats])
    assert (november.total, november.cost.source) == (10, "none")
    assert (october.total, october.cost.source) == (Decimal("7.5"), "billed")
    assert past_months(mine, OCTOBER, []) == []


def test_a_month_of_a_model_that_is_on_no_bill_stays_provisional(take, two):
    mine, _ = two
    add_usage(mine, "o3", cost="5")
    take({"EffectiveCost": "10"})
    cost = ruling_cost(mine, OCTOBER)
    assert (cost.amount, cost.source, cost.provisional) == (Decimal("12.5"), "billed and traced", True)
    assert "provisional" in cost.words
    assert ruling_cost(mine, date(2026, 9, 1)).source == "none"


def test_billed_effective_rules_and_is_never_added_to_what_was_invoiced(take, two):
    take(
        {"BilledCost": "1200", "EffectiveCost": "0", "ChargeCategory": "Purchase"},
        {"BilledCost": "0", "EffectiveCost": "8"},
    )
    assert sum(ruling_cost(one, OCTOBER).amount for one in two) == 8


def test_a_replaced_bill_rules_no_more(cast, take, two, now):
    (old,) = take({"EffectiveCost": "10"})
    set_final(bill=old, final=False, by=cast.finance, at=now)
    take({"EffectiveCost": "20"})
    assert ruling_cost(two[0], OCTOBER).amount == 15


def test_bills_in_other_currencies_come_through_the_dollar(take, two):
    Company.load()
    Company.objects.update(currency="EUR", usd_rate=Decimal("0.9"))
    take({"EffectiveCost": "8", "BillingCurrency": "GBP"}, rates={"GBP": Decimal("0.8")})
    assert ruling_cost(two[0], OCTOBER).amount == Decimal("6.75")
    take({"EffectiveCost": "0.13", "BillingAccountId": "eu", "BillingCurrency": "EUR"})
    assert exact_sum(ruling_cost(one, OCTOBER).amount for one in two) == Decimal("9.13")


def test_shares_of_a_bill_add_up_to_it_exactly(take, two):
    amounts = ["0.00000000000000000000000000000001", "1234567.8901234567", "-3.33", "0.1"]
    (bill,) = take(*({"EffectiveCost": amount, "ChargeDescription": "gpt-4o"} for amount in amounts))
    (ruled,) = ruled_months(OCTOBER, date(2026, 11, 1)).values()
    assert exact_sum(share.amount for share in ruled.shares) == bill.effective_total


def test_units_see_their_own_and_all_see_who_has_none(cast, take, two):
    take({"EffectiveCost": "8"}, {"EffectiveCost": "5", "ChargeDescription": "Voices"})
    shown = showback(cast.finance, OCTOBER)
    assert (shown.total, shown.nobody_total) == (8, 5)
    assert [(unit.unit, unit.amount) for unit in shown.units] == [(cast.unit, 6), (cast.other_unit, 2)]
    assert [(centre.name, centre.amount) for centre in shown.units[0].centres] == [("CC-1", 4), ("CC-2", 2)]
    own = showback(cast.stranger, OCTOBER)
    assert (own.total, own.nobody) == (2, [])


PAGES = [COST, SHOWBACK]


@pytest.mark.parametrize("address", PAGES)
def test_who_opens_the_pages_and_what_they_find(cast, take, two, address):
    take({"EffectiveCost": "8"}, {"EffectiveCost": "5.25", "ChargeDescription": "Voices"})
    for who in ("finance", "lead", "executive", "auditor", "reviewer"):
        page = cast.client(getattr(cast, who)).get(address, ASKED).content.decode()
        assert "Invoice coding" in page and "Contract review" in page and "$5.25" in page
    own = cast.client(cast.owner).get(address, ASKED).content.decode()
    assert "Invoice coding" in own and "Contract review" not in own and "$5.25" not in own and "$6.00" in own
    for who in ("it", "evaluator"):
        assert cast.client(getattr(cast, who)).get(address, ASKED).status_code == 403


def test_whoever_answers_for_a_workload_sees_its_cost(cast, two):
    mine, _ = two
    mine.deputy = cast.evaluator
    mine.save()
    page = cast.client(cast.evaluator).get(SHOWBACK, ASKED).content.decode()
    assert "Invoice coding" in page and "Contract review" not in page


def read_csv(response):
    data = b"".join(response) if response.streaming else response.content
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def test_the_csv_adds_up(cast, take, two):
    take({"EffectiveCost": "8"})
    rows = read_csv(cast.client(cast.finance).get(SHOWBACK, ASKED | {"format": "csv"}))
    assert sum(Decimal(row["amount"]) for row in rows) == 8
    assert {(row["unit_code"], row["cost_centre"], row["source"]) for row in rows} == {
        ("ap", "CC-1", "billed"), ("ap", "CC-2", "billed"), ("legal", "", "billed"),
    }  # fmt: skip
    rows = read_csv(cast.client(cast.finance).get(COST, ASKED | {"format": "csv", "by": "cost_centre"}))
    assert sum(Decimal(row["amount"]) for row in rows) == 8


def test_the_focus_export_comes_back_with_the_same_sums(cast, take, two, now):
    mine, _ = two
    type(mine).objects.filter(pk=mine.pk).update(name='=HYPERLINK("x")')
    FixedCost.objects.create(
        workload=mine, kind="seat", name="Seats", quantity=3, amount=Decimal("10.10"), cost_centre="CC-1",
        valid_from=date(2026, 10, 11), by=cast.finance, at=now,
    )  # fmt: skip
    take({"EffectiveCost": "8.123456789012345678"})
    add_usage(mine, "o3", cost="0.333333333333333333333333")
    answer = cast.client(cast.finance).get(SHOWBACK, ASKED | {"format": "focus"})
    data = b"".join(answer)
    assert answer["Content-Type"].startswith("text/csv") and not data.startswith(b"\xef\xbb\xbf")
    total = showback(cast.finance, OCTOBER).total
    report = import_bills(file=io.BytesIO(data), name="own.csv", by=cast.finance, at=now)
    assert exact_sum(bill.effective_total for bill in report.bills) == total
    assert exact_sum(bill.billed_total for bill in report.bills) == total
    assert {bill.focus_version for bill in report.bills} == {"1.2"} and not report.missing
    assert {line.service for bill in report.bills for line in bill.lines.all()} == {
        '=HYPERLINK("x")',
        "Contract review",
    }
    assert b"'=HYPERLINK" in data and len(list(focus_charges(showback(cast.stranger, OCTOBER)))) == 1


def test_fixed_costs_count_for_the_days_they_hold(cast, two, now):
    mine, _ = two
    FixedCost.objects.create(
        workload=mine, kind="seat", name="Seats", quantity=2, amount=Decimal(31), cost_centre="CC-1",
        valid_from=date(2026, 10, 22), valid_to=date(2026, 11, 2), by=cast.finance, at=now,
    )  # fmt: skip
    shown = showback(cast.finance, OCTOBER)
    (fixed,) = [row for row in shown.rows if row.share.source == "fixed"]
    assert fixed.share.amount == 20 and fixed.what == "fixed costs" and not fixed.share.provisional
    assert ruling_cost(mine, OCTOBER).amount == 3, "the cost of calls and bills alone"
    (left,) = [row for row in showback(cast.finance, date(2026, 11, 1)).rows if row.share.source == "fixed"]
    assert left.share.amount == Decimal(62) / 30 or abs(left.share.amount - Decimal(62) / 30) < Decimal(
        "1e-20"
    )


def test_the_rate_and_its_date_are_shown(cast, two):
    Company.load()
    Company.objects.update(currency="EUR", usd_rate=Decimal("0.92"), usd_rate_on=date(2026, 11, 2))
    page = cast.client(cast.finance).get(SHOWBACK, ASKED).content.decode()
    assert "0.92" in page and "2 Nov 2026" in page and "€3.68" in page and "provisional" in page


def test_the_api_says_the_same(cast, take, two):
    take({"EffectiveCost": "8"})
    body = cast.client(cast.finance).get("/api/v1/showback/", {"month": "2026-10"}).json()
    assert (body["total"], body["currency"], len(body["rows"])) == ("8", "USD", 3)
    assert cast.client(cast.stranger).get("/api/v1/showback/", {"month": "2026-10"}).json()["total"] == "2"
    assert cast.client(cast.finance).get("/api/v1/showback/", {"month": "October"}).status_code == 400
    assert cast.client(cast.it).get("/api/v1/showback/", {"month": "2026-10"}).status_code == 403


def test_the_cost_page_by_each_dimension(cast, take, two):
    take({"EffectiveCost": "8"})
    client = cast.client(cast.finance)
    wanted = {
        "workload": "Contract review",
        "unit": "Legal",
        "model": "gpt-4o",
        "cost_centre": "no cost centre named",
    }
    for by, words in wanted.items():
        page = client.get(COST, ASKED | {"by": by})
        assert page.status_code == 200 and words in page.content.decode()
    assert client.get(COST, {"month": "never", "by": "colour"}).status_code == 200
    page = client.get(COST, ASKED).content.decode()
    assert "$8.00 in October 2026, as billed" in page and "Bills" in page


def test_what_has_no_price_and_no_owner_is_said(cast, take, two):
    add_usage(two[0], "in-house", cost="0", calls=7, unpriced_calls=7)
    take({"EffectiveCost": "8"}, {"EffectiveCost": "5.25", "ChargeDescription": "Voices"})
    page = cast.client(cast.finance).get(COST, ASKED).content.decode()
    assert "in-house (7 calls)" in page and "$5.25 on final bills belongs to no workload" in page


def test_movers_compare_months_that_are_over(cast, two):
    add_usage(two[0], cost="1", hour=datetime(2026, 9, 9, tzinfo=UTC))
    page = cast.client(cast.finance).get(COST, ASKED).content.decode()
    assert "What moved most in October 2026" in page and "+$2.00" in page and "+200 %" in page


def test_the_reconciliation_page_and_its_csv(cast, take, two):
    take(
        {"EffectiveCost": "5", "ChargePeriodStart": "2026-10-05"},
        {"EffectiveCost": "1", "ChargeDescription": "Voices"},
    )
    client = cast.client(cast.auditor)
    page = client.get(RECONCILIATION, ASKED).content.decode()
    assert "50.0 %" in page and "+$1.00" in page and "billed under names that no call has" in page
    rows = read_csv(client.get(RECONCILIATION, ASKED | {"format": "csv"}))
    assert sum(Decimal(row["gap"]) for row in rows) == 2
    assert month_gap(OCTOBER).total == 2
    for who in ("owner", "it", "evaluator", "stranger"):
        assert cast.client(getattr(cast, who)).get(RECONCILIATION).status_code == 403


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "No bill of AI is in"),
        ([{"EffectiveCost": "4"}], "say what the calls say"),
        ([{"EffectiveCost": "3"}], "say 25.0 % less than the calls"),
    ],
)
def test_the_sentence_of_the_reconciliation(cast, take, two, rows, words):
    if rows:
        take(*rows)
    assert words in cast.client(cast.finance).get(RECONCILIATION, ASKED).content.decode()


def test_empty_pages_say_what_to_do(cast):
    client = cast.client(cast.finance)
    for address in (
        COST,
        SHOWBACK,
        RECONCILIATION,
        reverse("workloads:bills"),
        reverse("workloads:bill_owners"),
    ):
        assert client.get(address).status_code == 200
    assert "Neither calls nor bills" in client.get(RECONCILIATION).content.decode()


def test_more_rows_need_no_more_queries(cast, take, now):
    def ask():
        client, counts = cast.client(cast.finance), {}
        for address in (
            COST,
            SHOWBACK,
            RECONCILIATION,
            reverse("workloads:bills"),
            reverse("workloads:bill_owners"),
        ):
            client.get(address, ASKED)
            with CaptureQueriesContext(connection) as asked:
                client.get(address, ASKED)
            counts[address] = len(asked)
            assert not [q for q in asked if 'FROM "workloads_call"' in q["sql"]], "no page reads calls"
        return counts

    def grow(first, last):
        for n in range(first, last):
            workload = make_workload(cast, name=f"W{n}")
            add_usage(workload, f"model-{n}", cost="1", cost_centre=f"CC-{n}")
            take({"BillingAccountId": f"a{n}", "SubAccountId": f"p{n}", "ChargeDescription": f"model-{n}"})
            add_bill_rule(workload=workload, account=f"p{n}", by=cast.it, at=now)

    grow(0, 2)
    few = ask()
    grow(2, 9)
    assert ask() == few and max(few.values()) <= 16
