"""Why a period cost more or less than another: parts that add up to the difference to the cent.

The cost of a period is, over its models,
    useful calls x (calls / useful calls) x the model's share of calls x (fresh tokens in x their price
        + cached x theirs + written x theirs + tokens out x theirs + price of a call)
with tokens a call. Each factor takes its value from one period or the other; what a factor did is its mean effect over
all orders of changing them (Shapley 1953), so that no order is favoured and the parts add up. A model called in one
period only keeps the shape and price that it has there: its coming or going is mix.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

from workloads.calc.fair_shares import CENT, mean_effects, whole_parts

FACTORS = ("volume", "price", "mix", "tokens_in", "tokens_out", "cache_hits", "retries")
WORDS = {
    "volume": "number of calls",
    "price": "price of a token or call",
    "mix": "which models are called",
    "tokens_in": "tokens in per call",
    "tokens_out": "tokens out per call",
    "cache_hits": "share of tokens from the cache",
    "retries": "calls made again",
}
DIGITS = 40
ZERO, ONE = Decimal(0), Decimal(1)
Changed = frozenset[str]


@dataclass(frozen=True)
class Prices:
    """Dollars for one token of each kind and for a call; only their proportions count where the cost is known."""

    input: Decimal = ONE
    cached: Decimal = ONE
    written: Decimal = ONE
    output: Decimal = ONE
    call: Decimal = ZERO


@dataclass(frozen=True)
class Usage:
    """Sums of one model in one period. `input_tokens` includes cached and written ones; `calls` includes retries."""

    calls: Decimal
    retries: Decimal
    input_tokens: Decimal
    cached_tokens: Decimal
    written_tokens: Decimal
    output_tokens: Decimal
    cost: Decimal
    prices: Prices = Prices()

    def over(self, periods: int) -> "Usage":
        """The mean of so many periods."""
        names = [field.name for field in fields(self) if field.name != "prices"]
        return Usage(**{name: getattr(self, name) / periods for name in names}, prices=self.prices)


@dataclass(frozen=True)
class _Shape:
    """One model in one period: its share of calls, tokens a call, shares of tokens in, prices that meet its cost."""

    share: Decimal
    tokens_in: Decimal
    tokens_out: Decimal
    cached: Decimal
    written: Decimal
    prices: Prices


def parts(before: Mapping[str, Usage], after: Mapping[str, Usage]) -> dict[str, Decimal]:
    """What each of FACTORS did to the cost between two periods, by model; cents that add up to the difference.

    The difference is that of the two costs rounded to the cent each. Any currency: prices follow the cost.
    """
    total = _rounded(before) - _rounded(after)
    with localcontext() as context:
        context.prec = DIGITS
        return whole_parts(mean_effects(FACTORS, _valued(before, after)), -total)


def _rounded(period: Mapping[str, Usage]) -> Decimal:
    return sum((usage.cost for usage in period.values()), ZERO).quantize(CENT, ROUND_HALF_EVEN)


def _valued(before: Mapping[str, Usage], after: Mapping[str, Usage]) -> Callable[[Changed], Decimal]:
    """The cost with some factors as they were after, and the others as before."""
    useful, again = zip(_calls(before), _calls(after), strict=True)
    models = [_shapes(name, before, after) for name in {**before, **after}]

    def value(changed: Changed) -> Decimal:
        calls = useful["volume" in changed] * again["retries" in changed]
        return calls * sum((_a_call(model, changed) for model in models), ZERO)

    # No calls before: nothing but volume can have changed, and it alone brings the whole cost.
    return value if useful[0] and useful[1] else lambda changed: _only_volume(changed, before, after)


def _only_volume(changed: Changed, before: Mapping[str, Usage], after: Mapping[str, Usage]) -> Decimal:
    return sum((usage.cost for usage in (after if "volume" in changed else before).values()), ZERO)


def _calls(period: Mapping[str, Usage]) -> tuple[Decimal, Decimal]:
    """Useful calls, and how many calls each of them took."""
    calls = sum((usage.calls for usage in period.values()), ZERO)
    useful = calls - sum((usage.retries for usage in period.values()), ZERO)
    if useful <= 0:
        return calls, ONE
    return useful, calls / useful


def _shapes(name: str, before: Mapping[str, Usage], after: Mapping[str, Usage]) -> tuple[_Shape, _Shape]:
    was, became = _shape(before.get(name), before), _shape(after.get(name), after)
    if was is None or became is None:
        there = was or became
        gone = _gone(there) if there else _gone(_Shape(ZERO, ZERO, ZERO, ZERO, ZERO, Prices()))
        return was or gone, became or gone
    return was, became


def _gone(shape: _Shape) -> _Shape:
    return _Shape(ZERO, shape.tokens_in, shape.tokens_out, shape.cached, shape.written, shape.prices)


def _shape(usage: Usage | None, period: Mapping[str, Usage]) -> _Shape | None:
    if usage is None or not usage.calls:
        return None
    all_calls = sum((each.calls for each in period.values()), ZERO)
    tokens = usage.input_tokens or ONE
    shares = usage.cached_tokens / tokens, usage.written_tokens / tokens
    n = usage.calls
    plain = _Shape(
        usage.calls / all_calls, usage.input_tokens / n, usage.output_tokens / n, *shares, usage.prices
    )
    return _Shape(plain.share, plain.tokens_in, plain.tokens_out, *shares, _meeting(plain, usage.cost / n))


def _meeting(shape: _Shape, cost_a_call: Decimal) -> Prices:
    """Its prices, all moved by one factor to meet what a call did cost: discounts, tiers, other currencies."""
    listed = _priced(shape.prices, shape.tokens_in, shape.tokens_out, shape.cached, shape.written)
    if not listed:
        return Prices(ZERO, ZERO, ZERO, ZERO, cost_a_call)
    factor = cost_a_call / listed
    return Prices(*(getattr(shape.prices, field.name) * factor for field in fields(Prices)))


def _a_call(model: tuple[_Shape, _Shape], changed: Changed) -> Decimal:
    def of(factor: str) -> _Shape:
        return model[factor in changed]

    hits = of("cache_hits")
    cost = _priced(
        of("price").prices, of("tokens_in").tokens_in, of("tokens_out").tokens_out, hits.cached, hits.written
    )
    return of("mix").share * cost


def _priced(prices: Prices, into: Decimal, out: Decimal, cached: Decimal, written: Decimal) -> Decimal:
    a_token = (ONE - cached - written) * prices.input + cached * prices.cached + written * prices.written
    return into * a_token + out * prices.output + prices.call


def in_words(shares: Mapping[str, Decimal], shown: Callable[[Decimal], str]) -> str:
    """The parts that matter, the largest first: «number of calls +$80.00, tokens out per call −$3.10»."""
    said = sorted(((part, name) for name, part in shares.items() if part), key=lambda pair: -abs(pair[0]))
    return ", ".join(f"{WORDS[name]} {'+' if part > 0 else '−'}{shown(abs(part))}" for part, name in said)
