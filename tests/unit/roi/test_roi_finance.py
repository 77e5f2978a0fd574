"""Cash flow arithmetic against textbook numbers."""

import numpy as np
import pytest

from roi.calc import finance


def test_npv_of_a_textbook_project() -> None:
    """-1,000 now, then 500, 400, 300 and 100 at 10 %: 78.82."""
    assert finance.npv(np.array([-1000, 500, 400, 300, 100]), 0.10) == pytest.approx(78.82, abs=0.005)


def test_twelve_months_compound_to_the_year() -> None:
    assert (1 + finance.monthly_rate(0.10)) ** 12 == pytest.approx(1.10)
    assert finance.monthly_rate(0.0) == 0


def test_an_annuity_is_worth_the_closed_form() -> None:
    assert finance.annuity(0.01, np.ones(36)) == pytest.approx((1 - 1.01**-36) / 0.01)


def test_the_ramp_is_a_straight_line_of_three_months() -> None:
    assert finance.ramp(5, 3) == pytest.approx([1 / 3, 2 / 3, 1, 1, 1])


def test_payback_lies_inside_the_period_and_may_never_come() -> None:
    flows = np.array([[-100, 40, 40, 40, 40], [0, 1, 1, 1, 1], [-100, 1, 1, 1, 1]], dtype=float)
    assert finance.payback(flows)[:2] == pytest.approx([2.5, 0.0])
    assert np.isnan(finance.payback(flows)[2])
