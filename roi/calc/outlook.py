"""The approved assessment updated by what was seen, and the cash that lies ahead; what is spent is sunk and left out.

The draws of the assessment (roi.calc.simulation) are weighted by the likelihood of what the months showed: Student's t
around the mean of the months, on a log scale for amounts and a logit scale for shares, its scale the months' own
spread held to a prior one of three months. What lies outside of all draws by more than FAR standard errors stands
alone; so does, while too few draws remain (effective sample size below ENOUGH), the quantity that agrees least.
Reweighting: Rubin 1988 (sampling importance resampling); Kong 1992 (effective sample size).

Money in one currency, shares 0 to 1, rates a year. Percentiles are P10, P50, P90.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special, stats

from roi.calc import finance
from roi.calc.scoring import Percentiles, rounded
from roi.calc.simulation import DRAWS, QUANTITIES, SEED, ZERO, Array, Inputs, a_year, sample, uniforms

ENOUGH = 100
# How far a month may lie from the mean before any is seen: a sixth of an amount; of a share, on the logit scale.
SPREAD = {"positive": 0.15, "share": 0.3, "real": 0.15}
PRIOR_MONTHS = 3
FAR = 2.0
SMALLEST = 1e-4
NOT_DRAWN = ("build_cost", "start_months")
Draws = dict[str, Array]


@dataclass(frozen=True)
class Seen:
    """One quantity as the months showed it, a value a month, in the unit of the assessment's input."""

    quantity: str
    values: tuple[float, ...]


@dataclass(frozen=True)
class Frame:
    """Where the workload stands: whole months since go-live, months ahead to look at, and months to the horizon's end.

    `elapsed`: months since the approval; `so_far`: realised cash net less building, as it was worth at the approval;
    `target`: the NPV (P50) that was approved.
    """

    age: int
    ahead: int
    left: int
    elapsed: int
    so_far: float = 0.0
    target: float | None = None


@dataclass(frozen=True)
class Updated:
    """Equally weighted draws after the update. `how` by quantity: "updated" or "alone"; `ess` of the weights."""

    x: Draws
    how: Mapping[str, str]
    ess: float


@dataclass(frozen=True)
class Ahead:
    """What lies ahead. `as_approved`: the same months at the approved inputs (P50); `capacity`: hours a year (P50)."""

    forward: Percentiles
    prob_positive: float
    prob_reach: float | None
    as_approved: float
    capacity: float
    capacity_worth: float
    fan: tuple[Percentiles, ...]
    breakevens: tuple[dict[str, object], ...]


def updated(inputs: Inputs, seen: Sequence[Seen], seed: int = SEED, draws: int = DRAWS) -> Updated:
    """Draws of each input, (draws,) or (1,), after what was seen."""
    u = uniforms(seed, draws)
    x = sample(inputs, u)
    logs = {s.quantity: _log_likelihood(s, effective(s.quantity, x, inputs)) for s in seen}
    alone = {name for name, log in logs.items() if log is None or log.size == 1}
    while True:
        used = [log for name, log in logs.items() if name not in alone and log is not None]
        weights = _weights(used, draws)
        if (ess := float(1 / np.sum(weights**2))) >= ENOUGH or not used:
            break
        alone.add(min((n for n in logs if n not in alone), key=lambda n: _ess_of(logs[n], draws)))
    drawn = _resampled(x, weights)
    for one in seen:
        if one.quantity in alone:
            _stand_alone(one, drawn, u[one.quantity])
    return Updated(drawn, {name: "alone" if name in alone else "updated" for name in logs}, ess)


def effective(name: str, x: Mapping[str, Array], inputs: Inputs) -> Array | None:
    """The draws that a month shows: review with the rework of errors in it, the cost of an item with its tokens."""
    if name == "review_minutes":
        if name not in x and "rework_minutes_after" not in x:
            return None
        return np.asarray(
            x.get(name, ZERO) + x.get("error_share_after", ZERO) * x.get("rework_minutes_after", ZERO)
        )
    if name == "run_cost_item":
        tokens = x.get("tokens_in", ZERO) * inputs.price_in + x.get("tokens_out", ZERO) * inputs.price_out
        total = np.asarray(x.get(name, ZERO) + tokens)
        return total if total.any() else None
    return x.get(name)


def _ess_of(log: Array | None, draws: int) -> float:
    return 0.0 if log is None else float(1 / np.sum(_weights([log], draws) ** 2))


def _weights(logs: Sequence[Array], draws: int) -> Array:
    total = np.zeros(draws) + sum(logs, np.zeros(1))
    weights = np.exp(total - total.max())
    return np.asarray(weights / weights.sum())


def _log_likelihood(seen: Seen, values: Array | None) -> Array | None:
    if values is None:
        return None
    middle, scale, df = _of_months(seen)
    y = _to(seen.quantity, values)
    low, high = np.quantile(y, (0.01, 0.99))
    # Far from every draw the tails of t are flat and would tell the draws nothing: they do not hold what came.
    if not low - FAR * scale <= middle <= high + FAR * scale:
        return None
    return np.asarray(stats.t.logpdf((y - middle) / scale, df))


def _of_months(seen: Seen) -> tuple[float, float, int]:
    """Mean of the months on the scale of the quantity, its standard error, and degrees of freedom."""
    y = _to(seen.quantity, np.array(seen.values, dtype=np.float64))
    n, prior = len(y), SPREAD[QUANTITIES[seen.quantity]]
    df = PRIOR_MONTHS + n - 1
    variance = (PRIOR_MONTHS * prior**2 + float(np.sum((y - y.mean()) ** 2))) / df
    return float(y.mean()), float(np.sqrt(variance / n)), df


def _to(name: str, values: Array) -> Array:
    if QUANTITIES[name] == "share":
        return np.asarray(special.logit(np.clip(values, SMALLEST, 1 - SMALLEST)))
    return np.log(np.maximum(values, SMALLEST)) if QUANTITIES[name] == "positive" else values


def _back(name: str, values: Array) -> Array:
    if QUANTITIES[name] == "share":
        return np.asarray(special.expit(values))
    return np.exp(values) if QUANTITIES[name] == "positive" else values


def _resampled(x: Mapping[str, Array], weights: Array) -> Draws:
    """Systematic resampling at fixed points: the same draws on every machine."""
    n = len(weights)
    total = np.cumsum(weights)
    places = np.minimum(np.searchsorted(total / total[-1], (np.arange(n) + 0.5) / n), n - 1)
    return {name: values[places] if len(values) > 1 else values for name, values in x.items()}


def _stand_alone(seen: Seen, x: Draws, u: Array) -> None:
    middle, scale, df = _of_months(seen)
    x[seen.quantity] = _back(seen.quantity, middle + scale * stats.t.ppf(u, df))
    if seen.quantity == "review_minutes":
        x.pop("rework_minutes_after", None)
    if seen.quantity == "run_cost_item":
        x.pop("tokens_in", None)
        x.pop("tokens_out", None)


def looked_ahead(inputs: Inputs, x: Mapping[str, Array], frame: Frame) -> Ahead:
    """Cash from today on, with chances; needs inputs that know cash."""
    flows = monthly(inputs, x, frame)
    worth = flows @ _discounts(inputs, frame.ahead)
    free, hourly = _capacity(inputs, x)
    return Ahead(
        forward=percentiles(worth),
        prob_positive=rounded(float((worth > 0).mean())),
        prob_reach=_reached(inputs, flows, frame),
        as_approved=rounded(float(np.median(_approved(inputs, frame)))),
        capacity=rounded(float(np.median(free))),
        capacity_worth=rounded(float(np.median(free * hourly))),
        fan=tuple(percentiles(column) for column in np.cumsum(flows, axis=1).T),
        breakevens=tuple(_breakevens(inputs, x, frame)),
    )


def monthly(inputs: Inputs, x: Mapping[str, Array], frame: Frame) -> Array:
    """Cash of each month ahead, (draws, months): benefits as use grows on from today, less the cost of running."""
    year = a_year(x, inputs)
    ramp = np.maximum(x.get("ramp_months", np.full(1, float(inputs.ramp_months))), 1.0)
    months = frame.age + np.arange(1, frame.ahead + 1)
    use = np.clip(months / ramp[:, None], 0.0, 1.0)
    run = np.broadcast_to(np.asarray(year.run)[:, None], (len(year.run), frame.ahead))
    return np.asarray(np.atleast_2d((year.cash[:, None] * use - run) / 12))


def _discounts(inputs: Inputs, months: int) -> Array:
    return finance.discount_factors(finance.monthly_rate(inputs.discount_rate), months)[1:]


def _approved(inputs: Inputs, frame: Frame) -> Array:
    before = sample(inputs, uniforms(SEED, DRAWS))
    return np.asarray(monthly(inputs, before, frame) @ _discounts(inputs, frame.ahead))


def _reached(inputs: Inputs, flows: Array, frame: Frame) -> float | None:
    """The chance that all months of the approved horizon together come to what was approved."""
    if frame.target is None:
        return None
    left = max(min(frame.left, frame.ahead), 0)
    since = (1 + finance.monthly_rate(inputs.discount_rate)) ** -frame.elapsed
    total = frame.so_far + since * (flows[:, :left] @ _discounts(inputs, left))
    return rounded(float((total >= frame.target).mean()))


def _capacity(inputs: Inputs, x: Mapping[str, Array]) -> tuple[Array, Array]:
    hours = a_year(x, inputs).hours
    if hours is None:
        return ZERO, ZERO
    return np.asarray(hours * (1 - x.get("cashable_share", ZERO))), x.get("loaded_rate", ZERO)


BROKEN_BY = ("automation_share", "volume", "minutes", "review_minutes", "run_cost", "run_cost_item")


def _breakevens(inputs: Inputs, x: Mapping[str, Array], frame: Frame) -> list[dict[str, object]]:
    """Where each input would make what lies ahead worth nothing, the others at their updated middle.

    The value is linear in each input alone (the cap of hours aside): two points find it, a third one checks it.
    """
    middle = {name: np.array([float(np.median(values))]) for name, values in x.items()}
    discounts = _discounts(inputs, frame.ahead)

    def value(name: str, at: float) -> float:
        return float((monthly(inputs, middle | {name: np.array([at])}, frame) @ discounts)[0])

    return [_breakeven(name, float(middle[name][0]), value) for name in BROKEN_BY if name in middle]


def _breakeven(name: str, now: float, value: Callable[[str, float], float]) -> dict[str, object]:
    here, moved = value(name, now), value(name, now * 0.9)
    slope = (here - moved) / (now * 0.1) if now else 0.0
    at = now - here / slope if slope else None
    most = 1.0 if QUANTITIES[name] == "share" else np.inf
    reachable = at is not None and 0 <= at <= most and abs(value(name, at)) <= max(abs(here), 1.0) * 1e-6
    return {
        "quantity": name,
        "value": rounded(at) if at is not None and reachable else None,
        "direction": "at least" if slope > 0 else "at most",
        "now": rounded(now),
    }


def before_and_after(inputs: Inputs, after: Updated, seen: Sequence[Seen]) -> list[dict[str, object]]:
    """Each input as approved and as updated, with what was seen of it; the ones that moved most first."""
    x = sample(inputs, uniforms(SEED, DRAWS))
    months = {s.quantity: s for s in seen}
    names = [n for n in QUANTITIES if (n in x or n in months) and n not in NOT_DRAWN]
    rows = [
        _row(name, effective(name, x, inputs), effective(name, after.x, inputs), months, after)
        for name in names
    ]
    told = [row for row in rows if row["after"] is not None]
    return sorted(told, key=lambda row: row["how"] == "")


def _row(
    name: str, before: Array | None, after: Array | None, seen: Mapping[str, Seen], made: Updated
) -> dict[str, object]:
    one = seen.get(name)
    return {
        "quantity": name,
        "before": None if before is None else _three(before),
        "after": None if after is None else _three(after),
        "seen": None if one is None else rounded(float(_back(name, np.array(_of_months(one)[0])))),
        "months": 0 if one is None else len(one.values),
        "how": made.how.get(name, ""),
    }


def _three(values: Array) -> list[float]:
    known = percentiles(values)
    return [known.p10, known.p50, known.p90]


def percentiles(values: Array) -> Percentiles:
    low, middle, high = np.quantile(values, (0.1, 0.5, 0.9))
    return Percentiles(rounded(float(low)), rounded(float(middle)), rounded(float(high)))
