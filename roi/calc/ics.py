"""Calendar files as RFC 5545 wants them: escaped, folded to 75 octets, with a time zone of its own where it recurs.

A recurring meeting keeps its wall clock, so it is written with TZID and a VTIMEZONE whose changes of the clock are
listed one by one; a single meeting is written in UTC and needs none.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

PRODUCT = "-//Payback//ROI review//EN"
OCTETS = 75
YEARS_AHEAD = 10
STEP = timedelta(hours=12)


@dataclass(frozen=True)
class Event:
    """One meeting or a recurring one. `zone` "" writes UTC; `instead_of` is the slot that a moved one replaces."""

    uid: str
    stamp: datetime
    start: datetime
    minutes: int
    summary: str
    description: str = ""
    place: str = ""
    url: str = ""
    zone: str = ""
    every_weeks: int = 0
    until: datetime | None = None
    left_out: Sequence[datetime] = ()
    instead_of: datetime | None = None
    cancelled: bool = False
    sequence: int = 0


def calendar(events: Sequence[Event]) -> str:
    """The whole file, lines ended by CR LF."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", "CALSCALE:GREGORIAN"]
    for zone in sorted({e.zone for e in events if e.zone}):
        first = min(e.start for e in events if e.zone == zone)
        lines += _time_zone(zone, first.year)
    for event in events:
        lines += _event(event)
    lines.append("END:VCALENDAR")
    return "".join(f"{fold(line)}\r\n" for line in lines)


def escape(text: str) -> str:
    """A TEXT value: backslash, semicolon, comma and line ends escaped; other control characters have no place in it."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(c for c in plain if c == "\n" or c == "\t" or ord(c) >= 32 and ord(c) != 127)
    return kept.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def fold(line: str) -> str:
    """At most 75 octets a line, never inside a character; what goes on starts with a space."""
    parts, size, room = [""], 0, OCTETS
    for char in line:
        octets = len(char.encode())
        if size + octets > room:
            parts.append("")
            size, room = 0, OCTETS - 1
        parts[-1] += char
        size += octets
    return "\r\n ".join(parts)


def _event(event: Event) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{event.uid}"
    yield f"DTSTAMP:{_utc(event.stamp)}"
    yield f"SEQUENCE:{event.sequence}"
    yield _time("DTSTART", event.start, event.zone)
    yield f"DURATION:PT{event.minutes}M"
    if event.instead_of is not None:
        yield _time("RECURRENCE-ID", event.instead_of, event.zone)
    if event.every_weeks:
        until = f";UNTIL={_utc(event.until)}" if event.until else ""
        yield f"RRULE:FREQ=WEEKLY;INTERVAL={event.every_weeks}{until}"
    for slot in event.left_out:
        yield _time("EXDATE", slot, event.zone)
    yield f"SUMMARY:{escape(event.summary)}"
    for name, value in (("DESCRIPTION", event.description), ("LOCATION", event.place)):
        if value:
            yield f"{name}:{escape(value)}"
    if event.url:
        yield f"URL:{event.url}"
    yield f"STATUS:{'CANCELLED' if event.cancelled else 'CONFIRMED'}"
    yield "END:VEVENT"


def _time(name: str, moment: datetime, zone: str) -> str:
    if not zone:
        return f"{name}:{_utc(moment)}"
    return f"{name};TZID={zone}:{_local(moment.astimezone(ZoneInfo(zone)))}"


def _utc(moment: datetime) -> str:
    return f"{_local(moment.astimezone(UTC))}Z"


def _local(moment: datetime) -> str:
    return f"{moment:%Y%m%dT%H%M%S}"


@dataclass(frozen=True)
class _Change:
    """The clock goes from one offset to another; `at` is the wall clock just before."""

    at: datetime
    before: timedelta
    after: timedelta
    name: str
    is_summer: bool


def _time_zone(zone: str, first_year: int) -> Iterator[str]:
    yield "BEGIN:VTIMEZONE"
    yield f"TZID:{zone}"
    start = datetime(first_year - 1, 1, 1, tzinfo=UTC)
    yield from _observance([_as_it_was(zone, start)])
    groups: dict[tuple[timedelta, timedelta, str, bool], list[_Change]] = defaultdict(list)
    for change in _changes(zone, start, start.replace(year=first_year + YEARS_AHEAD)):
        groups[change.before, change.after, change.name, change.is_summer].append(change)
    for rows in groups.values():
        yield from _observance(rows)
    yield "END:VTIMEZONE"


def _as_it_was(zone: str, start: datetime) -> _Change:
    local = start.astimezone(ZoneInfo(zone))
    offset = local.utcoffset() or timedelta()
    return _Change(local.replace(tzinfo=None), offset, offset, local.tzname() or zone, bool(local.dst()))


def _changes(zone: str, start: datetime, end: datetime) -> Iterator[_Change]:
    """Where the offset differs between two looks, found to the minute by halving."""
    info, moment = ZoneInfo(zone), start
    while moment < end:
        if moment.astimezone(info).utcoffset() != (moment + STEP).astimezone(info).utcoffset():
            yield _change(info, *_halved(info, moment, moment + STEP))
        moment += STEP


def _halved(info: ZoneInfo, low: datetime, high: datetime) -> tuple[datetime, datetime]:
    before = low.astimezone(info).utcoffset()
    while high - low > timedelta(minutes=1):
        minutes = int((high - low).total_seconds() // 120)
        middle = low + timedelta(minutes=max(minutes, 1))
        if middle.astimezone(info).utcoffset() == before:
            low = middle
        else:
            high = middle
    return low, high


def _change(info: ZoneInfo, low: datetime, high: datetime) -> _Change:
    before, after = low.astimezone(info), high.astimezone(info)
    old, new = before.utcoffset() or timedelta(), after.utcoffset() or timedelta()
    wall = (high.replace(tzinfo=None)) + old
    return _Change(wall, old, new, after.tzname() or "", bool(after.dst()))


def _observance(rows: Iterable[_Change]) -> Iterator[str]:
    first, *others = rows
    kind = "DAYLIGHT" if first.is_summer else "STANDARD"
    yield f"BEGIN:{kind}"
    yield f"DTSTART:{_local(first.at)}"
    yield f"TZOFFSETFROM:{_offset(first.before)}"
    yield f"TZOFFSETTO:{_offset(first.after)}"
    yield f"TZNAME:{escape(first.name)}"
    for change in others:
        yield f"RDATE:{_local(change.at)}"
    yield f"END:{kind}"


def _offset(offset: timedelta) -> str:
    seconds = int(offset.total_seconds())
    hours, rest = divmod(abs(seconds) // 60, 60)
    return f"{'-' if seconds < 0 else '+'}{hours:02d}{rest:02d}"
