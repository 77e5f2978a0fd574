"""Every read across rows of workloads, by subject."""

from workloads.queries.outcomes import (
    MonthOfWork,
    OutcomeTotals,
    outcome_months,
    outcome_totals,
    self_reports,
)
from workloads.queries.usage import (
    UsageRow,
    UsageTotals,
    call_features,
    calls_visible_to,
    ingest_keys,
    usage,
    usage_by_day,
    usage_by_model,
)

__all__ = [
    "MonthOfWork",
    "OutcomeTotals",
    "UsageRow",
    "UsageTotals",
    "call_features",
    "calls_visible_to",
    "ingest_keys",
    "outcome_months",
    "outcome_totals",
    "self_reports",
    "usage",
    "usage_by_day",
    "usage_by_model",
]
