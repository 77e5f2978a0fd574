"""Every write of this app, as verbs."""

from roi.operations.actions import add_action, drop_action, finish_action
from roi.operations.agenda import build_agenda
from roi.operations.agenda_hand import add_item, drop_item, place_item, pull_item
from roi.operations.agenda_telling import remind
from roi.operations.assessment import assess, assess_open
from roi.operations.board import delete_view, remember_columns, save_view
from roi.operations.board_import import import_estimates
from roi.operations.claims import end_claim, file_claim, send_back_claim, sign_claim
from roi.operations.closing import bring_back_deferred, close_review
from roi.operations.consent import decide_consent
from roi.operations.deciding import ToMeasure
from roi.operations.decision import DECIDABLE, Build, decide, may_decide
from roi.operations.demo import may_leave_demo, use_for_real
from roi.operations.handing_over import hand_over
from roi.operations.leading import may_lead
from roi.operations.learning import learn
from roi.operations.ledger import close_months, refresh_open_months, refresh_workload
from roi.operations.measurements import (
    add_sample,
    by_secret,
    cancel_measurement,
    close_measurement,
    may_tend,
    renew_link,
    start_measurement,
    strike_sample,
)
from roi.operations.meeting import (
    be_present,
    object_to,
    open_item,
    put_down,
    start_meeting,
    take_chair,
    take_off_consent,
    vote_in_review,
)
from roi.operations.meetings import cancel_meeting, move_meeting
from roi.operations.past_cases import Imported, import_past_cases, remove_past_cases
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
from roi.operations.pre_reads import answer_pre_read, freeze
from roi.operations.running import decide_workload
from roi.operations.scoring import (
    Case,
    Input,
    Score,
    analyse,
    case_of,
    core,
    corrected,
    offers,
    require_possible,
    score,
)
from roi.operations.series import change_series, create_series, end_series, may_run
from roi.operations.stand_ins import end_stand_in, name_stand_in
from roi.operations.statements import make_statements, sign_statement, tell_finance
from roi.operations.tending import refresh_agendas, schedule_meetings
from roi.operations.triaging import UNDO, triage, undo_triage
from roi.operations.weekly_words import tell_week

__all__ = [
    "Build",
    "Case",
    "DECIDABLE",
    "Imported",
    "Input",
    "Score",
    "ToMeasure",
    "UNDER_WAY",
    "UNDO",
    "add_action",
    "add_item",
    "add_sample",
    "analyse",
    "answer_pre_read",
    "assess",
    "assess_open",
    "be_present",
    "bring_back_deferred",
    "build_agenda",
    "by_secret",
    "cancel_measurement",
    "cancel_meeting",
    "case_of",
    "change_plan",
    "change_series",
    "close_measurement",
    "close_months",
    "close_review",
    "copy_plan",
    "core",
    "corrected",
    "create_plan",
    "create_series",
    "decide",
    "decide_consent",
    "decide_workload",
    "delete_plan",
    "delete_view",
    "drop_action",
    "drop_item",
    "end_claim",
    "end_series",
    "end_stand_in",
    "file_claim",
    "finish_action",
    "freeze",
    "hand_over",
    "import_estimates",
    "import_past_cases",
    "learn",
    "make_statements",
    "may_decide",
    "may_lead",
    "may_leave_demo",
    "may_plan",
    "may_run",
    "may_tend",
    "move_meeting",
    "name_stand_in",
    "object_to",
    "offers",
    "open_item",
    "place_item",
    "publish_plan",
    "pull_item",
    "put_down",
    "refresh_agendas",
    "refresh_open_months",
    "refresh_workload",
    "remember_columns",
    "remind",
    "remove_past_cases",
    "renew_link",
    "request_solve",
    "requeue_plans",
    "require_possible",
    "save_view",
    "schedule_meetings",
    "score",
    "send_back_claim",
    "sign_claim",
    "sign_statement",
    "solve_plan",
    "start_measurement",
    "start_meeting",
    "strike_sample",
    "take_chair",
    "take_off_consent",
    "tell_finance",
    "tell_week",
    "triage",
    "undo_triage",
    "unpublish_plan",
    "use_for_real",
    "vote_in_review",
]
