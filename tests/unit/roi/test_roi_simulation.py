"""One candidate's score from its ranges: reproducible, honest about what is missing, cash and hours apart."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roi.calc import finance
from roi.calc.distributions import Shape
from roi.calc.scoring import CURVE, simulate
from roi.calc.sensitivity import tornado
from roi.calc.simulation import QUANTITIES, SEED, Inputs, median_flow, net_present, sample, uniforms
from roi.calc.words import sentence


def constant(value: float, support: str = "positive") -> Shape:
    return Shape(value, value, value, "percentiles", support)  # type: ignore[arg-type]


SURE = {
    "volume": constant(12_000),
    "minutes": constant(10),
    "automation_share": constant(0.5, "share"),
    "loaded_rate": constant(40),
    "cashable_share": constant(0.25, "share"),
    "build_cost": constant(10_000),
    "run_cost": constant(1_200),
}
INVOICES = {
    "volume": Shape(80_000, 96_000, 115_000),
    "minutes": Shape(5, 8, 14),
    "automation_share": Shape(0.35, 0.55, 0.75, "percentiles", "share"),
    "loaded_rate": constant(36),
    "cashable_share": constant(0.6, "share"),
    "build_cost": Shape(70_000, 110_000, 210_000),
    "run_cost": Shape(35_000, 55_000, 95_000),
    "other_cash": Shape(10_000, 30_000, 80_000, "percentiles", "real"),
}


def money(amount: float) -> str:
    return f"${amount:,.0f}"


def without(*names: str) -> dict[str, Shape]:
    return {name: shape for name, shape in INVOICES.items() if name not in names}


def test_certain_inputs_give_the_sum_done_by_hand() -> None:
    """1,000 h freed; 250 become cash at $40 = $10,000 a year; 750 stay capacity. No discounting."""
    result = simulate(Inputs(SURE, horizon_months=36, discount_rate=0.0), seed=1)
    assert result.hours is not None and result.hours.p50 == 1000
    assert result.capacity is not None and result.capacity.p50 == 750
    assert result.capacity_worth is not None and result.capacity_worth.p50 == 30_000
    assert result.cash_year is not None and result.cash_year.p50 == 10_000
    # 35 full months of benefit (1/3 + 2/3 + 34), 36 of run cost, the build cost once.
    npv = 10_000 / 12 * 35 - 100 * 36 - 10_000
    assert result.npv is not None and result.npv.p10 == pytest.approx(npv, rel=1e-6)
    assert result.prob_positive == 1
    assert result.breakeven_build == pytest.approx(npv + 10_000, rel=1e-6)


def test_review_minutes_take_hours_back_and_more_review_than_work_costs_hours() -> None:
    some = simulate(Inputs(SURE | {"review_minutes": constant(2)}), seed=1)
    too_much = simulate(Inputs(SURE | {"review_minutes": constant(11)}), seed=1)
    assert some.hours is not None and some.hours.p50 == 800
    assert too_much.hours is not None and too_much.hours.p50 == -100


def test_rework_of_errors_counts_before_and_after() -> None:
    """6,000 automated items; before 5 % with 20 minutes (1 minute an item), after 2 % with 30 (0.6): +40 hours."""
    errors = {
        "error_share_before": constant(0.05, "share"),
        "rework_minutes_before": constant(20),
        "error_share_after": constant(0.02, "share"),
        "rework_minutes_after": constant(30),
    }
    result = simulate(Inputs(SURE | errors), seed=1)
    assert result.hours is not None and result.hours.p50 == 1040


def test_the_posts_of_the_people_cap_the_hours() -> None:
    capped = simulate(Inputs(INVOICES, hours_cap=8_000.0), seed=SEED)
    free = simulate(Inputs(INVOICES), seed=SEED)
    assert capped.hours is not None and free.hours is not None
    assert capped.hours.p90 == 8_000 < free.hours.p90 and capped.hours.p50 == free.hours.p50
    assert capped.npv is not None and free.npv is not None and capped.npv.p90 < free.npv.p90


def test_tokens_cost_by_the_automated_item() -> None:
    """6,000 automated items of 4,000 tokens in and 500 out at $2 and $8 a million, and a cent besides."""
    items = {"run_cost_item": constant(0.01), "tokens_in": constant(4000), "tokens_out": constant(500)}
    result = simulate(Inputs(SURE | items, price_in=2e-6, price_out=8e-6), seed=1)
    assert result.run_year is not None
    assert result.run_year.p50 == pytest.approx(1_200 + 6_000 * (0.01 + 0.008 + 0.004))


def test_a_late_start_and_a_slow_ramp_flow_as_their_month_by_month_sum() -> None:
    """Start after 4.5 months, full use 6 months later; compared with the flows laid out month by month."""
    inputs = Inputs(SURE | {"start_months": constant(4.5), "ramp_months": constant(6)})
    result = simulate(inputs, seed=1)
    months = np.arange(1, 37)
    use, runs = np.clip((months - 4.5) / 6, 0, 1), np.clip(months - 4.5, 0, 1)
    later = (10_000 * use - 1_200 * runs) / 12
    monthly = 1.1 ** (1 / 12) - 1
    assert result.npv is not None
    assert result.npv.p50 == pytest.approx(-10_000 + (later / (1 + monthly) ** months).sum(), rel=1e-6)
    assert median_flow(inputs) == pytest.approx(np.append(-10_000, later))
    assert result.fan[36].p50 == pytest.approx(-10_000 + later.sum(), rel=1e-6)


def test_paybacks_are_where_the_month_by_month_totals_turn() -> None:
    """The bisection against a plain scan of every month of every draw, discounted and not."""
    inputs = Inputs(INVOICES | {"start_months": Shape(1, 3, 7), "ramp_months": Shape(1, 3, 9)})
    x = sample(inputs, uniforms(SEED, 512))
    hours = x["volume"] * x["automation_share"] * x["minutes"] / 60
    gain = (hours * 36 * 0.6 + x["other_cash"]) / 12
    t = np.arange(1, 37)
    use = np.clip((t - x["start_months"][:, None]) / np.maximum(x["ramp_months"], 1)[:, None], 0, 1)
    runs = np.clip(t - x["start_months"][:, None], 0, 1)
    later = gain[:, None] * use - x["run_cost"][:, None] / 12 * runs
    flows = np.concatenate([-x["build_cost"][:, None], later], axis=1)
    result = simulate(inputs, SEED, 512)
    monthly = finance.monthly_rate(0.10)
    assert net_present(x, inputs) == pytest.approx(finance.npv(flows, monthly), rel=1e-9)
    for said, months in (
        (result.payback, finance.payback(flows)),
        (result.discounted_payback, finance.discounted_payback(flows, monthly)),
    ):
        scanned = np.quantile(np.nan_to_num(months, nan=np.inf), [0.1, 0.5, 0.9], method="inverted_cdf")
        assert said is not None
        assert [np.inf if m is None else m for m in said] == pytest.approx(scanned, rel=1e-5)


def test_the_tail_the_ratio_and_the_curve_say_the_same_as_the_draws() -> None:
    result, draws = (
        simulate(Inputs(INVOICES), SEED),
        net_present(sample(Inputs(INVOICES), uniforms(SEED)), Inputs(INVOICES)),
    )
    assert result.cvar == pytest.approx(np.sort(draws)[:409].mean(), rel=0.01)
    assert result.npv is not None and result.cvar is not None and result.cvar < result.npv.p10
    assert len(result.npv_curve) == CURVE and list(result.npv_curve) == sorted(result.npv_curve)
    assert result.npv_curve[CURVE // 2] == result.npv.p50
    assert result.roi is not None and result.roi.p10 < result.roi.p50 < result.roi.p90
    assert (result.roi.p50 > 0) == (result.npv.p50 > 0)


def test_fan_percentiles_are_ordered_in_every_month() -> None:
    for month in simulate(Inputs(INVOICES), SEED).fan:
        assert month.p10 <= month.p25 <= month.p50 <= month.p75 <= month.p90


def test_other_cash_alone_is_a_case() -> None:
    """Work without hours to free (a fine avoided in cash): cash, cost and NPV, and hours stay unknown."""
    shapes = {
        "other_cash": Shape(20_000, 40_000, 60_000, "percentiles", "real"),
        "build_cost": constant(30_000),
    }
    result = simulate(Inputs(shapes | {"automation_share": constant(0.5, "share")}), SEED)
    assert result.hours is None and result.npv is not None and result.npv.p50 > 0
    assert result.rice is not None and result.rice.value is None and "volume" in result.rice.words


def test_nothing_paid_and_nothing_done_have_words_instead_of_ratios() -> None:
    free = simulate(Inputs(SURE | {"build_cost": constant(0), "run_cost": constant(0)}), SEED)
    assert (
        free.roi is None
        and free.mirr is None
        and free.irr is not None
        and "nothing is ever paid" in free.irr.words
    )
    idle = simulate(Inputs(SURE | {"volume": constant(0)}), SEED)
    assert idle.cost_of_delay is not None and "Waiting costs nothing" in idle.cost_of_delay.words
    assert idle.wsjf is not None and idle.wsjf.value is None and idle.wsjf.words


def test_the_same_seed_gives_the_same_answer_and_another_a_close_one() -> None:
    first, again, other = (simulate(Inputs(INVOICES), seed) for seed in (7, 7, 8))
    assert first == again != other
    assert first.npv is not None and other.npv is not None
    assert other.npv.p50 == pytest.approx(first.npv.p50, rel=0.02)


def test_an_input_more_leaves_the_draws_of_the_others_alone() -> None:
    """Common random numbers: every quantity has a column of its own."""
    full = simulate(Inputs(INVOICES), 3)
    bare = simulate(Inputs(without("build_cost", "run_cost", "other_cash")), 3)
    assert full.hours == bare.hours
    assert set(uniforms(3, 8)) == set(QUANTITIES)


def test_a_cost_that_nobody_knows_gives_hours_and_a_break_even_but_no_npv() -> None:
    inputs = Inputs(without("build_cost"))
    result = simulate(inputs, 5)
    assert result.npv is None and result.prob_positive is None and result.payback is None
    words = sentence(result, money, 36, None)
    assert "about 7,000 hours a year" in words or "about 8,000 hours a year" in words
    assert "if it costs less than" in words


def test_the_break_even_cost_is_the_one_at_which_the_middle_npv_is_nothing() -> None:
    most = simulate(Inputs(without("build_cost")), 5).breakeven_build
    assert most is not None
    at_most = simulate(Inputs(without() | {"build_cost": constant(most)}), 5)
    assert at_most.npv is not None and abs(at_most.npv.p50) < 1e-5 * most


def test_no_rate_means_hours_only_and_says_so() -> None:
    result = simulate(Inputs(without("loaded_rate")), 5)
    assert result.hours is not None and result.cash_year is None and result.npv is None
    assert "No hourly rate is known" in sentence(result, money, 36, None)


def test_nothing_known_is_words_not_a_number() -> None:
    result = simulate(Inputs({}), 5)
    assert result.hours is None
    assert "Not enough is known" in sentence(result, money, 36, None)


def test_no_work_at_all_divides_nothing_by_zero() -> None:
    with np.errstate(all="raise"):
        result = simulate(Inputs(SURE | {"volume": constant(0)}), 5)
    assert result.hours is not None and result.hours.p90 == 0
    assert result.npv is not None and result.npv.p50 < 0 and result.payback == (None, None, None)


def test_avoided_cost_is_told_beside_and_never_counted() -> None:
    beside = simulate(Inputs(INVOICES | {"cost_avoided": Shape(1e5, 2e5, 3e5, "percentiles", "real")}), 5)
    assert beside.npv == simulate(Inputs(INVOICES), 5).npv
    assert beside.beside["cost_avoided"].p50 == 200_000


def test_the_tornado_leads_with_what_moves_it_most() -> None:
    drivers = tornado(Inputs(INVOICES))
    swings = [driver.swing for driver in drivers]
    assert swings == sorted(swings, reverse=True) and drivers[0].measure == "npv"
    assert drivers[0].quantity == "minutes"
    assert {"loaded_rate", "cashable_share"}.isdisjoint(d.quantity for d in drivers)


def test_without_a_cost_the_tornado_is_about_hours() -> None:
    drivers = tornado(Inputs(without("build_cost")))
    assert {d.measure for d in drivers} == {"hours"}
    assert {d.quantity for d in drivers} == {"volume", "minutes", "automation_share"}


@settings(max_examples=40, deadline=None)
@given(
    volume=st.floats(0, 1e6),
    minutes=st.floats(0, 500),
    share=st.floats(0, 1),
    cost=st.floats(0, 1e7),
    spread=st.floats(1, 9),
)
def test_percentiles_are_in_order_and_finite(
    volume: float, minutes: float, share: float, cost: float, spread: float
) -> None:
    shapes = SURE | {
        "volume": Shape(volume / spread, volume, volume * spread),
        "minutes": Shape(minutes / spread, minutes, minutes * spread),
        "automation_share": Shape(share / spread, share, min(1.0, share * spread), "percentiles", "share"),
        "build_cost": Shape(cost / spread, cost, cost * spread),
    }
    result = simulate(Inputs(shapes), 11, draws=256)
    for known in (result.hours, result.capacity, result.cash_year, result.npv):
        assert known is not None and known.p10 <= known.p50 <= known.p90
        assert np.isfinite([known.p10, known.p50, known.p90]).all()
    assert result.prob_positive is not None and 0 <= result.prob_positive <= 1
