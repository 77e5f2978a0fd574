"""File a candidate: a draft that saves itself, and submitting it."""

import secrets
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from aiops import permissions
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from backlog import operations
from backlog.forms import ShortForm
from backlog.models import Candidate, State


def own_or_visible(request: HttpRequest, number: int) -> Candidate:
    """The candidate, for those who see it; 404 for everybody else."""
    rows = Candidate.objects.visible_to(request.user).select_related("owner", "unit", "assessor", "team")
    return get_object_or_404(rows, number=number)


@require_http_methods(["GET", "HEAD", "POST"])
def file(request: HttpRequest) -> HttpResponse:
    """The empty form. The first save makes the draft; its token makes a retried save the same draft."""
    permissions.require(request.user, Permission.FILE)
    if request.method == "POST":
        return _save(request, None)
    return _page(request, ShortForm(), None, secrets.token_hex(12))


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, number: int) -> HttpResponse:
    """Go on with a draft, or change an open candidate."""
    candidate = own_or_visible(request, number)
    if request.method == "POST":
        return _save(request, candidate)
    operations.require_edit(candidate, _user(request))
    return _page(
        request, ShortForm(initial=ShortForm.from_candidate(candidate)), candidate, candidate.client_token
    )


def _user(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]


def _save(request: HttpRequest, candidate: Candidate | None) -> HttpResponse:
    form, token = ShortForm(request.POST), request.POST.get("client_token", "")[:40]
    wants = request.POST.get("then", "save")
    if not form.is_valid():
        return _page(request, form, candidate, token, 422)
    try:
        saved = _store(request, candidate, form.cleaned_data, token)
        if wants == "submit" and saved.state in (State.DRAFT, State.WITHDRAWN, State.REJECTED):
            saved = operations.submit(candidate=saved, by=_user(request), at=timezone.now())
            messages.success(request, f"Received, {saved.key}. IT sizes the cost; you need not do anything.")
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
        return _page(request, form, candidate, token, 422)
    if request.htmx and wants == "autosave":  # type: ignore[attr-defined]
        return render(request, "backlog/_saved.html", {"candidate": saved, "at": timezone.now()})
    return redirect("backlog:candidate", saved.number)


def _store(
    request: HttpRequest, candidate: Candidate | None, answers: dict[str, Any], token: str
) -> Candidate:
    now = timezone.now()
    if candidate is None or candidate.state == State.DRAFT:
        return operations.save_draft(
            candidate=candidate, by=_user(request), at=now, client_token=token, **answers
        )
    return operations.edit(candidate=candidate, by=_user(request), at=now, **answers)


def _page(
    request: HttpRequest, form: ShortForm, candidate: Candidate | None, token: str, status: int = 200
) -> HttpResponse:
    here = reverse("backlog:edit", args=[candidate.number]) if candidate else reverse("backlog:file")
    context: dict[str, Any] = {"form": form, "candidate": candidate, "client_token": token, "here": here}
    context["is_draft"] = candidate is None or candidate.state == State.DRAFT
    if status == 422 and request.htmx and request.POST.get("then") == "autosave":  # type: ignore[attr-defined]
        return render(request, "backlog/_saved.html", {"errors": form.errors}, status=422)
    return render(request, "backlog/file.html", context, status=status)


@require_POST
def withdraw(request: HttpRequest, number: int) -> HttpResponse:
    """Take it back; it can be submitted again."""
    candidate = own_or_visible(request, number)
    _try(
        request,
        lambda: operations.withdraw(candidate=candidate, by=_user(request), at=timezone.now()),
        "Withdrawn.",
    )
    return redirect("backlog:candidate", number)


@require_POST
def submit(request: HttpRequest, number: int) -> HttpResponse:
    """Hand in a draft or a withdrawn candidate as it stands."""
    candidate = own_or_visible(request, number)
    done = f"Received, {candidate.key}."
    _try(request, lambda: operations.submit(candidate=candidate, by=_user(request), at=timezone.now()), done)
    return redirect("backlog:candidate", number)


@require_POST
def send_to_review(request: HttpRequest, number: int) -> HttpResponse:
    """Ready to be decided."""
    candidate = own_or_visible(request, number)
    done = f"{candidate.key} is in review."
    _try(
        request,
        lambda: operations.send_to_review(candidate=candidate, by=_user(request), at=timezone.now()),
        done,
    )
    return redirect("backlog:candidate", number)


def _try(request: HttpRequest, action: Any, done: str) -> None:
    try:
        action()
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, done)
