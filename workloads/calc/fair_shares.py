"""Parts that add up: what each of several changes did to a result, and amounts in whole cents or finer units."""

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal, localcontext
from functools import cache, reduce
from itertools import combinations
from operator import add
from typing import TypeVar

K = TypeVar("K", bound=Hashable)
N = TypeVar("N", float, Decimal)
CENT = Decimal("0.01")
EXACT = Context(prec=250)


def mean_effects(factors: Sequence[str], value: Callable[[frozenset[str]], N]) -> dict[str, N]:
    """The mean effect of each factor over all orders of changing them (Shapley 1953).

    `value` gets the set of factors that have changed and is asked once for each of the 2^n sets; the parts add up to
    value(all) - value(none). Floats or decimals, the latter with the digits of the caller's context.
    """
    known = cache(value)
    return {name: _mean_effect([f for f in factors if f != name], name, known) for name in factors}


def _mean_effect(others: Sequence[str], name: str, value: Callable[[frozenset[str]], N]) -> N:
    def after(size: int) -> N:
        """Its mean effect as the one that follows so many others."""
        effects = [value(s | {name}) - value(s) for s in map(frozenset, combinations(others, size))]
        return reduce(add, effects) / math.comb(len(others), size)

    places = len(others) + 1
    return reduce(add, map(after, range(places))) / places


def whole_parts(exact: Mapping[K, float | Decimal], total: Decimal, unit: Decimal = CENT) -> dict[K, Decimal]:
    """Parts in whole `unit`s that add up to `total`: largest remainder (Hamilton's method), no digit lost.

    A difference of more than a unit a part (the total was rounded elsewhere) is shared evenly first. Raises ValueError
    for a total that is no whole number of units, or that there are no parts to carry.
    """
    with localcontext(EXACT):
        if total != total.quantize(unit, ROUND_HALF_UP):
            raise ValueError(f"The total is not a whole number of {'cents' if unit == CENT else unit}.")
        if not exact:
            if total:
                raise ValueError("There are no parts to add up.")
            return {}
        asked = {key: Decimal(part) / unit for key, part in exact.items()}
        units = {key: part.to_integral_value(ROUND_FLOOR) for key, part in asked.items()}
        each, more = divmod(int(total / unit - sum(units.values())), len(units))
        first = set(sorted(units, key=lambda key: units[key] - asked[key])[:more])
        return {key: (units[key] + each + (key in first)) * unit for key in units}
