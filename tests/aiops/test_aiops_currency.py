"""A company changes its currency: what it keeps is converted, the past is not, and sums over both know the rate."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from aiops import operations, queries
from aiops.errors import DomainError
from aiops.models import AuditEvent, Company, CurrencyChange, RateCard
from backlog.models import Estimate
from backlog.operations import save_draft
from tests.factories import make_workload
from workloads.models import Budget, FixedCost
from workloads.operations.budgets import add_budget
from workloads.operations.prices import add_fixed_cost
from workloads.queries.prices import present_amounts

AT = datetime(2026, 11, 22, 10, tzinfo=UTC)
ANSWERS = {
    "title": "Check expense reports", "description": "Each report is read against the policy.", "count": 400,
    "period": "month", "minutes": 12, "sureness": "fairly_sure", "who_does_it": "accounts payable",
}  # fmt: skip
FIRST, RATE = date(2026, 11, 1), Decimal("0.92")


def change(cast, **said):
    base = {"new": "EUR", "rate": RATE, "valid_from": FIRST, "by": cast.finance, "at": AT}
    return operations.change_currency(**(base | said))


def test_what_is_kept_is_converted_and_the_past_stays(cast):
    mine = {"by": cast.finance, "at": AT}
    operations.update_company(hurdle_npv=Decimal(25_000), **mine)
    operations.add_rate(unit=None, hourly_rate=Decimal(50), valid_from=date(2026, 1, 1), **mine)
    workload = make_workload(cast, spent=Decimal(1000))
    said = {"workload": workload, "by": cast.finance, "at": AT}
    add_fixed_cost(
        **said,
        name="Seats",
        kind="seat",
        quantity=Decimal(10),
        amount=Decimal(30),
        valid_from=date(2026, 9, 1),
    )
    add_budget(**said, amount=Decimal(500), valid_from=date(2026, 10, 1))
    change(cast)
    company = Company.load()
    workload.refresh_from_db()
    assert (company.currency, company.usd_rate, company.hurdle_npv) == ("EUR", RATE, Decimal(23_000))
    assert (workload.spent, workload.monthly_budget) == (920, 460)
    assert Budget.objects.get(workload=workload).amount == 460
    rates = [RateCard.objects.for_unit(cast.unit, day).hourly_rate for day in (date(2026, 10, 31), FIRST)]
    assert rates == [50, 46]
    old, new = FixedCost.objects.order_by("valid_from")
    assert (old.amount, old.valid_to, new.amount, new.valid_from) == (30, FIRST, Decimal("27.6"), FIRST)
    assert [cost.amount for cost in present_amounts([old, new])] == [Decimal("27.6")] * 2
    assert AuditEvent.objects.get(action="company.currency_changed").changes["currency"] == ["USD", "EUR"]


def test_estimates_of_money_keep_their_shape(cast, now):
    draft = save_draft(by=cast.owner, at=now, **ANSWERS)
    ends = {"low": 100, "likely": 200, "high": 400, "as_of": FIRST, "by": cast.owner}
    for quantity in ("build_cost", "volume", "cashable_share"):
        scale = 0.001 if quantity == "cashable_share" else 1
        scaled = {key: value * scale if isinstance(value, int) else value for key, value in ends.items()}
        Estimate.objects.update_or_create(candidate=draft, quantity=quantity, defaults=scaled)
    change(cast)
    kept = {row.quantity: (row.low, row.high) for row in Estimate.objects.filter(candidate=draft)}
    assert kept["build_cost"] == (92, 368) and kept["volume"] == (100, 400)
    assert kept["cashable_share"] == (Decimal("0.1"), Decimal("0.4"))


def test_sums_over_both_currencies(cast):
    change(cast)
    change(
        cast,
        new="GBP",
        rate=Decimal("0.85"),
        valid_from=date(2027, 3, 1),
        at=datetime(2027, 3, 9, tzinfo=UTC),
    )
    known = queries.currencies()
    days = (date(2026, 10, 31), FIRST, date(2027, 2, 28), date(2027, 3, 1))
    assert [known.on(day) for day in days] == ["USD", "EUR", "EUR", "GBP"]
    assert known.present(Decimal(1000), "USD") == Decimal("782")
    assert queries.rate_between("USD", "EUR") == RATE and queries.rate_between("GBP", "GBP") == 1
    assert queries.converted(Decimal(100), "EUR", Company.load()) == 85
    with pytest.raises(LookupError):
        known.rate("JPY", "GBP")


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"new": "euro"}, "currency_code"), ({"new": "USD"}, "currency_same"), ({"rate": Decimal(0)}, "rate_positive"),
        ({"valid_from": date(2026, 10, 1)}, "valid_from_month"), ({"valid_from": AT.date()}, "valid_from_month"),
        ({"rate": Decimal("0.0000001")}, "rate_small"),
    ],
)  # fmt: skip
def test_changes_that_cannot_be(said, code, cast):
    with pytest.raises(DomainError, check=lambda error: error.code == code):
        change(cast, **said)
    for person in (cast.owner, cast.lead, cast.it):
        with pytest.raises(PermissionDenied):
            change(cast, by=person)
    assert Company.load().currency == "USD" and not CurrencyChange.objects.exists()


def test_the_page_shows_what_will_happen_before_it_does(cast):
    client, said = cast.client(cast.finance), {"new": "eur", "rate": "0.9"}
    assert client.get("/finance/currency/").status_code == 200
    text = client.post("/finance/currency/", said).content.decode()
    assert "What will happen" in text and Company.load().currency == "USD"
    assert client.post("/finance/currency/", said | {"rate": "-1"}).status_code == 422
    done = client.post("/finance/currency/", said | {"confirmed": "yes"}, follow=True).content.decode()
    assert "counts in EUR from" in done and Company.load().currency == "EUR"
    with pytest.raises(DomainError, check=lambda error: error.code == "currency_in_use"):
        operations.update_company(currency="GBP", by=cast.finance, at=AT)
    again = client.post("/api/v1/currency", {"new": "GBP", "rate": "0.8"}, content_type="application/json")
    assert (again.status_code, again.json()["code"]) == (409, "currency_twice")
    assert client.get("/api/v1/currency").json()["count"] == 1
    assert cast.client(cast.lead).get("/api/v1/currency").status_code == 403
