"""Scores, decisions, claims and value under /api/v1/: the same operations as the pages."""

from roi.api.board import Board
from roi.api.claims import AnswerClaim, Claims
from roi.api.dashboards import RoleDashboard
from roi.api.decisions import AllDecisions, Decisions
from roi.api.ownership import HandOver, Ownership
from roi.api.plans import CopyPlan, OnePlan, Plans
from roi.api.preview import Preview
from roi.api.reviews import PreReadAnswer, ReviewAgenda, Reviews
from roi.api.scores import Assess, Assessments, Compare, OneAssessment
from roi.api.statements import EndStandIn, OneStatement, SignStatement, StandIns, Statements
from roi.api.value import Ledger, Value

__all__ = [
    "AllDecisions",
    "AnswerClaim",
    "Assess",
    "Assessments",
    "Board",
    "Claims",
    "Compare",
    "CopyPlan",
    "Decisions",
    "HandOver",
    "Ledger",
    "OneAssessment",
    "OnePlan",
    "Ownership",
    "Plans",
    "Preview",
    "PreReadAnswer",
    "ReviewAgenda",
    "Reviews",
    "EndStandIn",
    "OneStatement",
    "SignStatement",
    "StandIns",
    "Statements",
    "RoleDashboard",
    "Value",
]
