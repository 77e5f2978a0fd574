"""Assessments, board views, plans, reviews, decisions and what follows, claims and the month roll-up of value."""

from roi.models.assessment import Assessment
from roi.models.board import BoardView
from roi.models.claims import Claim
from roi.models.decision import Decision
from roi.models.following import Action, Measurement, Sample, Tripwire
from roi.models.plan import Plan
from roi.models.review import AgendaItem, Answer, Member, PreRead, Presence, Review, Series, Voice
from roi.models.value import ValueMonth

__all__ = [
    "Action",
    "AgendaItem",
    "Answer",
    "Assessment",
    "BoardView",
    "Claim",
    "Decision",
    "Measurement",
    "Member",
    "Plan",
    "PreRead",
    "Presence",
    "Review",
    "Sample",
    "Series",
    "Tripwire",
    "ValueMonth",
    "Voice",
]
