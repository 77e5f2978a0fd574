"""Many futures of all items at once, and in how many of them each item belongs to the best choice.

Futures are drawn through a one-factor Gaussian copula (Li 2000; one common factor, as in Vasicek 1987): what goes
well for one candidate of a company tends to go well for the others. Inclusion frequency is the core index of robust
portfolio modelling (Liesioe, Mild, Salo 2007).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from zlib import crc32

import numpy as np
from scipy.special import ndtr

from evals.calc.intervals import Interval, wilson
from roi.calc.portfolio.items import Array, Item, Problem
from roi.calc.portfolio.milp import IMPOSSIBLE, TIME_LIMIT, read, run
from roi.calc.portfolio.model import build, worth

FUTURES = 200
RHO = 0.2
SEED = 20261


def futures(items: Sequence[Item], n: int = FUTURES, rho: float = RHO, seed: int = SEED) -> Array:
    """NPVs, money, shape (n, items): each item's stored quantiles, joined by straight lines; beyond the outermost
    stored level the outermost value stands. `rho` is the rank correlation of any two items, 0 to below 1.

    An item without quantiles is its expected value in every future. Each item has a stream of its own, named by its
    key: adding a candidate leaves the futures of the others as they were.
    """
    if n < 1 or not 0 <= rho < 1:
        raise ValueError("at least one future, and a rank correlation of 0 to below 1")
    shared = 2 * np.sin(np.pi * rho / 6)
    factor = np.random.default_rng([seed, 0]).standard_normal(n)
    columns = [_column(item, factor, shared, seed) for item in items]
    return np.column_stack(columns) if columns else np.empty((n, 0))


def _column(item: Item, factor: Array, shared: float, seed: int) -> Array:
    if not item.curve:
        return np.full(len(factor), item.value)
    own = np.random.default_rng([seed, 1, crc32(item.key.encode())]).standard_normal(len(factor))
    level = ndtr(np.sqrt(shared) * factor + np.sqrt(1 - shared) * own)
    count = len(item.curve)
    return np.asarray(np.interp(level, (np.arange(count) + 0.5) / count, item.curve))


def inclusion(
    problem: Problem,
    futures: Array,
    on_step: Callable[[int, int], None] | None = None,
    time_limit: float = TIME_LIMIT,
    gap: float = 0.0,
) -> dict[str, float]:
    """Share of the futures (S x n, columns as the items) in which each item is in the best choice, 0..1.

    Each future is known in full when its choice is made, so a floor for the worst tenth says nothing in it: that limit
    is left out, all others hold. `on_step(done, total)` follows the work; `time_limit` in seconds is for each future,
    and a future without a choice in that time counts for none. Raises ValueError where no choice meets the limits.
    """
    plain = replace(problem, cvar_floor=None, futures=None)
    if not plain.items:
        return {}
    model = build(plain)
    order = [problem.column[item.key] for item in model.items]
    counts = dict.fromkeys(sorted(problem.by_key), 0)
    for done, future in enumerate(futures[:, order], start=1):
        objective = model.objective.copy()
        objective[: model.binaries] = worth(model.items, plain.quarters, future)
        found = run(model, objective=objective, time_limit=time_limit, gap=gap)
        if found.status == IMPOSSIBLE:
            raise ValueError("no choice meets all limits, in any future")
        for key in read(model, found.x) if found.x is not None else ():
            counts[key] += 1
        if on_step:
            on_step(done, len(futures))
    return {key: count / len(futures) for key, count in counts.items()}


def intervals(shares: Mapping[str, float], n: int) -> dict[str, Interval]:
    """The 95 % Wilson interval of each share out of n futures: what more futures might have said."""
    return {key: wilson(round(share * n), n) for key, share in shares.items()}
