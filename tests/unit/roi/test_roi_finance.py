"""Cash flow arithmetic by hand and by property; published numbers are in test_roi_published."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roi.calc import finance

gains = st.lists(st.floats(0, 1e6), min_size=1, max_size=24)
values = st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=60)


def test_npv_of_a_textbook_project() -> None:
    """-1,000 now, then 500, 400, 300 and 100 at 10 %: 78.82."""
    assert finance.npv(np.array([-1000, 500, 400, 300, 100]), 0.10) == pytest.approx(78.82, abs=0.005)


def test_twelve_months_compound_to_the_year_and_back() -> None:
    assert (1 + finance.monthly_rate(0.10)) ** 12 == pytest.approx(1.10)
    assert finance.monthly_rate(0.0) == 0
    assert finance.yearly_rate(finance.monthly_rate(0.07)) == pytest.approx(0.07)


def test_payback_lies_inside_the_period_and_may_never_come() -> None:
    flows = np.array([[-100, 40, 40, 40, 40], [0, 1, 1, 1, 1], [-100, 1, 1, 1, 1]], dtype=float)
    assert finance.payback(flows)[:2] == pytest.approx([2.5, 0.0])
    assert np.isnan(finance.payback(flows)[2])


def test_discounting_makes_payback_later() -> None:
    """-100, then 60 and 60 at 10 %: 54.55 and 49.59 today, so 45.45/49.59 into the second period."""
    flows = np.array([[-100.0, 60, 60]])
    assert finance.payback(flows)[0] == pytest.approx(1 + 40 / 60)
    assert finance.discounted_payback(flows, 0.10)[0] == pytest.approx(1 + 45.4545 / 49.5868, abs=1e-5)
    assert np.isnan(finance.discounted_payback(flows, 0.30)[0])


@given(gains, st.floats(1, 1e6), st.floats(0, 1), st.floats(0.001, 1))
def test_npv_falls_as_the_rate_rises_when_the_sign_changes_once(
    later: list[float], cost: float, rate: float, more: float
) -> None:
    flows = np.array([-cost, *later])
    assert finance.npv(flows, rate + more) <= finance.npv(flows, rate) + 1e-6


@given(st.lists(st.floats(1, 1e6), min_size=1, max_size=36), st.floats(1e5, 1e7))
def test_the_one_rate_of_one_sign_change_brings_the_worth_to_nothing(later: list[float], cost: float) -> None:
    flows = np.array([-cost, *later])
    found = finance.irr(flows)
    assert found.rate is not None and found.words == ""
    factors = finance.discount_factors(found.rate, len(later))
    assert abs(flows @ factors) <= 1e-6 * (np.abs(flows) @ factors)


def test_a_cost_near_nothing_has_no_rate_worth_naming() -> None:
    found = finance.irr(np.array([-1e-9, 1e6, 1e6]))
    assert found.rate is None and found.roots == () and "So little is paid out" in found.words


@given(st.lists(st.floats(-0.5, 3), min_size=2, max_size=5, unique=True))
def test_every_root_is_found_and_none_is_told_alone(rates: list[float]) -> None:
    """Flows built from their roots: the product of (1 - (1 + r) x) over the rates, x = 1/(1 + r)."""
    rates = sorted(rates)
    if np.diff(rates).min() < 0.05:
        return
    flows = np.poly([1 / (1 + r) for r in rates])[::-1]
    found = finance.irr(flows)
    assert found.roots == pytest.approx(rates, abs=1e-5)
    assert found.rate is None and "no single internal rate" in found.words


def test_a_root_that_only_touches_zero_is_found() -> None:
    """-(1 - 1.1 x)^2: worth nothing at 10 % and less than nothing on both sides."""
    assert finance.irr_roots(np.array([-1, 2.2, -1.21])) == pytest.approx([0.10], abs=1e-5)


def test_a_monthly_flow_gives_a_yearly_rate() -> None:
    flows = np.array(
        [-1000.0, *[1000 * finance.monthly_rate(0.12)] * 35, 1000 * (1 + finance.monthly_rate(0.12))]
    )
    assert finance.irr(flows, periods_a_year=12).rate == pytest.approx(0.12)


def test_no_root_has_words_that_say_why() -> None:
    assert "nothing ever comes back" in finance.irr(np.array([-1000.0, 0, 0])).words
    assert "nothing is ever paid out" in finance.irr(np.array([0.0, 10])).words
    assert "no rate brings" in finance.irr(np.array([1000.0, -3000, 2500])).words
    assert finance.irr(np.zeros(4)).rate is None


def test_a_root_near_minus_one_is_told_in_words() -> None:
    flows = np.array([-100_000.0, *[4000.0] * 35, -500.0])
    assert "below -99.9%" in finance.irr(flows, 12).words


@pytest.mark.parametrize("flows", [[-5.0, -1, 0], [5.0, 1], [0.0, 0], [7.0]])
def test_mirr_needs_money_out_and_money_in(flows: list[float]) -> None:
    assert finance.mirr(np.array(flows), 0.1, 0.1) is None


def test_roi_has_no_number_where_nothing_is_spent() -> None:
    ratio = finance.roi(np.array([300.0, 10.0]), np.array([100.0, 0.0]))
    assert ratio[0] == 2.0 and np.isnan(ratio[1])
    assert finance.roi(np.array([150.0, 250.0]), np.float64(100.0)) == pytest.approx([0.5, 1.5])


def test_cvar_weighs_the_value_that_the_share_cuts() -> None:
    """The worst half of three values: all of 1 and half of 2, over one and a half."""
    assert finance.cvar(np.array([3.0, 1.0, 2.0]), 0.5) == pytest.approx((1 + 0.5 * 2) / 1.5)
    assert finance.cvar(np.arange(1.0, 101.0)) == pytest.approx(5.5)
    assert finance.cvar(np.array([5.0])) == 5.0


@given(values, st.floats(0.01, 1))
def test_cvar_lies_between_the_worst_and_the_mean(draws: list[float], share: float) -> None:
    worst = finance.cvar(np.array(draws), share)
    scale = 1e-9 * max(1.0, max(abs(v) for v in draws))
    assert min(draws) - scale <= worst <= np.mean(draws) + scale


@pytest.mark.parametrize("share", [0.0, 1.5])
def test_cvar_of_no_share_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="share"):
        finance.cvar(np.array([1.0]), share)
