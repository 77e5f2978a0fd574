"""Track records: coverage, median ratio and CRPS, against figures known by hand and brute force."""

from datetime import date

import numpy as np
import pytest

from roi.calc import calibration as c
from roi.calc.calibration import Case
from roi.calc.distributions import Shape
from roi.calc.learning import Circle, borrowed, first_year, ramped


def test_six_of_ten_ranges_fit_still_and_none_of_ten_does_not() -> None:
    """Wilson at 90 % by hand: 6 of 10 is (0.6 + z²/20 ± z sqrt(0.024 + z²/400)) / (1 + z²/10), 0.352 to 0.806."""
    inside, outside = Case(10, 12, 8, 15), Case(10, 16, 8, 15)
    found = c.coverage([inside] * 6 + [outside] * 4 + [Case(10, 11)])
    assert found is not None and (found.inside, found.n, found.verdict) == (6, 10, "fits")
    assert (found.share.low, found.share.high) == pytest.approx((0.3516, 0.8058), abs=5e-5)
    narrow, wide = c.coverage([outside] * 10), c.coverage([inside] * 40)
    assert narrow and wide and (narrow.verdict, wide.verdict) == ("too narrow", "too wide")
    assert c.coverage([Case(10, 11)]) is None


def test_a_median_has_an_interval_from_five_cases_on() -> None:
    """With five, smallest and largest miss the median in 2/32 = 6 % of the time: within 10 %; with four in 12.5 %."""
    four, five = c.middle([1.0, 2.0, 3.0, 4.0]), c.middle([5.0, 1.0, 2.0, 3.0, 4.0])
    assert four and five and (four.median, four.low) == (2.5, None)
    assert (five.median, five.low, five.high) == (3.0, 1.0, 5.0)
    # Tabled for n = 20: the 6th smallest and the 6th largest (two-sided 4.1 %; the 7th would be 11.5 %).
    twenty = c.middle([float(n) for n in range(1, 21)])
    assert twenty and (twenty.low, twenty.high) == (6.0, 15.0)
    assert c.middle([]) is None


def test_the_interval_of_the_median_keeps_its_promise() -> None:
    draws = np.random.default_rng(6).lognormal(0.2, 0.6, (600, 9))
    held = [c.middle(row) for row in draws]
    share = np.mean([m.low <= np.exp(0.2) <= m.high for m in held if m and m.low and m.high])
    assert share >= 0.895


def test_crps_of_a_uniform_range_and_of_a_single_figure() -> None:
    """Closed form for a uniform on [0, 1]: y^2 - y + 1/3."""
    uniform = (np.arange(4000) + 0.5) / 4000
    for actual in (0.0, 0.3, 1.0):
        assert c.sample_crps(uniform, actual) == pytest.approx(actual**2 - actual + 1 / 3, abs=1e-3)
    assert c.crps(Shape(2, 2, 2), 5) == pytest.approx(3)


def test_a_sharp_and_right_range_scores_better_than_a_wide_or_a_wrong_one() -> None:
    right, wide, wrong = (
        c.crps(Shape(*points), 100) for points in ((90, 100, 112), (40, 100, 250), (20, 25, 32))
    )
    assert right < wide < wrong


@pytest.mark.parametrize("n", [2, 3, 4, 9, 24])
def test_the_rivals_know_all_the_others_and_not_the_case_itself(n: int) -> None:
    """With ties: one decimal."""
    ratios = np.random.default_rng(n).lognormal(0, 1, n).round(1)
    rest = [np.delete(ratios, n) for n in range(len(ratios))]
    assert c.others_median(ratios) == pytest.approx([np.median(row) for row in rest])
    brute = [c.sample_crps(row, y) for row, y in zip(rest, ratios, strict=True)]
    assert c.others_crps(ratios) == pytest.approx(brute, abs=1e-9)


def test_rivals_are_met_from_ten_cases_on_and_a_good_range_beats_them() -> None:
    """Each case has a spread of its own that its owner knows and the rivals do not."""
    assert c.contest([Case(10, 12, 8, 15)] * 9) is None
    rng = np.random.default_rng(6)
    cases = []
    for spread in rng.uniform(0.05, 1.0, 200):
        actual = 100 * np.exp(spread * rng.standard_normal())
        cases.append(Case(100, actual, 100 * np.exp(-1.2816 * spread), 100 * np.exp(1.2816 * spread)))
    good, plain = c.contest(cases), c.contest([Case(case.likely, case.actual) for case in cases])
    assert good and plain and {rival.verdict for rival in good.rivals} == {"better"}
    assert plain.rivals[1].verdict == "worse" and plain.crps > good.crps


def test_the_older_half_is_tried_on_the_newer() -> None:
    """Older ratios 1..10, their P80 8.2 and P20 2.8; of the newer, seven of ten lie at or below the one."""
    newer, older = [5.0] * 7 + [9.0] * 3, [float(n) for n in range(1, 11)]
    found, value = c.backtest([*newer, *older]), c.backtest([*newer, *older], reach=True)
    assert found and value and (found.first, found.uplift, found.enough) == (10, 5.5, pytest.approx(8.2))
    assert (found.held.inside, found.held.n, found.inside.inside) == (7, 10, 10)
    assert (value.enough, value.held.inside) == (pytest.approx(2.8), 10)
    assert c.backtest([1.0] * 19) is None


def test_a_short_history_borrows_from_the_wider_circles_and_the_parts_add_up() -> None:
    """10 own cases count for 1/2, 30 of the unit for 3/4 of the rest, and 1/8 is left to the published class."""
    found, parts = borrowed([1.4] * 10, [Circle("your unit", 30, 1.2)], 1.0)
    assert [part.weight for part in parts] == pytest.approx([0.5, 0.375])
    assert found == pytest.approx(0.5 * 1.4 + 0.375 * 1.2 + 0.125)
    assert borrowed([], [], 1.27) == (1.27, [])


def test_the_first_year_is_twelve_whole_months_on_the_way_to_full_use() -> None:
    assert first_year(date(2025, 12, 1))[0] == date(2025, 12, 1)
    year = first_year(date(2025, 11, 20))
    assert (year[0], year[-1], len(year)) == (date(2025, 12, 1), date(2026, 11, 1), 12)
    assert [round(ramped(1200, n, 3)) for n in range(4)] == [33, 67, 100, 100]
