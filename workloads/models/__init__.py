"""Inventory, telemetry, outcomes, checks and incidents."""

from workloads.models.checks import Check, CheckRun, Finding, Severity
from workloads.models.incidents import Incident, IncidentEntry
from workloads.models.inventory import Change, Stage, Workload
from workloads.models.outcomes import Outcome, OutcomeSource, SelfReport
from workloads.models.telemetry import Call, IngestKey, SeenModel, UsageHour

__all__ = [
    "Call",
    "Change",
    "Check",
    "CheckRun",
    "Finding",
    "Incident",
    "IncidentEntry",
    "IngestKey",
    "Outcome",
    "OutcomeSource",
    "SeenModel",
    "SelfReport",
    "Severity",
    "Stage",
    "UsageHour",
    "Workload",
]
