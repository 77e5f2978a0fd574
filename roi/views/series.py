"""Setting a review up, changing and ending it; calendar files; moving or cancelling one meeting."""

from datetime import datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aiops import permissions
from aiops.errors import DomainError
from aiops.forms import refuse
from aiops.permissions import Permission
from roi import operations
from roi.forms.review import MoveForm, SeriesForm
from roi.models import Review, Series
from roi.queries.series import review_ics, rhythm_of, series_ics
from roi.views.score_parts import reader


def _series(request: HttpRequest, pk: int) -> Series:
    rows = Series.objects.visible_to(request.user).select_related("unit", "chair")
    return get_object_or_404(rows, pk=pk)


def _review(request: HttpRequest, number: int) -> Review:
    rows = Review.objects.visible_to(request.user).select_related("series__unit", "chair")
    return get_object_or_404(rows, number=number)


@require_http_methods(["GET", "HEAD", "POST"])
def new_series(request: HttpRequest) -> HttpResponse:
    """A recurring review; its next two meetings are made at once."""
    permissions.require(request.user, Permission.DECIDE)
    form = SeriesForm(request.POST or None, chair=reader(request))
    if request.method == "POST" and form.is_valid():
        try:
            made = operations.create_series(
                unit=form.cleaned_data["unit"], by=reader(request), at=timezone.now(), **form.values()
            )
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(request, f"{made} is set up. Everybody who sits in it is invited by mail.")
            return redirect("roi:reviews")
    context = {"form": form, "title": "Set up the review", "action": "Set it up"}
    return render(request, "roi/series_form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_series(request: HttpRequest, pk: int) -> HttpResponse:
    """Change it; planned meetings move along."""
    series = _series(request, pk)
    if not operations.may_run(reader(request), series.unit):
        raise PermissionDenied("A review is changed by somebody who decides there.")
    form = SeriesForm(request.POST or None, series=series)
    if request.method == "POST" and form.is_valid():
        try:
            operations.change_series(series=series, by=reader(request), at=timezone.now(), **form.values())
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(
                request, "Saved. Meetings that are planned follow; a pre-read that is out stays."
            )
            return redirect("roi:reviews")
    context = {"form": form, "series": series, "title": f"Change {series}", "action": "Save"}
    return render(request, "roi/series_form.html", context, status=422 if form.errors else 200)


@require_POST
def end_series(request: HttpRequest, pk: int) -> HttpResponse:
    series = _series(request, pk)
    try:
        operations.end_series(series=series, by=reader(request), at=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"{series} has ended: no more meetings. What it decided stays.")
    return redirect("roi:reviews")


@require_safe
def series_calendar(request: HttpRequest, pk: int) -> HttpResponse:
    """The recurring meeting with its exceptions, for any calendar."""
    series = _series(request, pk)
    made = series_ics(series, timezone.now(), _host(), lambda r: _address(r.number))
    return _calendar(made, f"review-series-{series.pk}.ics")


@require_safe
def review_calendar(request: HttpRequest, number: int) -> HttpResponse:
    review = _review(request, number)
    made = review_ics(review, timezone.now(), _host(), _address(number))
    return _calendar(made, f"review-{number}.ics")


def _host() -> str:
    return urlsplit(settings.SITE_URL).hostname or "payback"


def _address(number: int) -> str:
    return f"{settings.SITE_URL}{reverse('roi:review', args=[number])}"


def _calendar(text: str, name: str) -> HttpResponse:
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def move_meeting(request: HttpRequest, number: int) -> HttpResponse:
    """Another time in the same weeks."""
    review = _review(request, number)
    if not operations.may_lead(review, reader(request)):
        raise PermissionDenied("The chair of this review moves it.")
    zone = ZoneInfo(review.series.time_zone)
    local = review.starts_at.astimezone(zone)
    form = MoveForm(request.POST or None, initial={"day": local.date(), "start_time": local.time()})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        starts_at = datetime.combine(said["day"], said["start_time"], zone)
        try:
            operations.move_meeting(review=review, starts_at=starts_at, by=reader(request), at=timezone.now())
        except DomainError as error:
            form.add_error("day" if error.field else None, error.message)
        else:
            messages.success(request, "Moved. Everybody who sits in it is told.")
            return redirect("roi:review", number)
    rhythm = rhythm_of(review.series)
    context = {"form": form, "review": review, "days": rhythm.days_of(rhythm.period(review.starts_at))}
    return render(request, "roi/review_move.html", context, status=422 if form.errors else 200)


@require_POST
def cancel_meeting(request: HttpRequest, number: int) -> HttpResponse:
    review = _review(request, number)
    try:
        operations.cancel_meeting(review=review, by=reader(request), at=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "Cancelled. Everybody is told; its items come to the next meeting.")
    return redirect("roi:reviews")
