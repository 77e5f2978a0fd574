"""Present mode: one item a screen for everybody in the meeting, and what the chair does with it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aiops.errors import DomainError
from aiops.forms import refuse
from aiops.models import User
from roi import operations
from roi.forms.deciding import ActionForm, MeetingDecisionForm, ObjectionForm
from roi.models import AgendaItem, Decision, Presence, Review
from roi.operations.meeting import HEARD, standing_decision
from roi.queries.pre_read_parts import assessment_of
from roi.queries.pre_reads import pre_read_of
from roi.queries.present import OF_CANDIDATE, OF_WORKLOAD, meeting_of
from roi.queries.seats import reads_money
from roi.views.as_seen import figures_of

CHANGED = "meeting-changed"


def _user(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]


def _review(request: HttpRequest, number: int) -> Review:
    rows = Review.objects.visible_to(request.user).select_related("series__unit", "chair")
    return get_object_or_404(rows, number=number)


def _item(request: HttpRequest, number: int, pk: int) -> AgendaItem:
    review = _review(request, number)
    rows = AgendaItem.objects.filter(review=review).select_related(
        "candidate__unit", "candidate__owner", "workload__unit", "workload__candidate", "pre_read__assessment"
    )
    item = get_object_or_404(rows, pk=pk)
    item.review = review
    return item


@require_POST
def start(request: HttpRequest, number: int) -> HttpResponse:
    """The meeting begins; whoever starts it chairs."""
    review = _review(request, number)
    try:
        operations.start_meeting(review=review, by=_user(request), at=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("roi:minutes" if review.is_over else "roi:present", number)
    return redirect("roi:present", number)


@never_cache
@require_safe
def present(request: HttpRequest, number: int) -> HttpResponse:
    """The meeting as this reader sees it; being here is being present."""
    review = _review(request, number)
    if review.state == Review.State.CLOSED:
        return redirect("roi:minutes", number)
    now = timezone.now()
    if review.state == Review.State.RUNNING:
        operations.be_present(review=review, by=_user(request), at=now)
    return render(request, "roi/present.html", {"m": _meeting(request, review)})


def _meeting(request: HttpRequest, review: Review) -> Any:
    return meeting_of(review, _user(request), timezone.now(), request.GET.get("show", ""))


@never_cache
@require_safe
def pulse(request: HttpRequest, number: int) -> HttpResponse:
    """204 while nothing changed, else the meeting anew. One query, and one more twice a minute."""
    now = timezone.now()
    seen = Presence.objects.filter(review__number=number, user=_user(request)).select_related("review")
    row = seen.only("last_seen_at", "review__revision", "review__state", "user_id").first()
    if row is None:
        return _not_here_yet(_review(request, number))
    if now - row.last_seen_at > HEARD:
        operations.be_present(review=row.review, by=_user(request), at=now)
    if request.GET.get("seen") == str(row.review.revision):
        return HttpResponse(status=204)
    review = _review(request, number)
    if review.state != Review.State.RUNNING:
        response = HttpResponse()
        response["HX-Refresh"] = "true"
        return response
    return render(request, "roi/_present.html", {"m": _meeting(request, review)})


def _not_here_yet(review: Review) -> HttpResponse:
    """A page that was opened before the meeting began: it opens anew once it runs."""
    if review.state != Review.State.RUNNING:
        return HttpResponse(status=204)
    response = HttpResponse()
    response["HX-Refresh"] = "true"
    return response


@require_safe
def finance(request: HttpRequest, number: int, pk: int) -> HttpResponse:
    """The frozen figures behind an item, for those who read its money."""
    item = _item(request, number, pk)
    assessment = assessment_of(item) if reads_money(item.review, _user(request)) else None
    return render(request, "roi/_as_seen.html", figures_of(assessment))


@require_http_methods(["GET", "HEAD", "POST"])
def panel(request: HttpRequest, number: int, pk: int, verdict: str) -> HttpResponse:
    """A verdict, filled in and waiting for Enter; the same page decides."""
    item = _item(request, number, pk)
    allowed = OF_CANDIDATE if item.candidate_id else OF_WORKLOAD if item.workload_id else ()
    if verdict not in {v.value for v, *_ in allowed}:
        raise Http404
    old = standing_decision(item)
    form = MeetingDecisionForm(
        request.POST or None, item=item, verdict=verdict, content=pre_read_of(item),
        day=timezone.localdate(), corrects=old,
    )  # fmt: skip
    if request.method == "POST" and form.is_valid() and _decided(request, item, form):
        return _done(request, number)
    label = next(label for v, label, _ in allowed if v == verdict)
    context = {"form": form, "item": item, "verdict": verdict, "label": label, "old": old, "m": item.review}
    status = 422 if request.method == "POST" else 200
    template = "roi/_panel.html" if _is_part(request) else "roi/panel.html"
    return render(request, template, context | {"content": pre_read_of(item)}, status=status)


def _is_part(request: HttpRequest) -> bool:
    return bool(request.htmx)  # type: ignore[attr-defined]


def _decided(request: HttpRequest, item: AgendaItem, form: MeetingDecisionForm) -> bool:
    corrects = form.cleaned_data.get("corrects")
    said = form.said() | {"item": item, "by": _user(request), "at": timezone.now()}
    said["corrects"] = Decision.objects.filter(pk=corrects, item=item).first() if corrects else None
    try:
        if item.candidate is not None:
            operations.decide(candidate=item.candidate, **said)
        else:
            assert item.workload is not None
            operations.decide_workload(workload=item.workload, **said)
    except DomainError as error:
        refuse(form, error)
        return False
    except PermissionDenied as error:
        form.add_error(None, str(error))
        return False
    return True


def _done(request: HttpRequest, number: int) -> HttpResponse:
    """An empty panel for a page that is there already, which then asks for the meeting anew."""
    if not _is_part(request):
        return redirect("roi:present", number)
    response = HttpResponse()
    response["HX-Trigger"] = CHANGED
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def say(request: HttpRequest, number: int, what: str, pk: int = 0) -> HttpResponse:
    """An objection or an action, in a panel of its own."""
    if what not in ("objection", "action"):
        raise Http404
    item = _item(request, number, pk) if pk else None
    review = item.review if item else _review(request, number)
    made = ObjectionForm if what == "objection" else ActionForm
    form: Any = made(request.POST or None)
    if request.method == "POST" and form.is_valid() and _said(request, review, item, what, form):
        return _done(request, number)
    status = 422 if request.method == "POST" else 200
    template = "roi/_say.html" if _is_part(request) else "roi/say.html"
    context = {"form": form, "item": item, "review": review, "what": what, "m": review}
    return render(request, template, context, status=status)


def _said(request: HttpRequest, review: Review, item: AgendaItem | None, what: str, form: Any) -> bool:
    by: dict[str, Any] = {"by": _user(request), "at": timezone.now()}
    try:
        if what == "objection":
            if item is None:
                raise Http404
            operations.object_to(item=item, **form.cleaned_data, **by)
        else:
            operations.add_action(review=review, item=item, **form.cleaned_data, **by)
    except DomainError as error:
        refuse(form, error)
        return False
    except PermissionDenied as error:
        form.add_error(None, str(error))
        return False
    return True


@require_POST
def act(request: HttpRequest, number: int, verb: str) -> HttpResponse:
    """Show an item, decide the consent list, pull from it, vote, take the chair, note who is here, close."""
    verbs: dict[str, Callable[[HttpRequest, Review], None]] = {
        "show": _show, "consent": _consent, "pull": _pull, "vote": _vote, "chair": _chair, "here": _here,
        "close": _close,
    }  # fmt: skip
    if verb not in verbs:
        raise Http404
    review = _review(request, number)
    try:
        verbs[verb](request, review)
    except DomainError as error:
        messages.error(request, error.message)
    if verb == "close" or not _is_part(request):
        return _away(request, number)
    review = _review(request, number)
    return render(request, "roi/_present.html", {"m": _meeting(request, review)})


def _away(request: HttpRequest, number: int) -> HttpResponse:
    if not _is_part(request):
        return redirect("roi:present", number)
    response = HttpResponse()
    response["HX-Refresh"] = "true"
    return response


def _named(request: HttpRequest, review: Review) -> AgendaItem:
    pk = request.POST.get("item", "")
    return _item(request, review.number, int(pk) if pk.isdecimal() else 0)


def _who(request: HttpRequest) -> dict[str, Any]:
    return {"by": _user(request), "at": timezone.now()}


def _show(request: HttpRequest, review: Review) -> None:
    operations.open_item(item=_named(request, review), **_who(request))


def _consent(request: HttpRequest, review: Review) -> None:
    made, left = operations.decide_consent(review=review, **_who(request))
    for item, words in left:
        messages.warning(request, f"{item}: {words}")
    if made:
        many = "1 item is" if len(made) == 1 else f"{len(made)} items are"
        messages.success(request, f"{many} decided by consent.")


def _pull(request: HttpRequest, review: Review) -> None:
    operations.take_off_consent(item=_named(request, review), **_who(request))


def _vote(request: HttpRequest, review: Review) -> None:
    verdict = request.POST.get("verdict", "")
    operations.vote_in_review(item=_named(request, review), verdict=verdict, **_who(request))


def _chair(request: HttpRequest, review: Review) -> None:
    operations.take_chair(review=review, **_who(request))


def _here(request: HttpRequest, review: Review) -> None:
    pk = request.POST.get("person", "")
    member = review.series.members.filter(user=int(pk) if pk.isdecimal() and len(pk) < 10 else 0).first()
    if member is None:
        raise Http404
    operations.put_down(review=review, person=member.user, **_who(request))


def _close(request: HttpRequest, review: Review) -> None:
    operations.close_review(review=review, **_who(request))
    messages.success(request, "The meeting is closed: these are its minutes.")
