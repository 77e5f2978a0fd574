"""Sums of a unit's month: days, cents and intervals."""

from datetime import date
from decimal import Decimal as D

import pytest

from roi.calc.statements import due_friday, least_of, share_held, spread_to, sum_interval


@pytest.mark.parametrize(
    ("made", "due"),
    [
        (date(2026, 11, 6), date(2026, 11, 13)),  # made on a Friday: the next one
        (date(2026, 11, 9), date(2026, 11, 13)),
        (date(2026, 11, 10), date(2026, 11, 13)),
        (date(2026, 11, 11), date(2026, 11, 20)),  # two days would be too few
    ],
)
def test_finance_has_three_days_until_a_friday(made: date, due: date) -> None:
    assert due_friday(made) == due


def test_a_claim_counts_for_the_days_on_which_it_holds() -> None:
    october, november = date(2026, 10, 1), date(2026, 11, 1)
    assert share_held(date(2026, 9, 1), None, october, november) == 1
    assert share_held(date(2026, 10, 16), None, october, november) == D(16) / 31
    assert share_held(date(2026, 9, 1), date(2026, 10, 11), october, november) == D(10) / 31
    assert share_held(date(2026, 11, 1), None, october, november) == 0
    assert share_held(date(2026, 9, 1), None, october, date(2026, 10, 11)) == D(10) / 31  # not over yet


def test_cents_of_claims_add_up_to_the_ledger() -> None:
    third = D(100) / 3
    assert spread_to(D("100.00"), [third, third, third]) == ([D("33.34"), D("33.33"), D("33.33")], 0)
    assert spread_to(D("100.00"), [D("60")]) == ([D("60.00")], D("40.00"))  # more than rounding is said
    assert spread_to(D("7.00"), []) == ([], D("7.00"))


def test_intervals_of_workloads_add_in_squares_and_bounds_plainly() -> None:
    rows = [(D(100), D(70), D(140)), (D(200), D(160), D(230))]
    assert sum_interval(rows, bounds=False) == (D(300), D("250.0"), D("350.0"))
    assert sum_interval(rows, bounds=True) == (D(300), D("230.0"), D("370.0"))
    assert sum_interval([], bounds=False) is None


def test_a_claim_rests_on_the_mean_of_the_low_ends_at_the_newest_rate() -> None:
    assert least_of([(D(90), D(40)), (D(-6), D(40)), (D(120), D(44))]) == (D(70), D(44))
    assert least_of([]) is None
