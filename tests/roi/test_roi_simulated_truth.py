"""The ledger against a simulated company with known truth; `python -m bench.truth` runs a thousand workloads of it."""

from types import SimpleNamespace

import pytest

from roi.models import Correction, ValueMonth, ValueToDate
from tests.roi.simulated_company import held, make_company, run_month

pytestmark = pytest.mark.django_db
FEW = 40


def test_nine_in_ten_intervals_of_the_ledger_hold_the_truth(cast: SimpleNamespace) -> None:
    """Verdicts and minutes missing at random, one item in sixteen late: booked as a correction, the month frozen."""
    company = make_company(cast, FEW, seed=3)
    run_month(cast, company)
    frozen = ValueMonth.objects.closed()
    assert frozen.count() == FEW and not frozen.filter(bounds=True).exists()
    assert Correction.objects.count() == sum(bool(one.late) for one in company)
    # 40 tries of 90 %: fewer than 31 or more than 39 would be a chance of one in a hundred each.
    assert 31 / FEW <= held(company) <= 1.0


def test_verdicts_missing_by_choice_are_told_as_bounds(cast: SimpleNamespace) -> None:
    company = make_company(cast, 12, seed=4, by_choice=True)
    run_month(cast, company)
    assert ValueToDate.objects.filter(bounds=True).count() == 12 and held(company) >= 11 / 12
