"""Who answers for what: the gaps, and handing over all that hangs on one person."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from aiops.csv_files import csv_response
from aiops.errors import DomainError
from aiops.models import User
from roi import operations
from roi.forms.ownership import HandOverForm
from roi.operations.handing_over import may_hand_over
from roi.queries import ownership as queries


@require_safe
def ownership(request: HttpRequest) -> HttpResponse:
    """Workloads without a deputy or steward, whose people left or moved, whose approval ended."""
    user: User = request.user  # type: ignore[assignment]
    gaps = queries.gaps(user, timezone.localdate())
    if request.GET.get("format") == "csv":
        head = ["workload", "name", "unit", "kind", "sentence"]
        rows = ([g.workload.key, g.workload.name, str(g.workload.unit), g.kind, g.sentence] for g in gaps)
        return csv_response("payback-ownership.csv", head, rows)
    leavers = [(who, count) for who, count in queries.leavers() if may_hand_over(who, user)]
    page = Paginator(gaps, 50).get_page(request.GET.get("page"))
    context = {"gaps": gaps, "page": page, "leavers": leavers, "today": timezone.localdate()}
    return render(request, "roi/ownership.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """All that one person answers for, and the form that gives it to another."""
    user: User = request.user  # type: ignore[assignment]
    leaver = get_object_or_404(User.objects.people(), pk=pk)
    if not may_hand_over(leaver, user):
        raise Http404
    form = HandOverForm(request.POST or None, leaver=leaver)
    if request.method == "POST" and form.is_valid() and _handed_over(request, leaver, form):
        return redirect("roi:hand_over", pk)
    context = {"leaver": leaver, "held": queries.belongings(leaver), "form": form}
    return render(request, "roi/hand_over.html", context, status=422 if request.method == "POST" else 200)


def _handed_over(request: HttpRequest, leaver: User, form: HandOverForm) -> bool:
    user: User = request.user  # type: ignore[assignment]
    try:
        moved = operations.hand_over(leaver=leaver, by=user, at=timezone.now(), **form.cleaned_data)
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
        return False
    except PermissionDenied as error:
        form.add_error(None, str(error))
        return False
    messages.success(request, f"Handed over to {form.cleaned_data['to']}: {moved.words}.")
    return True
