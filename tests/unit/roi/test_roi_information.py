"""What knowing more is worth: textbook cases of EVPI and EVPPI, and the laws that both obey."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm, qmc

from roi.calc.distributions import Shape
from roi.calc.information import Array, Information, by_chance, evpi, information
from roi.calc.sensitivity import varying
from roi.calc.simulation import Inputs, net_present, sample, uniforms

WEIGHTS = {"big": 0.8, "middling": 0.5, "small": 0.3, "least": math.sqrt(0.02)}


def unit_loss(mean: float, sd: float) -> float:
    """E[max(X, 0)] - max(mean, 0) for X normal: the unit normal loss integral (Raiffa, Schlaifer 1961)."""
    return sd * float(norm.pdf(mean / sd)) - abs(mean) * float(norm.cdf(-abs(mean) / sd))


def payoff(*rows: tuple[float, float], draws: int = 1000) -> Array:
    """A payoff table, (probability, gain of acting over not acting), as draws in those proportions."""
    return np.concatenate([np.full(round(p * draws), gain, dtype=float) for p, gain in rows])


def linear(draws: int, seed: int) -> dict[str, Array]:
    """Uniforms of four inputs and one that plays no part."""
    names = [*WEIGHTS, "irrelevant"]
    points = qmc.Sobol(len(names), rng=np.random.default_rng(seed)).random_base2(14)[:draws]
    return dict(zip(names, np.clip(points, 1e-6, 1 - 1e-6).T.copy(), strict=True))


def linear_npv(u: dict[str, Array], mean: float) -> Array:
    return mean + sum(weight * norm.ppf(u[name]) for name, weight in WEIGHTS.items())


def test_the_wildcatter_pays_at_most_this_for_knowing_if_there_is_oil() -> None:
    """Raiffa 1968, Decision Analysis: drill or not; dry .5 -$70,000, wet .3 $50,000, soaking .2 $200,000.

    Drilling is worth $20,000; a perfect test saves the half of the holes that are dry: EVPI $35,000.
    """
    gain = payoff((0.5, -70_000), (0.3, 50_000), (0.2, 200_000))
    assert gain.mean() == 20_000
    assert evpi(gain) == pytest.approx(35_000)


def test_the_investor_pays_at_most_this_for_knowing_the_market() -> None:
    """Clemen, Making Hard Decisions, chapter 12: the market rises .5, stays .3, falls .2; the high-risk stock pays
    $1,500, $100, -$1,000, the savings account $500 for sure; a third, low-risk stock is best in no state.

    E = $580, EVPI $420; as one decision, what the stock gains over the account.
    """
    over_savings = payoff((0.5, 1500 - 500), (0.3, 100 - 500), (0.2, -1000 - 500))
    assert over_savings.mean() + 500 == pytest.approx(580)
    assert evpi(over_savings) == pytest.approx(420)


def test_perfect_information_also_has_a_worth_where_today_says_no() -> None:
    """On average it loses 8, yet in four cases of ten it would gain 100."""
    assert evpi(payoff((0.4, 100), (0.6, -80))) == pytest.approx(40)


@pytest.mark.parametrize("mean", [-2.0, -0.5, 0.0, 0.3, 1.0, 1.6])
def test_evpi_of_a_normal_value_is_the_unit_normal_loss(mean: float) -> None:
    npv = mean + norm.ppf((np.arange(20_000) + 0.5) / 20_000)
    assert evpi(npv) == pytest.approx(unit_loss(mean, 1), abs=1e-4)


def evppi(npv: Array, u: Array) -> tuple[float, float]:
    """Of one input alone: what knowing it is worth, and the standard error."""
    (found,) = information(npv, {"it": u})
    return found.value, found.standard_error


@pytest.mark.parametrize("draws", [2048, 10_000])
@pytest.mark.parametrize("mean", [-1.0, -0.4, 0.05, 0.3, 0.8])
def test_evppi_of_a_linear_normal_model_is_analytic(mean: float, draws: int) -> None:
    """U = mean + sum of w_i Z_i: E[U|Z_i] is normal with sd w_i, so EVPPI_i is a unit normal loss (the closed form that
    regression estimators are checked on: Strong, Oakley, Brennan 2014)."""
    u = linear(draws, seed=5)
    npv = linear_npv(u, mean)
    for name, weight in WEIGHTS.items():
        value, error = evppi(npv, u[name])
        assert value == pytest.approx(unit_loss(mean, weight), abs=2 * error + 0.004)
    assert evppi(npv, u["big"])[0] == pytest.approx(unit_loss(mean, 0.8), rel=0.06, abs=0.004)


@pytest.mark.parametrize("mean", [-1.0, 0.0, 0.02, 0.3])
def test_an_irrelevant_input_is_worth_next_to_nothing(mean: float) -> None:
    for seed in range(10):
        u = linear(4096, seed)
        npv = linear_npv(u, mean)
        assert evppi(npv, u["irrelevant"])[0] <= 0.01 * evpi(npv)


def test_an_irrelevant_input_of_independent_draws_stays_within_its_error() -> None:
    """Without the evenness of Sobol points chance shows: on average nothing, at most a few standard errors."""
    found = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        value, error = evppi(rng.normal(0.0, 1.0, 4096), rng.random(4096))
        assert value <= 4 * error
        found.append(value)
    assert np.mean(found) < 0.01


def test_what_chance_gives_is_taken_off_only_where_it_gives_anything() -> None:
    rng = np.random.default_rng(0)
    gains = [by_chance(rng.normal(0.0, 1.0, 2048)) for _ in range(40)]
    assert abs(np.mean(gains)) < 0.01 and min(gains) < 0 < max(gains)
    assert by_chance(np.abs(rng.normal(0.0, 1.0, 2048))) == 0


def test_every_second_point_is_no_fair_half_of_a_sobol_sequence() -> None:
    """Why the halves are random: the even points of the second column are all below or all above the middle."""
    u = uniforms(1, 2048)["minutes"]
    assert (u[::2] < 0.5).all() or (u[::2] > 0.5).all()
    npv = norm.ppf(u) + 0.1
    assert evppi(npv, u)[0] == pytest.approx(evpi(npv), rel=0.03)


def test_the_list_leads_with_what_is_most_worth_knowing() -> None:
    u = linear(4096, seed=9)
    npv = linear_npv(u, 0.2)
    found = information(npv, u)
    assert [i.quantity for i in found] == ["big", "middling", "small", "least", "irrelevant"]
    assert all(0 <= i.value <= evpi(npv) for i in found)
    assert found == information(npv, u)


def test_for_a_candidate_what_varies_most_is_worth_most() -> None:
    shapes = {
        "volume": Shape(80_000, 96_000, 115_000),
        "minutes": Shape(3, 7, 14),
        "automation_share": Shape(0.35, 0.55, 0.75, "percentiles", "share"),
        "loaded_rate": Shape(36, 36, 36),
        "cashable_share": Shape(0.55, 0.6, 0.65, "percentiles", "share"),
        "build_cost": Shape(200_000, 250_000, 400_000),
    }
    inputs, u = Inputs(shapes), uniforms(3, 4096)
    npv = net_present(sample(inputs, u), inputs)
    found = information(npv, {name: u[name] for name in varying(inputs)})
    assert found[0].quantity == "minutes" and found[0].value > 10 * next(
        i.value for i in found if i.quantity == "volume"
    )


def test_correlated_uniforms_carry_what_their_partner_tells() -> None:
    """An input without an effect of its own, correlated .9 with one that has: knowing it is worth knowing the other."""
    rng = np.random.default_rng(4)
    z = rng.normal(size=10_000)
    partner = norm.cdf(0.9 * z + math.sqrt(1 - 0.81) * rng.normal(size=10_000))
    value, error = evppi(z, partner)
    assert value == pytest.approx(unit_loss(0, 0.9), abs=3 * error + 0.01)


def test_nothing_in_doubt_is_worth_nothing_to_the_last_digit() -> None:
    u = linear(256, seed=1)
    for npv in (np.full(256, 7.1), np.full(256, -0.3), np.zeros(256)):
        assert evpi(npv) == 0
        assert information(npv, u) == [Information(name, 0.0, 0.0) for name in u]
    assert information(np.array([5.0]), u)[0].value == 0


@settings(max_examples=100, deadline=None)
@given(values=st.lists(st.floats(0, 1e9), min_size=1, max_size=200), sign=st.sampled_from([-1, 1]))
def test_draws_that_agree_in_sign_leave_nothing_to_learn(values: list[float], sign: int) -> None:
    assert evpi(sign * np.array(values)) == 0


@settings(max_examples=100, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    mean=st.floats(-3, 3),
    scale=st.sampled_from([1e-3, 1.0, 1e6]),
    tail=st.sampled_from([1, 3]),
    draws=st.sampled_from([100, 257, 1024, 4096]),
)
def test_partial_information_is_worth_between_nothing_and_all(
    seed: int, mean: float, scale: float, tail: int, draws: int
) -> None:
    """Whatever the tail: what one input tells is never worth more than what all of them tell."""
    rng = np.random.default_rng(seed)
    u = rng.uniform(1e-6, 1 - 1e-6, (3, draws))
    npv = scale * (mean + norm.ppf(u[0]) ** tail + 0.3 * norm.ppf(u[1]))
    most = evpi(npv)
    assert most >= 0
    for row in u:
        value, error = evppi(npv, row)
        # Values are rounded to what a page could show; the bound is not.
        assert 0 <= value <= most * (1 + 1e-6) and error >= 0
