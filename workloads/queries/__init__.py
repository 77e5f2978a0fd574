"""Every read across rows of workloads, by subject."""

from workloads.queries.inventory import (
    CheckRow,
    StageStep,
    changes,
    check_rows,
    incidents,
    latest_finding,
    open_incidents,
    sentence,
    stage_strip,
    workloads,
)
from workloads.queries.outcomes import (
    MonthOfWork,
    OutcomeTotals,
    outcome_months,
    outcome_totals,
    provisional_outcomes,
    self_reports,
)
from workloads.queries.usage import (
    UsageTotals,
    call_features,
    calls_visible_to,
    ingest_keys,
    usage,
    usage_by_day,
)

__all__ = [
    "CheckRow",
    "MonthOfWork",
    "OutcomeTotals",
    "StageStep",
    "UsageTotals",
    "call_features",
    "calls_visible_to",
    "changes",
    "check_rows",
    "incidents",
    "ingest_keys",
    "latest_finding",
    "open_incidents",
    "outcome_months",
    "outcome_totals",
    "provisional_outcomes",
    "self_reports",
    "sentence",
    "stage_strip",
    "usage",
    "usage_by_day",
    "workloads",
]
