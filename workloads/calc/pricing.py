"""What a call cost in US dollars, as of the day of the call, unrounded.

The client's own figure counts first where it is trusted, then the company's price book, then the list price. List
prices come from genai-prices, offline. Its own calculation takes longer than all else that happens to a span,
so the price of one token of each kind is asked for once per (provider, model, day) and kept. Models priced by
tiers or by the time of day take the library's own way, call by call.
"""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from genai_prices import Usage
from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import ModelInfo, ModelPrice, Provider, TieredPrices, TimeOfDateConstraint

from workloads.calc.dialects import NormalisedCall
from workloads.calc.price_book import PriceBook

ZERO = Decimal(0)
# Above this a figure is a mistake of its sender and no cost of one call.
MOST_CLIENT_COST = Decimal(1_000_000)
# The conventions' names of providers, where they differ from the price list's.
PROVIDERS = {
    "azure.ai.openai": "azure",
    "azure.ai.inference": "azure",
    "az.ai.openai": "azure",
    "az.ai.inference": "azure",
    "azure_openai": "azure",
    "gcp.vertex_ai": "google",
    "gcp.gemini": "google",
    "gcp.gen_ai": "google",
    "vertexai": "google",
    "mistral_ai": "mistral",
    "x_ai": "x-ai",
    "moonshot_ai": "moonshotai",
}
OPENAI_ONLY = ("text-embedding-3-", "text-embedding-ada-")
UNSTATED = frozenset({"", "_other", "other", "unknown"})


class UnitPrices(NamedTuple):
    """Dollars for one token of each kind; None where the list names no price for that kind."""

    input: Decimal
    cached: Decimal
    written: Decimal
    output: Decimal | None


class Price(NamedTuple):
    """What a call cost and where the figure comes from; amount None = nobody knows."""

    amount: Decimal | None
    source: str


def price(call: NormalisedCall, trusts_client: bool = False, own: PriceBook | None = None) -> Price:
    """Cost of a call, by the first that knows: the client where it is trusted, the own price book, the list.

    A client's figure counts when it is positive: 0 for a call that was answered means that it knows no price. A failed
    call without tokens costs nothing; an unknown model is never free.
    """
    sent = call.cost_client
    if sent is not None and trusts_client and sent.is_finite() and ZERO < sent < MOST_CLIENT_COST:
        return Price(sent, "client")
    used = bool(call.input_tokens or call.output_tokens)
    if call.is_error and not used:
        return Price(ZERO, "none")
    agreed = own.price(call) if own else None
    if agreed is not None:
        return Price(agreed.amount, "upper_bound" if agreed.at_most else "own")
    amount = list_amount(call) if used else None
    if amount is None:
        return Price(None, "unpriced")
    return Price(amount, "upper_bound" if call.drops_cached else "list")


def list_amount(call: NormalisedCall) -> Decimal | None:
    """The list price of the call's tokens; None when the list does not know the model or this mix of tokens."""
    units = unit_prices(call.provider, call.model, call.started_at.date())
    if units is None:
        return None
    if isinstance(units, SlowPrices):
        if units.base is None or call.input_tokens >= units.base_below:
            return units.amount(call)
        units = units.base
    if call.output_tokens and units.output is None:
        return None
    fresh = call.input_tokens - call.cached_tokens - call.cache_write_tokens
    total = fresh * units.input + call.output_tokens * (units.output or ZERO)
    if call.cached_tokens or call.cache_write_tokens:
        total += call.cached_tokens * units.cached + call.cache_write_tokens * units.written
    return total


def is_linear(provider: str, model: str, day: date) -> bool:
    """Whether the list price of many calls is that of their tokens added up."""
    return not isinstance(unit_prices(provider, model, day), SlowPrices)


class SlowPrices(NamedTuple):
    """A model whose price depends on the size of the prompt or the hour.

    base: what one token costs in every prompt of fewer than `base_below` tokens; None where it is not so simple.
    """

    provider: Provider
    model: ModelInfo
    base: UnitPrices | None = None
    base_below: int = 0

    def amount(self, call: NormalisedCall) -> Decimal | None:
        return _ask(
            self.model,
            self.provider,
            call.started_at,
            call.input_tokens,
            call.output_tokens,
            call.cached_tokens,
            call.cache_write_tokens,
        )


@lru_cache(maxsize=8192)
def unit_prices(provider: str, model: str, day: date) -> UnitPrices | SlowPrices | None:
    """Prices of one token on that day (UTC), or None when the model is not on the list."""
    found = _find(provider, model)
    if found is None:
        return None
    seller, entry = found
    noon = datetime.combine(day, time(12), UTC)
    listed = entry.get_prices(noon)
    if not _named(listed, "input_mtok") and not _named(listed, "output_mtok"):
        return None
    if _by_hour(entry):
        return SlowPrices(seller, entry)
    units = _linear(entry, seller, noon, _named(listed, "output_mtok"))
    tiered = [value for value in vars(listed).values() if isinstance(value, TieredPrices) and value.tiers]
    if not tiered:
        return units
    base = units if units is not None and units.output is not None else None
    return SlowPrices(seller, entry, base, min(value.tiers[0].start for value in tiered))


def _linear(entry: ModelInfo, seller: Provider, noon: datetime, has_output: bool) -> UnitPrices | None:
    """Asks the library for one token of each kind, so that its rules of what falls back on what hold."""
    fresh = _ask(entry, seller, noon, 1, 0, 0, 0)
    cached = _ask(entry, seller, noon, 1, 0, 1, 0)
    written = _ask(entry, seller, noon, 1, 0, 0, 1)
    output = _ask(entry, seller, noon, 0, 1, 0, 0) if has_output else None
    if fresh is None or cached is None or written is None:
        return None
    return UnitPrices(fresh, cached, written, output)


def _find(provider: str, model: str) -> tuple[Provider, ModelInfo] | None:
    if not model:
        return None
    name = provider.strip().lower()
    asked = maker_of(model) if name in UNSTATED else PROVIDERS.get(name, name)
    try:
        return get_snapshot().find_provider_model(model, None, asked, None)
    except LookupError:
        return None


def maker_of(model: str) -> str | None:
    """The list knows some models only under their maker, whom not every client names; None: it finds them alone."""
    return "openai" if model.startswith(OPENAI_ONLY) else None


def _named(listed: ModelPrice, key: str) -> bool:
    return getattr(listed, key, None) is not None


def _by_hour(entry: ModelInfo) -> bool:
    prices = entry.prices if isinstance(entry.prices, list) else []
    return any(isinstance(row.constraint, TimeOfDateConstraint) for row in prices)


def _ask(entry, seller, moment, tokens_in: int, tokens_out: int, cached: int, written: int) -> Decimal | None:
    usage = Usage(
        input_tokens=tokens_in, output_tokens=tokens_out, cache_read_tokens=cached, cache_write_tokens=written
    )
    try:
        return entry.calc_price(usage, seller, genai_request_timestamp=moment).total_price
    except ValueError:  # the list has no way to price this mix of tokens
        return None


class TokenPrices(NamedTuple):
    """Dollars for one token in and one token out of a model, on a day."""

    input: Decimal
    output: Decimal


def token_prices(provider: str, model: str, day: date, size: int = 1000) -> TokenPrices | None:
    """What a token of a planned call costs; where the price depends on the prompt's size, at `size` tokens in."""
    found = _find(provider, model)
    if found is None:
        return None
    seller, entry = found
    noon, size = datetime.combine(day, time(12), UTC), max(size, 1)
    paid_in = _ask(entry, seller, noon, size, 0, 0, 0)
    both = _ask(entry, seller, noon, size, 1000, 0, 0)
    if paid_in is None or both is None:
        return None
    return TokenPrices(paid_in / size, (both - paid_in) / 1000)
