"""Calendar files against the rules of RFC 5545: lines, escapes, zones and exceptions."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roi.calc.ics import Event, calendar, escape, fold

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
BERLIN = {"zone": "Europe/Berlin", "every_weeks": 1}


def event(**rest: object) -> Event:
    base = {"uid": "a@x", "stamp": NOW, "start": datetime(2026, 11, 26, 8, 30, tzinfo=UTC), "minutes": 30}
    return Event(**(base | {"summary": "ROI review"} | rest))  # type: ignore[arg-type]


def unfolded(text: str) -> list[str]:
    return text.replace("\r\n ", "").split("\r\n")[:-1]


def test_one_meeting_in_utc() -> None:
    assert unfolded(calendar([event(place="Room 4, left", url="http://x/1")])) == [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Payback//ROI review//EN", "CALSCALE:GREGORIAN",
        "BEGIN:VEVENT", "UID:a@x", "DTSTAMP:20261120T090000Z", "SEQUENCE:0", "DTSTART:20261126T083000Z",
        "DURATION:PT30M", "SUMMARY:ROI review", "LOCATION:Room 4\\, left", "URL:http://x/1",
        "STATUS:CONFIRMED", "END:VEVENT", "END:VCALENDAR",
    ]  # fmt: skip


def test_a_series_keeps_its_wall_clock_and_names_its_exceptions() -> None:
    slot = datetime(2026, 12, 3, 8, 30, tzinfo=UTC)
    rule = event(**BERLIN, left_out=[slot], until=datetime(2027, 5, 1, tzinfo=UTC))
    moved = event(zone="Europe/Berlin", start=slot + timedelta(hours=2), instead_of=slot, sequence=1)
    lines = unfolded(calendar([rule, moved]))
    assert "DTSTART;TZID=Europe/Berlin:20261126T093000" in lines
    assert "RRULE:FREQ=WEEKLY;INTERVAL=1;UNTIL=20270501T000000Z" in lines
    assert "EXDATE;TZID=Europe/Berlin:20261203T093000" in lines
    assert "RECURRENCE-ID;TZID=Europe/Berlin:20261203T093000" in lines
    assert lines.count("BEGIN:VTIMEZONE") == 1 and lines.index("TZID:Europe/Berlin") < lines.index(
        "BEGIN:VEVENT"
    )


@pytest.mark.parametrize(
    "zone", ["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "UTC", "Australia/Lord_Howe"]
)
def test_the_zone_gives_the_same_offsets_as_the_clock(zone: str) -> None:
    """Read back as RFC 5545 says: the last change at or before a local time rules."""
    lines = unfolded(calendar([event(zone=zone, every_weeks=1)]))
    changes, offset = [], ""
    for line in lines[lines.index("BEGIN:VTIMEZONE") : lines.index("END:VTIMEZONE")]:
        name, _, value = line.partition(":")
        if name in ("DTSTART", "RDATE"):
            changes.append([value, ""])
        elif name == "TZOFFSETTO":
            offset = value
        for change in changes:
            change[1] = change[1] or offset
        offset = "" if name == "END" else offset
    day = datetime(2026, 1, 15, 12)
    while day.year < 2030:
        wanted = day.replace(tzinfo=ZoneInfo(zone)).strftime("%z")
        ruling = max(c for c in changes if c[0] <= day.strftime("%Y%m%dT%H%M%S"))
        assert ruling[1] == wanted, day
        day += timedelta(days=7)


def test_escapes() -> None:
    assert escape("a;b,c\\d\r\ne\x00\x07f") == "a\\;b\\,c\\\\d\\nef"


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_no_line_is_longer_than_75_octets_and_nothing_is_lost(text: str) -> None:
    line = f"SUMMARY:{escape(text)}"
    folded = fold(line)
    assert all(len(part.encode("utf-8", "surrogatepass")) <= 75 for part in folded.split("\r\n"))
    assert folded.replace("\r\n ", "") == line
    assert not re.search(r"(?<!\r)\n|\r(?!\n)", folded)
