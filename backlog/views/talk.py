"""Comments, questions, votes and following, on the page of a candidate."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aiops.errors import DomainError
from aiops.forms import refuse
from backlog import operations
from backlog.forms.talk import AskForm, CommentForm
from backlog.models import Comment, Question
from backlog.queries.talk import found_people
from backlog.views.filing import own_or_visible
from backlog.views.page import answer
from backlog.views.parts import feed, user_of

STANDS = {
    "vote": operations.vote,
    "unvote": operations.unvote,
    "follow": operations.follow,
    "unfollow": operations.unfollow,
}


@require_http_methods(["GET", "HEAD", "POST"])
def comments(request: HttpRequest, number: int) -> HttpResponse:
    """Say something; GET is the section with another page of comments."""
    found = own_or_visible(request, number)
    if request.method != "POST":
        return answer(request, found, "comments")
    form = CommentForm(request.POST)
    if form.is_valid():
        try:
            operations.comment(candidate=found, text=form.words, by=user_of(request), at=timezone.now())
        except DomainError as error:
            refuse(form, error)
    if form.errors:
        return answer(request, found, "comments", 422, comment_form=form)
    return answer(request, found, "comments")


@require_POST
def change_comment(request: HttpRequest, number: int, pk: int, verb: str) -> HttpResponse:
    """edit or remove an own comment; a lead removes any."""
    found = own_or_visible(request, number)
    row, now = get_object_or_404(Comment, pk=pk, candidate=found), timezone.now()
    try:
        if verb == "edit":
            text = request.POST.get("text", "")
            operations.edit_comment(comment=row, text=text, by=user_of(request), at=now)
        else:
            operations.remove_comment(comment=row, by=user_of(request), at=now)
    except DomainError as error:
        said = {"comment_error": error.message, "of_comment": row.pk, "typed": request.POST.get("text", "")}
        return answer(request, found, "comments", 422, **said)
    return answer(request, found, "comments")


@require_safe
def people_options(request: HttpRequest, number: int) -> HttpResponse:
    """Those who see the candidate, by a part of their name, as options to choose from."""
    found = own_or_visible(request, number)
    words = next((request.GET[name] for name in ("q", "mention", "ask-of") if request.GET.get(name)), "")
    people = found_people(found, words.strip().lstrip("@")[:100])
    return render(request, "backlog/_people_options.html", {"people": people})


@require_POST
def questions(request: HttpRequest, number: int) -> HttpResponse:
    """Ask somebody."""
    found = own_or_visible(request, number)
    form = AskForm(found, request.POST, prefix="ask")
    if form.is_valid():
        try:
            operations.ask(candidate=found, by=user_of(request), at=timezone.now(), **form.cleaned_data)
        except DomainError as error:
            refuse(form, error)
    if form.errors:
        return answer(request, found, "questions", 422, ask_form=form)
    return answer(request, found, "questions")


@require_POST
def change_question(request: HttpRequest, number: int, pk: int, verb: str) -> HttpResponse:
    """answer an open question, or withdraw it."""
    found = own_or_visible(request, number)
    row, now = get_object_or_404(Question, pk=pk, candidate=found), timezone.now()
    words = request.POST.get("answer", "")
    try:
        if verb == "answer":
            operations.answer_question(question=row, answer=words, by=user_of(request), at=now)
        else:
            operations.withdraw_question(question=row, by=user_of(request), at=now)
    except DomainError as error:
        said = {"question_error": error.message, "of_question": row.pk, "typed": words}
        return answer(request, found, "questions", 422, **said)
    return answer(request, found, "questions")


@require_POST
def stand(request: HttpRequest, number: int, verb: str) -> HttpResponse:
    """vote, unvote, follow or unfollow."""
    if verb not in STANDS:
        raise Http404
    found = own_or_visible(request, number)
    try:
        STANDS[verb](candidate=found, by=user_of(request), at=timezone.now())
    except DomainError as error:
        return answer(request, found, "people", 422, people_error=error.message)
    return answer(request, found, "people")


@require_safe
def activity(request: HttpRequest, number: int) -> HttpResponse:
    """What happened, another page of it; without htmx a page of its own."""
    found = own_or_visible(request, number)
    if request.htmx:  # type: ignore[attr-defined]
        return answer(request, found, "activity")
    return render(request, "backlog/activity.html", {"candidate": found} | feed(request, found))
