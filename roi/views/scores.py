"""Scores as parts of other pages: the live preview of a form, and a candidate as it stands."""

from dataclasses import dataclass
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
from roi.calc.words import absent, worked_example
from roi.forms import PreviewForm

BAND = 10


@dataclass(frozen=True)
class InputRow:
    """An input as this reader may see it; `band` replaces the three figures of a rate."""

    item: operations.Input
    band: str

    @property
    def is_share(self) -> bool:
        return self.item.quantity.endswith("_share")


@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """The score of what stands in the form; nothing is stored. 422 with the reason if it cannot be read."""
    permissions.require(request.user, Permission.FILE)
    form = PreviewForm(request.POST)
    if not form.is_valid():
        return render(request, "roi/_score.html", {"errors": form.problems}, status=422)
    number = form.cleaned_data.get("candidate")
    candidate = _candidate(request, number) if number else None
    unit = candidate.unit if candidate else _user(request).home_unit
    known = estimate_ranges(candidate) if candidate and not form.is_long else {}
    ranges = known | form.cleaned_data["ranges"]
    made = operations.score(ranges=ranges, unit=unit, day=timezone.now().date())
    return render(request, "roi/_score.html", _context(request, made, candidate, unit))


def _user(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]


def _candidate(request: HttpRequest, number: int) -> Candidate:
    rows = Candidate.objects.visible_to(request.user).select_related("unit").prefetch_related("estimates")
    return get_object_or_404(rows, number=number)


def _sees_money(request: HttpRequest, candidate: Candidate | None) -> bool:
    """Whoever files sees what comes of the own numbers; a filed candidate's money is the unit's."""
    return candidate is None or queries.may_read_money(_user(request), candidate)


@require_safe
def candidate_score(request: HttpRequest, number: int) -> HttpResponse:
    """The score of a candidate's ranges as they stand, and how old the frozen one is."""
    candidate = _candidate(request, number)
    frozen = queries.latest_assessment(candidate)
    today = timezone.now().date()
    current = operations.score(ranges=estimate_ranges(candidate), unit=candidate.unit, day=today)
    context = _context(request, current, candidate, candidate.unit) | {
        "candidate": candidate,
        "frozen": frozen,
    }
    context["is_older"] = frozen is not None and frozen.inputs_hash != current.inputs_hash
    part = request.htmx  # type: ignore[attr-defined]
    return render(request, "roi/_score.html" if part else "roi/score.html", context)


def _context(
    request: HttpRequest, made: operations.Score, candidate: Candidate | None, unit: BusinessUnit | None
) -> dict[str, Any]:
    """The score with what stands around it: assumptions, what is missing, the formula with its numbers."""
    may_see_rates = permissions.has(request.user, Permission.FINANCE)
    rows = [InputRow(item, "" if may_see_rates else _band(item, made.currency)) for item in made.inputs]
    rate = next((row for row in rows if row.item.quantity == "loaded_rate"), None)
    money = operations.money_words(made.currency)
    shown = rate and (rate.band or money(rate.item.range.likely))
    likely = {item.quantity: item.range.likely for item in made.inputs}
    return {
        "score": made,
        "money": _sees_money(request, candidate),
        "rows": rows,
        "assumptions": [item for item in made.inputs if item.source == "assumed" and item.note],
        "absent": absent(set(likely)) if made.result.hours else [],
        "formula": worked_example(likely, money, shown or ""),
    }


def _band(item: operations.Input, currency: str) -> str:
    """A rate of finance's card as a band of ten; other inputs are shown as they are."""
    if item.quantity != "loaded_rate" or item.source != "rate card":
        return ""
    low = int(item.range.likely // BAND * BAND)
    return f"{operations.money_words(currency)(low)} to {low + BAND}"
