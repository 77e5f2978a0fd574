"""Assessments, board views, plans, reviews, decisions and what follows, claims and the month roll-up of value."""

from roi.models.assessment import Assessment
from roi.models.board import BoardView
from roi.models.claims import Claim
from roi.models.decision import Decision
from roi.models.following import Action, Measurement, Sample, Tripwire
from roi.models.learning import PastCase
from roi.models.outlook import Outlook, TripwireWeek
from roi.models.plan import Plan
from roi.models.review import AgendaItem, Answer, Member, PreRead, Presence, Review, Series, Voice
from roi.models.statement import StandIn, Statement
from roi.models.terms import ActualCost, Comparison, Split, TimeBaseline, ValueTerms
from roi.models.value import Correction, ValueMonth, ValueToDate

__all__ = [
    "Action",
    "ActualCost",
    "AgendaItem",
    "Answer",
    "Assessment",
    "BoardView",
    "Claim",
    "Comparison",
    "Correction",
    "Decision",
    "Measurement",
    "Member",
    "Outlook",
    "PastCase",
    "Plan",
    "PreRead",
    "Presence",
    "Review",
    "Sample",
    "Series",
    "Split",
    "StandIn",
    "Statement",
    "TimeBaseline",
    "Tripwire",
    "TripwireWeek",
    "ValueMonth",
    "ValueTerms",
    "ValueToDate",
    "Voice",
]
