"""Assessments, board views, plans, decisions, claims and the month roll-up of value."""

from roi.models.assessment import Assessment
from roi.models.board import BoardView
from roi.models.claims import Claim
from roi.models.decision import Decision
from roi.models.plan import Plan
from roi.models.value import ValueMonth

__all__ = ["Assessment", "BoardView", "Claim", "Decision", "Plan", "ValueMonth"]
