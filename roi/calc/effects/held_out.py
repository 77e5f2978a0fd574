"""A share of the items, or some places, are held out: done by people as before, at the same time."""

from collections.abc import Sequence
from math import sqrt

from scipy import stats

from roi.calc.effects.parts import OUTER, Effect, NotEnough, Sums, centred, welch, welch_of

FEWEST_ITEMS, FEWEST_PLACES = 30, 3


def by_share(treated: Sums, control: Sums) -> Effect:
    """Items went to either side by chance: Welch's t on the means of the items. Raises NotEnough."""
    _require_items(treated.n, control.n)
    value, error, freedom = welch_of(
        (treated.mean, treated.variance, treated.n), (control.mean, control.variance, control.n)
    )
    told = {
        "by": "items",
        "treated": treated.mean,
        "control_mean": control.mean,
        "items": [treated.n, control.n],
    }
    return centred(value, error, freedom, treated.n + control.n, **told)


def by_place(treated: Sequence[Sums], control: Sequence[Sums]) -> Effect:
    """Whole places were held out: items of one place resemble each other, so a place is one case."""
    mine, others = ([sums.mean for sums in side if sums.n] for side in (treated, control))
    items = [sum(s.n for s in treated), sum(s.n for s in control)]
    return _of_places(mine, others, items)


def share_by_share(accepted: int, judged: int, accepted_control: int, judged_control: int) -> Effect:
    """Difference of two shares with Newcombe's (1998) interval, from Wilson's of each."""
    _require_items(judged, judged_control, "judged items")
    mine, other = _wilson(accepted, judged), _wilson(accepted_control, judged_control)
    value = mine[1] - other[1]
    low = value - sqrt((mine[1] - mine[0]) ** 2 + (other[2] - other[1]) ** 2)
    high = value + sqrt((mine[2] - mine[1]) ** 2 + (other[1] - other[0]) ** 2)
    told = {"by": "items", "treated": mine[1], "control_mean": other[1], "items": [judged, judged_control]}
    return Effect(value, low, high, judged + judged_control, told)


def share_by_place(treated: Sequence[tuple[int, int]], control: Sequence[tuple[int, int]]) -> Effect:
    """(accepted, judged) of each place; a place is one case."""
    mine, others = ([accepted / judged for accepted, judged in side if judged] for side in (treated, control))
    return _of_places(mine, others, [sum(j for _, j in treated), sum(j for _, j in control)])


def _of_places(mine: list[float], others: list[float], items: list[int]) -> Effect:
    if min(len(mine), len(others)) < FEWEST_PLACES:
        raise NotEnough(
            f"Whole places are held out, {len(mine)} with AI and {len(others)} without: at least {FEWEST_PLACES} "
            "on either side are needed, since items of one place resemble each other."
        )
    value, error, freedom = welch(mine, others)
    told = {"by": "places", "treated": sum(mine) / len(mine), "control_mean": sum(others) / len(others)}
    told |= {"items": items, "places": [len(mine), len(others)]}
    return centred(value, error, freedom, sum(items), **told)


def _require_items(mine: int, others: int, noun: str = "timed items") -> None:
    if min(mine, others) < FEWEST_ITEMS:
        raise NotEnough(
            f"There are {mine:,} {noun} with AI and {others:,} without: at least {FEWEST_ITEMS} of each are needed."
        )


def _wilson(yes: int, n: int) -> tuple[float, float, float]:
    """Low end, share, high end."""
    z = float(stats.norm.ppf(OUTER))
    share = yes / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return middle - half, share, middle + half
