"""Teams: who does the work of a unit today, kept by those who size its candidates."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from aiops import permissions
from aiops.errors import DomainError
from aiops.forms import refuse
from aiops.models import BusinessUnit
from aiops.permissions import Permission
from backlog import operations
from backlog.forms import AddTeamForm, ChangeTeamForm
from backlog.models import Team

A_PAGE = 50


def _units(request: HttpRequest) -> "QuerySet[BusinessUnit]":
    """Where this person sizes candidates; 403 for those who do so nowhere."""
    permissions.require(request.user, Permission.ESTIMATE)
    where = permissions.scope(request.user, Permission.ESTIMATE)
    rows = BusinessUnit.objects.all()
    return rows if where.everything else rows.filter(pk__in=where.unit_ids)


def _found(request: HttpRequest, pk: int) -> Team:
    permissions.require(request.user, Permission.ESTIMATE)
    return get_object_or_404(Team.objects.kept_by(request.user).select_related("unit"), pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def teams(request: HttpRequest) -> HttpResponse:
    """The list, and the form that adds one."""
    form = AddTeamForm(_units(request), request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            operations.add_team(**form.cleaned_data, by=request.user, at=timezone.now())
            return redirect("backlog:teams")
        except DomainError as error:
            refuse(form, error)
    rows = Team.objects.kept_by(request.user).select_related("unit").annotate(named=Count("candidates"))
    rows = rows.order_by("unit__name", "name")
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "form": form}
    return render(request, "backlog/teams.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def team(request: HttpRequest, pk: int) -> HttpResponse:
    """Another name, or another number of people."""
    found = _found(request, pk)
    form = ChangeTeamForm(request.POST or None, initial={"name": found.name, "people": found.people})
    if request.method == "POST" and form.is_valid():
        try:
            operations.change_team(team=found, **form.cleaned_data, by=request.user, at=timezone.now())
            messages.success(request, "Saved. Scores made from now on use it.")
            return redirect("backlog:teams")
        except DomainError as error:
            refuse(form, error)
    named = found.candidates.count()
    context: dict[str, Any] = {"team": found, "form": form, "named": named}
    return render(request, "backlog/team.html", context, status=422 if form.errors else 200)


@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    found = _found(request, pk)
    try:
        operations.remove_team(team=found, by=request.user, at=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("backlog:team", pk)
    messages.success(request, f"«{found}» is gone.")
    return redirect("backlog:teams")
