"""Tickets rebuilt from events, and the part of a log that may be counted."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from backlog.calc.discovery import window
from backlog.calc.discovery.cases import Case, build, by_case, done_states, steps
from backlog.calc.discovery.events import Event

START = datetime(2024, 1, 1, 9, tzinfo=UTC)
BLANK: dict[str, Any] = dict.fromkeys(Event._fields) | dict.fromkeys(
    ("state", "group", "who", "category", "subcategory", "text"), ""
)


def event(row: int, hours: float = 0, **about: Any) -> Event:
    return Event(**(BLANK | {"row": row, "case": "INC1", "at": START + timedelta(hours=hours)} | about))


def test_a_case_from_its_events_in_any_order() -> None:
    told = [
        event(5, 30, state="Closed", group="B", who="bot", opened=START),
        event(2, 0, state="New", group="A", who="ann", opened=START),
        event(3, 1, state="Active", group="B", who="ben", opened=START),
        event(4, 6, state="Resolved", group="B", who="ben", opened=START),
    ]
    rows = by_case(told)["INC1"]
    assert [one.row for one in rows] == [2, 3, 4, 5]
    case = build(rows, {"Resolved", "Closed"})
    assert (case.touches, case.reassignments, case.reopened, case.is_open) == (3, 1, 0, False)
    # Resolved when the work was done, not when the machine closed it.
    assert case.waiting_hours == 6
    assert steps(rows) == "New > Active > Resolved > Closed"


def test_counters_of_the_system_count_more_than_its_rows() -> None:
    rows = [
        event(2, 0, updates=0, reassignments=0, reopened=0),
        event(3, 1, updates=2),
        event(4, 2, updates=2),
    ]
    rows += [event(5, 3, updates=4, reassignments=3, reopened=1)]
    case = build(rows, set())
    assert (case.touches, case.reassignments, case.reopened) == (1 + 2 + 0 + 2, 3, 1)
    assert build([event(2, updates=7)], set()).touches == 8


def test_machines_do_not_touch() -> None:
    rows = [event(2, 0, who="ann"), event(3, 1, who="System"), event(4, 2, who="System Administrator")]
    assert build(rows, set()).touches == 1


def test_opened_again_and_still_open() -> None:
    rows = [event(n, n, state=state) for n, state in enumerate(("New", "Closed", "Active", "-100"))]
    case = build(rows, {"Closed"})
    assert case.is_open and case.reopened == 1 and case.resolved is None and case.waiting_hours is None


def test_which_states_end_a_ticket() -> None:
    assert done_states([], ["New", "Resolved", "-100", "Geschlossen"]) == ["Geschlossen", "Resolved"]
    # Anonymous steps: the one in which nearly all tickets end.
    assert done_states(["6"] * 95 + ["8"] * 5, ["1", "6", "8"]) == ["6"]
    assert done_states(["6"] * 60 + ["8"] * 40, ["1", "6", "8"]) == []


def case(day: date, wait_days: float | None = 1, is_open: bool = False) -> Case:
    opened = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    resolved = None if is_open or wait_days is None else opened + timedelta(days=wait_days)
    return Case("x", opened, resolved, is_open, 1, 0, 0, "", "", "")


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def test_cases_from_before_a_log_begins_are_outside() -> None:
    cases = [case(day) for day in days(date(2024, 1, 10), date(2024, 6, 30))]
    found = window.find(cases, date(2024, 2, 20), date(2024, 7, 5))
    assert found is not None and found.begins_cut and found.start == date(2024, 2, 20)
    assert found.months == [date(2024, month, 1) for month in (3, 4, 5, 6)]


def test_a_list_of_closed_tickets_begins_with_its_first_resolution() -> None:
    """Exported by the day of closing: of those opened earlier only the slow ones are in it."""
    slow = [case(date(2023, 11, 1) + timedelta(days=10 * n), wait_days=70) for n in range(6)]
    cases = slow + [case(day) for day in days(date(2024, 1, 8), date(2024, 5, 31))]
    found = window.find(cases, None, None)
    assert found is not None and found.start >= date(2024, 1, 8)


def test_a_list_by_opening_is_not_cut_by_its_slow_start() -> None:
    cases = [case(day, wait_days=20) for day in days(date(2024, 1, 1), date(2024, 6, 30))]
    found = window.find(cases, None, None)
    assert found is not None and found.start == date(2024, 1, 1)


def test_days_whose_tickets_are_mostly_open_are_outside() -> None:
    cases = [case(day, is_open=day > date(2024, 6, 12)) for day in days(date(2024, 1, 1), date(2024, 6, 30))]
    found = window.find(cases, None, None)
    assert found is not None and found.ends_cut
    assert date(2024, 6, 9) <= found.end <= date(2024, 6, 16)
    assert found.months[-1] == date(2024, 5, 1)


def test_a_log_of_closed_tickets_ends_before_its_slow_ones_are_missing() -> None:
    cases = [case(day, wait_days=20) for day in days(date(2024, 1, 1), date(2024, 6, 30))]
    found = window.find(cases, None, date(2024, 7, 2))
    assert found is not None and found.end == date(2024, 6, 30)
    found = window.find(
        [c for c in cases if c.resolved and c.resolved.date() <= date(2024, 6, 30)], None, None
    )
    assert found is not None and found.end <= date(2024, 6, 11)


@pytest.mark.parametrize("thin", [0, -1])
def test_a_thin_month_at_an_edge_is_a_cut_not_a_trend(thin: int) -> None:
    months = [date(2024, month, 1) for month in range(1, 8)]
    cases = []
    for number, month in enumerate(months):
        every = 6 if number == thin % 7 else 1
        cases += [case(day) for day in days(month, window.following(month) - timedelta(days=1))[::every]]
    found = window.find(cases, None, None)
    assert found is not None and found.months == [month for n, month in enumerate(months) if n != thin % 7]


def test_no_dates_no_window() -> None:
    assert window.find([Case("x", None, None, False, 1, 0, 0, "", "", "")], None, None) is None
