"""Pages of IT: programs that send telemetry and whose they are, and keys of whole environments."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from functools import wraps
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aiops import permissions
from aiops.errors import DomainError
from aiops.forms import refuse
from aiops.permissions import Permission
from workloads.forms_services import AssignServiceForm, EnvironmentKeyForm, MappingForm, RegisterServiceForm
from workloads.models.services import Service
from workloads.operations import services as operations
from workloads.operations.holding import HELD_BYTES, HELD_FOR
from workloads.operations.mapping import FIELDS, set_mapping
from workloads.operations.telemetry import create_environment_key, require_company_it, revoke_ingest_key
from workloads.queries import services as reads
from workloads.views.telemetry import SignedIn, visible_workload

A_PAGE = 50
LISTS = {"unclaimed": "Unclaimed", "claimed": "Claimed", "ignored": "Ignored"}
View = Callable[..., HttpResponse]


def for_it(view: View) -> View:
    """403 for everybody but IT of the whole company, before anything is looked up."""

    @wraps(view)
    @never_cache
    def checked(request: SignedIn, *args: Any, **kwargs: Any) -> HttpResponse:
        require_company_it(request.user)
        return view(request, *args, **kwargs)

    return checked


@for_it
@require_safe
def services(request: SignedIn) -> HttpResponse:
    """Programs by whether anybody has claimed them; which list is shown stands in the address."""
    shown = request.GET.get("show", "unclaimed")
    shown = shown if shown in LISTS else "unclaimed"
    rows = reads.services(request.user)
    lists = {
        "unclaimed": rows.filter(workload=None, is_ignored=False),
        "claimed": rows.exclude(workload=None),
        "ignored": rows.filter(is_ignored=True),
    }
    page = Paginator(lists[shown], A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "shown": shown, "lists": LISTS, "unclaimed": lists["unclaimed"].count()}
    return render(request, "workloads/services.html", context | {"days": HELD_FOR.days})


@for_it
@require_http_methods(["GET", "HEAD", "POST"])
def service(request: SignedIn, pk: int) -> HttpResponse:
    """One program; a POST names which of its forms was sent."""
    row = get_object_or_404(reads.services(request.user), pk=pk)
    made, status = _forms(request, row), 200
    if request.method == "POST":
        name = request.POST.get("form", "")
        if name not in VERBS:
            raise PermissionDenied("There is no such form on this page.")
        if (done := _done(request, row, name, made)) is not None:
            return done
        status = 422
    context = {"service": row, "forms": made, "days": HELD_FOR.days, "most": HELD_BYTES // 1_000_000}
    return render(request, "workloads/service.html", context, status=status)


def _forms(request: SignedIn, row: Service) -> dict[str, forms.Form]:
    sent = request.POST.get("form") if request.method == "POST" else None
    first = {"name": row.name[:200]}
    return {
        "register": RegisterServiceForm(request.POST if sent == "register" else None, initial=first),
        "assign": AssignServiceForm(request.POST if sent == "assign" else None, user=request.user),
        "ignore": forms.Form(request.POST if sent == "ignore" else None),
        "release": forms.Form(request.POST if sent == "release" else None),
    }


VERBS: dict[str, tuple[Callable[..., Any], str]] = {
    "register": (operations.register_service, "The workload is registered. What waited is being stored."),
    "assign": (operations.assign_service, "Assigned. What waited is being stored."),
    "ignore": (operations.ignore_service, "Ignored: what it sends is counted and dropped."),
    "release": (operations.release_service, "Released: what it sends waits for somebody to claim it."),
}


def _done(request: SignedIn, row: Service, name: str, made: dict[str, forms.Form]) -> HttpResponse | None:
    form, (verb, words) = made[name], VERBS[name]
    if not form.is_valid():
        return None
    try:
        verb(service=row, by=request.user, at=timezone.now(), **form.cleaned_data)
    except DomainError as error:
        refuse(form, error)
        return None
    messages.success(request, words)
    return redirect("workloads:services")


@for_it
@require_http_methods(["GET", "HEAD", "POST"])
def environment_keys(request: SignedIn) -> HttpResponse:
    """Keys of whole environments. A new one is shown once, in the answer to the POST that made it."""
    if request.method != "POST":
        return _keys_page(request, EnvironmentKeyForm())
    form = EnvironmentKeyForm(request.POST)
    plain = _create(request, form) if form.is_valid() else ""
    if not plain:
        return _keys_page(request, form, status=422)
    return _keys_page(request, EnvironmentKeyForm(), plain=plain, status=201)


def _create(request: SignedIn, form: EnvironmentKeyForm) -> str:
    said = form.cleaned_data
    try:
        _, plain = create_environment_key(
            environment=said["environment"],
            name=said["name"],
            expires_at=start_of(said["expires_on"]),
            by=request.user,
            at=timezone.now(),
        )
        return plain
    except DomainError as error:
        form.add_error("expires_on" if error.field == "expires_at" else error.field, error.message)
        return ""


def start_of(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), UTC) if day else None


def _keys_page(
    request: SignedIn, form: EnvironmentKeyForm, plain: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "plain": plain,
        "site": settings.SITE_URL,
        "now": timezone.now(),
        "keys": reads.environment_keys(request.user),
    }
    return render(request, "workloads/keys_environment.html", context, status=status)


@for_it
@require_POST
def revoke_environment_key(request: SignedIn, pk: int) -> HttpResponse:
    key = get_object_or_404(reads.environment_keys(request.user), pk=pk)
    key = revoke_ingest_key(key=key, by=request.user, at=timezone.now())
    messages.success(request, f"The key «{key.name}» opens nothing any more.")
    return redirect("workloads:environment_keys")


@require_http_methods(["GET", "HEAD", "POST"])
def mapping(request: SignedIn, number: int) -> HttpResponse:
    """Which attributes of its calls say a cost centre and a finished piece of work."""
    workload = visible_workload(request, number)
    held, names = reads.mapping_of(workload), reads.attribute_names(workload)
    first = {name: getattr(held, name) for name in FIELDS} if held else {}
    form = MappingForm(request.POST if request.method == "POST" else None, initial=first, names=names)
    if request.method == "POST":
        permissions.require(request.user, Permission.CONNECT, unit=workload.unit)
        if form.is_valid() and _mapped(request, workload, form):
            return redirect("workloads:mapping", number)
    may_change = permissions.has(request.user, Permission.CONNECT, unit=workload.unit)
    context = {"workload": workload, "form": form, "held": held, "names": names, "may_change": may_change}
    status = 422 if request.method == "POST" else 200
    return render(request, "workloads/mapping.html", context, status=status)


def _mapped(request: HttpRequest, workload: Any, form: MappingForm) -> bool:
    try:
        set_mapping(workload=workload, by=request.user, at=timezone.now(), **form.cleaned_data)
    except DomainError as error:
        refuse(form, error)
        return False
    messages.success(request, "Noted. It counts for calls that arrive from now on.")
    return True
