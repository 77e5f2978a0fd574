"""Triage: the unit's backlog in value order, and six verbs on one or many, by mouse or keyboard."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aiops import permissions
from aiops.csv_files import csv_response
from aiops.errors import DomainError
from aiops.forms import refuse
from aiops.models import BusinessUnit, Company
from aiops.permissions import Permission
from backlog.models import Candidate, TriageStep
from roi import operations
from roi.forms.triage import FORMS
from roi.operations.telling import exact_money
from roi.queries.triage import TriageRow, to_triage, triage_rows
from roi.views.score_parts import reader

A_PAGE = 50
HEAD = ["key", "title", "unit", "owner", "state", "npv_p50", "currency", "reason", "waits_for", "days"]


@require_safe
def triage(request: HttpRequest) -> HttpResponse:
    """?unit=, ?q=, ?parked=1, ?format=csv."""
    user, at = reader(request), timezone.now()
    permissions.require(user, Permission.TRIAGE)
    parked = "parked" in request.GET
    everything = to_triage(user, at.date(), parked=parked)
    found = _narrowed(request, everything)
    money = exact_money(Company.load().currency)
    if request.GET.get("format") == "csv":
        return csv_response("payback-triage.csv", HEAD, map(_cells, triage_rows(list(found), at, money)))
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    units = BusinessUnit.objects.filter(pk__in=everything.order_by().values("unit")).order_by("name")
    step = TriageStep.objects.visible_to(user).filter(undone_at=None, at__gt=at - operations.UNDO).first()
    context: dict[str, Any] = {
        "page": page,
        "rows": triage_rows(list(page.object_list), at, money),
        "units": units,
        "step": step,
    }
    context |= {"parked": parked, "filtered": bool(request.GET.get("q") or request.GET.get("unit"))}
    return render(request, "roi/triage.html", context)


def _narrowed(request: HttpRequest, rows: Any) -> Any:
    unit, words = request.GET.get("unit", ""), request.GET.get("q", "").strip()
    if unit.isdigit():
        rows = rows.filter(unit_id=int(unit[:9]))
    return rows.filter(title__icontains=words[:80].replace("\0", "")) if words else rows


def _cells(row: TriageRow) -> list[Any]:
    c, score = row.candidate, row.score
    worth = [score.npv_p50, score.currency] if score else [None, ""]
    return [
        c.key, c.title, c.unit.name, str(c.owner), c.get_state_display(), *worth, row.reason, row.waits_for,
        row.days,
    ]  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def act(request: HttpRequest, verb: str) -> HttpResponse:
    """One verb on the candidates of ?c=: asks what it needs, does it to all or none, and says how to take it back."""
    user, at = reader(request), timezone.now()
    permissions.require(user, Permission.TRIAGE)
    if verb not in FORMS:
        raise Http404
    chosen = _chosen(request)
    # The list posts what was chosen; a verb that asks something asks it first.
    is_answer = request.method == "POST" and (verb == "send" or "choose" not in request.POST)
    form = FORMS[verb](request.POST if is_answer else None, candidates=chosen, user=user, today=at.date())
    if is_answer and chosen and form.is_valid():
        try:
            operations.triage(verb=verb, candidates=chosen, by=user, at=at, **form.cleaned_data)
            return redirect("roi:triage")
        except DomainError as error:
            refuse(form, error)
    status = 422 if is_answer else 200
    label = TriageStep.Verb(verb).label
    context = {"form": form, "verb": verb, "label": label, "chosen": chosen}
    return render(request, "roi/triage_verb.html", context, status=status)


def _chosen(request: HttpRequest) -> list[Candidate]:
    """Those of the numbers that this person triages; one that is not theirs is a 404."""
    given = request.POST.getlist("c") or request.GET.getlist("c")
    numbers = {int(n) for n in given if n.isdigit() and len(n) < 10}
    rows = Candidate.objects.visible_to(reader(request)).filter(number__in=numbers)
    found = list(rows.select_related("owner", "unit", "assessor").order_by("number"))
    if len(found) < len(set(given)):
        raise Http404
    if any(not permissions.has(reader(request), Permission.TRIAGE, unit=c.unit) for c in found):
        raise PermissionDenied("Somebody else triages that unit.")
    return found


@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the last step back, within a minute."""
    step = get_object_or_404(TriageStep.objects.visible_to(reader(request)), pk=pk)
    try:
        operations.undo_triage(step=step, by=reader(request), at=timezone.now())
        messages.success(request, "Taken back.")
    except DomainError as error:
        messages.error(request, error.message)
    return redirect(reverse("roi:triage"))
