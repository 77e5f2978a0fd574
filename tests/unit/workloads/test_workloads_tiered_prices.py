"""Tiered models take the short way below their first tier: it may never differ from the library's own."""

import random
from datetime import UTC, datetime

from genai_prices.data_snapshot import get_snapshot

from workloads.calc import pricing
from workloads.calc.dialects import NormalisedCall

AT = datetime(2026, 11, 20, 8, tzinfo=UTC)


def tiered():
    for provider in get_snapshot().providers:
        for model in provider.models:
            units = pricing.unit_prices(provider.id, model.id, AT.date())
            if isinstance(units, pricing.SlowPrices) and units.base is not None:
                yield provider.id, model.id, units


def test_below_and_above_the_first_tier_the_price_is_the_librarys():
    rng, compared = random.Random(5), 0
    for provider, model, units in tiered():
        for size in (
            1,
            units.base_below - 1,
            units.base_below,
            units.base_below + 1,
            rng.randrange(2, 2_000_000),
        ):
            cached = rng.randrange(0, size)
            call = NormalisedCall(
                "1" * 32, "2" * 16, AT, model, provider=provider, input_tokens=size, output_tokens=700,
                cached_tokens=cached, cache_write_tokens=rng.randrange(0, size - cached + 1),
            )  # fmt: skip
            assert pricing.list_amount(call) == units.amount(call), (provider, model, size)
            compared += 1
    assert compared > 100
