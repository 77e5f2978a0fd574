"""Is it real? The designs against published figures, hand formulas and series whose truth is known."""

from datetime import date, timedelta

import numpy as np
import pytest
from scipy import stats

from roi.calc import effects
from roi.calc.effects import NotEnough, Point, Sums, said
from roi.calc.effects.parts import welch
from roi.calc.effects.regression import newey_west

FIRST, CUT = date(2026, 3, 2), date(2026, 5, 1)


def series(
    rng: np.random.Generator, days: int, step: float, like: float = 0.0, side: bool = True
) -> list[Point]:
    """Minutes a day with a trend, weekdays and days that resemble the one before; `step` from the cut on."""
    noise = rng.normal(size=days + 30) * 0.6
    for i in range(1, days + 30):
        noise[i] += like * noise[i - 1]
    moved = ((FIRST + timedelta(i), i) for i in range(days))
    return [
        Point(day, 9 - 0.01 * i + 0.3 * day.weekday() + noise[30 + i] + (step if day >= CUT else 0), 20, side)
        for day, i in moved
    ]


def test_shares_are_compared_as_published() -> None:
    """Newcombe 1998, table II, 56 of 70 against 48 of 80: 0.0524 to 0.3339."""
    made = effects.share_by_share(56, 70, 48, 80)
    assert (made.effect, made.low, made.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)
    assert said(made, "accepted") == "Of 100 items 20.0 more were accepted, 5.2 to 33.4 (95 %)."


def test_held_out_items_and_places_agree_with_welch() -> None:
    rng = np.random.default_rng(5)
    ones, others = rng.normal(6, 2, 60), rng.normal(9, 4, 45)
    sums = [Sums(len(v), float(v.sum()), float((v * v).sum())) for v in (ones, others)]
    made, known = effects.by_share(*sums), stats.ttest_ind(ones, others, equal_var=False)
    ends = known.confidence_interval(0.95)
    assert (made.low, made.high) == pytest.approx((ends.low, ends.high))
    places = [[Sums(10, 10 * m, 0.0) for m in means] for means in ((5.0, 6.0, 7.0), (8.0, 9.0, 11.0, 12.0))]
    value, error, freedom = welch((5, 6, 7), (8, 9, 11, 12))
    made = effects.by_place(*places)
    assert made.effect == pytest.approx(value) == pytest.approx(-4.0)
    assert made.high - made.effect == pytest.approx(stats.t.ppf(0.975, freedom) * error)


def test_a_step_is_found_and_the_control_is_taken_off() -> None:
    rng = np.random.default_rng(11)
    mine = series(rng, 120, -3.4, 0.3)
    alone = effects.interrupted(mine, CUT)
    assert alone.low < -3.4 < alone.high < 0
    both = effects.interrupted(mine + series(rng, 120, -0.4, 0.3, side=False), CUT)
    assert both.low < -3.0 < both.high
    assert abs(both.details["control_moved"] + 0.4) < 1.5
    words = said(both, "minutes")
    assert words.startswith("An item took ") and "minutes less" in words and "The control moved too" in words
    assert said(alone, "minutes", self_reported=True).endswith("are no ground for cash.")


def test_intervals_hold_the_truth() -> None:
    """Neighbouring days that resemble each other at 0.5: 95 % intervals hold the truth in 90 to 99 of 100 runs."""
    rng = np.random.default_rng(2)
    held = 0
    for _ in range(100):
        made = effects.interrupted(series(rng, 90, -2.0, 0.5), CUT)
        held += made.low <= -2.0 <= made.high
    assert 90 <= held <= 99


def test_newey_west_by_hand() -> None:
    """A mean of four values, no lags at n = 4 but 1: scores 1, -1, 1, -1 give 4 + 2 x 0.5 x -3 = 1."""
    y = np.array([6.0, 4.0, 6.0, 4.0])
    lags = int(4 * (4 / 100) ** (2 / 9))
    middle = 4 + 2 * sum((1 - lag / (lags + 1)) * (4 - lag) * (-1) ** lag for lag in range(1, lags + 1))
    assert newey_west(np.ones((4, 1)), y, np.ones(1)) == pytest.approx((middle / 16 * 4 / 3) ** 0.5)


def test_differences_by_place_and_by_series() -> None:
    rng = np.random.default_rng(7)
    rows = []
    for place in range(8):
        treated, level = place < 4, rng.normal(10, 2)
        step = (-2.0 if treated else 0.0) - 0.5 + rng.normal() * 0.2
        for i in range(80):
            day = FIRST + timedelta(i)
            late = step if day >= CUT else 0.0
            rows.append(Point(day, level + late + rng.normal() * 0.5, 5, treated, f"place {place}"))
    made = effects.differences(rows, CUT)
    assert made.details["by"] == "places" and made.low < -2.0 < made.high < 0
    assert -0.9 < made.details["control_moved"] < -0.1
    two = effects.differences([p for p in rows if p.place in ("place 0", "place 5")], CUT)
    assert two.details["by"] == "series" and abs(two.effect + 2.0) < 0.8


def test_groups_that_parted_before_are_named() -> None:
    rng = np.random.default_rng(1)
    rows = [
        Point(FIRST + timedelta(i), 10 + rng.normal() * 0.2 - (0.05 * i if side else 0), 5, side)
        for i in range(90)
        for side in (True, False)
    ]
    assert "moved apart already" in said(effects.differences(rows, CUT), "minutes")


def test_too_little_is_refused_with_what_is_needed() -> None:
    rng = np.random.default_rng(1)
    with pytest.raises(NotEnough, match="60 days before and 5 after. At least 14"):
        effects.interrupted(series(rng, 65, 0), CUT)
    with pytest.raises(NotEnough, match="figures of the group without before"):
        effects.differences(series(rng, 90, 0), CUT)
    with pytest.raises(NotEnough, match="12 timed items with AI and 40 without: at least 30"):
        effects.by_share(Sums(12, 1, 1), Sums(40, 1, 1))
    with pytest.raises(NotEnough, match="2 with AI and 3 without: at least 3"):
        effects.share_by_place([(1, 2), (1, 2)], [(1, 2)] * 3)
    none = effects.interrupted(series(rng, 120, 0.0), CUT)
    assert said(none, "minutes").startswith("No change can be told from chance")
