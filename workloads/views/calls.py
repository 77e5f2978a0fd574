"""Pages of single calls and of changes, and the live counters of a workload."""

from datetime import timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from workloads import queries
from workloads.forms_telemetry import DIALECT_NAMES, CallFilterForm, ChangeFilterForm
from workloads.models.calls import Call
from workloads.models.inventory import Workload
from workloads.operations.telemetry import read_call, read_content
from workloads.queries import calls as reads
from workloads.queries.change_log import change_log
from workloads.queries.services import evaluation_rows, evaluations_of_span
from workloads.views.telemetry import SignedIn, visible_workload

CHANGES_A_PAGE = 50
EVALUATED = timedelta(days=30)


@require_safe
def calls(request: SignedIn, number: int) -> HttpResponse:
    """Calls, the latest first; what is filtered, and after which call the page starts, stands in the address."""
    workload, now = visible_workload(request, number), timezone.now()
    form = CallFilterForm(request.GET)
    form.is_valid()
    page = reads.call_page(request.user, workload, form.cleaned_data, now, request.GET.get("after", ""))
    filtered = any(form.cleaned_data.values())
    context: dict[str, Any] = {"workload": workload, "form": form, "page": page, "filtered": filtered}
    if request.htmx:
        return render(request, "workloads/_calls.html", context)
    return render(request, "workloads/calls.html", context | {"names": reads.names(workload, now)})


@never_cache
@require_safe
def call(request: SignedIn, number: int, reference: str) -> HttpResponse:
    """One call, with those of its trace and what was said of it. That somebody read it is in the audit log."""
    workload, one = _one(request, number, reference)
    read_call(call=one, by=request.user, at=timezone.now())
    context = {
        "workload": workload,
        "call": one,
        "dialect": DIALECT_NAMES.get(one.dialect, one.dialect),
        "others": reads.same_trace(one),
        "evaluations": evaluations_of_span(workload, one.trace_id, one.span_id),
        "may_read": reads.may_read_content(request.user, workload),
        "has_content": reads.has_content(one),
        "problems": reads.problems(one),
    }
    return render(request, "workloads/call.html", context)


def _one(request: SignedIn, number: int, reference: str) -> tuple[Workload, Call]:
    workload = visible_workload(request, number)
    found = queries.calls_visible_to(request.user, workload).by_reference(reference)
    return workload, get_object_or_404(found)


@never_cache
@require_safe
def content(request: SignedIn, number: int, reference: str) -> HttpResponse:
    """Prompt and answer of one call, for those who may; each reading is in the audit log."""
    workload, one = _one(request, number, reference)
    if not reads.may_read_content(request.user, workload):
        raise PermissionDenied("Only the people of this workload and evaluators read prompts and answers.")
    found = reads.content_of(one)
    if found is not None:
        read_content(call=one, by=request.user, at=timezone.now())
    context = {"workload": workload, "call": one, "content": found}
    template = "workloads/_call_content.html" if request.htmx else "workloads/call_content.html"
    return render(request, template, context)


@require_safe
def changes(request: SignedIn, number: int) -> HttpResponse:
    """The change log; what is filtered stands in the address."""
    workload = visible_workload(request, number)
    form = ChangeFilterForm(request.GET)
    form.is_valid()
    found = change_log(workload, form.cleaned_data)
    page = Paginator(found, CHANGES_A_PAGE).get_page(request.GET.get("page"))
    context = {"workload": workload, "form": form, "page": page, "filtered": any(form.cleaned_data.values())}
    if request.htmx:
        return render(request, "workloads/_changes.html", context)
    return render(request, "workloads/changes.html", context | {"latest": change_log(workload, {}).first()})


@never_cache
@require_safe
def live(request: SignedIn, number: int) -> HttpResponse:
    """The counters of today as a part that asks for itself again: often while data arrives, seldom otherwise."""
    workload = visible_workload(request, number)
    context = {"workload": workload, "live": reads.live(workload, timezone.now())}
    return render(request, "workloads/_calls_live.html", context)


@require_safe
def evaluations(request: SignedIn, number: int) -> HttpResponse:
    """What evaluators and people said of its calls in the last 30 days, as a part of the page on quality."""
    workload, now = visible_workload(request, number), timezone.now()
    rows = evaluation_rows(workload, now - EVALUATED, now + timedelta(days=1))
    context = {"workload": workload, "rows": rows, "days": EVALUATED.days}
    return render(request, "workloads/_calls_evaluations.html", context)
