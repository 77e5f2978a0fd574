"""Workloads as lists and pages show them."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from aiops.models import User
from workloads.models import Change, Check, CheckRun, Finding, Incident, Stage, Workload

STRIP = (Stage.APPROVED, Stage.BUILDING, Stage.PILOT, Stage.LIVE)


@dataclass(frozen=True)
class StageStep:
    """One step of the stage strip with its planned or actual date."""

    label: str
    is_done: bool
    is_now: bool
    note: str


def workloads(user: User) -> QuerySet[Workload]:
    """The list: with its open incidents and the newest bad or good word on each."""
    newest = Finding.objects.filter(workload=OuterRef("pk")).order_by("-at", "-pk")
    rows = Workload.objects.visible_to(user).select_related("unit", "business_owner")
    open_ones = Count("incidents", filter=~Q(incidents__state="resolved"))
    return rows.annotate(
        open_incidents=open_ones,
        last_sentence=Subquery(newest.values("sentence")[:1]),
        last_severity=Subquery(newest.values("severity")[:1]),
    ).order_by("name", "pk")


def stage_strip(workload: Workload) -> list[StageStep]:
    """Approved > building > pilot > live, with the dates that are known."""
    now = STRIP.index(Stage(workload.stage)) if workload.stage in STRIP else len(STRIP)
    notes = {Stage.APPROVED: f"{workload.created_at:%-d %b %Y}", Stage.LIVE: _live_note(workload)}
    return [StageStep(str(s.label), i < now, i == now, notes.get(s, "")) for i, s in enumerate(STRIP)]


def _live_note(workload: Workload) -> str:
    if workload.go_live is not None:
        planned = workload.planned_go_live
        late = f", planned {_day(planned)}" if planned and planned != workload.go_live else ""
        return f"since {_day(workload.go_live)}{late}"
    return f"planned {_day(workload.planned_go_live)}" if workload.planned_go_live else "no date yet"


def _day(day: date) -> str:
    return f"{day:%-d %b %Y}"


def changes(workload: Workload) -> QuerySet[Change]:
    return workload.changes.select_related("by").order_by("-at", "-pk")[:30]


@dataclass(frozen=True)
class CheckRow:
    """A check with its newest finding and the run that is under way, if one is."""

    check: Check
    finding: Finding | None
    run: CheckRun | None


def check_rows(workload: Workload) -> list[CheckRow]:
    """All checks of a workload in three queries."""
    checks = list(workload.checks.order_by("kind", "name", "pk"))
    found = Finding.objects.filter(check_of__in=checks)
    newest = found.order_by("check_of_id", "-at", "-pk").distinct("check_of_id")
    under_way = CheckRun.objects.filter(check_of__in=checks, state__in=["queued", "running"])
    findings = {row.check_of_id: row for row in newest}
    runs = {row.check_of_id: row for row in under_way.order_by("slot")}
    return [CheckRow(check, findings.get(check.pk), runs.get(check.pk)) for check in checks]


def latest_finding(workload: Workload, kind: str) -> Finding | None:
    """The newest finding of one kind of check."""
    rows = Finding.objects.filter(workload=workload, check_of__kind=kind)
    return rows.select_related("check_of").order_by("-at", "-pk").first()


def incidents(user: User) -> QuerySet[Incident]:
    rows = Incident.objects.visible_to(user).select_related(
        "workload__unit", "acknowledged_by", "resolved_by"
    )
    return rows.order_by("-opened_at", "-pk")


def open_incidents(user: User) -> QuerySet[Incident]:
    return incidents(user).exclude(state="resolved")


def sentence(workload: Workload, at: datetime) -> str:
    """One sentence on where it stands, in plain words."""
    if workload.stage == Stage.RETIRED:
        return f"Retired on {workload.retired_on:%-d %b %Y}; it takes no more data."
    open_ones = workload.incidents.exclude(state="resolved").count()
    if open_ones:
        words = "incident waits" if open_ones == 1 else "incidents wait"
        return f"{open_ones} {words} for an answer."
    if (first := workload.first_call_at) is None:
        return "No call has arrived yet."
    if workload.waits_for_go_live:
        return f"It made its first production call on {_day(first)}: confirm the go-live date."
    return _health([row.finding for row in check_rows(workload) if row.finding is not None])


URGENCY = {"bad": 0, "warning": 1, "unknown": 3, "ok": 2}


def _health(findings: list[Finding]) -> str:
    """What the newest finding of each check says: the worst first, and of equals what is said of quality."""
    if not findings:
        return "It runs; no check has looked at it yet."
    told = sorted(
        findings, key=lambda f: (URGENCY[f.severity], f.metric.startswith("cost"), -f.at.timestamp())
    )
    return f"It runs well. {told[0].sentence}" if told[0].severity == "ok" else told[0].sentence
