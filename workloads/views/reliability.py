"""What a workload promises and how it keeps it: objectives with their budgets, and the probe."""

from datetime import date, datetime, timedelta
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from aiops import permissions
from aiops.errors import DomainError
from aiops.permissions import Permission
from integrations.models import Connection
from workloads.forms_reliability import ObjectiveForm, ProbeForm
from workloads.models import Objective, Probe, Workload
from workloads.operations.objectives import (
    end_objective,
    may_set_objective,
    set_objective,
    shown,
)
from workloads.operations.probes import set_probe
from workloads.queries import reliability as queries
from workloads.views.telemetry import SignedIn, visible_workload

SHOWN_DAYS = 28
NOT_YET: dict[str, Any] = {
    "at": None, "severity": "unknown", "sentence": "Nothing is judged yet: the check runs within a minute.",
    "total": 0, "good_share": None, "left": None, "spent_at": None, "burns": [], "days": [],
}  # fmt: skip
URGENCY = {"bad": 0, "warning": 1, "unknown": 2, "ok": 3}


@require_http_methods(["GET", "HEAD", "POST"])
def reliability(request: SignedIn, number: int) -> HttpResponse:
    """A sentence, each objective with its budget, the probe; a POST names which of its forms was sent."""
    workload = visible_workload(request, number)
    forms = _forms(request, workload)
    if request.method != "POST":
        return _page(request, workload, forms)
    name = request.POST.get("form", "")
    if name == "end":
        return _end(request, workload)
    if name not in forms:
        raise PermissionDenied("There is no such form on this page.")
    _require(request, workload, name)
    forms[name] = form = _bound(request, name)
    if form.is_valid() and _saved(request, workload, name, form):
        return redirect("workloads:reliability", number)
    return _page(request, workload, forms, status=422)


def _require(request: SignedIn, workload: Workload, name: str) -> None:
    if name == "probe":
        permissions.require(request.user, Permission.CONNECT, unit=workload.unit)
    elif not may_set_objective(workload, request.user):
        raise PermissionDenied("Only the owner, the deputy, the IT steward or the lead sets objectives.")


def _forms(request: SignedIn, workload: Workload) -> dict[str, django_forms.Form]:
    probe = queries.probe_of(workload)
    fields = ("connection", "path", "expected_status", "timeout_seconds", "every_minutes", "is_on")
    initial = {name: getattr(probe, name) for name in fields} if probe else {}
    return {
        "objective": ObjectiveForm(auto_id="objective_%s"),
        "probe": ProbeForm(initial=initial, connections=_addresses(request), auto_id="probe_%s"),
    }


def _addresses(request: SignedIn) -> Any:
    return Connection.objects.visible_to(request.user).filter(kind=Connection.Kind.HEALTH)


def _bound(request: SignedIn, name: str) -> django_forms.Form:
    if name == "probe":
        return ProbeForm(request.POST, connections=_addresses(request), auto_id="probe_%s")
    return ObjectiveForm(request.POST, auto_id="objective_%s")


def _saved(request: SignedIn, workload: Workload, name: str, form: django_forms.Form) -> bool:
    verb: Any = set_probe if name == "probe" else set_objective
    try:
        verb(workload=workload, by=request.user, at=timezone.now(), **form.cleaned_data)
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
        return False
    words = "The probe is set; it asks within a minute." if name == "probe" else "The objective is set."
    messages.success(request, words)
    return True


def _end(request: SignedIn, workload: Workload) -> HttpResponse:
    found = Objective.objects.filter(workload=workload).select_related("workload__unit", "check_of")
    pk = request.POST.get("objective", "")
    objective = get_object_or_404(found, pk=pk if pk.isdecimal() and len(pk) < 18 else 0)
    try:
        end_objective(objective=objective, by=request.user, at=timezone.now())
        messages.success(request, "The objective is taken back; its check stops.")
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("workloads:reliability", workload.number)


def _page(request: SignedIn, workload: Workload, forms: dict[str, Any], status: int = 200) -> HttpResponse:
    at = timezone.now()
    rows = [_row(one) for one in queries.objectives(workload)]
    probe = queries.probe_of(workload)
    context = {
        "workload": workload,
        "forms": forms,
        "rows": rows,
        "sentence": _sentence(rows),
        "probe": _probe(workload, probe, at) if probe else None,
        "may_promise": workload.stage != "retired" and may_set_objective(workload, request.user),
        "may_probe": workload.stage != "retired"
        and permissions.has(request.user, Permission.CONNECT, unit=workload.unit),
        "has_addresses": forms["probe"].fields["connection"].queryset.exists(),
    }
    return render(request, "workloads/reliability.html", context, status=status)


def _sentence(rows: list[dict[str, Any]]) -> str:
    """The most urgent objective in words."""
    if not rows:
        return "Nothing is promised of this workload yet, so nothing watches whether it keeps up."
    worst = min(rows, key=lambda row: URGENCY[row["seen"]["severity"]])["seen"]
    kept = sum(row["seen"]["severity"] == "ok" for row in rows)
    return str(worst["sentence"]) if kept < len(rows) or kept == 1 else f"All {kept} objectives are kept."


def _row(objective: Objective) -> dict[str, Any]:
    """One objective as its check saw it last, with its days as a chart and a table."""
    seen = objective.standing or NOT_YET
    days = [queries.Day(date.fromisoformat(day), total, bad) for day, total, bad in seen["days"]]
    return {
        "objective": objective,
        "target": shown(objective.target),
        "seen": seen,
        "seen_at": datetime.fromisoformat(seen["at"]) if seen["at"] else None,
        "spent_on": datetime.fromisoformat(seen["spent_at"]).date() if seen["spent_at"] else None,
        "days": days[::-1],
        "chart_id": f"days-{objective.kind}",
        "chart": _chart(days, float(objective.target)),
    }


def _probe(workload: Workload, probe: Probe, at: datetime) -> dict[str, Any]:
    start = at - timedelta(days=SHOWN_DAYS)
    days, counts = queries.probe_days(probe, start, at), queries.probe_counts(probe, start)
    return {
        "row": probe,
        "sentence": _probe_words(probe, workload, counts),
        "days": days[::-1],
        "chart": _chart(days, None),
        "failures": queries.last_failures(probe),
        "missed": counts["missed"],
    }


def _probe_words(probe: Probe, workload: Workload, counts: dict[str, int]) -> str:
    if not probe.is_on or not probe.connection.enabled:
        return "The probe is switched off: nobody asks."
    if not workload.is_running:
        return f"It asks while the workload is in pilot or live; it is {workload.get_stage_display()}."
    if not counts["asked"]:
        return "It has not asked yet."
    up = counts["asked"] - counts["failed"]
    every = f"asked every {probe.every_minutes} minutes" if probe.every_minutes > 1 else "asked every minute"
    share = shown(up / counts["asked"])
    return f"It answered {up:,} of {counts['asked']:,} times in {SHOWN_DAYS} days ({share}), {every}."


def _chart(days: list[queries.Day], target: float | None) -> dict[str, Any]:
    """The share of good ones each day in per cent, with what is promised as a line, as an ECharts option."""
    shares = [None if day.share is None else round(day.share * 100, 3) for day in days]
    names = [f"{day.day:%-d %b}" for day in days]
    line: dict[str, Any] = {
        "name": "Good, %", "type": "line", "data": shares, "symbolSize": 4, "itemStyle": {"color": "$accent"},
    }  # fmt: skip
    series = [line]
    if target is not None:
        promised = [round(target * 100, 3)] * len(days)
        style = {"color": "$warn", "type": "dashed"}
        series.append(
            {"name": "Promised, %", "type": "line", "symbol": "none", "data": promised, "lineStyle": style,
             "itemStyle": {"color": "$warn"}}
        )  # fmt: skip
    return {
        "grid": {"left": 56, "right": 16, "top": 32, "bottom": 28},
        "legend": {"data": [one["name"] for one in series], "top": 0},
        "xAxis": {"type": "category", "data": names},
        "yAxis": {"type": "value", "max": 100, "scale": True},
        "series": series,
    }
