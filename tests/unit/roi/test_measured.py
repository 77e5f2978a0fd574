"""From samples to a range: of the mean, from five on, with its method in words."""

import pytest
from scipy import stats

from roi.calc.measured import NotEnough, kind_of, measured


def test_minutes_give_students_interval_of_the_mean():
    values = [6.0, 7, 8, 9, 10, 8, 7, 9]
    made = measured("minutes", values)
    low, high = stats.t.interval(0.8, 7, loc=8.0, scale=stats.sem(values))
    assert (made.n, made.likely) == (8, 8.0)
    assert made.low == pytest.approx(low, abs=1e-4) and made.high == pytest.approx(high, abs=1e-4)
    assert "mean of 8 samples" in made.words


def test_it_is_never_below_zero_and_equal_samples_are_a_constant():
    assert measured("minutes", [0.1, 0.1, 0.1, 0.1, 9]).low == 0
    made = measured("minutes", [4.0] * 5)
    assert (made.low, made.likely, made.high) == (4, 4, 4)


def test_yes_and_no_give_a_share_between_its_ends():
    made = measured("automation_share", [1] * 14 + [0] * 6)
    known = stats.beta(14.5, 6.5)
    assert [round(float(known.cdf(end)), 3) for end in (made.low, made.likely, made.high)] == [0.1, 0.5, 0.9]
    assert 0.69 < made.likely < 0.70 and "14 of 20" in made.words
    assert measured("error_share_before", [0] * 20).low > 0


def test_four_are_not_enough():
    with pytest.raises(NotEnough, match="4 of 5"):
        measured("minutes", [1, 2, 3, 4])


def test_kinds():
    assert [kind_of(q) for q in ("minutes", "automation_share", "build_cost")] == [
        "timed",
        "yes_no",
        "looked_up",
    ]
