"""Where a month is heading, from its full days."""

from decimal import Decimal

from workloads.calc.budget import project


def days(*amounts):
    return [Decimal(a) for a in amounts]


def test_even_days_have_no_spread():
    made = project(days(10, 10, 10, 10), 26)
    assert (made.low, made.likely, made.high) == (Decimal(300), Decimal(300), Decimal(300))


def test_uneven_days_widen_the_range_and_never_below_what_is_spent():
    made = project(days(0, 30, 0, 30), 26)
    assert made.low < made.likely == Decimal(450) < made.high
    assert project(days(0, 0, 90), 2).low >= 90


def test_too_few_days_give_no_projection():
    assert project(days(500, 1), 28) is None
    assert project([], 30) is None


def test_a_month_that_is_over_is_what_was_spent():
    made = project(days(5, 15, 10), 0)
    assert made.low == made.likely == made.high == Decimal(30)
