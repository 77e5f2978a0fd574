"""Actions from reviews: one's own and those one may see; finished with a note."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from aiops.errors import DomainError
from aiops.models import User
from roi import operations
from roi.models import Action

VERBS = {"finish": operations.finish_action, "drop": operations.drop_action}


@require_safe
def actions(request: HttpRequest) -> HttpResponse:
    """Mine first, then overdue ones of the reviews that I see, then the rest that is open."""
    user: User = request.user  # type: ignore[assignment]
    today = timezone.localdate()
    rows = Action.objects.visible_to(user).select_related("owner", "review__series")
    is_open = rows.filter(done_at=None, dropped_at=None)
    which = request.GET.get("show", "open")
    others = is_open.exclude(owner=user) if which == "open" else rows.exclude(done_at=None, dropped_at=None)
    context = {
        "mine": is_open.filter(owner=user),
        "page": Paginator(others, 50).get_page(request.GET.get("page")),
        "which": which,
        "today": today,
    }
    return render(request, "roi/actions.html", context)


@require_POST
def answer_action(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Finished, or no longer wanted."""
    action = get_object_or_404(Action.objects.visible_to(request.user), pk=pk)
    if verb not in VERBS:
        raise Http404
    note = request.POST.get("note", "")
    user: User = request.user  # type: ignore[assignment]
    try:
        VERBS[verb](action=action, note=note, by=user, at=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
    except PermissionDenied as error:
        messages.error(request, str(error))
    return redirect("roi:actions")
