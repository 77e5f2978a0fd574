"""What the changes between two assessments did to the NPV: parts of the difference of the medians, by Shapley value.

Both are computed over the same draws, so that what differs is what was changed and never the luck. Money in the
caller's currency.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from roi.calc.correlation import correlated
from roi.calc.distributions import Shape
from roi.calc.scoring import rounded
from roi.calc.shapley import shapley
from roi.calc.simulation import BESIDE, QUANTITIES, Array, Inputs, column, net_present, uniforms
from workloads.calc.fair_shares import CENT, whole_parts

# Settings of the calculation that may differ too; each counts as one change.
FRAME = ("horizon_months", "discount_rate", "hours_cap", "price_in", "price_out")
# Quantities that the frame has a value for where nobody estimated them.
TIMING = ("start_months", "ramp_months")
CORRELATIONS = "correlations"
CALCULATION = "calculation"
# Beyond eight changes orders are drawn; this many keep the page quick and every part still adds up.
ORDERS = 60


@dataclass(frozen=True)
class Side:
    """One assessment: its inputs, the NPV P50 as stored, and whether today's calculation made it."""

    inputs: Inputs
    npv_p50: Decimal
    is_current: bool = True


def changes(before: Inputs, after: Inputs) -> list[str]:
    """What differs, in a fixed order: quantities, then settings, then what moves together."""
    names = [name for name in QUANTITIES if _stated(before, name) != _stated(after, name)]
    names += [name for name in FRAME if getattr(before, name) != getattr(after, name)]
    return names + ([CORRELATIONS] if set(before.correlations) != set(after.correlations) else [])


def _stated(side: Inputs, name: str) -> Shape | float | None:
    return side.shapes.get(name, getattr(side, name) if name in TIMING else None)


def parts_to_the_cent(before: Side, after: Side, seed: int, draws: int) -> dict[str, Decimal]:
    """What each change did to the stored NPV P50; the parts add up to the difference to the cent.

    "calculation" is what another version of the calculation did, where one of the two was made by one. Benefits that
    stand beside the cash did nothing to it. Raises ValueError where an NPV does not exist on the way.
    """
    total = (after.npv_p50 - before.npv_p50).quantize(CENT)
    names = changes(before.inputs, after.inputs)
    moving = [name for name in names if name not in BESIDE]
    parts = _parts(before.inputs, after.inputs, moving, seed, draws)
    if not (before.is_current and after.is_current):
        parts[CALCULATION] = float(total) - sum(parts.values())
    made = whole_parts(parts, total) if parts else {}
    if not parts and total:
        made = {CALCULATION: total}
    return {name: made.get(name, Decimal(0)) for name in [*names, *(n for n in made if n not in names)]}


def _parts(before: Inputs, after: Inputs, moving: list[str], seed: int, draws: int) -> dict[str, float]:
    if not (before.knows_npv and after.knows_npv):
        raise ValueError("One of the two has no NPV.")
    mixed = _Mixed(before, after, seed, draws)
    return shapley(moving, mixed.npv_p50, seed, ORDERS)


class _Mixed:
    """The median NPV with some of the changes made, from columns that are drawn once for each side."""

    def __init__(self, before: Inputs, after: Inputs, seed: int, draws: int) -> None:
        self.sides = (before, after)
        u = uniforms(seed, draws)
        self.points = [correlated(u, side.correlations) if side.correlations else u for side in self.sides]
        self.drawn: dict[tuple[str, int, int], Array] = {}

    def npv_p50(self, made: frozenset[str]) -> float:
        before, after = self.sides
        points = int(CORRELATIONS in made)
        x = {name: self._column(name, int(name in made), points) for name in self._known(made)}
        frame = replace(before, **{name: getattr(after, name) for name in (*FRAME, *TIMING) if name in made})
        return rounded(float(np.median(net_present(x, frame))))

    def _known(self, made: frozenset[str]) -> list[str]:
        return [name for name in QUANTITIES if name in self.sides[name in made].shapes]

    def _column(self, name: str, side: int, points: int) -> Array:
        key = (name, side, points)
        if key not in self.drawn:
            self.drawn[key] = column(name, self.sides[side].shapes[name], self.points[points][name])
        return self.drawn[key]


def by_size(parts: Mapping[str, Decimal]) -> list[tuple[str, Decimal]]:
    """The parts that did something, the largest first, for a waterfall."""
    return sorted(((n, p) for n, p in parts.items() if p), key=lambda part: -abs(part[1]))
