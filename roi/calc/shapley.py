"""What each change did to a result, in parts that add up: Shapley values (Shapley 1953; variance analysis)."""

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np

from workloads.calc.fair_shares import mean_effects

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
    if len(factors) <= EXACT_UP_TO:
        return mean_effects(factors, value)
    return _sampled(factors, cache(value), seed, permutations)


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
