"""The backlog under /api/v1/, one module a subject."""

from backlog.api.candidates import Candidates, Estimates, MoveCandidate, OneCandidate, Sizing

__all__ = ["Candidates", "Estimates", "MoveCandidate", "OneCandidate", "Sizing"]
