"""Reference-class uplift: what past projects came to against their forecast, offered beside a forecast.

Uplift = forecast x quantile of past actual/forecast (Flyvbjerg 2006; HM Treasury Green Book), shrunk towards the wide
class while the own history is short. Nothing here changes a forecast by itself: `corrected` is called by whoever has
been asked for it, and raw and corrected stand side by side.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from roi.calc.distributions import Shape

# Own history counts for half of the uplift at this many finished projects.
K = 10.0


@dataclass(frozen=True)
class Prior:
    """What a published class of projects came to: `factor` is mean actual/forecast of (at least) `n` projects."""

    quantity: str
    factor: float
    words: str
    source: str
    n: int


@dataclass(frozen=True)
class Uplift:
    """A factor on offer for one quantity; `n` counts the own projects behind it (0: the published class alone)."""

    quantity: str
    factor: float
    words: str
    source: str
    n: int


@dataclass(frozen=True)
class Typical:
    """A range in which most published cases lie; an input outside it deserves a second look, not a factor."""

    quantity: str
    low: float
    high: float
    words: str
    source: str


_BUDZIER = (
    "Flyvbjerg, Budzier: Why Your IT Project May Be Riskier Than You Think, Harvard Business Review, 2011"
)
_OXFORD = "McKinsey and University of Oxford: Delivering large-scale IT projects on time, on budget, and on value, 2012"
BUILD_COST = Prior(
    "build_cost",
    1.27,
    "IT projects cost 27% more than planned on average, and one in six cost 200% more (n = 1,471).",
    _BUDZIER,
    1471,
)
START = Prior(
    "start_months", 1.07, "Large IT projects took 7% longer than planned (n > 5,400).", _OXFORD, 5400
)
PRIORS = (BUILD_COST, START)
_LESS = "Large IT projects delivered 56% less benefit than planned (n > 5,400)."
STERNER = (
    Prior("build_cost", 1.45, "Large IT projects cost 45% more than planned (n > 5,400).", _OXFORD, 5400),
    START,
    *(
        Prior(quantity, 0.44, _LESS, _OXFORD, 5400)
        for quantity in ("automation_share", "other_cash", "cost_avoided", "revenue", "risk_reduction")
    ),
)
TIME_SAVED = Typical(
    "automation_share",
    0.30,
    0.70,
    "Automation of this kind typically saves 30% to 70% of the time.",
    "UiPath, published customer results of robotic process automation",
)


def uplift(prior: Prior, ratios: Sequence[float], k: float = K, quantile: float = 0.5) -> Uplift:
    """The prior's factor and the quantile of the own actual/forecast `ratios`, weighted n/(n + k) for the own.

    `quantile` is the chance that the corrected figure is enough. Raises ValueError for a ratio that is not positive.
    """
    own = np.asarray(ratios, dtype=np.float64)
    if not (np.isfinite(own) & (own > 0)).all():
        raise ValueError("Each ratio is an actual over its forecast, both above zero.")
    if not len(own):
        return Uplift(prior.quantity, prior.factor, prior.words, prior.source, 0)
    middle, weight = float(np.quantile(own, quantile)), len(own) / (len(own) + k)
    factor = weight * middle + (1 - weight) * prior.factor
    words = (
        f"{prior.words} Your own {_projects(len(own))} came to {middle:.2f} times the forecast, which counts for "
        f"{weight:.0%}: together {factor:.2f} times."
    )
    return Uplift(prior.quantity, factor, words, _sources(prior), len(own))


def offered(history: Mapping[str, Sequence[float]], sterner: bool = False) -> list[Uplift]:
    """An uplift for every quantity that a published class or the own history (ratios by quantity) speaks of.

    `sterner` takes the large-project class of McKinsey and Oxford, which cuts benefits too.
    """
    priors = {prior.quantity: prior for prior in (STERNER if sterner else PRIORS)}
    for quantity, ratios in history.items():
        if ratios and quantity not in priors:
            priors[quantity] = Prior(quantity, 1.0, "No published class is known for this.", "", 0)
    return [uplift(prior, history.get(quantity, ())) for quantity, prior in priors.items()]


def corrected(shapes: Mapping[str, Shape], uplifts: Sequence[Uplift]) -> dict[str, Shape]:
    """The ranges with every uplift on them; the given ones stay as they are. Quantities without a range are skipped."""
    changed = dict(shapes)
    for one in uplifts:
        if one.quantity in changed:
            changed[one.quantity] = _scaled(changed[one.quantity], one.factor)
    return changed


def unusual(quantity: str, likely: float, typical: Typical = TIME_SAVED) -> str | None:
    """The words of a typical range when a likely value of its quantity lies outside; None when there is no remark."""
    if quantity != typical.quantity or typical.low <= likely <= typical.high:
        return None
    return f"{typical.words} This one says {likely:.0%}."


def _scaled(shape: Shape, factor: float) -> Shape:
    low, likely, high = (_point(x, factor, shape) for x in (shape.low, shape.likely, shape.high))
    return replace(shape, low=low, likely=likely, high=high)


def _point(x: float, factor: float, shape: Shape) -> float:
    """A share stops at 1; a loss among benefits is no benefit that could be cut or grow, and stays."""
    if x <= 0:
        return x
    return min(x * factor, 1.0) if shape.support == "share" else x * factor


def _sources(prior: Prior) -> str:
    return f"{prior.source}; your own projects" if prior.source else "your own projects"


def _projects(n: int) -> str:
    return f"{n} finished project" + ("s" if n > 1 else "")
