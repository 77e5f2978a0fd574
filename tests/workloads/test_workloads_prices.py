"""Finance keeps the price book: who may, what is refused by name, and that the very next call is priced by it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from aiops.errors import DomainError
from aiops.models import AuditEvent
from aiops.roles import Role
from tests.factories import grant, make_workload
from workloads.calc.dialects import NormalisedCall
from workloads.calc.fixed_costs import Fixed, fixed_between, fixed_by_day
from workloads.models import Call, Change, FixedCost, OwnPrice, UsageHour
from workloads.operations import prices
from workloads.operations.call_store import store_calls
from workloads.queries.prices import own_prices
from workloads.queries.prices import prices as book_for

pytestmark = pytest.mark.django_db
JAN = date(2026, 1, 1)
NOBODY = ("owner", "stranger", "assessor", "lead", "reviewer", "it", "evaluator", "auditor", "executive")


@pytest.fixture
def workload(cast):
    return make_workload(cast)


def a_call(index=1, **fields):
    base = {"provider": "openai", "model": "gpt-4o", "input_tokens": 1000, "output_tokens": 100}
    at = datetime(2026, 11, 20, 8, tzinfo=UTC)
    return NormalisedCall(f"{index:032x}", f"{index:016x}", **({"started_at": at} | base | fields))


def add(cast, now, **more):
    base = {"model": "gpt-4o", "valid_from": JAN, "note": "Contract 17", "input_mtok": Decimal(2)}
    return prices.add_price(**(base | {"output_mtok": Decimal(8), "by": cast.finance, "at": now} | more))


@pytest.mark.parametrize("who", NOBODY)
def test_only_finance_keeps_prices_and_fixed_costs(cast, now, workload, who):
    price = add(cast, now)
    cost = prices.add_fixed_cost(**seats(workload), by=cast.finance, at=now)
    by = {"by": getattr(cast, who), "at": now}
    verbs = (
        lambda: prices.add_price(model="m", valid_from=JAN, note="n", input_mtok=Decimal(1), **by),
        lambda: prices.change_price(price=price, changes={}, **by),
        lambda: prices.end_price(price=price, valid_to=date(2026, 12, 1), **by),
        lambda: prices.add_fixed_cost(**seats(workload), **by),
        lambda: prices.end_fixed_cost(cost=cost, valid_to=date(2026, 12, 1), **by),
    )
    for verb in verbs:
        with pytest.raises(PermissionDenied):
            verb()


def test_finance_of_one_unit_is_not_enough(cast, now):
    grant(cast.owner, Role.FINANCE, cast.unit, cast.system, now)
    with pytest.raises(PermissionDenied):
        add(cast, now, by=cast.owner)


@pytest.mark.parametrize(
    ("more", "code", "field"),
    [
        ({"model": "  "}, "model", "model"),
        ({"note": " "}, "note", "note"),
        ({"input_mtok": Decimal(-1)}, "price_negative", "input_mtok"),
        ({"cached_mtok": Decimal(-1)}, "price_negative", "cached_mtok"),
        ({"input_mtok": None, "output_mtok": None}, "price_empty", "input_mtok"),
        ({"input_mtok": None, "output_mtok": None, "cached_mtok": Decimal(1)}, "price_empty", "input_mtok"),
        ({"batch_share": Decimal("1.1")}, "batch_share", "batch_share"),
        ({"batch_share": Decimal("-0.1")}, "batch_share", "batch_share"),
        ({"currency": "euro"}, "currency_code", "currency"),
        ({"currency": "EUR", "usd_rate": Decimal(0)}, "usd_rate", "usd_rate"),
        ({"usd_rate": Decimal("0.9")}, "usd_rate", "usd_rate"),
        ({"valid_to": JAN}, "price_days", "valid_to"),
    ],
)
def test_each_rule_of_a_price_is_refused_by_name(cast, now, more, code, field):
    with pytest.raises(DomainError) as refused:
        add(cast, now, **more)
    assert (refused.value.code, refused.value.field) == (code, field)
    assert not OwnPrice.objects.exists() and not AuditEvent.objects.filter(action="own_price.added").exists()


def test_two_prices_of_one_model_may_not_hold_on_one_day_and_the_other_is_named(cast, now, workload):
    first = add(cast, now)
    with pytest.raises(DomainError, match="«gpt-4o from 2026-01-01» holds for the same model without an end"):
        add(cast, now, model="GPT-4O", valid_from=date(2026, 6, 1))
    prices.end_price(price=first, valid_to=date(2026, 6, 1), by=cast.finance, at=now)
    add(cast, now, valid_from=date(2026, 6, 1))
    with pytest.raises(DomainError, match="until 1 Jun 2026"):
        add(cast, now, valid_from=date(2025, 1, 1), valid_to=date(2026, 1, 2))
    # Another provider and a workload of its own are other prices.
    add(cast, now, provider="azure")
    add(cast, now, workload=workload)
    assert OwnPrice.objects.count() == 4


def test_the_next_call_pays_it_and_calls_before_keep_theirs(cast, now, workload):
    store_calls(workload=workload, calls=[a_call(1)], at=now)
    price = add(cast, now)
    store_calls(workload=workload, calls=[a_call(2)], at=now)
    prices.change_price(price=price, changes={"input_mtok": Decimal(4)}, by=cast.finance, at=now)
    store_calls(workload=workload, calls=[a_call(3)], at=now)
    stored = Call.objects.filter(workload=workload).order_by("trace_id")
    assert [(c.cost, c.cost_source) for c in stored] == [
        (Decimal("0.0035"), "list"),
        (Decimal("0.0028"), "own"),
        (Decimal("0.0048"), "own"),
    ]
    hour = UsageHour.objects.get(workload=workload)
    assert (hour.list_cost_usd, hour.own_cost_usd) == (Decimal("0.0035"), Decimal("0.0076"))
    assert hour.cost_usd == Decimal("0.0111")


def test_a_price_of_one_workload_leaves_the_others_alone(cast, now, workload):
    other = make_workload(cast, "Other")
    add(cast, now, workload=other)
    assert not own_prices(workload.pk) and own_prices(other.pk)
    store_calls(workload=workload, calls=[a_call()], at=now)
    assert Call.objects.get().cost_source == "list"


def test_a_client_that_is_trusted_comes_first_and_one_that_is_not_does_not(cast, now, workload):
    add(cast, now)
    sent = a_call(cost_client=Decimal("0.5"))
    store_calls(workload=workload, calls=[sent], at=now)
    workload.trusts_client_cost = False
    workload.save()
    store_calls(workload=workload, calls=[a_call(2, cost_client=Decimal("0.5"))], at=now)
    found = dict(Call.objects.values_list("cost_source", "cost"))
    assert found == {"client": Decimal("0.5"), "own": Decimal("0.0028")}


def test_a_correction_says_what_it_was_and_follows_the_same_rules(cast, now):
    price = add(cast, now)
    prices.change_price(
        price=price, changes={"output_mtok": Decimal(9), "note": price.note}, by=cast.finance, at=now
    )
    event = AuditEvent.objects.get(action="own_price.changed")
    assert event.changes == {"output_mtok": ["8.000000000000", "9"]}
    with pytest.raises(DomainError):
        prices.change_price(price=price, changes={"note": ""}, by=cast.finance, at=now)
    with pytest.raises(TypeError):
        prices.change_price(price=price, changes={"model": "x"}, by=cast.finance, at=now)


def test_an_ended_price_ends_once_and_only_after_it_began(cast, now):
    price = add(cast, now)
    with pytest.raises(DomainError) as refused:
        prices.end_price(price=price, valid_to=JAN, by=cast.finance, at=now)
    assert refused.value.code == "price_days"
    prices.end_price(price=price, valid_to=date(2026, 11, 1), by=cast.finance, at=now)
    with pytest.raises(DomainError, match="has ended"):
        prices.end_price(price=price, valid_to=date(2026, 11, 1), by=cast.finance, at=now)


def test_workloads_that_call_the_model_get_a_mark_in_their_log(cast, now, workload):
    store_calls(workload=workload, calls=[a_call()], at=now)
    retired = make_workload(cast, "Old")
    store_calls(workload=retired, calls=[a_call()], at=now)
    type(retired).objects.filter(pk=retired.pk).update(stage="retired", retired_on=now.date())
    add(cast, now, provider="azure")
    assert not Change.objects.filter(kind="price").exists()
    add(cast, now, model="GPT-4o", valid_from=date(2026, 11, 19))
    told = Change.objects.get(kind="price")
    assert (
        told.workload == workload and told.at.date() == date(2026, 11, 19) and "Contract 17" in told.summary
    )


def test_who_reads_all_money_reads_the_book(cast, now):
    add(cast, now)
    readers = {name for name in (*NOBODY, "finance") if book_for(getattr(cast, name)).exists()}
    assert readers == {"finance", "lead", "reviewer", "auditor", "executive", "assessor"}


def seats(workload, **more):
    base = {
        "kind": "seat",
        "name": "Seats",
        "quantity": Decimal(10),
        "amount": Decimal(30),
        "valid_from": JAN,
    }
    return base | {"workload": workload} | more


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"name": " "}, "name"),
        ({"quantity": Decimal(0)}, "quantity"),
        ({"amount": Decimal(-1)}, "amount"),
        ({"valid_to": JAN}, "price_days"),
    ],
)
def test_each_rule_of_a_fixed_cost(cast, now, workload, more, code):
    with pytest.raises(DomainError) as refused:
        prices.add_fixed_cost(**seats(workload, **more), by=cast.finance, at=now)
    assert refused.value.code == code and not FixedCost.objects.exists()


def test_a_fixed_cost_ends_once(cast, now, workload):
    cost = prices.add_fixed_cost(**seats(workload), by=cast.finance, at=now)
    prices.end_fixed_cost(cost=cost, valid_to=date(2026, 11, 16), by=cast.finance, at=now)
    with pytest.raises(DomainError, match="has ended"):
        prices.end_fixed_cost(cost=cost, valid_to=date(2026, 11, 16), by=cast.finance, at=now)
    with pytest.raises(DomainError):
        prices.end_fixed_cost(cost=cost, valid_to=JAN, by=cast.finance, at=now)
    assert AuditEvent.objects.filter(action__startswith="fixed_cost.").count() == 2


def test_a_fixed_cost_is_spread_over_the_days_it_holds():
    cost = Fixed(Decimal(10), Decimal(30), JAN, date(2026, 11, 16))
    november = date(2026, 11, 1), date(2026, 12, 1)
    assert fixed_between([cost], *november) == 150
    assert fixed_between([cost], JAN, date(2026, 11, 1)) == 3000
    assert fixed_between([cost], date(2026, 12, 1), date(2027, 1, 1)) == 0
    days = fixed_by_day([cost], *november)
    assert len(days) == 15 and sum(days.values()) == 150 and days[date(2026, 11, 1)] == 10
    assert fixed_by_day([cost], date(2025, 12, 31), JAN) == {}
    assert fixed_between([Fixed(Decimal(1), Decimal(31), JAN)], JAN, JAN + timedelta(days=1)) == 1
