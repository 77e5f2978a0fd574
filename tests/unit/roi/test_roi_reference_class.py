"""Reference-class uplift: on offer, shrunk between the own history and the published class, never by itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roi.calc.distributions import Shape
from roi.calc.reference_class import (
    BUILD_COST,
    PRIORS,
    STERNER,
    K,
    Prior,
    Uplift,
    corrected,
    offered,
    unusual,
    uplift,
)

ratios = st.lists(st.floats(0.1, 10), min_size=1, max_size=40)
SHAPES = {
    "build_cost": Shape(70, 110, 210),
    "start_months": Shape(3, 4, 6),
    "automation_share": Shape(0.5, 0.7, 0.9, "percentiles", "share"),
    "other_cash": Shape(-10, 20, 50, "percentiles", "real"),
}


def by_quantity(sterner: bool = False) -> dict[str, Uplift]:
    return {one.quantity: one for one in offered({}, sterner=sterner)}


def test_without_a_history_the_published_class_stands() -> None:
    found = by_quantity()
    assert found["build_cost"].factor == 1.27 and found["build_cost"].n == 0
    assert found["start_months"].factor == 1.07
    assert "27% more" in found["build_cost"].words and "n = 1,471" in found["build_cost"].words
    assert all(one.source for one in found.values())


def test_the_sterner_view_cuts_benefits_and_raises_costs_further() -> None:
    found = by_quantity(sterner=True)
    assert found["build_cost"].factor == 1.45
    assert found["automation_share"].factor == 0.44 and found["other_cash"].factor == 0.44
    assert {one.quantity for one in PRIORS} < {one.quantity for one in STERNER}


def test_ten_own_projects_count_for_half() -> None:
    """Median of the own 1.1, the class 1.27: (1.1 + 1.27)/2."""
    found = uplift(BUILD_COST, [1.1] * int(K))
    assert found.factor == pytest.approx(1.185) and found.n == 10
    assert "10 finished projects" in found.words and "50%" in found.words


@given(ratios, st.floats(0.2, 5))
def test_the_factor_lies_between_the_class_and_the_own_history(own: list[float], factor: float) -> None:
    prior = Prior("build_cost", factor, "x", "y", 1)
    found = uplift(prior, own).factor
    low, high = sorted([factor, sorted(own)[len(own) // 2] if len(own) % 2 else found])
    assert low - 1e-9 <= found <= high + 1e-9


def test_a_longer_history_pulls_further_from_the_class() -> None:
    factors = [uplift(BUILD_COST, [1.0] * n).factor for n in (0, 1, 5, 20, 200)]
    assert factors == sorted(factors, reverse=True) and factors[-1] < 1.02


def test_a_surer_figure_takes_a_higher_quantile_of_the_history() -> None:
    own = [0.9, 1.0, 1.1, 1.6, 2.4]
    assert uplift(BUILD_COST, own, quantile=0.8).factor > uplift(BUILD_COST, own).factor


def test_an_own_history_without_a_published_class_is_offered_towards_no_change() -> None:
    found = {one.quantity: one for one in offered({"run_cost": [1.5] * 10, "volume": []})}
    assert found["run_cost"].factor == pytest.approx(1.25) and found["run_cost"].source == "your own projects"
    assert "volume" not in found


def test_corrected_stands_beside_raw_and_leaves_it_alone() -> None:
    before = dict(SHAPES)
    after = corrected(SHAPES, offered({}))
    assert before == SHAPES
    assert (after["build_cost"].low, after["build_cost"].high) == pytest.approx((70 * 1.27, 210 * 1.27))
    assert after["start_months"].likely == pytest.approx(4 * 1.07)
    assert after["automation_share"] == SHAPES["automation_share"]


def test_a_share_never_passes_one_and_a_loss_is_never_made_smaller() -> None:
    more = corrected(SHAPES, [Uplift("automation_share", 1.3, "", "", 0)])["automation_share"]
    assert (more.low, more.likely, more.high) == pytest.approx((0.65, 0.91, 1.0))
    less = corrected(SHAPES, offered({}, sterner=True))["other_cash"]
    assert (less.low, less.likely, less.high) == pytest.approx((-10, 8.8, 22))


def test_a_quantity_without_a_range_is_left_out() -> None:
    assert corrected({}, offered({})) == {}


@pytest.mark.parametrize("ratio", [0.0, -1.0, float("nan"), float("inf")])
def test_a_ratio_that_cannot_be_is_refused(ratio: float) -> None:
    with pytest.raises(ValueError, match="above zero"):
        uplift(BUILD_COST, [1.0, ratio])


def test_time_saved_outside_the_usual_is_remarked_upon_and_not_changed() -> None:
    assert unusual("automation_share", 0.5) is None and unusual("volume", 0.9) is None
    assert "30% to 70%" in str(unusual("automation_share", 0.9))
