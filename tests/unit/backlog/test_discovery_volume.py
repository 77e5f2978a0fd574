"""How many a year: the interval covers the true rate about as often as it says, and says when it cannot."""

import numpy as np
import pytest

from backlog.calc.discovery.volume import YEAR, a_year

DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]


def covered(months: int, rate_a_year: float, dispersion: float, runs: int = 3000) -> float:
    """The share of simulated logs whose interval holds the true rate."""
    rng, days, hits = np.random.default_rng(5), DAYS[:months], 0
    for _ in range(runs):
        mean = rate_a_year * np.asarray(days) / YEAR
        if dispersion > 1:
            mean = rng.gamma(mean / (dispersion - 1), dispersion - 1)
        made = a_year(list(rng.poisson(mean)), days)
        hits += made.low <= rate_a_year <= made.high
    return hits / runs


@pytest.mark.parametrize(("months", "rate"), [(3, 60), (6, 600), (12, 60), (12, 6000)])
def test_eight_times_in_ten_for_tickets_that_come_at_random(months: int, rate: float) -> None:
    assert 0.77 <= covered(months, rate, 1) <= 0.92


@pytest.mark.parametrize("months", [4, 12])
def test_and_for_months_that_spread_more(months: int) -> None:
    assert 0.72 <= covered(months, 1200, 6) <= 0.90


def test_the_middle_is_the_rate_and_inside() -> None:
    made = a_year([100, 100, 100, 100], [31, 28, 31, 30])
    assert made.is_enough and made.mid == pytest.approx(400 * YEAR / 120)
    assert made.low < made.mid < made.high
    empty = a_year([0, 0, 0], [30, 30, 30])
    assert (empty.low, empty.mid) == (0, 0) and empty.high > 0


def test_fewer_than_three_whole_months_are_not_enough() -> None:
    two = a_year([700, 650], [31, 30])
    assert not two.is_enough and two.low <= 0.5 * two.mid and two.high >= 2 * two.mid
    three_days = a_year([890], [3])
    assert three_days.high >= 3 * three_days.mid
    with pytest.raises(ValueError, match="at least a day"):
        a_year([], [])
