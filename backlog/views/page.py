"""The page of one candidate, drawn whole or one section of it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from aiops import permissions
from aiops.permissions import Permission
from backlog import queries
from backlog.forms import AssignForm, RateForm
from backlog.models import OPEN, Candidate, State
from backlog.views.parts import PARTS, context_of, user_of


def page(request: HttpRequest, found: Candidate, status: int = 200, **said: Any) -> HttpResponse:
    """Where it stands, what it is worth (from the app above), what backs it and what people say."""
    context = _standing(request, found) | context_of(request, found) | _forms(request, found)
    return render(request, "backlog/candidate.html", context | said, status=status)


def _standing(request: HttpRequest, found: Candidate) -> dict[str, Any]:
    user = user_of(request)
    may_estimate = permissions.has(user, Permission.ESTIMATE, unit=found.unit)
    may_triage = permissions.has(user, Permission.TRIAGE, unit=found.unit)
    return {
        "candidate": found,
        "strip": queries.strip(found),
        "stage": queries.current_stage(found),
        "estimates": queries.estimate_rows(user, found),
        "beside": queries.beside(user, found),
        "is_owner": found.owner_id == user.pk,
        "may_edit": found.is_open and (found.owner_id == user.pk or may_estimate),
        "may_estimate": may_estimate and found.is_open and found.state != State.DRAFT,
        "may_send": may_triage and found.may_move_to(State.IN_REVIEW),
        "may_assign": may_triage and found.state in (State.RECEIVED, State.SIZING),
        "money": queries.sees_money(user, found),
    }


def _forms(request: HttpRequest, found: Candidate) -> dict[str, Any]:
    user = user_of(request)
    made: dict[str, Any] = {}
    if found.state in OPEN and permissions.has(user, Permission.FINANCE, unit=found.unit):
        made["rate_form"] = RateForm.of(found)
    if found.state in (State.RECEIVED, State.SIZING) and permissions.has(
        user, Permission.TRIAGE, unit=found.unit
    ):
        people = queries.assessors(found.unit)
        made["assign"] = AssignForm(people=people, initial={"assessor": found.assessor})
    return made


def answer(request: HttpRequest, found: Candidate, name: str, status: int = 200, **said: Any) -> HttpResponse:
    """The section alone for htmx; else back to it, or the whole page where something was refused."""
    if request.htmx:  # type: ignore[attr-defined]
        context = {"candidate": found} | PARTS[name](request, found) | said
        return render(request, f"backlog/_{name}.html", context, status=status)
    if status == 200:
        return redirect(f"{reverse('backlog:candidate', args=[found.number])}#{name}")
    return page(request, found, status, **said)
