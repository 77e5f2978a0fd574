"""The own price book: which row rules, what it makes of each kind of token, and who is asked first."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workloads.calc.dialects import NormalisedCall
from workloads.calc.price_book import OwnRow, PriceBook, overlaps, unit_of
from workloads.calc.pricing import price

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
JAN, JUN = date(2026, 1, 1), date(2026, 6, 1)


def row(**more):
    return OwnRow(
        **({"model": "gpt-4o", "valid_from": JAN, "input_mtok": Decimal(2), "output_mtok": Decimal(8)} | more)
    )


def call(**more):
    base = {"trace_id": "a", "span_id": "b", "started_at": AT, "model": "gpt-4o", "provider": "openai"}
    return NormalisedCall(**(base | {"input_tokens": 1000, "output_tokens": 100} | more))


def cost(found, *rows, workload=None):
    return price(found, own=PriceBook(rows, workload))


def test_a_contract_comes_before_the_list_to_the_last_digit():
    assert cost(call(), row()) == (Decimal("0.0028"), "own")
    assert cost(call(model="GPT-4o"), row()).source == "own"
    assert cost(call(model="gpt-4o-mini"), row()).source == "list"


def test_the_workloads_own_row_then_the_providers_then_any():
    rows = (
        row(input_mtok=Decimal(4)),
        row(provider="OpenAI", input_mtok=Decimal(5)),
        row(workload=7, input_mtok=Decimal(6)),
        row(workload=8, input_mtok=Decimal(7)),
    )
    plain = call(output_tokens=0)
    assert cost(plain, *rows).amount == Decimal("0.005")
    assert cost(plain, *rows, workload=7).amount == Decimal("0.006")
    assert cost(call(output_tokens=0, provider="azure"), *rows).amount == Decimal("0.004")


def test_the_day_of_the_call_decides_and_the_last_day_is_not_in_it():
    old = row(valid_to=JUN, input_mtok=Decimal(4))
    new = row(valid_from=JUN)
    for at, wanted in (
        (datetime(2026, 5, 31, 23, 59, tzinfo=UTC), "0.0048"),
        (datetime(2026, 6, 1, tzinfo=UTC), "0.0028"),
    ):
        assert cost(call(started_at=at), old, new).amount == Decimal(wanted)
    assert cost(call(started_at=datetime(2025, 12, 31, tzinfo=UTC)), old, new).source == "list"
    assert cost(call(), old).source == "list"


def test_cached_and_written_tokens_cost_what_the_contract_says_or_what_plain_input_costs():
    found = call(cached_tokens=400, cache_write_tokens=100)
    assert cost(found, row()).amount == Decimal("0.0028")
    tiered = row(cached_mtok=Decimal("0.5"), cache_write_mtok=Decimal(3))
    assert cost(found, tiered).amount == Decimal("0.0010") + Decimal("0.0002") + Decimal("0.0003") + Decimal(
        "0.0008"
    )


def test_a_price_of_a_call_counts_with_tokens_and_without():
    found = row(input_mtok=None, output_mtok=None, per_call=Decimal("0.02"))
    assert cost(call(), found) == (Decimal("0.02"), "own")
    assert cost(call(input_tokens=0, output_tokens=0), found) == (Decimal("0.02"), "own")
    assert cost(call(input_tokens=0, output_tokens=0, is_error=True), found) == (Decimal(0), "none")


@pytest.mark.parametrize(
    "more",
    [
        {"operation": "batch"},
        {"is_batch": True},
        {"business": {"service_tier": "Batch"}},
        {"business": {"batch": "true"}},
    ],
)
def test_a_batch_call_pays_its_share(more):
    assert cost(call(**more), row(batch_share=Decimal("0.5"))).amount == Decimal("0.0014")
    assert cost(call(**more), row()).amount == Decimal("0.0028")
    assert cost(
        call(business={"service_tier": "default"}), row(batch_share=Decimal("0.5"))
    ).amount == Decimal("0.0028")


def test_a_contract_in_another_currency_is_fixed_at_its_own_rate():
    found = cost(call(), row(usd_rate=Decimal("0.8")))
    assert found.amount == Decimal("0.0035")
    # A rate that does not divide evenly is cut at the 24th decimal, and the call is exact in what results.
    third = unit_of(row(usd_rate=Decimal(3)))
    assert third.input == Decimal("0.000000666666666666666667")
    assert cost(call(output_tokens=0), row(usd_rate=Decimal(3))).amount == 1000 * third.input


def test_what_the_client_hides_makes_an_upper_bound_only_where_the_contract_has_a_cheaper_cache():
    hidden = call(drops_cached=True)
    assert cost(hidden, row()).source == "own"
    assert cost(hidden, row(cached_mtok=Decimal(1))).source == "upper_bound"


def test_the_client_comes_first_where_it_is_trusted_and_knows():
    book = PriceBook([row()])
    sent = call(cost_client=Decimal("0.5"))
    assert price(sent, trusts_client=True, own=book) == (Decimal("0.5"), "client")
    assert price(sent, own=book).source == "own"
    for unusable in (Decimal(0), Decimal(-1), Decimal("NaN"), Decimal("Infinity"), Decimal(10**7)):
        assert price(call(cost_client=unusable), trusts_client=True, own=book).source == "own"


def test_overlaps_are_found_for_the_same_provider_model_and_workload_only():
    old = row(valid_to=JUN)
    assert overlaps(row(valid_from=date(2026, 5, 31)), [old]) is old
    assert overlaps(row(model="GPT-4O"), [old]) is old
    assert overlaps(row(valid_from=date(2025, 1, 1), valid_to=JAN), [old]) is None
    assert overlaps(row(valid_from=JUN), [old]) is None
    assert overlaps(row(provider="azure"), [old]) is None and overlaps(row(workload=1), [old]) is None


def test_an_empty_book_is_no_book():
    assert not PriceBook([]) and not PriceBook([row(workload=3)], 4) and PriceBook([row(workload=3)], 3)


prices = st.decimals(0, 100, places=6)


@given(prices, prices, prices, st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 100))
def test_a_cost_is_the_sum_of_its_tokens_at_their_prices(paid_in, paid_out, paid_cached, into, out, share):
    cached = into * share // 100
    rows = row(input_mtok=paid_in, output_mtok=paid_out, cached_mtok=paid_cached)
    found = cost(call(input_tokens=into, output_tokens=out, cached_tokens=cached), rows)
    assert found.amount == ((into - cached) * paid_in + cached * paid_cached + out * paid_out) / Decimal(
        10**6
    )
