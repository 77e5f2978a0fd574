"""The register of a workload: what it runs with now, since when, and what ran on a past day."""

from datetime import date
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from aiops.errors import DomainError
from workloads.forms_register import AddVersionForm, DayForm, EndVersionForm, NoteForm
from workloads.models import ComponentVersion, Workload
from workloads.operations.components import add_version, end_version, note_version
from workloads.operations.inventory import require_operator
from workloads.queries import register as queries
from workloads.views.telemetry import SignedIn, visible_workload

WORDS = {"add": "Added to the register.", "end": "Its last day is noted.", "note": "Noted."}


@require_http_methods(["GET", "HEAD", "POST"])
def components(request: SignedIn, number: int) -> HttpResponse:
    """What runs now, or on the day in the address; a POST names which of its forms was sent."""
    workload = visible_workload(request, number)
    if request.method != "POST":
        return _page(request, workload)
    require_operator(workload, request.user)
    name = request.POST.get("form", "")
    if name not in WORDS:
        raise PermissionDenied("There is no such form on this page.")
    row = None if name == "add" else _row(request, workload)
    form = _bound(request, name)
    if form.is_valid() and _done(request, workload, name, row, form):
        return redirect("workloads:components", number)
    return _page(request, workload, sent=(name, row.pk if row else None, form), status=422)


def _row(request: SignedIn, workload: Workload) -> ComponentVersion:
    pk = request.POST.get("row", "")
    found = ComponentVersion.objects.filter(component__workload=workload)
    rows = found.select_related("component__workload__unit")
    return get_object_or_404(rows, pk=pk if pk.isdecimal() and len(pk) < 18 else 0)


def _bound(request: SignedIn, name: str) -> django_forms.Form:
    kinds: dict[str, type[django_forms.Form]] = {
        "add": AddVersionForm,
        "end": EndVersionForm,
        "note": NoteForm,
    }
    return kinds[name](request.POST)


def _done(
    request: SignedIn, workload: Workload, name: str, row: ComponentVersion | None, form: django_forms.Form
) -> bool:
    said: dict[str, Any] = {"by": request.user, "at": timezone.now(), **form.cleaned_data}
    try:
        if row is None:
            add_version(workload=workload, **said)
        else:
            (end_version if name == "end" else note_version)(row=row, **said)
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
        return False
    messages.success(request, WORDS[name])
    return True


def _page(request: SignedIn, workload: Workload, sent: Any = None, status: int = 200) -> HttpResponse:
    at = timezone.now()
    asked = DayForm(request.GET)
    day: date | None = asked.cleaned_data.get("on") if asked.is_valid() else None
    past = day if day is not None and day < at.date() else None
    groups = queries.ran_on(workload, past) if past else queries.running_now(workload, at)
    name, row, form = sent or ("", None, None)
    context = {
        "workload": workload,
        "day": past,
        "day_form": DayForm(initial={"on": past or at.date()}),
        "groups": groups,
        "sentence": queries.in_words(groups, past),
        "history": queries.history(workload),
        "may_change": _may_change(workload, request.user),
        "add_form": form if name == "add" else AddVersionForm(initial={"since": at.date()}, auto_id="add_%s"),
        "sent": {"name": name, "row": row, "form": form},
        "today": at.date(),
        "at": at,
    }
    return render(request, "workloads/register.html", context, status=status)


def _may_change(workload: Workload, user: Any) -> bool:
    try:
        require_operator(workload, user)
    except PermissionDenied:
        return False
    return workload.stage != "retired"
