"""The page of a workload's ingest keys."""

from datetime import UTC, datetime, time

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.middleware import HtmxDetails

from aiops import permissions
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from workloads import queries
from workloads.forms_telemetry import IngestKeyForm
from workloads.models.inventory import Workload
from workloads.models.telemetry import IngestKey
from workloads.operations.telemetry import create_ingest_key, revoke_ingest_key


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
