"""The decision part of a candidate's page, and deciding."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from aiops import permissions
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from backlog.models import Candidate
from roi import operations, queries
from roi.forms import DecisionForm
from roi.operations.deciding import require_decider
from roi.queries.barred import barred_words
from roi.queries.masked import reason_for


def _user(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]


def _found(request: HttpRequest, number: int) -> Candidate:
    rows = Candidate.objects.visible_to(request.user).select_related("owner", "unit")
    return get_object_or_404(rows, number=number)


@require_safe
def candidate_decision(request: HttpRequest, number: int) -> HttpResponse:
    """What was decided so far; for the lead, the form where something is to be decided."""
    candidate = _found(request, number)
    may = permissions.has(request.user, Permission.DECIDE) and candidate.state in operations.DECIDABLE
    money = queries.may_read_money(_user(request), candidate)
    made = queries.decisions(_user(request), candidate)
    for row in made:
        row.reason_shown = reason_for(row.reason, money)  # type: ignore[attr-defined]
    context = {
        "candidate": candidate,
        "decisions": made,
        "barred": barred_words(candidate, _user(request)) if may else "",
        "may_decide": operations.may_decide(candidate, _user(request)),
        "form": DecisionForm(candidate=candidate),
        "money": money,
    }
    part = request.htmx  # type: ignore[attr-defined]
    return render(request, "roi/_decision.html" if part else "roi/decision.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, number: int) -> HttpResponse:
    """Decide on one candidate; this page is also what a refused form comes back as."""
    candidate = _found(request, number)
    require_decider(candidate, _user(request))
    form, status = DecisionForm(request.POST or None, candidate=candidate), 200
    if request.method == "POST":
        if form.is_valid() and _decided(request, candidate, form):
            return redirect("backlog:candidate", number)
        status = 422
    context = {"candidate": candidate, "form": form, "frozen": queries.latest_assessment(candidate)}
    context["is_open"] = candidate.state in operations.DECIDABLE
    return render(request, "roi/decide.html", context, status=status)


def _decided(request: HttpRequest, candidate: Candidate, form: DecisionForm) -> bool:
    data = form.cleaned_data
    said = {name: data[name] for name in ("verdict", "reason", "until", "measure")}
    try:
        made = operations.decide(
            candidate=candidate, build=form.build(), by=_user(request), at=timezone.now(), **said
        )
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
        return False
    messages.success(request, f"{candidate.key}: {made.get_verdict_display()}. Its owner is told.")
    return True
