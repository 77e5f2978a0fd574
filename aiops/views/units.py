"""Business units."""

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from aiops import operations, queries
from aiops.errors import DomainError
from aiops.forms import UnitForm, refuse
from aiops.operations.whole_company import require_everywhere
from aiops.permissions import Permission


@require_http_methods(["GET", "POST"])
def units(request: HttpRequest) -> HttpResponse:
    """The list, and the form that adds one."""
    require_everywhere(request.user, Permission.ADMIN_PEOPLE)
    form = UnitForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            operations.create_unit(**form.cleaned_data, by=request.user, at=timezone.now())
            return redirect("aiops:units")
        except DomainError as error:
            refuse(form, error)
    rows = queries.units(request.user).annotate(heads=Count("people"))
    return render(
        request, "aiops/units.html", {"units": rows, "form": form}, status=422 if form.errors else 200
    )


@require_http_methods(["GET", "POST"])
def unit(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename one."""
    require_everywhere(request.user, Permission.ADMIN_PEOPLE)
    found = get_object_or_404(queries.units(request.user), pk=pk)
    form = UnitForm(request.POST or None, initial={"name": found.name})
    if request.method == "POST" and form.is_valid():
        try:
            operations.rename_unit(unit=found, **form.cleaned_data, by=request.user, at=timezone.now())
            messages.success(request, "Renamed.")
            return redirect("aiops:units")
        except DomainError as error:
            refuse(form, error)
            found.refresh_from_db()
    return render(
        request, "aiops/unit.html", {"unit": found, "form": form}, status=422 if form.errors else 200
    )
