"""Merging a candidate into another, and taking that back."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from aiops.errors import DomainError
from aiops.forms import refuse
from backlog import operations
from backlog.forms.talk import MergeForm
from backlog.views.filing import own_or_visible
from backlog.views.page import page
from backlog.views.parts import user_of


@require_POST
def merge(request: HttpRequest, number: int) -> HttpResponse:
    """The same work as another one: what was said here goes there."""
    found = own_or_visible(request, number)
    form = MergeForm(user_of(request), request.POST)
    if form.is_valid():
        into = form.cleaned_data["into"]
        try:
            operations.merge(candidate=found, into=into, by=user_of(request), at=timezone.now())
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(request, f"{found.key} is merged into {into.key}, with what was said of it.")
            return redirect("backlog:candidate", number)
    return page(request, found, 422, merge_form=form)


@require_POST
def unmerge(request: HttpRequest, number: int) -> HttpResponse:
    """Both stand again as they stood."""
    found = own_or_visible(request, number)
    try:
        operations.unmerge(candidate=found, by=user_of(request), at=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"{found.key} stands for itself again.")
    return redirect("backlog:candidate", number)
