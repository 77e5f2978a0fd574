"""What drives a result: swings, break-even values that really break even, Sobol indices of a published function."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import qmc

from roi.calc.distributions import Shape
from roi.calc.sensitivity import Array, BreakEven, breakevens, indices, sobol, tornado, varying
from roi.calc.simulation import QUANTITIES, Inputs, hours_a_year, net_present, sample

SHAPES = {
    "volume": Shape(80_000, 96_000, 115_000),
    "minutes": Shape(5, 8, 14),
    "automation_share": Shape(0.35, 0.55, 0.75, "percentiles", "share"),
    "review_minutes": Shape(0.5, 1, 2),
    "error_share_before": Shape(0.02, 0.04, 0.07, "percentiles", "share"),
    "rework_minutes_before": Shape(5, 10, 20),
    "loaded_rate": Shape(36, 36, 36),
    "cashable_share": Shape(0.3, 0.5, 0.7, "hard_limits", "share"),
    "build_cost": Shape(70_000, 110_000, 210_000),
    "run_cost": Shape(35_000, 55_000, 95_000),
    "tokens_in": Shape(2_000, 3_000, 6_000),
    "start_months": Shape(2, 3, 6),
    "ramp_months": Shape(2, 4, 9),
    "other_cash": Shape(10_000, 30_000, 80_000, "percentiles", "real"),
    "revenue": Shape(0, 50_000, 90_000, "percentiles", "real"),
}
INPUTS = Inputs(SHAPES, price_in=3e-6)


def middle_of(inputs: Inputs) -> dict[str, Array]:
    return sample(inputs, dict.fromkeys(QUANTITIES, np.array([0.5])))


def npv_with(inputs: Inputs, moved: Mapping[str, float]) -> float:
    """NPV with everything in the middle but what is moved, one candidate at a time."""
    x = middle_of(inputs) | {name: np.array([value], dtype=float) for name, value in moved.items()}
    return float(net_present(x, inputs)[0])


def known(inputs: Inputs) -> dict[str, BreakEven]:
    return {found.quantity: found for found in breakevens(inputs)}


def test_each_swing_is_the_result_with_that_input_alone_moved() -> None:
    ends = sample(INPUTS, dict.fromkeys(QUANTITIES, np.array([0.1, 0.9])))
    drivers = tornado(INPUTS)
    assert {d.quantity for d in drivers} == set(SHAPES) - {"loaded_rate", "revenue"}
    for driver in drivers:
        low, high = (npv_with(INPUTS, {driver.quantity: v}) for v in ends[driver.quantity])
        assert (driver.at_p10, driver.at_p90) == (pytest.approx(low, rel=1e-6), pytest.approx(high, rel=1e-6))
    assert [d.swing for d in drivers] == sorted((d.swing for d in drivers), reverse=True)


def test_without_money_the_tornado_is_about_hours_and_knows_the_cap() -> None:
    inputs = Inputs({name: s for name, s in SHAPES.items() if name != "build_cost"}, hours_cap=6_000)
    drivers = tornado(inputs)
    assert {d.measure for d in drivers} == {"hours"}
    uncapped = float(hours_a_year(middle_of(inputs))[0])
    assert uncapped > 6_000 and max(max(d.at_p10, d.at_p90) for d in drivers) == 6_000


def test_stated_correlation_moves_no_bar_of_the_tornado_and_no_break_even() -> None:
    """Each input is moved alone: with a partner pulled along the bar would belong to two."""
    together = replace(INPUTS, correlations=(("volume", "run_cost", 0.8),))
    assert tornado(together) == tornado(INPUTS) and breakevens(together) == breakevens(INPUTS)


def test_nothing_known_has_no_drivers_no_break_even_and_no_indices() -> None:
    assert tornado(Inputs({})) == [] and breakevens(Inputs({})) == [] and sobol(Inputs({})) == []


def test_the_break_even_of_a_sum_done_by_hand() -> None:
    """1,000 items x 60 min x share x $50, all cash, one year, no rate, no ramp: $4,167 a month and share 1; the first
    month is the first step. Cost $20,000: pays back if at least 40 % are automated, if it costs at most $25,000."""
    sure = {
        "volume": 1000,
        "minutes": 60,
        "automation_share": 0.5,
        "loaded_rate": 50,
        "cashable_share": 1,
        "build_cost": 20_000,
    }
    shapes = {n: Shape(v, v, v, "percentiles", QUANTITIES[n]) for n, v in sure.items()}
    found = known(Inputs(shapes, horizon_months=12, discount_rate=0.0, ramp_months=1))
    assert found["automation_share"] == BreakEven("automation_share", 0.4, "at least", 0.5, True)
    assert found["build_cost"] == BreakEven("build_cost", 25_000, "at most", 20_000, True)
    assert found["volume"].value == 800 and found["minutes"].value == 48


def test_what_no_possible_value_can_do_is_told_as_such() -> None:
    """Not even automating all of it pays for a build cost of fifty million; less of a run cost would not either."""
    found = known(replace(INPUTS, shapes=SHAPES | {"build_cost": Shape(4e7, 5e7, 6e7)}))
    for name, direction in {"automation_share": "at least", "run_cost": "at most"}.items():
        assert not found[name].reachable and found[name].value is None and found[name].direction == direction
    assert found["build_cost"].reachable and "revenue" not in found


def test_a_cost_of_nothing_still_has_a_break_even() -> None:
    free = replace(INPUTS, shapes=SHAPES | {"build_cost": Shape(0, 0, 0)})
    found = known(free)["build_cost"]
    assert found.value == pytest.approx(npv_with(free, {}), rel=1e-6) and found.direction == "at most"


def test_of_two_break_even_volumes_the_nearer_is_told() -> None:
    """Hours are capped and each item costs: too few do not pay, and far too many do not either."""
    shapes = SHAPES | {"run_cost_item": Shape(0.4, 0.5, 0.6)}
    base = Inputs(shapes, hours_cap=9_000)
    few, many = (
        known(base)["volume"],
        known(replace(base, shapes=shapes | {"volume": Shape(3e5, 4e5, 5e5)}))["volume"],
    )
    assert few.direction == "at least" and many.direction == "at most"
    assert few.value is not None and many.value is not None and few.value < many.value
    for found in (few, many):
        assert abs(npv_with(base, {"volume": found.value or 0})) < 1


@settings(max_examples=60, deadline=None)
@given(
    share=st.floats(0.05, 0.95),
    build=st.floats(0, 3e6),
    run=st.floats(0, 3e5),
    start=st.floats(0, 20),
    ramp=st.floats(0, 20),
    cap=st.none() | st.floats(100, 20_000),
    horizon=st.integers(6, 120),
)
def test_a_break_even_value_put_back_gives_an_npv_of_nothing(
    share: float, build: float, run: float, start: float, ramp: float, cap: float | None, horizon: int
) -> None:
    shapes = SHAPES | {
        "automation_share": Shape(share * 0.9, share, min(share * 1.1, 1), "percentiles", "share"),
        "build_cost": Shape(build / 2, build, build * 2),
        "run_cost": Shape(run / 2, run, run * 2),
        "start_months": Shape(start, start, start),
        "ramp_months": Shape(ramp / 2, ramp, ramp * 2),
    }
    inputs = Inputs(shapes, horizon_months=horizon, hours_cap=cap, price_in=3e-6)
    for found in breakevens(inputs):
        if found.value is None:
            continue
        # The value is told with seven digits: NPV is nothing within what the eighth can move.
        at, step = found.value, max(abs(found.value), 1e-9) * 1e-6
        around = [npv_with(inputs, {found.quantity: at + d}) for d in (-step, step)]
        scale = abs(npv_with(inputs, {})) + build + 1
        assert min(around) <= 1e-6 * scale and max(around) >= -1e-6 * scale
        if found.direction == "at least" and min(around) < -1e-6 * scale:
            assert around[0] < around[1]


def ishigami(x: Array) -> Array:
    return np.sin(x[0]) + 7 * np.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * np.sin(x[0])


def test_the_indices_of_ishigami() -> None:
    """Ishigami, Homma (1990), a = 7, b = 0.1, x uniform on (-pi, pi); analytic values as in Saltelli et al. (2010)."""
    points = qmc.Sobol(6, rng=np.random.default_rng(1)).random(2**14).T * 2 * np.pi - np.pi
    first, total = indices(ishigami, points[:3], points[3:])
    assert first == pytest.approx([0.3139, 0.4424, 0.0], abs=0.005)
    assert total == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.005)


def test_the_indices_of_a_weighted_sum_are_the_squares_of_its_weights() -> None:
    """An additive function has no interactions (Saltelli et al. 2008, chapter 1): first = total = w^2/sum w^2."""
    points = qmc.Sobol(6, rng=np.random.default_rng(2)).random(4096).T
    first, total = indices(lambda x: 3 * x[0] + 2 * x[1] + 0 * x[2], points[:3], points[3:])
    assert first == pytest.approx([9 / 13, 4 / 13, 0], abs=0.01) and first == pytest.approx(total, abs=0.01)


def test_a_function_that_never_changes_has_no_indices_to_divide_by_zero() -> None:
    points = qmc.Sobol(4, rng=np.random.default_rng(3)).random(64).T
    with np.errstate(all="raise"):
        first, total = indices(lambda x: np.full(x.shape[1], 5.0), points[:2], points[2:])
    assert not first.any() and not total.any()


def test_the_indices_of_a_candidate_agree_with_its_tornado() -> None:
    found = sobol(INPUTS)
    assert found is not None
    assert (
        {index.quantity for index in found}
        == set(varying(INPUTS))
        == set(SHAPES) - {"loaded_rate", "revenue"}
    )
    assert found[0].quantity == tornado(INPUTS)[0].quantity == "minutes"
    assert all(0 <= index.first <= index.total <= 1 for index in found)
    assert 0.8 < sum(index.first for index in found) < 1.1 and sum(index.total for index in found) > 0.95
    assert found == sobol(INPUTS)


def test_correlated_inputs_have_no_indices() -> None:
    pair = ("volume", "run_cost", 0.5)
    assert sobol(replace(INPUTS, correlations=(pair,))) is None
    assert sobol(replace(INPUTS, correlations=(("volume", "run_cost", 0.0),))) == sobol(INPUTS)


def test_a_candidate_without_doubt_has_no_indices() -> None:
    sure = {name: Shape(s.likely, s.likely, s.likely, "percentiles", s.support) for name, s in SHAPES.items()}
    assert sobol(Inputs(sure)) == [] and varying(Inputs(sure)) == []
