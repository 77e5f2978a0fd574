"""What each change did to a result, in parts that add up: Shapley values (Shapley 1953; variance analysis)."""

import math
from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from functools import cache
from itertools import combinations

import numpy as np

CENT = Decimal("0.01")
EXACT_UP_TO = 8
PERMUTATIONS = 200
Value = Callable[[frozenset[str]], float]


def shapley(
    factors: Sequence[str], value: Value, seed: int = 0, permutations: int = PERMUTATIONS
) -> dict[str, float]:
    """The mean marginal effect of each factor over all orders; the parts add up to value(all) - value(none).

    `value` gets the set of factors that have changed and is asked once for each. Exact up to EXACT_UP_TO factors;
    above, seeded pairs of an order and its reverse (antithetic; Mitchell et al. 2022), each of which adds up.
    """
    if len(set(factors)) != len(factors):
        raise ValueError("Each factor counts once.")
    known = cache(value)
    if len(factors) <= EXACT_UP_TO:
        return {name: _exact(name, [f for f in factors if f != name], known) for name in factors}
    return _sampled(factors, known, seed, permutations)


def _exact(name: str, others: Sequence[str], value: Value) -> float:
    n, total = len(others) + 1, 0.0
    for size in range(n):
        weight = 1 / (n * math.comb(n - 1, size))
        for before in map(frozenset, combinations(others, size)):
            total += weight * (value(before | {name}) - value(before))
    return total


def _sampled(factors: Sequence[str], value: Value, seed: int, permutations: int) -> dict[str, float]:
    rng = np.random.default_rng(seed)
    sums = dict.fromkeys(factors, 0.0)
    pairs = max(1, permutations // 2)
    for _ in range(pairs):
        order = [factors[i] for i in rng.permutation(len(factors))]
        for way in (order, order[::-1]):
            _walk(way, value, sums)
    return {name: total / (2 * pairs) for name, total in sums.items()}


def _walk(order: Sequence[str], value: Value, sums: dict[str, float]) -> None:
    """Adds each factor's effect when they change one after the other."""
    changed: frozenset[str] = frozenset()
    before = value(changed)
    for name in order:
        changed |= {name}
        after = value(changed)
        sums[name] += after - before
        before = after


def to_cents(parts: Mapping[str, float], total: Decimal) -> dict[str, Decimal]:
    """Parts rounded so that they add up to `total` to the cent: largest remainder (Hamilton's method).

    A difference of more than a cent a part (the total was rounded elsewhere) is shared evenly first. Raises ValueError
    for a total that is no whole number of cents, or that there are no parts to carry.
    """
    if total != total.quantize(CENT, ROUND_HALF_UP):
        raise ValueError("The total is not a whole number of cents.")
    if not parts:
        if total:
            raise ValueError("There are no parts to add up.")
        return {}
    exact = {name: Decimal(part) / CENT for name, part in parts.items()}
    cents = {name: part.to_integral_value(ROUND_FLOOR) for name, part in exact.items()}
    left = int(total / CENT - sum(cents.values()))
    each, more = divmod(left, len(cents))
    by_remainder = sorted(cents, key=lambda name: cents[name] - exact[name])
    return {name: (cents[name] + each + (name in by_remainder[:more])) * CENT for name in cents}
