"""Minutes of a closed meeting: as a page, as a PDF, as text."""

import json

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from roi.models import Review
from roi.queries.minutes import minutes_text, queue_words, without_money
from roi.queries.seats import reads_money
from roi.views.minutes_pdf import NoBrowser, pdf_of


def _closed(request: HttpRequest, number: int) -> tuple[Review, dict[str, object], bool]:
    rows = Review.objects.visible_to(request.user).select_related("series__unit", "chair")
    review = get_object_or_404(rows, number=number)
    if review.minutes_content is None:
        raise Http404
    money = reads_money(review, request.user)  # type: ignore[arg-type]
    content = review.minutes_content if money else without_money(review.minutes_content)
    return review, content, money


@require_safe
def minutes(request: HttpRequest, number: int) -> HttpResponse:
    """What was decided, as it was written when the meeting closed."""
    rows = Review.objects.visible_to(request.user)
    if get_object_or_404(rows, number=number).state == Review.State.RUNNING:
        return redirect("roi:present", number)
    review, content, money = _closed(request, number)
    context = {"review": review, "c": content, "money": money, "queue": queue_words(content)}
    return render(request, "roi/minutes.html", context)


@require_safe
def minutes_file(request: HttpRequest, number: int, kind: str) -> HttpResponse:
    """The same as text, JSON or PDF; without a Chromium on this machine the page says how to print it."""
    review, content, money = _closed(request, number)
    name = f"review-{review.number}"
    if kind == "txt":
        return HttpResponse(minutes_text(content, with_money=money), content_type="text/plain; charset=utf-8")
    if kind == "json":
        response = HttpResponse(json.dumps(content, indent=1), content_type="application/json")
        response["Content-Disposition"] = f'attachment; filename="{name}.json"'
        return response
    if kind != "pdf":
        raise Http404
    html = render_to_string(
        "roi/minutes_print.html",
        {"review": review, "c": content, "money": money, "queue": queue_words(content)},
    )
    try:
        made = pdf_of(html)
    except NoBrowser as error:
        messages.warning(request, f"{error} Print this page instead.")
        return redirect("roi:minutes", number)
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    return response
