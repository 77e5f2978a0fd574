"""The assessor's page, and finance's line on a candidate."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from aiops import permissions
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from backlog import operations, queries
from backlog.forms import EstimatesForm, RateForm
from backlog.models import OPEN, Candidate
from backlog.views.filing import own_or_visible


def _user(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]


@require_http_methods(["GET", "HEAD", "POST"])
def estimates(request: HttpRequest, number: int) -> HttpResponse:
    """Every quantity as low, likely, high, and what stands beside them; saved all or nothing."""
    found, user = own_or_visible(request, number), _user(request)
    permissions.require(user, Permission.ESTIMATE, unit=found.unit)
    form = EstimatesForm.build(found, user, timezone.now().date(), request.POST or None)
    if request.method != "POST":
        return _page(request, found, form, 200)
    if form.is_valid() and _saved(request, found, form):
        messages.success(request, "Saved. The score below rests on these ranges.")
        return redirect("backlog:candidate", number)
    return _page(request, found, form, 422)


def _page(request: HttpRequest, found: Candidate, form: EstimatesForm, status: int) -> HttpResponse:
    context = {
        "candidate": found,
        "form": form,
        "is_closed": found.state not in OPEN,
        "said_elsewhere": [row for row in queries.relations_of(_user(request), found) if not row.here],
        "token_models": queries.token_models(_user(request)),
    }
    return render(request, "backlog/estimates.html", context, status=status)


def _saved(request: HttpRequest, found: Candidate, form: EstimatesForm) -> bool:
    now = timezone.now()
    answers = form.answers(now.date(), queries.estimate_ranges(found))
    try:
        operations.size(candidate=found, by=_user(request), at=now, **answers)
    except DomainError as error:
        form.add_error(error.field, error.message)
        return False
    return True


@require_POST
def discount_rate(request: HttpRequest, number: int) -> HttpResponse:
    """Finance's own discount rate for one candidate; blank takes the company's."""
    found, form = own_or_visible(request, number), RateForm(request.POST)
    permissions.require(request.user, Permission.FINANCE, unit=found.unit)
    if not form.is_valid():
        messages.error(request, "Discount rate: a percentage from 0 to 100 a year.")
        return redirect("backlog:candidate", number)
    try:
        operations.set_frame(candidate=found, by=_user(request), at=timezone.now(), **form.cleaned_data)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "Saved.")
    return redirect("backlog:candidate", number)
