"""Realised value as arithmetic: hours, claims by days, the forecast as it ramps."""

from datetime import date
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roi.calc import realised
from roi.calc.realised import ClaimLine

JUNE, JULY = date(2026, 6, 1), date(2026, 7, 1)


def test_hours_freed_are_accepted_items_times_the_minutes_saved() -> None:
    assert realised.hours_freed(7103, D("8"), D("4.5")) == D("414.3")


def test_work_that_got_slower_is_shown_as_a_loss() -> None:
    assert realised.hours_freed(60, D("5"), D("6")) == D("-1.0")


def test_without_a_baseline_nothing_is_guessed() -> None:
    assert realised.hours_freed(100, None, D("1")) is None


def test_a_claim_over_a_whole_month_gives_its_amount() -> None:
    totals = realised.signed([ClaimLine(D("5000.00"), date(2026, 5, 1), None, D("100"))], JUNE, JULY)
    assert (totals.cash, totals.hours, totals.revenue) == (D("5000.00"), D("100.0"), D("0.00"))


def test_a_claim_from_the_16th_counts_half_of_june() -> None:
    totals = realised.signed([ClaimLine(D("3000"), date(2026, 6, 16), None)], JUNE, JULY)
    assert totals.cash == D("1500.00")


def test_a_claim_that_ended_before_the_month_gives_nothing() -> None:
    assert realised.signed([ClaimLine(D("3000"), date(2026, 1, 1), JUNE)], JUNE, JULY).cash == 0


def test_revenue_is_never_added_to_cash() -> None:
    totals = realised.signed([ClaimLine(D("900"), JUNE, None, D("9"), column="revenue")], JUNE, JULY)
    assert (totals.cash, totals.hours, totals.revenue) == (D("0.00"), D("0.0"), D("900.00"))


@given(st.dates(date(2025, 1, 1), date(2027, 12, 31)), st.dates(date(2025, 1, 1), date(2027, 12, 31)))
def test_a_share_of_a_month_lies_between_nothing_and_all(start: date, end: date) -> None:
    share = realised.share_of_month(start, max(start, end), JUNE, JULY)
    assert 0 <= share <= 1


@given(st.dates(JUNE, date(2026, 6, 30)))
def test_two_claims_that_meet_add_up_to_one(cut: date) -> None:
    parts = realised.share_of_month(JUNE, cut, JUNE, JULY) + realised.share_of_month(cut, None, JUNE, JULY)
    assert parts == pytest.approx(1)


@pytest.mark.parametrize(("age", "share"), [(-1, 0), (0, D(1) / 3), (1, D(2) / 3), (2, 1), (30, 1)])
def test_the_ramp_is_linear_over_three_months(age: int, share: D) -> None:
    assert realised.ramp(age) == share


def test_half_a_month_gets_half_of_the_forecast() -> None:
    assert realised.forecast_in(D("1200"), 5, JUNE, date(2026, 6, 16), 3) == D("50")


def test_months_between_touch_both_ends() -> None:
    assert realised.months_between(date(2025, 12, 31), date(2026, 2, 2)) == [
        date(2025, 12, 1),
        date(2026, 1, 1),
        date(2026, 2, 1),
    ]
