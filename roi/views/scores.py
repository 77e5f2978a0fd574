"""Scores as parts of other pages: the live preview of a form, and a candidate's frozen assessment."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from aiops import permissions
from aiops.models import BusinessUnit, User
from aiops.permissions import Permission
from backlog.models import Candidate
from backlog.queries import estimate_ranges
from roi import operations, queries
from roi.forms import PreviewForm


@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """The score of what stands in the form; nothing is stored. 422 with the reason where it cannot be read."""
    permissions.require(request.user, Permission.FILE)
    form = PreviewForm(request.POST)
    if not form.is_valid():
        return render(request, "roi/_score.html", {"errors": _errors(form)}, status=422)
    candidate = _candidate(request, form.cleaned_data.get("candidate"))
    unit = candidate.unit if candidate else _user(request).home_unit
    known = estimate_ranges(candidate) if candidate and not form.is_long else {}
    made = operations.score(ranges=known | form.cleaned_data["ranges"], unit=unit, day=timezone.now().date())
    return render(request, "roi/_score.html", {"score": made, "money": _sees_money(request, candidate, unit)})


def _user(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]


def _errors(form: PreviewForm) -> list[str]:
    return [f"{_label(name)}{error}" for name, errors in form.errors.items() for error in errors]


def _label(name: str) -> str:
    """Messages of our own name their quantity; the field's own («Enter a number.») do not."""
    return "" if name.endswith("_likely") else f"{name.replace('_', ' ').capitalize()}: "


def _candidate(request: HttpRequest, number: int | None) -> Candidate | None:
    if number is None:
        return None
    rows = Candidate.objects.visible_to(request.user).select_related("unit").prefetch_related("estimates")
    return get_object_or_404(rows, number=number)


def _sees_money(request: HttpRequest, candidate: Candidate | None, unit: BusinessUnit | None) -> bool:
    own = candidate is None or candidate.owner_id == request.user.pk
    return own or permissions.has(request.user, Permission.READ_MONEY, unit=unit)


@require_safe
def candidate_score(request: HttpRequest, number: int) -> HttpResponse:
    """The newest frozen assessment of a candidate; made now when its inputs changed since."""
    candidate = _candidate(request, number)
    assert candidate is not None
    frozen = queries.latest_assessment(candidate)
    current = operations.score(
        ranges=estimate_ranges(candidate), unit=candidate.unit, day=timezone.now().date()
    )
    context: dict[str, Any] = {"candidate": candidate, "frozen": frozen, "score": current}
    context["is_older"] = frozen is not None and frozen.inputs_hash != current.inputs_hash
    context["money"] = _sees_money(request, candidate, candidate.unit)
    return render(request, "roi/_score.html", context)
