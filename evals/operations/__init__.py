"""Every write of evals, as a verb."""

from evals.operations.approval import approve_reference, approve_suite
from evals.operations.datasets import MAX_BYTES, UploadReport, read_content, upload_dataset
from evals.operations.drift import create_drift_check, run_drift, run_drift_now, set_reference
from evals.operations.runs import finish, grade_open_cases, record_results, run_eval, run_now, start_run
from evals.operations.simulated import forget_workload
from evals.operations.suites import create_suite, revise_suite

__all__ = [
    "MAX_BYTES",
    "UploadReport",
    "approve_reference",
    "approve_suite",
    "create_drift_check",
    "create_suite",
    "finish",
    "forget_workload",
    "grade_open_cases",
    "read_content",
    "record_results",
    "revise_suite",
    "run_drift",
    "run_drift_now",
    "run_eval",
    "run_now",
    "set_reference",
    "start_run",
    "upload_dataset",
]
