"""The list of people, one person, and the grants that wait for a second person."""

from collections.abc import Callable
from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aiops import operations, queries
from aiops.errors import DomainError
from aiops.filters import PeopleFilter
from aiops.forms import GrantForm, PersonChangeForm, PersonForm, refuse
from aiops.models import Membership, User
from aiops.operations.grants import may_confirm
from aiops.operations.whole_company import require_everywhere
from aiops.permissions import Permission


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """Everybody with their roles; what waits for a second person stands first."""
    if not queries.may_see_people(request.user):
        raise PermissionDenied("The list of people is for IT, lead and finance.")
    found = PeopleFilter(request.GET, queryset=queries.people(request.user))
    waiting = [(grant, may_confirm(grant, request.user)) for grant in queries.waiting_grants(request.user)]
    page = Paginator(found.qs, 50).get_page(request.GET.get("page"))
    return render(request, "aiops/people.html", {"filter": found, "page": page, "waiting": waiting})


@require_http_methods(["GET", "POST"])
def new_person(request: HttpRequest) -> HttpResponse:
    require_everywhere(request.user, Permission.ADMIN_PEOPLE)
    form = PersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            added = operations.create_user(**form.cleaned_data, by=request.user, at=timezone.now())
            messages.success(request, f"{added} is here now. Grant a role and hand out the invitation.")
            return redirect("aiops:person", added.pk)
        except DomainError as error:
            refuse(form, error)
    return render(request, "aiops/person_form.html", {"form": form}, status=_status(form))


@require_http_methods(["GET", "POST"])
def edit_person(request: HttpRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(queries.person(request.user, pk))
    require_everywhere(request.user, Permission.ADMIN_PEOPLE)
    kept = {"name": person.name, "title": person.title, "home_unit": person.home_unit}
    form = PersonChangeForm(request.POST or None, initial=kept)
    if request.method == "POST" and form.is_valid():
        operations.update_user(user=person, **form.cleaned_data, by=request.user, at=timezone.now())
        return redirect("aiops:person", pk)
    return render(request, "aiops/person_form.html", {"form": form, "person": person}, status=_status(form))


@require_safe
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One person: who they are, what they may do, since when and by whom."""
    shown = get_object_or_404(queries.person(request.user, pk))
    return _person_page(request, shown, GrantForm())


def _person_page(request: HttpRequest, person: User, form: GrantForm, **more: Any) -> HttpResponse:
    grants = [(g, g.needs_confirmation and may_confirm(g, request.user)) for g in queries.grants_of(person)]
    context = {"person": person, "grants": grants, "form": form, **more}
    return render(request, "aiops/person.html", context, status=_status(form))


@require_POST
def grant(request: HttpRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(queries.person(request.user, pk))
    require_everywhere(request.user, Permission.ADMIN_PEOPLE)
    form = GrantForm(request.POST)
    if form.is_valid():
        try:
            made = operations.grant_role(user=person, **form.cleaned_data, by=request.user, at=timezone.now())
            waits = " It counts once a lead or finance confirms it." if made.needs_confirmation else ""
            messages.success(request, f"Granted.{waits}")
            return redirect("aiops:person", pk)
        except DomainError as error:
            refuse(form, error)
    return _person_page(request, person, form)


def _visible_grant(request: HttpRequest, pk: int) -> Membership:
    found = get_object_or_404(Membership.objects.select_related("user", "unit"), pk=pk)
    get_object_or_404(queries.person(request.user, found.user_id))
    return found


def _press(request: HttpRequest, act: Callable[[], object], done: str) -> None:
    """Run what a button asks for, and say how it went."""
    try:
        act()
        messages.success(request, done)
    except DomainError as error:
        messages.error(request, error.message)


@require_POST
def confirm_grant(request: HttpRequest, pk: int) -> HttpResponse:
    found, at = _visible_grant(request, pk), timezone.now()
    _press(
        request,
        lambda: operations.confirm_grant(grant=found, by=request.user, at=at),
        "Confirmed: it counts now.",
    )
    return redirect("aiops:person", found.user_id)


@require_POST
def revoke_grant(request: HttpRequest, pk: int) -> HttpResponse:
    found, at = _visible_grant(request, pk), timezone.now()
    _press(request, lambda: operations.revoke_grant(grant=found, by=request.user, at=at), "Taken back.")
    return redirect("aiops:person", found.user_id)


@require_POST
def deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    found, at = get_object_or_404(queries.person(request.user, pk)), timezone.now()
    _press(
        request,
        lambda: operations.deactivate_user(user=found, by=request.user, at=at),
        f"{found} is shut out.",
    )
    return redirect("aiops:person", pk)


@require_POST
def reactivate(request: HttpRequest, pk: int) -> HttpResponse:
    found, at = get_object_or_404(queries.person(request.user, pk)), timezone.now()
    _press(
        request,
        lambda: operations.reactivate_user(user=found, by=request.user, at=at),
        f"{found} can sign in.",
    )
    return redirect("aiops:person", pk)


@require_POST
@never_cache
def invite(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the link with which a new person chooses a password; it works once, for three days."""
    found = get_object_or_404(queries.person(request.user, pk))
    try:
        operations.invite(user=found, by=request.user, at=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("aiops:person", pk)
    return _person_page(request, found, GrantForm(), invitation=invitation_link(request, found))


def invitation_link(request: HttpRequest, person: User) -> str:
    return request.build_absolute_uri(invitation_path(person))


def invitation_path(person: User) -> str:
    """The address that lets `person` choose a password, as allauth checks it."""
    key = default_token_generator.make_token(person)
    uid = user_pk_to_url_str(person)
    return reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": key})


def _status(form: Any) -> int:
    return 422 if form.is_bound and form.errors else 200
