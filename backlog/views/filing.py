"""File a candidate: a draft that saves itself, submitting it, and submitting it again."""

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
from backlog import operations, queries
from backlog.forms import ShortForm
from backlog.models import Candidate, State
from backlog.operations.evidence import require_size
from backlog.queries import Similar

AGAIN = (State.WITHDRAWN, State.REJECTED)


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
    klass = asked_class(request, None)
    form = ShortForm(initial={"klass": klass}, version=queries.form_now(klass))
    return filing_page(request, form, None, secrets.token_hex(12))


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, number: int) -> HttpResponse:
    """Go on with a draft, change an open candidate, or hand a rejected or withdrawn one in again."""
    candidate = own_or_visible(request, number)
    if request.method == "POST":
        return _save(request, candidate)
    operations.require_edit(candidate, _user(request))
    klass = asked_class(request, candidate)
    initial = ShortForm.from_candidate(candidate) | {"klass": klass}
    form = ShortForm(initial=initial, version=queries.form_of(candidate, klass))
    return filing_page(request, form, candidate, candidate.client_token)


def asked_class(request: HttpRequest, candidate: Candidate | None) -> str:
    """The class that is chosen on the page, else the candidate's, else business AI."""
    said = request.POST.get("klass") or request.GET.get("klass") or ""
    kept = candidate.klass if candidate else Candidate.Klass.BUSINESS_AI.value
    return said if said in Candidate.Klass.values else kept


def _user(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]


def _save(request: HttpRequest, candidate: Candidate | None) -> HttpResponse:
    version = queries.form_of(candidate, asked_class(request, candidate))
    initial = ShortForm.from_candidate(candidate) if candidate else {}
    form, token = (
        ShortForm(request.POST, initial=initial, version=version),
        request.POST.get("client_token", "")[:40],
    )
    if not form.is_valid():
        return filing_page(request, form, candidate, token, 422)
    saved = candidate
    try:
        saved = _store(request, candidate, form.answers(), token)
        if unsaid := _finish(request, saved, form):
            return filing_page(request, form, saved, token, 422, similar=unsaid, asks_once=True)
    except DomainError as error:
        form.refuse(error.field, error.message)
        return filing_page(request, form, saved, token, 422)
    if request.htmx and request.POST.get("then") == "autosave":  # type: ignore[attr-defined]
        return render(request, "backlog/_saved.html", {"candidate": saved, "at": timezone.now()})
    return redirect("backlog:candidate", saved.number)


def _finish(request: HttpRequest, saved: Candidate, form: ShortForm) -> list[Similar]:
    """Photo, reasons why it differs, and submitting; the very similar ones to which an answer is asked once."""
    _add_photo(request, saved)
    wants_submit = request.POST.get("then") == "submit" and saved.state in (State.DRAFT, *AGAIN)
    said = {
        name[8:]: words
        for name, words in request.POST.items()
        if name.startswith("differs-") and words.strip()
    }
    if not wants_submit and not said:
        return []
    data = form.cleaned_data
    found = queries.similar_to(
        user=_user(request), title=data["title"], description=data["description"], exclude=saved
    )
    _differ(request, saved, found, said)
    if not wants_submit:
        return []
    if unsaid := _unsaid(request, found, set(said)):
        return unsaid
    _submit(request, saved, form)
    return []


def _differ(request: HttpRequest, saved: Candidate, found: list[Similar], said: dict[str, str]) -> None:
    for one in found:
        if reason := said.get(str(one.candidate.number)):
            operations.differ(
                candidate=saved, other=one.candidate, reason=reason, by=_user(request), at=timezone.now()
            )


def _unsaid(request: HttpRequest, found: list[Similar], said: set[str]) -> list[Similar]:
    """Very similar ones that were neither joined nor told apart; asked once, then it is filed all the same."""
    same = [one for one in found if one.is_same and str(one.candidate.number) not in said]
    return [] if request.POST.get("asked_similar") else same


def _submit(request: HttpRequest, saved: Candidate, form: ShortForm) -> None:
    at = timezone.now()
    if saved.state in AGAIN:
        saved = operations.resubmit(candidate=saved, by=_user(request), at=at, **form.answers())
    else:
        saved = operations.submit(candidate=saved, by=_user(request), at=at)
    messages.success(request, operations.receipt_sentence(saved, at))


def _store(
    request: HttpRequest, candidate: Candidate | None, answers: dict[str, Any], token: str
) -> Candidate:
    now = timezone.now()
    if candidate is None or candidate.state == State.DRAFT:
        return operations.save_draft(
            candidate=candidate, by=_user(request), at=now, client_token=token, **answers
        )
    if candidate.state in AGAIN and request.POST.get("then") == "submit":
        return candidate  # written with the new round, not before
    return operations.edit(candidate=candidate, by=_user(request), at=now, **answers)


def _add_photo(request: HttpRequest, saved: Candidate) -> None:
    """A photo from the phone, as evidence. A refused one is said and loses nothing of the rest."""
    photo = request.FILES.get("photo")
    if photo is None:
        return
    kind = {"name": photo.name or "photo.jpg", "content_type": photo.content_type or ""}
    try:
        require_size(photo.size or 0)
        operations.add_file(
            candidate=saved, title="Photo", data=photo.read(), by=_user(request), at=timezone.now(), **kind
        )
    except DomainError as error:
        messages.error(request, f"The photo was not kept: {error.message}")


def filing_page(
    request: HttpRequest,
    form: ShortForm,
    candidate: Candidate | None,
    token: str,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    """The page of the short form; `more` brings the marks of a pasted text, or similar ones that ask for a word."""
    here = reverse("backlog:edit", args=[candidate.number]) if candidate else reverse("backlog:file")
    context: dict[str, Any] = {"form": form, "candidate": candidate, "client_token": token, "here": here}
    context["is_draft"] = candidate is None or candidate.state == State.DRAFT
    context["is_again"] = candidate is not None and candidate.state in AGAIN
    context["reader"] = queries.reading_model() if context["is_draft"] else None
    if status == 422 and request.htmx and request.POST.get("then") == "autosave":  # type: ignore[attr-defined]
        return render(request, "backlog/_saved.html", {"errors": form.errors}, status=422)
    return render(request, "backlog/file.html", context | more, status=status)


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
    candidate, at = own_or_visible(request, number), timezone.now()
    done = operations.receipt_sentence(candidate, at)
    _try(request, lambda: operations.submit(candidate=candidate, by=_user(request), at=at), done)
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
