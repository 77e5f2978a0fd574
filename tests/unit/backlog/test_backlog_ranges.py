"""Ranges from plain answers: ordered, monotone, shares inside 0..1."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlog.calc import ranges
from backlog.calc.ranges import Range, from_answer, minutes_from_people, per_year

SURENESS = st.sampled_from(sorted(ranges.WIDTHS))
POSITIVE = st.floats(0.01, 1e9)


@given(POSITIVE, SURENESS)
def test_a_positive_answer_lies_inside_its_range(value, sureness):
    made = from_answer(value, sureness)
    assert 0 < made.low <= made.likely == value <= made.high and made.meaning == "percentiles"


@given(st.floats(0, 1), SURENESS, st.sampled_from(sorted(ranges.SHARES)))
def test_shares_stay_shares(value, sureness, quantity):
    made = from_answer(value, sureness, quantity)
    assert 0 <= made.low <= made.likely == value <= made.high <= 1


@given(st.floats(-1e9, 1e9), SURENESS, st.sampled_from(sorted(ranges.SIGNED)))
def test_a_loss_is_ordered_too(value, sureness, quantity):
    made = from_answer(value, sureness, quantity)
    assert made.low <= made.likely <= made.high


@given(POSITIVE)
def test_less_sure_is_wider_on_both_sides(value):
    measured, fairly, guess = (from_answer(value, s) for s in ("measured", "fairly_sure", "guess"))
    assert guess.low < fairly.low < measured.low < measured.high < fairly.high < guess.high


@given(POSITIVE, POSITIVE, SURENESS)
def test_more_work_never_gives_a_lower_end(a, b, sureness):
    small, large = (from_answer(v, sureness) for v in sorted((a, b)))
    assert small.low <= large.low and small.high <= large.high


@given(st.floats(0.1, 1e4), st.floats(0.1, 1e7))
def test_more_time_of_people_is_more_minutes(people, items):
    order = ("hour_a_day", "quarter", "half", "three_quarters", "all")
    minutes = [minutes_from_people(people, share, items) for share in order]
    assert minutes == sorted(minutes) and minutes[0] > 0


def test_the_widths_that_the_form_promises():
    measured = from_answer(100, "measured")
    assert (measured.low, round(measured.high, 9), measured.evidence) == (90, 110, "assumed")
    fairly, guess = from_answer(100, "fairly_sure"), from_answer(100, "guess")
    assert (fairly.low, fairly.high) == (80, 125) and (guess.low, guess.high) == (60, 160)


def test_a_year_has_220_days_46_weeks_12_months():
    assert [per_year(10, p) for p in ("day", "week", "month", "year")] == [2200, 460, 120, 10]
    with pytest.raises(KeyError):
        per_year(10, "fortnight")


def test_nine_people_half_their_time():
    assert minutes_from_people(9, "half", 7200) == 60
    with pytest.raises(ValueError, match="at least one item"):
        minutes_from_people(9, "half", 0)


@pytest.mark.parametrize("ends", [(2, 1, 3), (1, 4, 3), (float("nan"), 1, 2)])
def test_a_range_out_of_order_does_not_exist(ends):
    with pytest.raises(ValueError, match="must hold"):
        Range(*ends)


@pytest.mark.parametrize(
    ("quantity", "low", "high", "code"),
    [
        ("error_share_after", 0, 1, None),
        ("error_share_after", 0, 1.001, "share"),
        ("automation_share", -0.001, 1, "share"),
        ("minutes", -0.001, 1, "negative"),
        ("minutes", 0, 1e9, None),
        ("minutes", 0, 1.1e9, "too_much"),
        ("ramp_months", 0, 120, None),
        ("start_months", 0, 120.5, "too_much"),
        ("revenue", -1e13, 1e13, None),
        ("revenue", -1.1e13, 0, "too_much"),
        ("build_cost", 0, float("inf"), "too_much"),
    ],
)
def test_what_a_quantity_may_be(quantity, low, high, code):
    refused = ranges.refusal(quantity, low, high)
    assert (refused and refused[0]) == code


def test_hours_of_people_in_words():
    assert ranges.hours_of(12) == 19_200 and ranges.hours_of(9, "half") == 7_200
    assert ranges.team_words(2.5, "Clerks") == "2.5 people of Clerks have 4,000 hours a year"
    words = "1 person, about a quarter, has 400 hours a year for it"
    assert ranges.time_words(1, "quarter", "about a quarter") == words
