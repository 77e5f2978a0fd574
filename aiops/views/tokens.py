"""Personal API tokens of the signed-in person; IT sees everybody's live ones."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from aiops import operations, queries
from aiops.errors import DomainError
from aiops.forms import TokenForm, refuse


@require_http_methods(["GET", "POST"])
@never_cache
def tokens(request: HttpRequest) -> HttpResponse:
    """The list, the form, and once, right after it was made, the secret."""
    at, secret = timezone.now(), ""
    form = TokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            secret, form = _make(request, form), TokenForm()
        except DomainError as error:
            refuse(form, error)
    rows = queries.tokens(request.user, at)
    context = {"tokens": rows, "form": form, "secret": secret, "now": at}
    return render(request, "aiops/tokens.html", context, status=422 if form.errors else 200)


def _make(request: HttpRequest, form: TokenForm) -> str:
    given = form.cleaned_data
    _, secret = operations.create_token(
        user=request.user,
        name=given["name"],
        scopes=[given["scope"]],
        days=given["days"],
        by=request.user,
        at=timezone.now(),
    )
    return secret


@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    at = timezone.now()
    token = get_object_or_404(queries.tokens(request.user, at), pk=pk)
    try:
        operations.revoke_token(token=token, by=request.user, at=at)
        messages.success(request, f"{token.name} no longer works.")
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("aiops:tokens")
