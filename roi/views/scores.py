"""Scores as parts of other pages: the live preview of a form, and a candidate as it stands.

Each comes in two requests: what is said first at once, what takes longer when "Finance details" is opened.
"""

from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from aiops import permissions
from aiops.errors import DomainError
from aiops.permissions import Permission
from backlog.models import Candidate
from backlog.queries import hours_cap
from roi import operations, queries
from roi.calc.simulation import CALC_VERSION, PREVIEW_DRAWS
from roi.forms import PreviewForm
from roi.views.score_parts import heavy_part, lead_part, reader

# Settings that the assessor's page may hold; finance's are not on everybody's page.
BESIDE = ("rate_job", "token_model", "horizon_months", "discount_rate")


@dataclass(frozen=True)
class Previewed:
    """What a form makes: a score, or the reasons why not; `candidate` is the one that is being edited."""

    score: operations.Score | None
    candidate: Candidate | None
    problems: tuple[str, ...] = ()


@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """The score of what stands in the form; nothing is stored. 422 with the reason if it cannot be read."""
    made = _previewed(request)
    if made.score is None:
        return render(request, "roi/_score.html", {"errors": made.problems}, status=422)
    context = lead_part(request, made.score, made.candidate)
    context |= {"details_url": reverse("roi:preview_details"), "is_preview": True}
    return render(request, "roi/_score.html", context)


@require_POST
def preview_details(request: HttpRequest) -> HttpResponse:
    """The heavy parts of the same form's score."""
    made = _previewed(request)
    if made.score is None:
        return render(request, "roi/_score.html", {"errors": made.problems}, status=422)
    context = heavy_part(request, made.score, operations.analyse(made.score), made.candidate)
    return render(request, "roi/_score_details.html", context)


def _previewed(request: HttpRequest) -> Previewed:
    permissions.require(request.user, Permission.FILE)
    form = PreviewForm(request.POST)
    if not form.is_valid():
        return Previewed(None, None, tuple(form.problems))
    number = form.cleaned_data.get("candidate")
    candidate = _candidate(request, number) if number else None
    try:
        made = operations.score(
            case=_case(request, form, candidate), day=timezone.localdate(), draws=PREVIEW_DRAWS
        )
    except DomainError as error:
        return Previewed(None, candidate, (error.message,))
    return Previewed(made, candidate)


def _case(request: HttpRequest, form: PreviewForm, candidate: Candidate | None) -> operations.Case:
    """The candidate's case with what the form says in place of what is stored."""
    said = form.cleaned_data
    cap = {name: said[name] for name in ("hours_cap", "cap_note")}
    if candidate is None:
        user = reader(request)
        return operations.Case(said["ranges"], unit=user.home_unit, owner_id=user.pk, **cap)
    stored = operations.case_of(candidate)
    if said["hours_cap"] == hours_cap(candidate)[0]:
        # The same people: what approved candidates already free of their hours still counts.
        cap = {"hours_cap": stored.hours_cap, "cap_note": stored.cap_note}
    if not form.is_long:
        return replace(stored, ranges={**stored.ranges, **said["ranges"]}, **cap)
    beside = {name: said[name] for name in BESIDE if name in request.POST}
    return replace(
        stored,
        ranges=said["ranges"],
        correlations=said["correlations"],
        effort_days=said["effort_days"],
        **beside,
        **cap,
    )


def _candidate(request: HttpRequest, number: int) -> Candidate:
    rows = Candidate.objects.visible_to(request.user).select_related("unit", "team", "owner")
    return get_object_or_404(rows.prefetch_related("estimates"), number=number)


@require_safe
def candidate_score(request: HttpRequest, number: int) -> HttpResponse:
    """The score of a candidate's ranges as they stand, and how old the frozen one is."""
    candidate = _candidate(request, number)
    frozen = queries.latest_assessment(candidate)
    current = operations.score(case=operations.case_of(candidate), day=timezone.localdate())
    context = lead_part(request, current, candidate)
    context |= {"frozen": frozen, "is_older": frozen is not None and not _is_frozen(current, frozen)}
    context["details_url"] = reverse("roi:candidate_details", args=[number])
    context["versions"] = candidate.assessments.count()
    part = request.htmx  # type: ignore[attr-defined]
    return render(request, "roi/_score.html" if part else "roi/score.html", context)


@require_safe
def candidate_details(request: HttpRequest, number: int) -> HttpResponse:
    """The heavy parts: as frozen where the inputs have not changed since, else computed now."""
    candidate = _candidate(request, number)
    current = operations.score(case=operations.case_of(candidate), day=timezone.localdate())
    frozen = queries.latest_assessment(candidate)
    kept = frozen.details.get("analysis") if frozen and _is_frozen(current, frozen) else None
    context = heavy_part(request, current, kept or operations.analyse(current), candidate)
    part = request.htmx  # type: ignore[attr-defined]
    return render(request, "roi/_score_details.html" if part else "roi/score_details.html", context)


def _is_frozen(current: operations.Score, frozen: Any) -> bool:
    """Whether the frozen score is of these inputs and of today's calculation."""
    return (frozen.inputs_hash, frozen.calc_version) == (current.inputs_hash, CALC_VERSION)
