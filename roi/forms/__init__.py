"""The shapes of input, by subject."""

from roi.forms.board import BoardViewForm, ColumnsForm, SheetForm
from roi.forms.claims import ClaimForm, EndClaimForm, SendBackForm, SignForm
from roi.forms.company import UseForRealForm
from roi.forms.decision import DecisionForm
from roi.forms.plans import CompareForm, PlanForm
from roi.forms.preview import PreviewForm

__all__ = [
    "BoardViewForm",
    "ClaimForm",
    "CompareForm",
    "ColumnsForm",
    "DecisionForm",
    "EndClaimForm",
    "PlanForm",
    "PreviewForm",
    "SendBackForm",
    "SheetForm",
    "SignForm",
    "UseForRealForm",
]
