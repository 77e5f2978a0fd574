"""The shapes of input, by subject."""

from roi.forms.claims import ClaimForm, EndClaimForm, SendBackForm, SignForm
from roi.forms.company import UseForRealForm
from roi.forms.decision import DecisionForm
from roi.forms.preview import PreviewForm

__all__ = [
    "ClaimForm",
    "DecisionForm",
    "EndClaimForm",
    "PreviewForm",
    "SendBackForm",
    "SignForm",
    "UseForRealForm",
]
