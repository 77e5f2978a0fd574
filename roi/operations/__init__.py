"""Every write of this app, as verbs."""

from roi.operations.agenda import build_agenda
from roi.operations.assessment import assess, assess_open
from roi.operations.board import delete_view, remember_columns, save_view
from roi.operations.board_import import import_estimates
from roi.operations.claims import end_claim, file_claim, send_back_claim, sign_claim
from roi.operations.decision import DECIDABLE, Build, decide, may_decide
from roi.operations.demo import may_leave_demo, use_for_real
from roi.operations.meetings import cancel_meeting, may_lead, move_meeting
from roi.operations.plans import (
    UNDER_WAY,
    change_plan,
    copy_plan,
    create_plan,
    delete_plan,
    may_plan,
    publish_plan,
    request_solve,
    requeue_plans,
    solve_plan,
    unpublish_plan,
)
from roi.operations.scoring import (
    Case,
    Input,
    Score,
    analyse,
    case_of,
    core,
    corrected,
    money_words,
    require_possible,
    score,
)
from roi.operations.series import change_series, create_series, end_series, may_run
from roi.operations.tending import refresh_agendas, schedule_meetings
from roi.operations.value import refresh_open_months, refresh_workload

__all__ = [
    "DECIDABLE",
    "Build",
    "Case",
    "Input",
    "Score",
    "UNDER_WAY",
    "analyse",
    "assess",
    "assess_open",
    "case_of",
    "change_plan",
    "copy_plan",
    "create_plan",
    "core",
    "corrected",
    "decide",
    "delete_plan",
    "delete_view",
    "end_claim",
    "file_claim",
    "import_estimates",
    "may_decide",
    "may_leave_demo",
    "may_plan",
    "money_words",
    "publish_plan",
    "refresh_open_months",
    "refresh_workload",
    "request_solve",
    "requeue_plans",
    "remember_columns",
    "require_possible",
    "save_view",
    "score",
    "send_back_claim",
    "sign_claim",
    "solve_plan",
    "unpublish_plan",
    "use_for_real",
    "build_agenda",
    "cancel_meeting",
    "may_lead",
    "move_meeting",
    "change_series",
    "create_series",
    "end_series",
    "may_run",
    "refresh_agendas",
    "schedule_meetings",
]
