"""Reads that pages, the API and upper apps share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet

from aiops.models import User
from aiops.permissions import Permission, has
from evals.calc.drift import Profile
from evals.calc.drift_verdict import FEATURES
from evals.models import Case, Dataset, Reference, Result, Run, Suite
from integrations.models import Connection
from workloads import queries as workload_queries
from workloads.models import Check, CheckRun, Finding, Workload

DAY = timedelta(days=1)
CALLS_A_DAY = 2_000


def may_approve(user: User, workload: Workload) -> bool:
    """An evaluator of the workload's unit."""
    return has(user, Permission.EVALUATE, unit=workload.unit)


def may_propose(user: User, workload: Workload) -> bool:
    """An evaluator, or whoever answers for the workload: its business owner, deputy or builder."""
    answers = {workload.business_owner_id, workload.deputy_id, workload.builder_id}
    return may_approve(user, workload) or user.pk in answers


def may_run(user: User, workload: Workload) -> bool:
    """Whoever proposes, the IT steward, and the lead."""
    operates = has(user, Permission.OPERATE_WORKLOAD, unit=workload.unit)
    return operates or may_propose(user, workload) or user.pk == workload.it_steward_id


def may_read_content(user: User, workload: Workload) -> bool:
    """Who may see what a case asks and what was answered: those who propose, and the IT steward."""
    return may_propose(user, workload) or user.pk == workload.it_steward_id


@dataclass(frozen=True)
class SuiteState:
    """A suite with its last finished run, that run's finding, and a run under way."""

    suite: Suite
    last: Run | None
    finding: Finding | None
    under_way: CheckRun | None


@dataclass(frozen=True)
class DriftState:
    """The drift check of a workload in words; features come from the last finding."""

    check: Check
    reference: Reference | None
    finding: Finding | None
    under_way: CheckRun | None
    state: str
    features: list[dict[str, Any]] = field(default_factory=list)


def endpoints() -> QuerySet[Connection]:
    """The connections that may answer cases. Their names are no secret: whoever makes a suite picks one."""
    return Connection.objects.filter(kind="model_endpoint", enabled=True).order_by("name", "pk")


def datasets(user: User, workload: Workload) -> QuerySet[Dataset]:
    """The workload's datasets with their number of cases, newest version first."""
    return Dataset.objects.visible_to(user).filter(workload=workload).annotate(case_count=Count("cases"))


def suite_states(user: User, workload: Workload) -> list[SuiteState]:
    """Every suite of a workload with how it stands, in a fixed number of queries."""
    suites = list(
        Suite.objects.visible_to(user)
        .filter(workload=workload)
        .select_related("dataset", "connection", "check_of", "created_by", "workload__unit")
    )
    under_way = _under_way([suite.check_of_id for suite in suites])
    last = _last_runs(suites)
    return [_suite_state(suite, last.get(suite.pk), under_way.get(suite.check_of_id)) for suite in suites]


def _suite_state(suite: Suite, run: Run | None, under_way: CheckRun | None) -> SuiteState:
    finding = getattr(run.check_run, "finding", None) if run else None
    return SuiteState(suite, run, finding, under_way)


def _last_runs(suites: Iterable[Suite]) -> dict[int, Run]:
    runs = (
        Run.objects.filter(suite__in=[s.pk for s in suites], finished_at__isnull=False)
        .order_by("suite_id", "-created_at", "-pk")
        .distinct("suite_id")
        .select_related("check_run__finding", "dataset")
    )
    return {run.suite_id: run for run in runs}


def _under_way(check_ids: list[int]) -> dict[int, CheckRun]:
    rows = CheckRun.objects.filter(check_of__in=check_ids, state__in=["queued", "running"])
    return {row.check_of_id: row for row in rows.order_by("check_of_id", "slot", "pk")}


def check_run_under_way(check: Check) -> CheckRun | None:
    """The run of a check that is queued or running, if any."""
    return _under_way([check.pk]).get(check.pk)


def runs(user: User) -> QuerySet[Run]:
    """Every run the user may know of, newest first."""
    return Run.objects.visible_to(user).select_related(
        "suite__workload__unit", "check_run__finding", "dataset"
    )


def scale_start(history: Iterable[Run]) -> float:
    """Where the common scale of several range bars starts: a little under the lowest end, at 1 it stops."""
    ends = [end for run in history for end in (run.low, float(run.target)) if end is not None]
    return max(0.0, min(ends, default=0.0) - 0.05)


def results(run: Run, show: str = "") -> QuerySet[Result]:
    """The results of a run, wrong ones first; `show` is "", wrong, right or error."""
    rows = Result.objects.filter(run=run).select_related("case")
    narrowed = {"wrong": rows.wrong, "right": rows.right, "error": rows.without_answer}.get(show, rows.all)()
    return narrowed.order_by("passed", "pk")


def open_cases(run: Run) -> QuerySet[Case]:
    """Cases of the run's dataset that have no result in it yet: what a resumed run still has to do."""
    graded = Result.objects.filter(run=run, case=OuterRef("pk"))
    return Case.objects.filter(dataset=run.dataset_id).exclude(Exists(graded)).order_by("pk")


def drift_checks(workload: Workload) -> QuerySet[Check]:
    return (
        Check.objects.filter(workload=workload, kind="drift").select_related("workload__unit").order_by("pk")
    )


def drift_state(check: Check) -> DriftState:
    """How a drift check stands: not run yet, not enough data, stable, shifting, drifting or cannot tell."""
    under_way = check_run_under_way(check)  # first: what ends meanwhile has its finding, and is never missed
    finding = Finding.objects.filter(check_of=check).order_by("-at", "-pk").first()
    details = finding.details if finding else {}
    return DriftState(
        check=check,
        reference=current_reference(check),
        finding=finding,
        under_way=under_way,
        state=details.get("state", "not run yet"),
        features=details.get("features", []),
    )


def workload_drift(workload: Workload) -> DriftState | None:
    """The state of the workload's drift check, or None when it has none."""
    check = drift_checks(workload).first()
    return drift_state(check) if check else None


def current_reference(check: Check) -> Reference | None:
    return Reference.objects.current().filter(check_of=check).prefetch_related("features").first()


def reference_profiles(reference: Reference) -> dict[str, Profile]:
    """The frozen profile of each feature."""
    return {
        row.feature: Profile(tuple(row.edges), tuple(row.counts), tuple(row.day_medians), row.median)
        for row in reference.features.all()
    }


def feature_days(workload: Workload, start: datetime, end: datetime) -> dict[str, list[list[float]]]:
    """Call features in blocks of 24 hours counted back from `end`, each day capped at 2,000 calls."""
    days: dict[str, list[list[float]]] = {name: [] for name in FEATURES}
    stop = end
    while stop > start:
        block = workload_queries.call_features(workload, max(start, stop - DAY), stop, limit=CALLS_A_DAY)
        for name in FEATURES:
            days[name].insert(0, list(block[name]))
        stop -= DAY
    return days
