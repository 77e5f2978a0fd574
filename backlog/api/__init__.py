"""The backlog under /api/v1/, one module a subject."""

from backlog.api.candidates import Candidates, Estimates, MoveCandidate, OneCandidate, Sizing
from backlog.api.importing import CandidateByExternalId
from backlog.api.talk import Comments, EvidenceOf, Votes
from backlog.api.tickets import FileTicketGroup, OneTicketLog, TicketColumns, TicketGroups, TicketLogs

__all__ = [
    "CandidateByExternalId",
    "Candidates",
    "Comments",
    "Estimates",
    "EvidenceOf",
    "FileTicketGroup",
    "MoveCandidate",
    "OneCandidate",
    "OneTicketLog",
    "Sizing",
    "TicketColumns",
    "TicketGroups",
    "TicketLogs",
    "Votes",
]
