"""What arrives by OpenTelemetry: the keys that senders hold, calls of models, and their hourly sums."""

from workloads.models.calls import Call, CallContent, CallTwin, CostSource
from workloads.models.keys import OUTCOMES_WRITE, SCOPES, TELEMETRY_WRITE, IngestKey, digest_of
from workloads.models.rows import WorkloadRowQuerySet, plain_usd
from workloads.models.usage import SeenModel, UsageHour

__all__ = [
    "OUTCOMES_WRITE",
    "SCOPES",
    "TELEMETRY_WRITE",
    "Call",
    "CallContent",
    "CallTwin",
    "CostSource",
    "IngestKey",
    "SeenModel",
    "UsageHour",
    "WorkloadRowQuerySet",
    "digest_of",
    "plain_usd",
]
