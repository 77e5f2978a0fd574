"""While somebody writes: what looks the same, what such work usually takes; and joining what is there."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from aiops import permissions
from aiops.errors import DomainError
from aiops.permissions import Permission
from backlog import operations, queries
from backlog.models import Candidate, State
from backlog.queries import Similar


@require_POST
def similar(request: HttpRequest) -> HttpResponse:
    """The part beside the form: similar candidates and usual ranges for what is typed."""
    permissions.require(request.user, Permission.FILE)
    title = request.POST.get("title", "")[:200]
    context: dict[str, Any] = {"similar": _found(request), "is_part": True}
    context["references"] = queries.reference_ranges(title, request.POST.get("klass", "")[:12])
    context["said"] = {name[8:]: words for name, words in request.POST.items() if name.startswith("differs-")}
    return render(request, "backlog/_similar.html", context)


def _found(request: HttpRequest) -> list[Similar]:
    own = request.POST.get("candidate", "")
    rows = Candidate.objects.visible_to(request.user)
    exclude = rows.filter(number=int(own)).first() if own.isdecimal() and len(own) < 9 else None
    exclude = exclude or _draft(request)
    return queries.similar_to(
        user=request.user,  # type: ignore[arg-type]
        title=request.POST.get("title", "")[:200],
        description=request.POST.get("description", "")[:4000],
        exclude=exclude,
    )


def _draft(request: HttpRequest) -> Candidate | None:
    token = request.POST.get("client_token", "")[:40]
    rows = Candidate.objects.filter(owner_id=request.user.pk, state=State.DRAFT)
    return rows.filter(client_token=token).first() if token else None


@require_POST
def join(request: HttpRequest, number: int) -> HttpResponse:
    """Instead of filing: a vote, following, and what was typed as a comment; the own draft is taken back."""
    candidate = get_object_or_404(Candidate.objects.select_related("owner", "unit"), number=number)
    is_visible = Candidate.objects.visible_to(request.user).filter(pk=candidate.pk).exists()
    if not is_visible and candidate.pk not in [one.candidate.pk for one in _found(request)]:
        # Of other units only what looks like the own words is known.
        raise Http404
    try:
        operations.join_candidate(
            candidate=candidate, by=request.user, at=timezone.now(), note=_note(request)
        )  # type: ignore[arg-type]
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("backlog:candidate", number) if is_visible else redirect("backlog:file")
    _take_back(request, candidate)
    words = f"You joined {candidate.key} {candidate.title} ({candidate.unit}, {candidate.owner})"
    messages.success(request, f"{words}. You hear what becomes of it; its owner is told.")
    return redirect("backlog:candidate", number) if is_visible else redirect("backlog:candidates")


def _note(request: HttpRequest) -> str:
    """What was typed, as a comment: how many and how long it is here is new evidence."""
    said = request.POST.get
    parts = [said("description", "").strip()[:3000]]
    if said("count", "").strip():
        parts.append(f"{said('count', '').strip()[:20]} {_period(said('period', ''))}".strip())
    if said("minutes", "").strip():
        parts.append(f"{said('minutes', '').strip()[:20]} minutes each")
    if said("who_does_it", "").strip():
        parts.append(f"done by {said('who_does_it', '').strip()[:120]}")
    told = "; ".join(part for part in parts if part)
    return f"We have this too. {told}" if told else ""


def _period(value: str) -> str:
    return dict(Candidate.Period.choices).get(value, "") if value else ""


def _take_back(request: HttpRequest, joined: Candidate) -> None:
    draft = _draft(request)
    if draft is not None:
        reason = f"joined {joined.key}"
        operations.withdraw(candidate=draft, by=request.user, at=timezone.now(), reason=reason)  # type: ignore[arg-type]
