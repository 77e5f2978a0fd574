"""The first minutes: an empty company is set up, a simulated one is tried out."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import login, password_validation
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from aiops import operations, queries
from aiops.errors import DomainError
from aiops.forms import SetUpForm, refuse
from aiops.models import User
from aiops.operations import FirstPerson
from aiops.views.people import invitation_link

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def set_up(request: HttpRequest) -> HttpResponse:
    """Only on the machine itself and only once: whoever comes first names the first people."""
    if not (queries.needs_setup() and queries.from_this_machine(request.META)):
        raise Http404("This company is set up already, or you are not on its machine.")
    form = SetUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _password_is_good(form):
        try:
            return _welcome(request, _set_up(form.cleaned_data), form.cleaned_data["password"])
        except DomainError as error:
            refuse(form, error)
    return render(request, "aiops/setup.html", {"form": form}, status=422 if form.errors else 200)


def _password_is_good(form: SetUpForm) -> bool:
    user = User(email=form.cleaned_data["it_email"], name=form.cleaned_data["it_name"])
    try:
        password_validation.validate_password(form.cleaned_data["password"], user)
    except ValidationError as error:
        form.add_error("password", error)
    return not form.errors


def _set_up(given: dict[str, Any]) -> dict[str, User]:
    return operations.set_up(
        **{key: given[key] for key in ("name", "currency", "usd_rate", "fiscal_year_start", "units")},
        **{
            who: FirstPerson(given[f"{who}_name"], given[f"{who}_email"]) for who in ("it", "lead", "finance")
        },
        at=timezone.now(),
    )


def _welcome(request: HttpRequest, people: dict[str, User], password: str) -> HttpResponse:
    """Sign the administrator in and show the two invitations, which nobody can see again."""
    me = operations.choose_first_password(user=people["it_admin"], password=password)
    invited = [(people[role], invitation_link(request, people[role])) for role in ("lead", "finance")]
    login(request, me, backend=BACKEND)
    return render(request, "aiops/setup_done.html", {"invited": invited})


@login_not_required
@require_POST
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """One click to be one of the four simulated people; on loopback, in the demo company, else 404."""
    user = queries.demo_user(request.META, request.POST.get("email", ""))
    if user is None:
        raise Http404("Nobody here can be tried out.")
    login(request, user, backend=BACKEND)
    messages.info(request, f"You are {user} now. Everything here is simulated; do what you like.")
    return redirect("/")
