"""The pre-read: every item on a page of its own, and what members say of it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from aiops.errors import DomainError
from roi import operations
from roi.forms.review import AnswerForm
from roi.models import AgendaItem, Answer, Review
from roi.queries.agenda import agenda_of, when_words
from roi.queries.barred import barred_words, subject_of
from roi.queries.pre_reads import newest_of, pre_read_changes, pre_read_of
from roi.views.score_parts import reader


def _review(request: HttpRequest, number: int) -> Review:
    rows = Review.objects.visible_to(request.user).select_related("series__unit", "chair")
    return get_object_or_404(rows, number=number)


@require_safe
def pre_read(request: HttpRequest, number: int) -> HttpResponse:
    """All items to discuss and by consent, in their order, one printed page each."""
    review, user = _review(request, number), reader(request)
    agenda = agenda_of(review, user, only=("discuss", "consent"))
    rows = [*agenda.discuss, *agenda.consent]
    newest = newest_of(row.item for row in rows)
    pages = [_page(row, request, newest) for row in rows]
    answered = sum(1 for page in pages if page["mine"])
    context = {
        "review": review,
        "a": agenda,
        "when": when_words(review),
        "pages": pages,
        "answered": answered,
        "may_answer": agenda.sits and review.state == Review.State.FROZEN,
        "kinds": Answer.Kind.choices,
    }
    return render(request, "roi/pre_read.html", context)


def _page(row: Any, request: HttpRequest, newest: Any) -> dict[str, Any]:
    item, user = row.item, reader(request)
    subject = subject_of(item)
    frozen = getattr(item, "pre_read", None)
    answers = [(answer, bool(subject and barred_words(subject, answer.by))) for answer in row.answers]
    return {
        "row": row,
        "c": pre_read_of(item, newest),
        "hash": frozen.content_hash if frozen else "",
        "frozen_at": frozen.frozen_at if frozen else None,
        "changes": pre_read_changes(item, user, newest),
        "answers": answers,
        "mine": next((answer for answer in row.answers if answer.by_id == user.pk), None),
    }


@require_POST
def answer(request: HttpRequest, number: int, pk: int) -> HttpResponse:
    """Fine, talk or a question."""
    review = _review(request, number)
    item = get_object_or_404(AgendaItem.objects.select_related("candidate", "workload"), pk=pk, review=review)
    item.review = review
    form = AnswerForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose fine, talk or a question, in at most 500 characters.")
    else:
        try:
            operations.answer_pre_read(item=item, by=reader(request), at=timezone.now(), **form.cleaned_data)
        except DomainError as error:
            messages.error(request, error.message)
    return redirect(f"{reverse('roi:pre_read', args=[number])}#item-{pk}")
