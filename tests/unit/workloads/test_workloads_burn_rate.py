"""Error budgets against the numbers that the Google SRE workbook prints (chapter 5)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from workloads.calc.burn_rate import (
    HOUR,
    PAGE,
    RULES,
    TICKET,
    Bucket,
    Tally,
    begins,
    budget_share,
    burn_rate,
    fewest_events,
    judge,
    lasts,
    threshold,
    wilson,
)

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
THIRTY = timedelta(days=30)
THREE_NINES = Decimal("0.999")


def hours(totals_and_bad):
    """One bucket an hour, the newest first in the list."""
    return [
        Bucket(AT.replace(minute=0) - n * HOUR, total, bad) for n, (total, bad) in enumerate(totals_and_bad)
    ]


def minutes(count, bad, every=5, total=1):
    return [Bucket(AT - timedelta(minutes=every * n), total, bad) for n in range(count)]


@pytest.mark.parametrize(
    ("rate", "window", "share"),
    [(14.4, HOUR, 0.02), (6, 6 * HOUR, 0.05), (1, timedelta(days=3), 0.10), (1, THIRTY, 1.0)],
)
def test_budget_spent_as_in_table_5_8(rate, window, share):
    assert budget_share(rate, window, THIRTY) == pytest.approx(share, abs=1e-12)


@pytest.mark.parametrize(
    ("rate", "error_share", "time"),
    [
        (1, "0.001", timedelta(days=30)),
        (2, "0.002", timedelta(days=15)),
        (10, "0.01", timedelta(days=3)),
        (1000, "1", timedelta(minutes=43, seconds=12)),
    ],
)
def test_error_rates_and_time_to_exhaustion_as_in_table_5_4(rate, error_share, time):
    tally = Tally(1000, int(Decimal(error_share) * 1000))
    assert burn_rate(tally, THREE_NINES) == rate
    assert lasts(rate, THIRTY) == time


def test_the_rules_are_those_of_the_workbook():
    assert [(r.rate, r.long, r.short, r.kind) for r in RULES] == [
        (Fraction(72, 5), timedelta(hours=1), timedelta(minutes=5), PAGE),
        (6, timedelta(hours=6), timedelta(minutes=30), PAGE),
        (1, timedelta(days=3), timedelta(hours=6), TICKET),
    ]
    assert all(rule.short == rule.long / 12 for rule in RULES)


def test_a_rate_that_meets_its_threshold_exactly_fires():
    """1.44 % of 10,000 calls at 99.9 % is 14.4 exactly; in floating point it would be a hair below."""
    judged = judge(hours([(10_000, 144)]), THREE_NINES, AT, THIRTY, grain=HOUR)
    assert judged.burns[0].long == 14.4 and judged.burns[0].fires
    below = judge(hours([(10_000, 143)]), THREE_NINES, AT, THIRTY, grain=HOUR)
    assert not below.burns[0].fires and below.burns[1].fires


def test_what_is_over_no_longer_fires():
    """The long window still burns, the short one is clean."""
    past = [Bucket(AT - timedelta(minutes=m), 100, 50 if m > 10 else 0) for m in range(1, 60)]
    judged = judge(past, THREE_NINES, AT, THIRTY)
    assert judged.burns[0].long > 14.4 and judged.burns[0].short == 0 and not judged.burns[0].fires


def test_a_window_of_hourly_sums_begins_with_the_hour_it_falls_into():
    assert begins(AT, HOUR, HOUR) == AT.replace(hour=8, minute=0)
    assert begins(AT, timedelta(minutes=5), HOUR) == AT.replace(minute=0)
    early = AT.replace(minute=3)
    assert begins(early, timedelta(minutes=5), HOUR) == AT.replace(hour=8, minute=0)
    assert begins(AT, HOUR, None) == AT - HOUR


def test_one_failure_and_few_events_are_no_rate():
    assert judge(minutes(12, 0)[1:] + minutes(1, 1), THREE_NINES, AT, THIRTY, fewest=3).firing is None
    two = minutes(12, 0)[2:] + minutes(2, 1)
    assert judge(two, THREE_NINES, AT, THIRTY, fewest=3).firing.rule is RULES[0]
    assert judge(hours([(19, 19)]), THREE_NINES, AT, THIRTY, grain=HOUR).firing is None
    assert judge(hours([(20, 19)]), THREE_NINES, AT, THIRTY, grain=HOUR).firing is not None


def test_a_modest_target_can_still_be_alerted_on():
    """At 90 % a full outage burns at 10, which 14.4 never meets: the threshold is 8."""
    assert threshold(RULES[0], Decimal("0.9")) == 8 and threshold(RULES[1], Decimal("0.9")) == 6
    assert threshold(RULES[0], THREE_NINES) == RULES[0].rate
    assert judge(hours([(100, 100)]), Decimal("0.9"), AT, THIRTY, grain=HOUR).burns[0].fires


def test_under_so_many_events_one_alone_spends_the_budget():
    assert fewest_events(THREE_NINES, 20) == 1000
    assert fewest_events(Decimal("0.9"), 20) == 20
    assert not judge(hours([(999, 0)]), THREE_NINES, AT, THIRTY, grain=HOUR).is_enough
    assert judge(hours([(1000, 0)]), THREE_NINES, AT, THIRTY, grain=HOUR).is_enough


def test_budget_left_and_the_day_it_is_spent():
    """10,000 calls a day for 30 days at 99.9 % allow 300 errors; 90 of them in the last three days burn at 3."""
    days = [Bucket(AT - timedelta(days=n, minutes=1), 10_000, 30 if n < 3 else 0) for n in range(30)]
    judged = judge(days, THREE_NINES, AT, THIRTY)
    assert judged.left == pytest.approx(0.7)
    assert judged.burns[2].long == 3 and judged.burns[2].fires
    assert judged.spent_at == AT + timedelta(days=7)


def test_no_day_is_told_where_the_budget_holds_or_is_gone():
    steady = [Bucket(AT - timedelta(days=n, minutes=1), 10_000, 10) for n in range(30)]
    judged = judge(steady, THREE_NINES, AT, THIRTY)
    assert judged.left == 0 and judged.spent_at is None
    gone = [Bucket(AT - timedelta(days=n, minutes=1), 10_000, 40) for n in range(30)]
    assert judge(gone, THREE_NINES, AT, THIRTY).left == pytest.approx(-3)
    assert judge(gone, THREE_NINES, AT, THIRTY).spent_at is None


def test_rules_that_look_back_further_than_the_period_are_left_out():
    assert [b.rule for b in judge([], THREE_NINES, AT, timedelta(days=1)).burns] == list(RULES[:2])


def test_nothing_seen_says_nothing():
    judged = judge([], THREE_NINES, AT, THIRTY)
    assert (judged.left, judged.low, judged.spent_at, judged.firing) == (None, None, None, None)
    assert judged.tally.good_share is None


@pytest.mark.parametrize(
    ("good", "total", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (81, 263, 0.2553, 0.3662), (148, 148, 0.9747, 1.0)],
)
def test_wilson_as_published(good, total, low, high):
    """81 of 263 and 148 of 148: Newcombe 1998, Statistics in Medicine 17, table I, method 3."""
    assert wilson(good, total) == pytest.approx((low, high), abs=5e-5)


def test_the_interval_holds_its_share():
    assert all(wilson(g, n)[0] <= g / n <= wilson(g, n)[1] for n in range(1, 60) for g in range(n + 1))
    assert wilson(0, 0) is None
