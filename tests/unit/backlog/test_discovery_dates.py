"""Dates of ticket exports: the order of day and month is read from the whole file, never guessed for one cell."""

from datetime import UTC, date, datetime, timedelta

import pytest

from backlog.calc.discovery.dates import NotADate, is_missing, looks_dated, order_of, read


@pytest.mark.parametrize(
    ("text", "day_first", "expected"),
    [
        ("29/2/2016 01:16", True, datetime(2016, 2, 29, 1, 16)),
        ("05-03-2016 12:00", True, datetime(2016, 3, 5, 12)),
        ("05-03-2016 12:00", False, datetime(2016, 5, 3, 12)),
        ("2012-04-03 16:55:38", None, datetime(2012, 4, 3, 16, 55, 38)),
        ("2012/04/03", None, datetime(2012, 4, 3)),
        ("3.4.2024", None, datetime(2024, 4, 3)),
        ("03.04.24 7:05", False, datetime(2024, 4, 3, 7, 5)),
        ("12/Mar/24 3:45 PM", None, datetime(2024, 3, 12, 15, 45)),
        ("12 März 2024", None, datetime(2024, 3, 12)),
        ("4/4/2024 12:00 AM", None, datetime(2024, 4, 4)),
        ("2024-03-01T10:00:00Z", None, datetime(2024, 3, 1, 10)),
        ("42430.5", None, datetime(2016, 3, 1, 12)),
        (date(2024, 3, 1), None, datetime(2024, 3, 1)),
    ],
)
def test_read_as_written(text: object, day_first: bool | None, expected: datetime) -> None:
    assert read(text, day_first) == expected.replace(tzinfo=UTC)


def test_a_written_zone_is_kept() -> None:
    moment = read("2024-03-31T23:30:00.000+0200", None)
    assert moment.utcoffset() == timedelta(hours=2) and moment.month == 3
    assert moment == datetime(2024, 3, 31, 21, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["31/31/2016", "29/2/2015", "2016-13-01", "soon", "=1+1", "3/4/1066", "1/2/2024 25:00", "13/Foo/2024"],
)
def test_what_is_no_date_says_so(text: str) -> None:
    with pytest.raises(NotADate, match="not a date"):
        read(text, True)
    assert not looks_dated(text)


def test_two_readings_are_never_chosen_silently() -> None:
    with pytest.raises(NotADate, match="two ways"):
        read("3/4/2024", None)
    order = order_of([(2, "opened", "3/4/2024"), (3, "opened", "5/6/2024")])
    assert order.is_ambiguous and order.decided is None
    assert [(is_day, moment.month) for is_day, moment in order.readings()] == [(True, 4), (False, 3)]


def test_one_cell_decides_for_the_file_and_is_the_proof() -> None:
    cells = [(2, "opened", "3/4/2024"), (3, "closed", "13/4/2024"), (4, "opened", "2024-05-06")]
    order = order_of(cells)
    assert order.decided is True and not order.is_ambiguous
    assert order.against(False) == (3, "closed", "13/4/2024") and order.against(True) is None
    assert order_of([(2, "opened", "4/13/2024")]).decided is False
    both_ways = order_of([(2, "a", "4/13/2024"), (3, "a", "13/4/2024")])
    assert both_ways.is_ambiguous


@pytest.mark.parametrize("word", ["?", "", " ", "-", "N/A", "nan", "NULL", "None", None])
def test_words_for_nothing(word: str | None) -> None:
    assert is_missing(word)


def test_unknown_states_are_something() -> None:
    assert not is_missing("-100") and not is_missing(0)
