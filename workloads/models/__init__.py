"""Inventory, telemetry, outcomes, checks and incidents."""

from workloads.models.arrivals import Arrival, LogContent, SeenAttribute, Signal
from workloads.models.bills import Bill, BilledModel, BillLine, BillRule
from workloads.models.budgets import Budget, BudgetAlert
from workloads.models.checks import Check, CheckRun, Finding, Severity
from workloads.models.incidents import Incident, IncidentEntry
from workloads.models.inventory import Change, Stage, Workload
from workloads.models.outcomes import Arm, Outcome, OutcomeDay, OutcomeSource, OutcomeZone, SelfReport
from workloads.models.prices import FixedCost, OwnPrice
from workloads.models.register import ActivePerson, Adoption, Component, ComponentVersion
from workloads.models.reliability import Objective, Probe, ProbeResult
from workloads.models.repricing import Repricing
from workloads.models.services import Evaluation, HeldSpans, Mapping, Service
from workloads.models.telemetry import (
    Call,
    CallContent,
    CallTwin,
    IngestKey,
    SeenModel,
    UsageHour,
)
from workloads.models.usage_days import UsageDay

__all__ = [
    "ActivePerson",
    "Adoption",
    "Arm",
    "Arrival",
    "Bill",
    "BilledModel",
    "BillLine",
    "BillRule",
    "Budget",
    "BudgetAlert",
    "Call",
    "CallContent",
    "CallTwin",
    "Change",
    "Check",
    "CheckRun",
    "Component",
    "ComponentVersion",
    "Evaluation",
    "Finding",
    "FixedCost",
    "HeldSpans",
    "Incident",
    "IncidentEntry",
    "IngestKey",
    "LogContent",
    "Mapping",
    "Objective",
    "Outcome",
    "OutcomeDay",
    "OutcomeSource",
    "OutcomeZone",
    "OwnPrice",
    "Probe",
    "ProbeResult",
    "Repricing",
    "SeenAttribute",
    "SeenModel",
    "SelfReport",
    "Service",
    "Severity",
    "Signal",
    "Stage",
    "UsageDay",
    "UsageHour",
    "Workload",
]
