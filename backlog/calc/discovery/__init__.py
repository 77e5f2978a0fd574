"""Tickets of another system as groups of work: read, rebuilt, windowed, grouped and ranked. Pure."""

from backlog.calc.discovery.cases import by_case, done_states
from backlog.calc.discovery.dates import Order, order_of
from backlog.calc.discovery.fields import BY_NAME, DATES, FIELDS, Field, guess
from backlog.calc.discovery.groups import Group
from backlog.calc.discovery.logs import Options, Read, read_log
from backlog.calc.discovery.reading import Source, Unreadable, open_file

__all__ = [
    "BY_NAME",
    "DATES",
    "FIELDS",
    "Field",
    "Group",
    "Options",
    "Order",
    "Read",
    "Source",
    "Unreadable",
    "by_case",
    "done_states",
    "guess",
    "open_file",
    "order_of",
    "read_log",
]
