"""Tickets rebuilt from their events: how often touched, moved and opened again, and how long they waited."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from backlog.calc.discovery.events import Event
from backlog.calc.discovery.fields import plain

# Words of states that end a ticket, as `plain` writes them.
DONE_WORDS = (
    "closed", "resolved", "done", "solved", "completed", "complete", "cancelled", "canceled", "finished", "fixed",
    "geschlossen", "geloest", "erledigt", "abgeschlossen", "storniert",
)  # fmt: skip
MACHINES = frozenset(
    ("system", "systemadministrator", "automation", "workflow", "scheduler", "batch", "bot", "robot", "guest")
)
# A step is taken for the end where nearly every ticket's last event is of it.
ENDS_SHARE = 0.9
MOST_STEPS = 6
FIRST = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Case:
    """One ticket. `touches` counts events by people, the opening with them; waiting is opened to resolved."""

    number: str
    opened: datetime | None
    resolved: datetime | None
    is_open: bool
    touches: int
    reassignments: int
    reopened: int
    category: str
    subcategory: str
    text: str

    @property
    def waiting_hours(self) -> float | None:
        """Hours from opened to resolved: waiting, never effort. None where one is not known."""
        if self.opened is None or self.resolved is None:
            return None
        return (self.resolved - self.opened).total_seconds() / 3600


def done_states(last_states: Iterable[str], all_states: Iterable[str]) -> list[str]:
    """States that end a ticket: by their words, else the one step in which nearly all tickets end."""
    named = sorted({state for state in all_states if any(word in plain(state) for word in DONE_WORDS)})
    if named:
        return named
    ends = Counter(state for state in last_states if state)
    total = sum(ends.values())
    return [state for state, count in ends.most_common(1) if count >= ENDS_SHARE * total]


def by_case(events: Iterable[Event]) -> dict[str, list[Event]]:
    """Events of each ticket in the order of time; rows of the same time stay as the file has them."""
    found: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        found[event.case].append(event)
    for rows in found.values():
        rows.sort(key=lambda event: (event.at or FIRST, event.updates or 0, event.row))
    return dict(found)


def build(events: Sequence[Event], done: Collection[str]) -> Case:
    """One ticket from its events in order; `done` are the states that end it."""
    last = events[-1]
    opened = _latest(events, "opened") or events[0].at
    is_open = _is_open(events, done)
    return Case(
        number=last.case,
        opened=opened,
        resolved=None if is_open else _resolved(events, done),
        is_open=is_open,
        touches=_touches(events),
        reassignments=_reassignments(events),
        reopened=_reopened(events, done),
        category=_latest(events, "category") or "",
        subcategory=_latest(events, "subcategory") or "",
        text=max((event.text for event in events), key=len),
    )


def steps(events: Sequence[Event]) -> str:
    """The way of a ticket through its states, as "1 > 8 > 6": what groups tickets that have no category."""
    states = [event.state for event in events if event.state]
    way = [state for place, state in enumerate(states) if place == 0 or state != states[place - 1]]
    longer = [f"{len(way) - MOST_STEPS} more"] if len(way) > MOST_STEPS else []
    return " > ".join(way[:MOST_STEPS] + longer) or "all tickets"


def _latest(events: Sequence[Event], name: str):  # type: ignore[no-untyped-def]
    return next((value for event in reversed(events) if (value := getattr(event, name))), None)


def _is_open(events: Sequence[Event], done: Collection[str]) -> bool:
    """By its last state where states are known, else by whether it has a time of resolution."""
    last_state = _latest(events, "state")
    if done and last_state:
        return last_state not in done
    return bool(done) or (_knows_ends(events) and not _ended(events))


def _knows_ends(events: Sequence[Event]) -> bool:
    # Without states and times of resolution nobody can say that a ticket is open.
    return any(event.resolved or event.closed for event in events)


def _ended(events: Sequence[Event]) -> datetime | None:
    return _latest(events, "resolved") or _latest(events, "closed")


def _resolved(events: Sequence[Event], done: Collection[str]) -> datetime | None:
    """The written time, else that of the change into the last run of done states, else that of closing."""
    if written := _latest(events, "resolved"):
        return written
    entered = None
    for event in reversed(events):
        if event.state not in done:
            break
        entered = event.at
    return entered or _latest(events, "closed")


def _touches(events: Sequence[Event]) -> int:
    """Increments of the counter of changes where there is one, else distinct changes; machines do not count."""
    if all(event.updates is not None for event in events):
        return _counted_touches(events)
    distinct = {(e.at, e.who, e.state, e.group) for e in events if not _is_machine(e.who)}
    return max(1, len(distinct))


def _counted_touches(events: Sequence[Event]) -> int:
    if len(events) == 1:
        return 1 + (events[0].updates or 0)
    touches, before = 1, events[0].updates or 0
    for event in events[1:]:
        steps = (event.updates or 0) - before
        before = max(before, event.updates or 0)
        touches += max(0, steps) if not _is_machine(event.who) else 0
    return touches


def _is_machine(who: str) -> bool:
    return plain(who) in MACHINES


def _reassignments(events: Sequence[Event]) -> int:
    """The system's counter, else changes of the group."""
    counted = [event.reassignments for event in events if event.reassignments is not None]
    if counted:
        return max(counted)
    groups = [event.group for event in events if event.group]
    return sum(1 for before, after in zip(groups, groups[1:], strict=False) if before != after)


def _reopened(events: Sequence[Event], done: Collection[str]) -> int:
    counted = [event.reopened for event in events if event.reopened is not None]
    if counted:
        return max(counted)
    states = [event.state in done for event in events if event.state]
    return sum(1 for before, after in zip(states, states[1:], strict=False) if before and not after)
