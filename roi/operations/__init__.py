"""Every write of this app, as verbs."""

from roi.operations.assessment import Input, Score, assess, assess_open, money_words, score
from roi.operations.claims import end_claim, file_claim, send_back_claim, sign_claim
from roi.operations.decision import DECIDABLE, Build, decide, may_decide
from roi.operations.demo import may_leave_demo, use_for_real
from roi.operations.value import refresh_open_months, refresh_workload

__all__ = [
    "DECIDABLE",
    "Build",
    "Input",
    "Score",
    "assess",
    "assess_open",
    "decide",
    "end_claim",
    "file_claim",
    "may_decide",
    "may_leave_demo",
    "money_words",
    "refresh_open_months",
    "refresh_workload",
    "score",
    "send_back_claim",
    "sign_claim",
    "use_for_real",
]
