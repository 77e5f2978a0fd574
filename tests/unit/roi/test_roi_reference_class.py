"""Reference-class uplift: on offer, shrunk between the own history and the published class, never by itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roi.calc.distributions import Shape
from roi.calc.learning import Circle
from roi.calc.reference_class import (
    BUILD_COST,
    PRIORS,
    STERNER,
    History,
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


def own(*ratios: float) -> History:
    return History("cost", ratios)


def by_quantity(sterner: bool = False) -> dict[str, Uplift]:
    return {one.quantity: one for one in offered([], sterner=sterner)}


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
    found = uplift(BUILD_COST, own(*[1.1] * int(K)))
    assert found.factor == pytest.approx(1.185) and found.n == 10
    assert "10 finished projects" in found.words and "50%" in found.words
    assert found.question == (
        "Your last 10 cost estimates came in at 1.10 times (90 % interval 1.10 to 1.10): use 1.19 times?"
    )


@given(ratios, st.floats(0.2, 5))
def test_the_factor_lies_between_the_class_and_the_own_history(known: list[float], factor: float) -> None:
    prior = Prior("build_cost", factor, "x", "y", 1)
    found = uplift(prior, own(*known)).factor
    low, high = sorted([factor, sorted(known)[len(known) // 2] if len(known) % 2 else found])
    assert low - 1e-9 <= found <= high + 1e-9


def test_a_longer_history_pulls_further_from_the_class() -> None:
    factors = [uplift(BUILD_COST, own(*[1.0] * n)).factor for n in (0, 1, 5, 20, 200)]
    assert factors == sorted(factors, reverse=True) and factors[-1] < 1.02


def test_a_surer_figure_takes_a_higher_quantile_of_the_history() -> None:
    known = own(0.9, 1.0, 1.1, 1.6, 2.4)
    assert uplift(BUILD_COST, known, quantile=0.8).factor > uplift(BUILD_COST, known).factor


def test_value_that_fell_short_corrects_every_benefit_towards_no_change() -> None:
    """No published class is used for benefits: 10 own cases at 0.6 count for half, the rest is 1."""
    found = {one.quantity: one for one in offered([History("value", (0.6,) * 10), History("time")])}
    assert found["automation_share"].factor == found["other_cash"].factor == pytest.approx(0.8)
    assert found["automation_share"].source == "your own projects" and found["start_months"].n == 0


def test_without_own_cases_those_of_the_unit_and_the_class_are_told_and_weighed() -> None:
    """30 of the unit count for 3/4, 10 of the class for half of the rest, the published class for 1/8."""
    circles = (Circle("your unit", 30, 1.2), Circle("the same class", 10, 1.6))
    found = uplift(BUILD_COST, History("cost", (), circles))
    assert found.factor == pytest.approx(0.75 * 1.2 + 0.125 * 1.6 + 0.125 * 1.27) and found.n == 0
    assert (
        "30 finished projects of your unit came to 1.20 times the forecast, which counts for 75%"
        in found.words
    )
    assert found.question == "30 cost estimates of your unit came in at 1.20 times: use 1.26 times?"


def test_a_value_that_came_to_less_than_nothing_is_corrected_to_nothing() -> None:
    assert uplift(Prior("other_cash", 1.0, "", "", 0), History("value", (-2.0,) * 30)).factor == 0.0


def test_corrected_stands_beside_raw_and_leaves_it_alone() -> None:
    before = dict(SHAPES)
    after = corrected(SHAPES, offered([]))
    assert before == SHAPES
    assert (after["build_cost"].low, after["build_cost"].high) == pytest.approx((70 * 1.27, 210 * 1.27))
    assert after["start_months"].likely == pytest.approx(4 * 1.07)
    assert after["automation_share"] == SHAPES["automation_share"]


def test_a_share_never_passes_one_and_a_loss_is_never_made_smaller() -> None:
    more = corrected(SHAPES, [Uplift("automation_share", 1.3, "", "", 0)])["automation_share"]
    assert (more.low, more.likely, more.high) == pytest.approx((0.65, 0.91, 1.0))
    less = corrected(SHAPES, offered([], sterner=True))["other_cash"]
    assert (less.low, less.likely, less.high) == pytest.approx((-10, 8.8, 22))


def test_a_quantity_without_a_range_is_left_out() -> None:
    assert corrected({}, offered([])) == {}


@pytest.mark.parametrize("ratio", [float("nan"), float("inf")])
def test_a_ratio_that_cannot_be_is_refused(ratio: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        uplift(BUILD_COST, own(1.0, ratio))


def test_time_saved_outside_the_usual_is_remarked_upon_and_not_changed() -> None:
    assert unusual("automation_share", 0.5) is None and unusual("volume", 0.9) is None
    assert "30% to 70%" in str(unusual("automation_share", 0.9))
