"""Every write of workloads, by subject; other apps import from here."""

from workloads.operations.call_store import StoreReport, store_calls
from workloads.operations.outcomes import (
    OutcomeReport,
    RowsRefused,
    may_feed,
    record_outcomes,
    self_report,
    upload_outcomes,
)
from workloads.operations.telemetry import (
    KeyRefused,
    create_ingest_key,
    open_with_key,
    read_call,
    revoke_ingest_key,
)

__all__ = [
    "KeyRefused",
    "OutcomeReport",
    "RowsRefused",
    "StoreReport",
    "create_ingest_key",
    "may_feed",
    "open_with_key",
    "read_call",
    "record_outcomes",
    "revoke_ingest_key",
    "self_report",
    "store_calls",
    "upload_outcomes",
]
