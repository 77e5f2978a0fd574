"""Splitting a workload in two: first what would happen, then, with a second press, it is done."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from aiops.errors import DomainError
from aiops.models import Company, User
from roi.forms.splitting import SplitForm
from roi.models import Split
from roi.operations.splitting import SplitPreview, preview_split, split_workload
from workloads.models import Workload
from workloads.operations.inventory import require_operator


@require_http_methods(["GET", "HEAD", "POST"])
def split(request: HttpRequest, number: int) -> HttpResponse:
    """The form, then what comes along and what stays, then the new workload's page."""
    user: User = request.user  # type: ignore[assignment]
    seen = Workload.objects.visible_to(user).select_related("unit", "candidate")
    workload = get_object_or_404(seen, number=number)
    require_operator(workload, user)
    form = SplitForm(request.POST or None, today=Company.load().day_of(timezone.now()))
    if request.method != "POST" or not form.is_valid():
        return _page(request, workload, form)
    try:
        if "confirmed" in request.POST:
            made = split_workload(source=workload, by=user, at=timezone.now(), **form.cleaned_data)
            words = f"{made.part.name} is a workload of its own. Give it a key so that its calls and items find it."
            messages.success(request, words)
            return redirect("workloads:workload", made.part.number)
        said = {name: form.cleaned_data[name] for name in ("share", "month")}
        shown = preview_split(source=workload, by=user, at=timezone.now(), **said)
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
        return _page(request, workload, form)
    return _page(request, workload, form, shown)


def _page(
    request: HttpRequest, workload: Workload, form: SplitForm, shown: SplitPreview | None = None
) -> HttpResponse:
    splits = Split.objects.filter(source=workload).select_related("part", "by")
    context: dict[str, Any] = {"workload": workload, "form": form, "seen": shown, "splits": splits}
    return render(request, "roi/split.html", context, status=422 if form.errors else 200)
