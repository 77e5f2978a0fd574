"""Pages of a workload's telemetry: its ingest keys, and its calls one by one."""

from datetime import UTC, datetime, time

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.middleware import HtmxDetails

from aiops import permissions
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from workloads import queries
from workloads.filters_telemetry import filter_calls
from workloads.forms_telemetry import CallFilterForm, IngestKeyForm
from workloads.models.inventory import Workload
from workloads.models.telemetry import IngestKey
from workloads.operations.telemetry import create_ingest_key, read_call, revoke_ingest_key

CALLS_A_PAGE = 50


class SignedIn(HttpRequest):
    """What a page gets behind the sign-in: a person, and what htmx says."""

    user: User
    htmx: HtmxDetails


def visible_workload(request: SignedIn, number: int) -> Workload:
    """The workload, for those who see it; 404 for everybody else."""
    return get_object_or_404(Workload.objects.visible_to(request.user).select_related("unit"), number=number)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def keys(request: SignedIn, number: int) -> HttpResponse:
    """The workload's keys. A new one is shown once, in the answer to the POST that made it."""
    workload = visible_workload(request, number)
    if request.method != "POST":
        return _keys_page(request, workload, IngestKeyForm())
    permissions.require(request.user, Permission.CONNECT, unit=workload.unit)
    form = IngestKeyForm(request.POST)
    plain = _create(request, workload, form) if form.is_valid() else ""
    if not plain:
        return _keys_page(request, workload, form, status=422)
    return _keys_page(request, workload, IngestKeyForm(), plain=plain, status=201)


def _create(request: SignedIn, workload: Workload, form: IngestKeyForm) -> str:
    day = form.cleaned_data["expires_on"]
    try:
        _, plain = create_ingest_key(
            workload=workload,
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            expires_at=datetime.combine(day, time(), UTC) if day else None,
            by=request.user,
            at=timezone.now(),
        )
        return plain
    except DomainError as error:
        form.add_error("expires_on" if error.field == "expires_at" else error.field, error.message)
        return ""


def _keys_page(
    request: SignedIn, workload: Workload, form: IngestKeyForm, plain: str = "", status: int = 200
):
    context = {
        "workload": workload,
        "form": form,
        "plain": plain,
        "site": settings.SITE_URL,
        "now": timezone.now(),
        "keys": queries.ingest_keys(request.user, workload),
        "may_change": permissions.has(request.user, Permission.CONNECT, unit=workload.unit),
    }
    return render(request, "workloads/keys.html", context, status=status)


@require_POST
def revoke_key(request: SignedIn, number: int, pk: int) -> HttpResponse:
    workload = visible_workload(request, number)
    found = (
        IngestKey.objects.visible_to(request.user).filter(workload=workload).select_related("workload__unit")
    )
    key = revoke_ingest_key(key=get_object_or_404(found, pk=pk), by=request.user, at=timezone.now())
    messages.success(request, f"The key «{key.name}» opens nothing any more.")
    return redirect("workloads:keys", number)


@require_safe
def calls(request: SignedIn, number: int) -> HttpResponse:
    """Calls, the latest first; what is filtered stands in the address."""
    workload = visible_workload(request, number)
    form = CallFilterForm(request.GET)
    form.is_valid()
    found = filter_calls(queries.calls_visible_to(request.user, workload), form.cleaned_data)
    page = Paginator(found, CALLS_A_PAGE).get_page(request.GET.get("page"))
    context = {"workload": workload, "form": form, "page": page, "filtered": any(form.cleaned_data.values())}
    template = "workloads/_calls.html" if request.htmx else "workloads/calls.html"
    return render(request, template, context)


@never_cache
@require_safe
def call(request: SignedIn, number: int, reference: str) -> HttpResponse:
    """One call. That somebody read it is kept in the audit log."""
    workload = visible_workload(request, number)
    one = get_object_or_404(queries.calls_visible_to(request.user, workload).by_reference(reference))
    read_call(call=one, by=request.user, at=timezone.now())
    return render(request, "workloads/call.html", {"workload": workload, "call": one})
