"""Draws: published moments, percentiles that are hit, shares that stay shares, tails that are fat."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import roi
from roi.calc.distributions import (
    MOST_RATIO,
    Shape,
    as_percentiles,
    became,
    draw,
    lognormal_cost,
    pert,
    spt_metalog,
)

P = np.array([0.1, 0.5, 0.9])
GRID = (np.arange(20_000) + 0.5) / 20_000
amounts = st.floats(0.01, 1e7, allow_nan=False)
shares = st.floats(0.01, 0.99, allow_nan=False)
edges = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0, 1))

# What each range of the 25 candidates of the demo is drawn from: volume, minutes, share automated, build cost, run
# cost, other benefits. C07's minutes 8/18/20 have no log metalog, C25's volume 8/12/12 is one-sided, zero width is a
# constant, and every build cost has a fat tail.
LOG, LOGIT, META, HALVES, SAME = (
    "log metalog",
    "logit metalog",
    "metalog",
    "lognormal in two halves",
    "constant",
)
USUAL = (LOG, LOG, LOGIT, HALVES, LOG, META)
NOTHING_ELSE = (*USUAL[:5], SAME)
BECAME = {
    "C01": USUAL,
    "C02": USUAL,
    "C03": USUAL,
    "C04": USUAL,
    "C05": USUAL,
    "C06": USUAL,
    "C07": (LOG, HALVES, LOGIT, HALVES, LOG, META),
    "C08": USUAL,
    "C09": NOTHING_ELSE,
    "C10": USUAL,
    "C11": NOTHING_ELSE,
    "C12": NOTHING_ELSE,
    "C13": USUAL,
    "C14": USUAL,
    "C15": USUAL,
    "C16": USUAL,
    "C17": (SAME, LOG, LOGIT, HALVES, LOG, META),
    "C18": USUAL,
    "C19": USUAL,
    "C20": USUAL,
    "C21": USUAL,
    "C22": USUAL,
    "C23": USUAL,
    "C24": NOTHING_ELSE,
    "C25": (HALVES, LOG, LOGIT, HALVES, LOG, SAME),
}
COLUMNS = (
    ("volume_{}", "positive"),
    ("minutes_{}", "positive"),
    ("automation_{}", "share"),
    ("build_{}_kusd", "positive"),
    ("run_{}_kusd", "positive"),
    ("other_{}_kusd", "real"),
)


def three(values: list[float]) -> tuple[float, float, float]:
    low, likely, high = sorted(values)
    return low, likely, high


def candidates() -> list[dict[str, str]]:
    with (Path(roi.__file__).parent / "demo" / "candidates.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def ranges(row: dict[str, str]) -> list[Shape]:
    def at(column: str, end: str) -> float:
        return float(row[column.format(end)])

    return [
        Shape(at(column, "low"), at(column, "likely"), at(column, "high"), "percentiles", support)  # type: ignore[arg-type]
        for column, support in COLUMNS
    ]


def test_what_each_range_of_the_25_candidates_became() -> None:
    found = {
        row["id"]: tuple(became(shape, fat_tail=i == 3) for i, shape in enumerate(ranges(row)))
        for row in candidates()
    }
    assert found == BECAME


@pytest.mark.parametrize("row", candidates(), ids=lambda row: row["id"])
def test_each_candidate_draws_its_stated_percentiles_within_one_percent(row: dict[str, str]) -> None:
    for i, shape in enumerate(ranges(row)):
        points = shape.low, shape.likely, shape.high
        x = lognormal_cost(*points, GRID) if i == 3 else draw(shape, GRID)
        assert np.quantile(x, P) == pytest.approx(points, rel=0.01, abs=0.01 * (shape.high - shape.low))
        assert shape.support != "share" or (0 <= x.min() and x.max() <= 1)
        assert shape.support != "positive" or x.min() >= 0


@pytest.mark.parametrize(
    ("shape", "kind"),
    [
        (Shape(0, 10, 40), "piecewise linear"),
        (Shape(0, 0, 40), "piecewise linear"),
        (Shape(10, 10, 40), "lognormal in two halves"),
        (Shape(8, 12, 12), "lognormal in two halves"),
        (Shape(1, 10, 90), "lognormal in two halves"),
        (Shape(1, 2, 3 * MOST_RATIO), "piecewise linear"),
        (Shape(0, 0.02, 0.05, "percentiles", "share"), "piecewise linear"),
        (Shape(0.8, 0.95, 1, "percentiles", "share"), "piecewise linear"),
        (Shape(0.5, 0.5, 0.9, "percentiles", "share"), "piecewise linear"),
        (Shape(0, 0.5, 1, "hard_limits", "share"), "PERT"),
        (Shape(-150, 0, 0, "percentiles", "real"), "piecewise linear"),
        (Shape(1, 1, 1, "percentiles", "share"), "constant"),
        (Shape(0, 0, 0, "hard_limits"), "constant"),
    ],
)
def test_one_sided_infeasible_and_constant_ranges_have_a_stated_fallback(shape: Shape, kind: str) -> None:
    assert became(shape) == kind
    if kind != "PERT":
        assert draw(shape, P) == pytest.approx([shape.low, shape.likely, shape.high])


def test_a_range_whose_tail_has_no_variance_is_no_metalog() -> None:
    """The log form of 1/10/100 behaves as (1 - u)^-1.05 at the top: its mean would be infinite."""
    assert became(Shape(1, 10, 100)) == "lognormal in two halves"
    assert became(Shape(4, 10, 25)) == "log metalog"


def test_pert_has_its_published_mean_and_exact_variance() -> None:
    low, mode, high = 10.0, 20.0, 60.0
    x = pert(low, mode, high, GRID)
    mean = (low + 4 * mode + high) / 6
    assert x.mean() == pytest.approx(mean, rel=1e-3)
    assert x.var() == pytest.approx((mean - low) * (high - mean) / 7, rel=5e-3)
    assert x.min() >= low and x.max() <= high


@pytest.mark.parametrize("mode", [0.0, 1e-4, 0.3, 0.5, 1.0])
def test_many_draws_of_a_pert_are_the_exact_ones(mode: float) -> None:
    exact = stats.beta.ppf(GRID, 1 + 4 * mode, 1 + 4 * (1 - mode))
    assert np.abs(pert(0.0, mode, 1.0, GRID) - exact).max() < 1e-5


def test_a_symmetric_metalog_is_a_logistic() -> None:
    """With r = 1/2 the third term is zero: median + scale x logit."""
    x = spt_metalog(8.0, 10.0, 12.0, np.array([0.25, 0.75]))
    scale = 2 / np.log(9)
    assert x == pytest.approx([10 - scale * np.log(3), 10 + scale * np.log(3)])


@pytest.mark.parametrize("skew", [0.16, 0.84])
def test_a_triplet_that_no_metalog_has_is_told(skew: float) -> None:
    assert spt_metalog(0.0, skew, 1.0, P) is None
    assert spt_metalog(0.0, 0.17, 1.0, P) is not None


@given(
    st.lists(st.one_of(st.just(0.0), amounts), min_size=3, max_size=3), st.sampled_from(["positive", "real"])
)
def test_percentiles_are_hit_whatever_the_shape(values: list[float], support: str) -> None:
    shape = Shape(*three(values), "percentiles", support)  # type: ignore[arg-type]
    expected = [shape.low, shape.likely, shape.high]
    assert draw(shape, P) == pytest.approx(expected, rel=1e-6, abs=1e-9 * shape.high)


@given(st.lists(edges, min_size=3, max_size=3))
def test_percentiles_of_a_share_are_hit_even_at_nothing_and_at_all(values: list[float]) -> None:
    shape = Shape(*three(values), "percentiles", "share")
    assert draw(shape, P) == pytest.approx([shape.low, shape.likely, shape.high], rel=1e-6, abs=1e-9)


@given(st.lists(st.one_of(st.just(0.0), amounts), min_size=3, max_size=3))
def test_percentiles_of_a_build_cost_are_hit_too(values: list[float]) -> None:
    points = three(values)
    assert lognormal_cost(*points, P) == pytest.approx(points, rel=1e-6, abs=1e-9 * points[2])


@given(st.lists(edges, min_size=3, max_size=3), st.sampled_from(["percentiles", "hard_limits"]))
def test_a_share_never_leaves_nought_to_one(values: list[float], meaning: str) -> None:
    x = draw(Shape(*three(values), meaning, "share"), GRID)
    assert ((x >= 0) & (x <= 1)).all()


@given(st.lists(st.floats(0, 1e6), min_size=3, max_size=3), st.sampled_from(["percentiles", "hard_limits"]))
def test_a_positive_quantity_stays_finite_and_never_goes_below_zero(
    values: list[float], meaning: str
) -> None:
    x = draw(Shape(*three(values), meaning, "positive"), GRID)
    assert np.isfinite(x).all() and (x >= 0).all()


@given(st.lists(amounts, min_size=3, max_size=3), st.sampled_from(["positive", "real"]))
def test_quantiles_never_fall(values: list[float], support: str) -> None:
    x = draw(Shape(*three(values), "percentiles", support), GRID)  # type: ignore[arg-type]
    assert (np.diff(x) >= -1e-6 * np.abs(x[1:])).all()


@given(st.lists(shares, min_size=3, max_size=3), st.sampled_from(["percentiles", "hard_limits"]))
def test_quantiles_of_a_share_never_fall(values: list[float], meaning: str) -> None:
    x = draw(Shape(*three(values), meaning, "share"), GRID)
    assert (np.diff(x) >= -1e-9).all()


@pytest.mark.parametrize("meaning", ["percentiles", "hard_limits"])
def test_zero_width_is_a_constant(meaning: str) -> None:
    assert (draw(Shape(5, 5, 5, meaning), GRID) == 5).all()
    assert (draw(Shape(0.0004, 0.0004, 0.0004, meaning), GRID) == 0.0004).all()


def test_a_narrow_range_of_small_amounts_is_no_constant() -> None:
    """A price of a token is far below a cent, and its range is a range all the same."""
    assert draw(Shape(1e-9, 2e-9, 3e-9), P) == pytest.approx([1e-9, 2e-9, 3e-9], rel=1e-6)


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        (Shape(3, 2, 4), "low <= likely <= high"),
        (Shape(1, float("nan"), 4), "low <= likely <= high"),
        (Shape(-1, 2, 4), "negative"),
        (Shape(0.5, 0.7, 1.1, "percentiles", "share"), "between 0 and 1"),
        (Shape(-0.1, 0.7, 1, "hard_limits", "share"), "negative"),
    ],
)
def test_a_range_that_cannot_be_is_refused(shape: Shape, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        draw(shape, GRID)
    with pytest.raises(ValueError, match=words):
        became(shape)


def test_a_build_cost_has_the_tail_of_a_lognormal() -> None:
    """Median and P90 as stated; beyond them it goes on as ln N does, where a PERT would stop."""
    sigma = np.log(2) / stats.norm.ppf(0.9)
    at = np.array([0.5, 0.9, 0.99])
    expected = stats.lognorm(s=sigma, scale=100_000).ppf(at)
    assert lognormal_cost(50_000, 100_000, 200_000, at) == pytest.approx(expected)
    assert expected[2] > 300_000


def test_a_known_cost_and_no_cost_are_constants() -> None:
    assert (lognormal_cost(7, 7, 7, GRID) == 7).all()
    assert (lognormal_cost(0, 0, 0, GRID) == 0).all()


def test_draws_are_fresh_and_the_same_each_time() -> None:
    """Nothing that a caller may change is kept between two draws."""
    shape = Shape(5, 8, 14)
    first = draw(shape, GRID)
    kept = first.copy()
    first[:] = 0
    assert (draw(shape, GRID) == kept).all()


def test_a_costs_hard_limits_are_not_believed() -> None:
    """The PERT of 100 to 200 never passes 200; a build cost drawn from those limits does, now and then."""
    limits = Shape(100, 120, 200, "hard_limits")
    known = as_percentiles(limits)
    u = (np.arange(20_000) + 0.5) / 20_000
    drawn = lognormal_cost(known.low, known.likely, known.high, u)
    assert np.quantile(drawn, 0.5) == pytest.approx(np.quantile(draw(limits, u), 0.5), rel=0.01)
    assert 0.001 < (drawn > 200).mean() < 0.05 and draw(limits, u).max() <= 200
