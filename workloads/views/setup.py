"""The setup page of a workload: how to point a client here, what arrived, and what is kept of it."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from aiops import permissions
from aiops.errors import DomainError
from aiops.forms import refuse
from aiops.permissions import Permission
from workloads.forms_telemetry import DIALECT_NAMES, PolicyForm, SetupKeyForm
from workloads.models.inventory import Workload
from workloads.models.telemetry import SCOPES
from workloads.operations.content_policy import FIELDS, may_set_policy, set_policy
from workloads.operations.telemetry import create_ingest_key
from workloads.queries import calls as reads
from workloads.views.telemetry import SignedIn, visible_workload

PLACEHOLDER = "pbk_YOUR_KEY"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def setup(request: SignedIn, number: int) -> HttpResponse:
    """Snippets with a placeholder; with the key itself only in the answer to the POST that made it."""
    workload = visible_workload(request, number)
    made = _forms(request, workload)
    if request.method != "POST":
        return _page(request, workload, made)
    if request.POST.get("form") == "policy":
        return _policy(request, workload, made)
    permissions.require(request.user, Permission.CONNECT, unit=workload.unit)
    plain = _create(request, workload, made["key"])
    return _page(request, workload, made, plain, 201 if plain else 422)


def _forms(request: SignedIn, workload: Workload) -> dict[str, forms.Form]:
    sent = request.POST.get("form") if request.method == "POST" else None
    held = {name: getattr(workload, name) for name in FIELDS}
    return {
        "key": SetupKeyForm(request.POST if sent == "key" else None),
        "policy": PolicyForm(request.POST if sent == "policy" else None, initial=held),
    }


def _create(request: SignedIn, workload: Workload, form: forms.Form) -> str:
    if not form.is_valid():
        return ""
    said = {"name": form.cleaned_data["name"], "scopes": list(SCOPES)}
    try:
        return create_ingest_key(workload=workload, by=request.user, at=timezone.now(), **said)[1]
    except DomainError as error:
        refuse(form, error)
        return ""


def _policy(request: SignedIn, workload: Workload, made: dict[str, forms.Form]) -> HttpResponse:
    if not may_set_policy(request.user, workload):
        raise PermissionDenied("Only the owner, the deputy and the lead say what is kept.")
    form = made["policy"]
    if form.is_valid():
        try:
            set_policy(workload=workload, by=request.user, at=timezone.now(), **form.cleaned_data)
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(request, "Noted. It counts for what arrives from now on.")
            return redirect("workloads:setup", workload.number)
    return _page(request, workload, made, status=422)


def _page(
    request: SignedIn, workload: Workload, made: dict[str, forms.Form], plain: str = "", status: int = 200
) -> HttpResponse:
    site = settings.SITE_URL
    context: dict[str, Any] = {
        "workload": workload,
        "forms": made,
        "plain": plain,
        "key": plain or PLACEHOLDER,
        "site": site,
        "host": site.partition("://")[2],
        "may_connect": permissions.has(request.user, Permission.CONNECT, unit=workload.unit),
        "may_set": may_set_policy(request.user, workload),
    }
    return render(request, "workloads/setup.html", context | _arrived(workload), status=status)


@never_cache
@require_safe
def arrived(request: SignedIn, number: int) -> HttpResponse:
    """What came last, as a part that asks for itself again."""
    workload = visible_workload(request, number)
    return render(request, "workloads/_setup_arrived.html", {"workload": workload} | _arrived(workload))


def _arrived(workload: Workload) -> dict[str, Any]:
    latest = reads.latest(workload)
    return {
        "latest": latest,
        "dialect": DIALECT_NAMES.get(latest.call.dialect, "") if latest else "",
        "arrivals": list(workload.arrivals.all()),
    }
