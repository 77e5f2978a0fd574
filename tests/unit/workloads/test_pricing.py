"""Prices: to the last digit, of the day, never a guess."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from genai_prices import Usage, calc_price
from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import TieredPrices
from hypothesis import given, settings
from hypothesis import strategies as st

from workloads.calc.dialects import NormalisedCall
from workloads.calc.pricing import SlowPrices, price, unit_prices

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)


def call(model="gpt-4o", provider="openai", at=AT, **figures) -> NormalisedCall:
    return NormalisedCall(trace_id="a", span_id="b", started_at=at, model=model, provider=provider, **figures)


def test_to_the_last_digit():
    one = price(call("gpt-4o-mini", input_tokens=1200, cached_tokens=1024, output_tokens=85))
    assert one.amount == Decimal("0.0001542") and one.source == "list"


def test_an_unknown_model_is_never_free():
    assert price(call("home-made-7b", input_tokens=1)) == (None, "unpriced")
    assert price(call("gpt-4o", provider="our-gateway", input_tokens=1)) == (None, "unpriced")
    assert price(call("", input_tokens=1)) == (None, "unpriced")


def test_no_tokens_cost_nothing_only_when_the_call_failed():
    assert price(call(is_error=True)) == (Decimal(0), "none")
    assert price(call()) == (None, "unpriced")


def test_a_client_that_drops_cached_tokens_gives_an_upper_bound():
    assert price(call(input_tokens=1, drops_cached=True)).source == "upper_bound"


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("azure.ai.openai", "gpt-4o"),
        ("gcp.vertex_ai", "gemini-2.5-flash"),
        ("anthropic", "claude-sonnet-4-5"),
        ("mistral_ai", "mistral-large-latest"),
        ("", "gpt-4o-mini"),
    ],
)
def test_the_conventions_names_of_providers_are_known(provider, model):
    assert price(call(model, provider, input_tokens=10, output_tokens=1)).source == "list"


def _priced_by_date() -> list[tuple[str, str, list[datetime]]]:
    found = []
    for provider in get_snapshot().providers:
        for model in provider.models:
            starts = [
                getattr(row.constraint, "start_date", None)
                for row in (model.prices if isinstance(model.prices, list) else [])
            ]
            days = [datetime(d.year, d.month, d.day, tzinfo=UTC) for d in starts if d]
            if days:
                found.append((provider.id, model.id, days))
    return found


def test_the_price_is_that_of_the_day():
    """On the day a price starts and the day before, the cached way and the library's own agree."""
    checked = 0
    for provider, model, days in _priced_by_date()[:60]:
        for day in days:
            for at in (day, day.replace(hour=23), datetime.fromtimestamp(day.timestamp() - 3600, UTC)):
                checked += _same(provider, model, at, 1000, 100, 0, 0)
    assert checked > 100


def _same(provider: str, model: str, at: datetime, tokens: int, out: int, cached: int, written: int) -> bool:
    try:
        found = get_snapshot().find_provider_model(model, None, provider, None)
    except LookupError:  # some entries of the list do not match their own name
        return False
    listed = found[1].get_prices(at)
    if getattr(listed, "input_mtok", None) is None or getattr(listed, "output_mtok", None) is None:
        return False
    usage = Usage(
        input_tokens=tokens, output_tokens=out, cache_read_tokens=cached, cache_write_tokens=written
    )
    try:
        expected = calc_price(usage, model, provider_id=provider, genai_request_timestamp=at).total_price
    except ValueError:
        return False
    one = call(
        model,
        provider,
        at,
        input_tokens=tokens,
        output_tokens=out,
        cached_tokens=cached,
        cache_write_tokens=written,
    )
    assert price(one).amount == expected, (provider, model, at)
    return True


MODELS = [(p.id, m.id) for p in get_snapshot().providers for m in p.models]


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(MODELS), st.integers(1, 400_000), st.integers(0, 9000), st.floats(0, 1), st.floats(0, 1)
)
def test_every_model_costs_what_the_library_says(which, tokens, out, cached_share, written_share):
    cached = int(tokens * cached_share)
    written = int((tokens - cached) * written_share)
    _same(*which, AT, tokens, out, cached, written)


def test_tiers_and_hours_take_the_slow_way():
    slow = [which for which in MODELS if isinstance(unit_prices(*which, AT.date()), SlowPrices)]
    assert len(slow) > 50


def test_no_price_is_finer_than_what_the_database_keeps():
    for provider in get_snapshot().providers:
        for model in provider.models:
            rows = model.prices if isinstance(model.prices, list) else [model.prices]
            for listed in (getattr(row, "prices", row) for row in rows):
                for key, value in vars(listed).items():
                    if value is None or not key.endswith("mtok"):
                        continue
                    values = (
                        [value.base, *(t.price for t in value.tiers)]
                        if isinstance(value, TieredPrices)
                        else [value]
                    )
                    for one in values:
                        assert -(one / 1_000_000).normalize().as_tuple().exponent <= 24, (model.id, key)
