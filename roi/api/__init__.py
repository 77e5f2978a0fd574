"""Scores, decisions, claims and value under /api/v1/: the same operations as the pages."""

from roi.api.board import Board
from roi.api.claims import AnswerClaim, Claims
from roi.api.decisions import AllDecisions, Decisions
from roi.api.scores import Assess, Preview
from roi.api.value import Value

__all__ = ["AllDecisions", "AnswerClaim", "Assess", "Board", "Claims", "Decisions", "Preview", "Value"]
