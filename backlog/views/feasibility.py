"""IT's line on the page of a candidate: a part of its own that the page loads."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from aiops import permissions
from aiops.errors import DomainError
from aiops.forms import refuse
from aiops.permissions import Permission
from backlog import operations
from backlog.forms.intake import FeasibilityForm
from backlog.models import OPEN, Feasibility
from backlog.views.filing import own_or_visible


@require_http_methods(["GET", "HEAD", "POST"])
def feasibility(request: HttpRequest, number: int) -> HttpResponse:
    """Whether it can be built here, in a line; IT says so, everybody who sees the candidate reads it."""
    found = own_or_visible(request, number)
    said = Feasibility.objects.filter(candidate=found).select_related("by").first()
    form = FeasibilityForm(
        request.POST or None, initial={"verdict": said.verdict, "line": said.line} if said else None
    )
    if request.method == "POST" and form.is_valid():
        try:
            said = operations.set_feasibility(
                candidate=found, by=request.user, at=timezone.now(), **form.cleaned_data
            )  # type: ignore[arg-type]
            if not request.htmx:  # type: ignore[attr-defined]
                return redirect("backlog:candidate", number)
        except DomainError as error:
            refuse(form, error)
    may_say = permissions.has(request.user, Permission.CONNECT, unit=found.unit) and found.state in OPEN
    context: dict[str, Any] = {"candidate": found, "said": said, "form": form if may_say else None}
    return render(request, "backlog/_feasibility.html", context, status=422 if form.errors else 200)
