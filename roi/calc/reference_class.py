"""Reference-class uplift: what past projects came to against their forecast, offered beside a forecast.

Uplift = forecast x quantile of past actual/forecast (Flyvbjerg 2006; HM Treasury Green Book). While the own history is
short the rest is borrowed: from the unit, the class, the company, at last from the published class. Nothing here
changes a forecast by itself: `corrected` is called by whoever has been asked for it, and raw and corrected stand side
by side.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from roi.calc.calibration import middle
from roi.calc.distributions import Shape
from roi.calc.learning import Circle, K, Part, borrowed

BENEFITS = ("automation_share", "other_cash", "cost_avoided", "revenue", "risk_reduction")
# What the finished cases of a quantity correct in a forecast. Hours and cash both grow with the share automated.
INPUTS = {"cost": ("build_cost",), "time": ("start_months",), "value": BENEFITS}


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
    """A factor on offer for one input; `n` counts the own projects behind it (0: other people's or published ones).

    `question` is the offer in one sentence; empty where nothing of the company's own stands behind it.
    """

    quantity: str
    factor: float
    words: str
    source: str
    n: int
    question: str = ""


@dataclass(frozen=True)
class History:
    """Finished cases of one quantity ("cost", "time", "value"): own actual/forecast ratios, and circles around them.

    `whose` names whose own they are: "your", or "this owner's" to somebody else.
    """

    quantity: str
    own: tuple[float, ...] = ()
    circles: tuple[Circle, ...] = ()
    whose: str = "your"


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
    *(Prior(quantity, 0.44, _LESS, _OXFORD, 5400) for quantity in BENEFITS),
)
TIME_SAVED = Typical(
    "automation_share",
    0.30,
    0.70,
    "Automation of this kind typically saves 30% to 70% of the time.",
    "UiPath, published customer results of robotic process automation",
)


def uplift(prior: Prior, history: History, k: float = K, quantile: float = 0.5) -> Uplift:
    """The prior's factor and the history's ratios, weighted n/(n + k) circle by circle, the own ones first.

    `quantile` is the chance that the corrected figure is enough. Raises ValueError for a ratio that is not finite.
    """
    if not np.isfinite(history.own).all():
        raise ValueError("Each ratio is an actual over its forecast, a finite number.")
    found, parts = borrowed(history.own, history.circles, prior.factor, k, quantile)
    if not parts:
        return Uplift(prior.quantity, prior.factor, prior.words, prior.source, 0)
    factor = max(found, 0.0)
    words = f"{prior.words} {_parts(parts, history)} Together {factor:.2f} times."
    asked = _question(history, factor)
    return Uplift(prior.quantity, factor, words, _sources(prior), len(history.own), asked)


def offered(history: Sequence[History], sterner: bool = False) -> list[Uplift]:
    """An uplift for every input that a published class or a finished case of the company speaks of.

    `sterner` takes the large-project class of McKinsey and Oxford, which cuts benefits too.
    """
    priors = {prior.quantity: prior for prior in (STERNER if sterner else PRIORS)}
    known: dict[str, History] = {}
    for one in history:
        for quantity in INPUTS[one.quantity] if one.own or one.circles else ():
            known[quantity] = one
            priors.setdefault(quantity, Prior(quantity, 1.0, "No published class is known for this.", "", 0))
    return [uplift(prior, known.get(quantity, History(""))) for quantity, prior in priors.items()]


def _question(history: History, factor: float) -> str:
    """ "Your last 7 cost estimates came in at 1.40 times: use 1.32 times?" """
    found = middle(history.own)
    if found is None:
        most = max(history.circles, key=lambda circle: circle.n)
        told = f"{_projects(most.n, history.quantity)} of {most.whose} came in at {most.median:.2f} times"
        return f"{told}: use {factor:.2f} times?"
    between = "" if found.low is None else f" (90 % interval {found.low:.2f} to {found.high:.2f})"
    many = (
        f"last {_projects(found.n, history.quantity)}" if found.n > 1 else f"last {history.quantity} estimate"
    )
    whose = history.whose[:1].upper() + history.whose[1:]
    return f"{whose} {many} came in at {found.median:.2f} times{between}: use {factor:.2f} times?"


def _parts(parts: Sequence[Part], history: History) -> str:
    """Each source with its figure and its weight, in a sentence each."""
    own, whose = bool(history.own), history.whose[:1].upper() + history.whose[1:]
    said = []
    for place, part in enumerate(parts):
        if own and place == 0:
            who = f"{whose} own {_finished(part.n)} came"
        else:
            who = f"{_finished(part.n).capitalize()} of {part.whose} came"
        said.append(f"{who} to {part.figure:.2f} times the forecast, which counts for {part.weight:.0%}.")
    return " ".join(said)


def quantile(ratios: Sequence[float], chance: float) -> float:
    """The ratio that was enough in this share of the cases."""
    return float(np.quantile(np.asarray(ratios, dtype=np.float64), chance))


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


def _finished(n: int) -> str:
    return f"{n} finished project" + ("s" if n > 1 else "")


def _projects(n: int, quantity: str) -> str:
    return f"{n} {quantity} estimates"
