"""Ratios people rank by: a number, or words of their own for every way in which there is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roi.calc.ratios import Ratio, cost_of_delay, rice, wsjf

maybe = st.one_of(st.none(), st.just(0.0), st.floats(-1e6, 1e6))


def test_a_year_of_net_benefit_is_lost_week_by_week() -> None:
    assert cost_of_delay(52_178.57).value == pytest.approx(1000, rel=1e-5)
    assert cost_of_delay(52_178.57).words == ""


def test_what_would_lose_money_costs_nothing_to_wait_for() -> None:
    loss = cost_of_delay(-1000)
    assert loss.value is not None and loss.value < 0 and "Waiting costs nothing" in loss.words
    assert cost_of_delay(0).value == 0 and "no money" in cost_of_delay(0).words
    assert cost_of_delay(None).value is None


def test_shortest_weighted_job() -> None:
    assert wsjf(3000, 6) == Ratio(500)


def test_rice_by_hand() -> None:
    """1,000 items, 0.5 each, 80 % sure, 2 person-months: 200."""
    assert rice(1000, 0.5, 0.8, 2) == Ratio(200)


ABSENT = {
    "wsjf unknown": wsjf(None, 4),
    "wsjf nothing lost": wsjf(-5, 4),
    "wsjf time unknown": wsjf(5, None),
    "wsjf no time": wsjf(5, 0),
    "rice no volume": rice(0, 1, 1, 1),
    "rice volume unknown": rice(None, 1, 1, 1),
    "rice gain unknown": rice(1, None, 1, 1),
    "rice no effort": rice(1, 1, 1, 0),
    "rice effort unknown": rice(1, 1, 1, None),
    "delay unknown": cost_of_delay(None),
}


@pytest.mark.parametrize("case", ABSENT)
def test_an_absent_ratio_has_words_and_no_number(case: str) -> None:
    assert ABSENT[case].value is None and ABSENT[case].words.endswith(".")


def test_each_absence_has_words_of_its_own() -> None:
    assert len({ratio.words for ratio in ABSENT.values()}) == len(ABSENT)


@given(maybe, maybe, maybe, maybe)
def test_nothing_ever_divides_by_zero(
    a: float | None, b: float | None, c: float | None, d: float | None
) -> None:
    for ratio in (cost_of_delay(a), wsjf(a, b), rice(a, b, c, d)):
        assert (ratio.value is not None) or ratio.words
