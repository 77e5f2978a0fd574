"""Tables of the backlog."""

from backlog.models.candidate import (
    DECIDED,
    MOVES,
    OPEN,
    STRIP,
    Candidate,
    CandidateQuerySet,
    StageEntry,
    State,
)
from backlog.models.estimate import Correlation, Estimate
from backlog.models.intake import ColumnMap, FormVersion, Policy, ReviewDate
from backlog.models.planning import Effort, Relation, Team
from backlog.models.talk import Comment, Distinct, Evidence, EvidenceFile, Follower, Question, Vote
from backlog.models.tickets import TicketFile, TicketGroup, TicketLog
from backlog.models.triage import Feasibility, TriageStep

__all__ = [
    "DECIDED",
    "MOVES",
    "OPEN",
    "STRIP",
    "Candidate",
    "CandidateQuerySet",
    "ColumnMap",
    "Comment",
    "Correlation",
    "Distinct",
    "Effort",
    "Estimate",
    "Evidence",
    "EvidenceFile",
    "Feasibility",
    "Follower",
    "FormVersion",
    "Policy",
    "Question",
    "Relation",
    "ReviewDate",
    "StageEntry",
    "State",
    "Team",
    "TicketFile",
    "TicketGroup",
    "TicketLog",
    "TriageStep",
    "Vote",
]
