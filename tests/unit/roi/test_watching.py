"""Tripwires week by week: too few items, rows that break, weeks that say nothing."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from roi.calc.watching import Facts, Reading, fired, readings, weeks_between

D = Decimal
MONDAY = date(2026, 9, 7)


def week(n: int, **facts: object) -> Facts:
    return Facts(MONDAY + timedelta(days=7 * n), **facts)  # type: ignore[arg-type]


def read(values: list[str | None], weeks: int = 3) -> Reading | None:
    known = [
        Reading(
            MONDAY + timedelta(days=7 * i), None if v is None else D(v), 30, v is not None and D(v) < D("0.4")
        )
        for i, v in enumerate(values)
    ]
    return fired(known, weeks)


@pytest.mark.parametrize(
    ("values", "fires"),
    [
        (["0.5", "0.3", "0.3", "0.3"], True),
        (["0.3", "0.3"], False),
        (["0.3", "0.3", "0.41", "0.3", "0.3"], False),
        (["0.3", None, "0.3", "0.3"], True),
        (["0.3", "0.3", None, None, None, None, "0.3"], False),
        (["0.3", "0.3", "0.3", None], True),
        (["0.3", "0.3", "0.3", *[None] * 6], False),
        ([None, None, None], False),
    ],
)
def test_it_fires_after_so_many_weeks_in_a_row(values: list[str | None], fires: bool) -> None:
    assert (read(values) is not None) is fires


def test_a_small_week_is_read_with_those_before_it() -> None:
    facts = [week(i, done=8, judged=8, accepted=2) for i in range(4)]
    made = readings(facts, "accepted_share", "below", D("0.4"))
    assert [(r.value, r.n) for r in made] == [(None, 8), (None, 16), (D("0.2500"), 24), (D("0.2500"), 24)]
    assert [r.breached for r in made] == [False, False, True, True]
    assert readings([week(0, judged=3)], "accepted_share", "below", D("0.4"))[0].value is None


def test_each_quantity_is_read_in_its_unit() -> None:
    facts = [
        week(
            0, done=40, judged=40, accepted=30, minutes_n=10, minutes_sum=D(25), scope=D(80), volume_year=D(4200),
            model_cost=D(8), fixed_cost=D(92), baseline=D(9), build=D(41_000),
        )
    ]  # fmt: skip
    values = {
        "accepted_share": "0.75", "automation_share": "0.5", "volume": "4200", "minutes": "6.5",
        "review_minutes": "2.5", "run_cost": "5217.75", "cost_item": "0.2", "build_cost": "41000",
    }  # fmt: skip
    for name, value in values.items():
        under, over = (readings(facts, name, side, D(value))[0] for side in ("below", "above"))
        assert under.value == D(value) and not under.breached and not over.breached
        assert readings(facts, name, "above", D(value) - D("0.01"))[0].breached


def test_only_whole_weeks_from_the_day_it_counts_from() -> None:
    assert weeks_between(date(2026, 9, 9), date(2026, 9, 27), 9) == [date(2026, 9, 14)]
    assert weeks_between(date(2026, 9, 7), date(2026, 9, 28), 2) == [date(2026, 9, 14), date(2026, 9, 21)]
