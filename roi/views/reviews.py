"""Reviews before the meeting: the list, one agenda, what the chair does to it, and a candidate's place."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from aiops import permissions
from aiops.errors import DomainError
from aiops.permissions import Permission
from backlog.models import Candidate
from roi import operations, queries
from roi.forms.review import AddForm, PlaceForm
from roi.models import AgendaItem, Review
from roi.queries.agenda import agenda_of, when_words
from roi.queries.series import past_reviews, series_rows
from roi.queries.why_not_agenda import why_not_on_agenda
from roi.views.score_parts import reader
from workloads.models import Workload

A_PAGE = 20


@require_safe
def reviews(request: HttpRequest) -> HttpResponse:
    """What comes next in each review that one sees, and what was."""
    user = reader(request)
    rows = series_rows(user, timezone.now())
    past = Paginator(past_reviews(user), A_PAGE).get_page(request.GET.get("page"))
    context = {
        "rows": [(row, operations.may_run(user, row.series.unit)) for row in rows],
        "page": past,
        "may_set_up": permissions.has(user, Permission.DECIDE),
    }
    return render(request, "roi/reviews.html", context)


def _review(request: HttpRequest, number: int) -> Review:
    rows = Review.objects.visible_to(request.user).select_related("series__unit", "chair")
    return get_object_or_404(rows, number=number)


def _item(request: HttpRequest, number: int, pk: int) -> AgendaItem:
    review = _review(request, number)
    item = get_object_or_404(AgendaItem.objects.select_related("candidate", "workload"), pk=pk, review=review)
    item.review = review
    return item


@require_safe
def review(request: HttpRequest, number: int) -> HttpResponse:
    """The agenda of one meeting."""
    found = _review(request, number)
    agenda = agenda_of(found, reader(request))
    open_to_hand = agenda.may_lead and not found.is_over
    context = {
        "review": found,
        "a": agenda,
        "when": when_words(found),
        "may_place": open_to_hand,
        "may_start": agenda.may_lead and found.state in ("planned", "frozen"),
        "add": AddForm(),
        "sections": _sections(agenda),
    }
    return render(request, "roi/review.html", context)


def _sections(agenda: Any) -> list[tuple[str, str, str, list[Any], int]]:
    """(name, heading, what to say when empty, rows, how many there are in all)."""
    told = (
        ("discuss", "To discuss", "Nothing needs talk.", agenda.discuss),
        ("consent", "By consent", "Nothing is clear enough to be decided without talk.", agenda.consent),
        ("carried", "Carried over", "", agenda.carried),
        ("dropped", "Dropped", "", agenda.dropped),
    )
    return [(name, head, empty, rows, agenda.counts[name]) for name, head, empty, rows in told]


@require_POST
def place(request: HttpRequest, number: int, pk: int) -> HttpResponse:
    """Up, down, into another section, or off the agenda."""
    item, form = _item(request, number, pk), PlaceForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose where the item goes.")
        return redirect("roi:review", number)
    try:
        _place(request, item, **form.cleaned_data)
    except DomainError as error:
        messages.error(request, error.message)
    return redirect(f"{reverse('roi:review', args=[number])}#item-{pk}")


def _place(
    request: HttpRequest, item: AgendaItem, to: str, position: int | None, revision: int | None
) -> None:
    who: dict[str, Any] = {"by": reader(request), "at": timezone.now(), "revision": revision}
    if to == "drop":
        operations.drop_item(item=item, **who)
        messages.success(
            request, f"{item} is off this agenda. It is listed under Dropped: put it back from there."
        )
        return
    section, where = _target(item, to, position)
    operations.place_item(item=item, section=section, position=where, **who)


def _target(item: AgendaItem, to: str, position: int | None) -> tuple[str, int]:
    if to in ("up", "down"):
        return item.section, max(1, item.position + (-1 if to == "up" else 1))
    if to == "nth":
        return item.section, position or 1
    last = item.review.items.filter(section=to).count()
    return to, position or last + 1


@require_POST
def add(request: HttpRequest, number: int) -> HttpResponse:
    """A candidate or workload by its key, to the end of what is discussed."""
    found, form, user = _review(request, number), AddForm(request.POST), reader(request)
    if not form.is_valid():
        messages.error(request, form.errors["key"][0])
        return redirect("roi:review", number)
    key = form.cleaned_data["key"].strip().upper()
    digits = int("".join(c for c in key if c.isdigit()))
    model: Any = Candidate if key.startswith("C") else Workload
    subject = model.objects.visible_to(user).filter(number=digits).first()
    if subject is None:
        messages.error(request, f"There is no {key[0]}-{digits} that you can see.")
        return redirect("roi:review", number)
    about = {"candidate": subject} if model is Candidate else {"workload": subject}
    try:
        item = operations.add_item(review=found, by=user, at=timezone.now(), **about)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("roi:review", number)
    messages.success(request, f"{subject} is on the agenda.")
    return redirect(f"{reverse('roi:review', args=[number])}#item-{item.pk}")


@require_POST
def remind(request: HttpRequest, number: int) -> HttpResponse:
    """Ask those whom the items that are not ready wait for."""
    found = _review(request, number)
    try:
        asked = operations.remind(review=found, by=reader(request), at=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
    else:
        people = "nobody is" if not asked else "one person is" if asked == 1 else f"{asked} people are"
        messages.success(request, f"{people[:1].upper()}{people[1:]} reminded, once a day at most.")
    return redirect("roi:review", number)


@require_safe
def candidate_agenda(request: HttpRequest, number: int) -> HttpResponse:
    """Part of a candidate's page: on which agenda it is, or why on none and what would change it."""
    user = reader(request)
    rows = Candidate.objects.visible_to(user).select_related("unit", "owner")
    candidate = get_object_or_404(rows, number=number)
    item = AgendaItem.objects.filter(candidate=candidate, section__in=["discuss", "consent"])
    item = item.filter(review__state__in=["planned", "frozen", "running"]).select_related("review__series")
    on = item.order_by("review__starts_at").first()
    context = {
        "candidate": candidate,
        "on": on,
        "sees": on is not None and Review.objects.visible_to(user).filter(pk=on.review_id).exists(),
        "why": None if on else why_not_on_agenda(candidate, timezone.now()),
        "money": queries.may_read_money(user, candidate),
    }
    part = request.htmx  # type: ignore[attr-defined]
    return render(request, "roi/_agenda_why.html" if part else "roi/candidate_agenda.html", context)
