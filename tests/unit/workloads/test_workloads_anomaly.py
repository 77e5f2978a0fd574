"""Days that stand out and cost that creeps: rare on noise, found when planted."""

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest

from workloads.calc.anomaly import FEWEST_DAYS, burn, episodes, unlike_days

DAY = timedelta(days=1)
FIRST = date(2026, 1, 1)
WEEK = (1.1, 1.2, 1.2, 1.1, 1.0, 0.3, 0.2)


def series(count, seed, spread=0.25, heavy=False, factor=None):
    """Days around a weekly rhythm; factor multiplies each."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_t(5, count) / np.sqrt(5 / 3) if heavy else rng.standard_normal(count)
    rhythm = np.array([WEEK[(FIRST + DAY * n).weekday()] for n in range(count)])
    costs = 100 * np.exp(spread * noise) * rhythm * (1 if factor is None else np.asarray(factor))
    return {FIRST + DAY * n: Decimal(repr(round(float(cost), 4))) for n, cost in enumerate(costs)}


def end(daily):
    return max(daily) + DAY


@pytest.mark.parametrize(("heavy", "most"), [(False, 0.004), (True, 0.02)])
def test_false_alarms_are_as_rare_as_stated(heavy, most):
    days = alarms = 0
    for seed in range(30):
        daily = series(140, seed, heavy=heavy)
        found = unlike_days(daily, FIRST, end(daily))
        alarms, days = alarms + len(found), days + 140 - FEWEST_DAYS
    assert alarms / days <= most


def test_the_rhythm_of_the_week_is_nothing_to_tell():
    daily = series(90, 1, spread=0.0)
    assert unlike_days(daily, FIRST, end(daily)) == []


@pytest.mark.parametrize("at", [60, 61, 63, 66])
def test_a_day_of_five_times_its_usual_cost_is_found_with_what_was_usual(at):
    factor = np.ones(80)
    factor[at] = 5
    daily = series(80, 3, spread=0.15, factor=factor)
    [found] = unlike_days(daily, FIRST, end(daily))
    rhythm = WEEK[found.day.weekday()]
    assert found.day == FIRST + DAY * at and found.is_high
    assert 70 * rhythm < found.usual < 140 * rhythm and found.deviations > 5


def test_a_day_of_nothing_is_found_too():
    factor = np.ones(80)
    factor[64] = 0
    [found] = unlike_days(series(80, 3, spread=0.15, factor=factor), FIRST, FIRST + DAY * 80)
    assert not found.is_high and found.cost == 0


def test_days_in_a_row_are_one_story_and_its_extra_is_their_sum():
    factor = np.ones(80)
    factor[60:63] = 6
    daily = series(80, 4, spread=0.1, factor=factor)
    [story] = episodes(unlike_days(daily, FIRST, end(daily)))
    assert (story.start, story.end) == (FIRST + DAY * 60, FIRST + DAY * 62) and story.is_high
    assert story.extra == sum(day.cost - day.usual for day in story.days)
    assert episodes([]) == []


def test_a_new_level_stops_being_news_after_about_a_week():
    factor = np.ones(120)
    factor[60:] = 4
    daily = series(120, 5, spread=0.1, factor=factor)
    found = unlike_days(daily, FIRST, end(daily))
    assert found[0].day == FIRST + DAY * 60 and found[-1].day <= FIRST + DAY * 72


def test_too_few_days_or_none_are_not_judged():
    daily = series(FEWEST_DAYS, 1)
    assert unlike_days(daily, FIRST, end(daily)) == [] and unlike_days({}, FIRST, FIRST + DAY) == []
    assert burn({}, FIRST) is None and burn(series(55, 1), FIRST + DAY * 55) is None


def test_a_slow_rise_is_found_though_no_day_stands_out():
    daily = series(91, 6, spread=0.15, factor=np.exp(np.linspace(0, 0.6, 91)))
    assert unlike_days(daily, FIRST, end(daily)) == []
    found = burn(daily, end(daily))
    assert found.weeks == 13 and found.chance < 0.01 and 0.4 < found.rise < 1.2
    assert found.start == FIRST and found.end == end(daily) - DAY and found.first < found.last


def test_a_rise_of_a_tenth_is_not_worth_telling():
    daily = series(91, 6, spread=0.01, factor=np.exp(np.linspace(0, 0.1, 91)))
    assert burn(daily, end(daily)) is None


def test_one_dear_week_is_no_slow_rise():
    factor = np.ones(91)
    factor[80:87] = 8
    daily = series(91, 6, spread=0.05, factor=factor)
    assert burn(daily, end(daily)) is None


def test_slow_rises_are_rare_on_noise():
    looks = [burn(series(91, seed), FIRST + DAY * 91) is not None for seed in range(200)]
    assert sum(looks) <= 5


def test_a_week_of_nothing_is_not_judged_as_a_rise():
    factor = np.ones(91)
    factor[30:44] = 0
    assert burn(series(91, 6, factor=factor), FIRST + DAY * 91) is None
