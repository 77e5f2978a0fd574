"""What both encodings of OTLP become: spans and log records as plain tuples; the limits; the errors."""

from collections.abc import Callable
from typing import Any, NamedTuple

STATUS_ERROR = 2
MOST_SPANS = 20_000
MOST_ATTRIBUTES = 5_000
MOST_EVENTS = 1_000
MOST_CHARACTERS = 1_000_000
MOST_ITEM_BYTES = 8_000_000
MOST_DEPTH = 32
MOST_LISTED = 64

# What a reader does with an attribute, by its name: not read at all; a text or a figure (which is tried first);
# a candidate for a business key; part of a group of numbered names; of any length and shape.
SKIP, TEXT, NUMBER, EXTRA, FLAT, LONG = range(6)
APART = frozenset({EXTRA, FLAT})


class BrokenBody(ValueError):
    """The body is not what its headers say; the message is a sentence for the sender."""


class BodyTooLarge(ValueError):
    """The body, packed or unpacked, is over a limit; the message names the limit."""


class Keys(dict[str, int]):
    """What to do with each attribute name. A name not met before is asked of `sort_of`, once."""

    def __init__(self, known: dict[str, int], sort_of: Callable[[str], int] = lambda key: SKIP) -> None:
        super().__init__(known)
        self._known, self._sort_of = known, sort_of
        self.decoded: Any = None  # what the reader of protobuf remembers of attributes read by this table

    def __missing__(self, key: str) -> int:
        if len(self) > len(self._known) + MOST_SPANS:  # names made up by the million must not pile up
            self.clear()
            self.update(self._known)
        sort = self[key] = self._sort_of(key)
        return sort


class Event(NamedTuple):
    """Something that happened within a span; attributes are read whole, there are few."""

    name: str
    at_ns: int
    attributes: dict[str, Any]


class Span(NamedTuple):
    """One span. Ids are lower-case hex, "" when absent; times are nanoseconds since 1970, 0 when absent.

    attributes, extra and flat hold what Keys sorted there; events past the thousandth are left out.
    problem: why it cannot be read, "" when it can.
    """

    trace_id: str
    span_id: str
    parent_id: str
    name: str
    start_ns: int
    end_ns: int
    failed: bool
    status: str
    attributes: dict[str, Any]
    extra: dict[str, Any]
    flat: dict[str, Any]
    events: tuple[Event, ...]
    link: tuple[str, str]
    scope: str
    resource: dict[str, Any]
    problem: str = ""


class Log(NamedTuple):
    """One log record, attributes and body read whole. event: its event name, "" for a plain log line."""

    trace_id: str
    span_id: str
    event: str
    at_ns: int
    body: Any
    attributes: dict[str, Any]
    scope: str
    scope_version: str
    resource: dict[str, Any]


NO_LINK = ("", "")
TOO_MANY = f"over {MOST_ATTRIBUTES:,} attributes"
TOO_LONG = f"an attribute over {MOST_CHARACTERS:,} characters"
TOO_BIG = f"over {MOST_ITEM_BYTES:,} bytes"


def bad_item(problem: str, scope: str, resource: dict[str, Any]) -> Span:
    """Stands for a span that is refused without being read."""
    return Span("", "", "", "", 0, 0, False, "", {}, {}, {}, (), NO_LINK, scope, resource, problem)


def check_count(count: int) -> None:
    if count > MOST_SPANS:
        raise BodyTooLarge(f"The body has over {MOST_SPANS:,} items; send fewer at a time.")
