"""The backlog under /api/v1/, one module a subject."""

from backlog.api.candidates import Candidates, Estimates, MoveCandidate, OneCandidate, Sizing
from backlog.api.tickets import FileTicketGroup, OneTicketLog, TicketColumns, TicketGroups, TicketLogs

__all__ = [
    "Candidates",
    "Estimates",
    "FileTicketGroup",
    "MoveCandidate",
    "OneCandidate",
    "OneTicketLog",
    "Sizing",
    "TicketColumns",
    "TicketGroups",
    "TicketLogs",
]
