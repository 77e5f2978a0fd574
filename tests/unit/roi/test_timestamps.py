"""Minutes an item from a system's own times."""

from datetime import UTC, date, datetime, timedelta

import pytest

from roi.calc.measured import NotEnough
from roi.calc.timestamps import Touch, inliers, timed

NINE = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)


def touch(item: str, minutes: float, day: int = 0) -> Touch:
    start = NINE + timedelta(days=day)
    return Touch(item, start, start + timedelta(minutes=minutes))


def test_touches_of_an_item_add_up_and_what_cannot_be_is_out() -> None:
    good = [touch(f"I-{n}", minutes, n) for n, minutes in enumerate((8, 9, 10, 11, 12))]
    made = timed([*good, touch("I-0", 3), touch("I-7", -4), touch("I-8", 0), touch("I-9", 900)])
    assert (made.n, made.minutes, made.first, made.last) == (5, 10.6, date(2026, 5, 4), date(2026, 5, 8))
    assert made.left_out == {"end before start": 1, "without length": 1, "longer than a day's work": 1}
    assert made.low < made.minutes < made.high
    assert "1 end before start" in made.words


def test_outliers_go_on_the_log_and_are_told() -> None:
    values = [8, 9, 10, 11, 12, 9, 10, 11, 10, 9, 300]
    assert inliers(values) == values[:-1]
    made = timed(Touch(str(n), minutes=v) for n, v in enumerate(values))
    assert made.left_out == {"outliers": 1} and "with the outliers 36.3 minutes" in made.words
    assert made.first is None
    assert len(inliers([5.0] * 9 + [6.0])) == 10


def test_five_items_are_the_least() -> None:
    with pytest.raises(NotEnough, match="4 items with a usable time"):
        timed(touch(str(n), 5 + n) for n in range(4))
