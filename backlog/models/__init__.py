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
from backlog.models.planning import Effort, Relation, Team

__all__ = [
    "DECIDED",
    "MOVES",
    "OPEN",
    "STRIP",
    "Candidate",
    "CandidateQuerySet",
    "Correlation",
    "Effort",
    "Estimate",
    "Relation",
    "StageEntry",
    "State",
    "Team",
]
