"""Draws: published moments, percentiles that are hit, shares that stay shares, tails that are fat."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from roi.calc.distributions import Shape, draw, lognormal_cost, pert, spt_metalog

P = np.array([0.1, 0.5, 0.9])
GRID = (np.arange(20_000) + 0.5) / 20_000
amounts = st.floats(0.01, 1e7, allow_nan=False)
shares = st.floats(0.01, 0.99, allow_nan=False)


def three(values: list[float]) -> tuple[float, float, float]:
    low, likely, high = sorted(values)
    return low, likely, high


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


@given(st.lists(amounts, min_size=3, max_size=3), st.sampled_from(["positive", "real"]))
def test_percentiles_are_hit_whatever_the_shape(values: list[float], support: str) -> None:
    shape = Shape(*three(values), "percentiles", support)  # type: ignore[arg-type]
    if shape.low < 2e-3 * shape.high:
        return
    assert draw(shape, P) == pytest.approx([shape.low, shape.likely, shape.high], rel=1e-6)


@given(st.lists(shares, min_size=3, max_size=3), st.sampled_from(["percentiles", "hard_limits"]))
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


@pytest.mark.parametrize("meaning", ["percentiles", "hard_limits"])
def test_zero_width_is_a_constant(meaning: str) -> None:
    assert (draw(Shape(5, 5, 5, meaning), GRID) == 5).all()


def test_a_range_out_of_order_is_refused() -> None:
    with pytest.raises(ValueError, match="low <= likely <= high"):
        draw(Shape(3, 2, 4), GRID)


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
