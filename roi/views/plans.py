"""The portfolio planner: scenarios, one plan with its answer, two side by side, and a candidate's place in one."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aiops.csv_files import csv_response
from aiops.errors import DomainError
from aiops.forms import refuse
from aiops.models import User, currency_symbol
from backlog.models import Candidate
from roi import operations, queries
from roi.forms import CompareForm, PlanForm
from roi.models import Plan
from roi.queries.proposals import money_of

CSV_HEAD = ["key", "title", "unit", "in_plan", "start_quarter", "order", "cost", "value", "currency"]
CSV_HEAD += ["in_share_of_futures", "share_low", "share_high", "why_not"]


def _reader(request: HttpRequest) -> User:
    """Plans hold the money of all units; whoever reads only some of it is told so at every address alike."""
    user: User = request.user  # type: ignore[assignment]
    if not queries.may_read_plans(user):
        raise PermissionDenied("Plans are for those who read the money of the whole company.")
    return user


def _planner(request: HttpRequest) -> User:
    user = _reader(request)
    if not operations.may_plan(user):
        raise PermissionDenied("Plans are made by the lead and by finance of the whole company.")
    return user


def _found(user: User, pk: int) -> Plan:
    return get_object_or_404(queries.plans(user), pk=pk)


@require_safe
def plans(request: HttpRequest) -> HttpResponse:
    """All scenarios, the last changed first."""
    user = _reader(request)
    rows = list(queries.plans(user)[:200])
    return render(request, "roi/plans.html", {"plans": rows, "may_plan": operations.may_plan(user)})


@require_http_methods(["GET", "HEAD", "POST"])
def new_plan(request: HttpRequest) -> HttpResponse:
    """A new scenario; ?from= starts with what another one asks."""
    user = _planner(request)
    source = _source(user, request.GET.get("from", ""))
    initial = PlanForm.initial_of(source) | {"name": ""} if source else {}
    form = PlanForm(request.POST or None, initial=initial, candidates=queries.pickable(user))
    if request.method == "POST" and form.is_valid():
        name, asked = form.cleaned_data["name"], form.settings()
        made = _tried(
            form, lambda: operations.create_plan(name=name, settings=asked, by=user, at=timezone.now())
        )
        if made:
            return redirect("roi:plan", made.pk)
    context = {"form": form, "source": source}
    return render(request, "roi/plan_form.html", context, status=422 if request.method == "POST" else 200)


def _source(user: User, pk: str) -> Plan | None:
    return _found(user, int(pk)) if pk.isdecimal() and len(pk) < 10 else None


@require_http_methods(["GET", "HEAD", "POST"])
def edit_plan(request: HttpRequest, pk: int) -> HttpResponse:
    """Another name, or another question; the answer to the old one is dropped."""
    user = _planner(request)
    found = _found(user, pk)
    initial = PlanForm.initial_of(found)
    form = PlanForm(request.POST or None, initial=initial, candidates=queries.pickable(user))
    if request.method == "POST" and form.is_valid():
        asked = {"name": form.cleaned_data["name"], "settings": form.settings()}
        read = form.cleaned_data["revision"]
        changed = _tried(
            form,
            lambda: operations.change_plan(plan=found, revision=read, by=user, at=timezone.now(), **asked),
        )
        if changed:
            return redirect("roi:plan", pk)
    context = {"form": form, "plan": found}
    return render(request, "roi/plan_form.html", context, status=422 if request.method == "POST" else 200)


def _tried(form: PlanForm, verb: Callable[[], Plan]) -> Plan | None:
    try:
        return verb()
    except DomainError as error:
        refuse(form, error)
        return None


@require_safe
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """One plan: its progress while it is computed, then its answer; ?format=csv downloads it."""
    user = _reader(request)
    found = _found(user, pk)
    if request.GET.get("format") == "csv":
        return _csv(user, found)
    part = request.htmx  # type: ignore[attr-defined]
    return render(request, "roi/_plan_state.html" if part else "roi/plan.html", _context(user, found))


def _context(user: User, found: Plan) -> dict[str, Any]:
    result, money = found.result, money_of(found.currency)
    context: dict[str, Any] = {
        "plan": found,
        "result": result,
        "under_way": found.state in operations.UNDER_WAY,
        "is_solved": result.get("status") in queries.SOLVED,
        "may_plan": operations.may_plan(user),
    }
    if found.state != Plan.State.DONE:
        return context
    context |= {part: queries.plan_rows(user, found, part) for part in ("chosen", "waiting", "ignored")}
    out = queries.plan_rows(user, found, "left_out")
    context["left_out"] = [(row, queries.why_not(row.facts, money)) for row in out]
    context |= {"effort": queries.effort_rows(found), "changed": queries.changed_since(user, found)}
    context |= {"advice": queries.advice(found), "candidates": len(result["assessments"])}
    return context | {"chart": queries.frontier_chart(found, currency_symbol(found.currency))}


def _csv(user: User, found: Plan) -> HttpResponse:
    money = money_of(found.currency)
    rows = [_cells(found, row, "yes", "") for row in queries.plan_rows(user, found, "chosen")]
    rows += [
        _cells(found, row, "no", queries.why_not(row.facts, money))
        for row in queries.plan_rows(user, found, "left_out")
    ]
    rows += [
        _cells(found, row, "no", f"Waits for {row.facts['reason']}.")
        for row in queries.plan_rows(user, found, "waiting")
    ]
    return csv_response(f"payback-plan-{found.pk}.csv", CSV_HEAD, rows)


def _cells(found: Plan, row: queries.PlanRow, is_in: str, why: str) -> list[Any]:
    facts, c = row.facts, row.candidate
    names = ("quarter", "order", "cost", "value")
    shares = (facts.get(name) for name in ("share", "share_low", "share_high"))
    about = [row.key, c.title if c else "", str(c.unit) if c else "", is_in]
    return [*about, *(facts.get(name) for name in names), found.currency, *shares, why]


SAID = {
    "solve": "It is being solved again, with the candidates as they are now.",
    "publish": "Published: owners now read why theirs is in or out.",
    "take-back": "Taken back: owners read it no more.",
    "delete": "The plan is gone.",
}
VERBS: dict[str, Callable[..., Any]] = {
    "solve": operations.request_solve,
    "publish": operations.publish_plan,
    "take-back": operations.unpublish_plan,
    "delete": operations.delete_plan,
}


@require_POST
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """solve, publish, take-back or delete; a refusal is said on the plan's page."""
    user = _planner(request)
    if verb not in VERBS:
        raise Http404
    found = _found(user, pk)
    try:
        VERBS[verb](plan=found, by=user, at=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("roi:plan", pk)
    messages.success(request, SAID[verb])
    return redirect("roi:plans") if verb == "delete" else redirect("roi:plan", pk)


@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """Two solved plans side by side: totals, and what enters, leaves and moves."""
    user = _reader(request)
    solved = queries.plans(user).filter(state=Plan.State.DONE, result__status__in=queries.SOLVED)
    form = CompareForm(request.GET or None, plans=solved)
    context: dict[str, Any] = {"form": form, "enough": solved.count() > 1}
    asked = bool(request.GET)
    if asked and form.is_valid():
        pair = [form.cleaned_data["a"], form.cleaned_data["b"]]
        difference = queries.compare(user, *pair)
        words = queries.difference_words(pair[1], difference, money_of(pair[1].currency))
        context |= {"pair": pair, "difference": difference, "words": words}
    status = 422 if asked and not form.is_valid() else 200
    return render(request, "roi/plan_compare.html", context, status=status)


@require_safe
def candidate_plan(request: HttpRequest, number: int) -> HttpResponse:
    """A candidate's line of the published plan, for those who may see the candidate; empty without one."""
    user: User = request.user  # type: ignore[assignment]
    candidate = get_object_or_404(Candidate.objects.visible_to(user).select_related("unit"), number=number)
    place = queries.place_of(candidate)
    context: dict[str, Any] = {"candidate": candidate, "place": place}
    if place and place.part == "left_out":
        context["why"] = _why_mine(user, candidate, place)
    context |= {"money": queries.may_read_money(user, candidate), "reads_plans": queries.may_read_plans(user)}
    part = request.htmx  # type: ignore[attr-defined]
    template = "roi/_plan_candidate.html" if part else "roi/plan_candidate.html"
    return render(request, template, context)


def _why_mine(user: User, candidate: Candidate, place: queries.Place) -> str:
    money = money_of(place.plan.currency)
    return queries.why_mine(user, candidate, place.facts, money, queries.may_read_plans(user))
