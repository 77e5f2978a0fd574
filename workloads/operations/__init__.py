"""Every write of workloads, by subject; other apps import from here."""

from workloads.operations.alerts import replay_alert, take_alerts
from workloads.operations.call_store import StoreReport, store_calls
from workloads.operations.checks import (
    CHECK_JOBS,
    add_check,
    change_check,
    claim_run,
    dispatch_due,
    fail_run,
    finish_run,
    heartbeat,
    requeue_lost,
    run_now,
)
from workloads.operations.cost import judge_cost, run_cost_check
from workloads.operations.incidents import (
    acknowledge_incident,
    comment_incident,
    open_incident,
    resolve_incident,
    resolve_key,
)
from workloads.operations.inventory import (
    change_workload,
    confirm_go_live,
    log_change,
    move_stage,
    record_spend,
    register,
    require_operator,
    set_budget,
    set_plan,
)
from workloads.operations.outcomes import (
    OutcomeReport,
    RowsRefused,
    may_feed,
    record_outcomes,
    self_report,
    upload_outcomes,
)
from workloads.operations.people import name_people
from workloads.operations.taking_back import take_back_registration
from workloads.operations.telemetry import (
    KeyRefused,
    create_ingest_key,
    open_with_key,
    read_call,
    revoke_ingest_key,
)

__all__ = [
    "CHECK_JOBS",
    "KeyRefused",
    "OutcomeReport",
    "RowsRefused",
    "StoreReport",
    "acknowledge_incident",
    "add_check",
    "change_check",
    "claim_run",
    "comment_incident",
    "change_workload",
    "confirm_go_live",
    "create_ingest_key",
    "dispatch_due",
    "fail_run",
    "finish_run",
    "heartbeat",
    "judge_cost",
    "log_change",
    "may_feed",
    "name_people",
    "move_stage",
    "open_incident",
    "open_with_key",
    "read_call",
    "record_outcomes",
    "record_spend",
    "register",
    "requeue_lost",
    "require_operator",
    "resolve_incident",
    "replay_alert",
    "resolve_key",
    "revoke_ingest_key",
    "run_cost_check",
    "run_now",
    "self_report",
    "set_budget",
    "set_plan",
    "store_calls",
    "take_alerts",
    "take_back_registration",
    "upload_outcomes",
]
