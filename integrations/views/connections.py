"""Pages of the IT administrator: connections, one by one, and the messages that went over them."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aiops import permissions
from aiops.errors import DomainError
from aiops.forms import refuse
from aiops.permissions import Permission
from integrations import operations, queries
from integrations.connectors import KINDS
from integrations.connectors.base import Step
from integrations.filters import DeliveryFilter
from integrations.forms import ConnectionForm, RemoveForm
from integrations.models import Connection

A_PAGE = 50
LATEST = 10
OURS = (Connection.Kind.ALERTMANAGER, Connection.Kind.WEBHOOK)
View = Callable[..., HttpResponse]


def for_it(view: View) -> View:
    """403 for everybody who may not connect, before anything is looked up; nothing is kept by the browser."""

    @wraps(view)
    @never_cache
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        permissions.require(request.user, Permission.CONNECT)
        return view(request, *args, **kwargs)

    return checked


def _one(request: HttpRequest, pk: int) -> Connection:
    return get_object_or_404(queries.connections(request.user), pk=pk)


@for_it
@require_safe
def connections(request: HttpRequest) -> HttpResponse:
    """Each with its verdict, and a card for each kind that can be connected."""
    rows = queries.verdicts(queries.connections(request.user), timezone.now())
    kinds = [(kind, Connection.Kind(kind).label, KINDS[kind].help) for kind in KINDS]
    return render(request, "integrations/connections.html", {"rows": rows, "kinds": kinds})


@for_it
@require_http_methods(["GET", "HEAD", "POST"])
def new_connection(request: HttpRequest, kind: str) -> HttpResponse:
    """The form of a kind. A secret that was made is shown once, in the answer to the POST that made it."""
    if kind not in KINDS:
        raise Http404("no such kind")
    form = ConnectionForm(_sent(request), kind=kind)
    if request.method == "POST" and form.is_valid():
        try:
            made, plain = operations.create_connection(
                kind=kind, **form.cleaned_data, by=request.user, at=timezone.now()
            )
        except DomainError as error:
            refuse(form, error)
        else:
            return _created(request, made, plain)
    return _form_page(request, form, kind, help=KINDS[kind].help)


def _created(request: HttpRequest, connection: Connection, plain: str) -> HttpResponse:
    if plain:
        return _secret_page(request, connection, plain, 201)
    messages.success(request, f"«{connection.name}» is connected. Test it to be sure.")
    return redirect("integrations:connection", connection.pk)


def _sent(request: HttpRequest) -> Any:
    """What was posted, even when it is empty; nothing for a form that is only shown."""
    return request.POST if request.method == "POST" else None


def _form_page(request: HttpRequest, form: ConnectionForm, kind: str, **more: Any) -> HttpResponse:
    context = {"form": form, "kind": Connection.Kind(kind), **more}
    status = 422 if request.method == "POST" and form.errors else 200
    return render(request, "integrations/connection_form.html", context, status=status)


def _secret_page(request: HttpRequest, connection: Connection, plain: str, status: int) -> HttpResponse:
    context = {"connection": connection, "secret": plain, "site": settings.SITE_URL}
    return render(request, "integrations/secret.html", context, status=status)


@for_it
@require_safe
def connection(request: HttpRequest, pk: int) -> HttpResponse:
    """One verdict, last success, last failure with its fix, settings, and the latest messages."""
    return _page(request, _one(request, pk))


def _state(one: Connection) -> dict[str, Any]:
    """What the first card of the page says."""
    ((_, verdict),) = queries.verdicts([one], timezone.now())
    return {"verdict": verdict, "facts": queries.facts(one), "kind": KINDS[one.kind]}


def _page(request: HttpRequest, one: Connection, status: int = 200, **more: Any) -> HttpResponse:
    context = {
        "connection": one,
        **_state(one),
        "makes_secret": one.kind in OURS,
        "remove_form": RemoveForm(name=one.name),
        "deliveries": queries.deliveries(request.user, connection=one)[:LATEST],
        "site": settings.SITE_URL,
        **more,
    }
    return render(request, "integrations/connection.html", context, status=status)


@for_it
@require_http_methods(["GET", "HEAD", "POST"])
def edit_connection(request: HttpRequest, pk: int) -> HttpResponse:
    """The settings alone; what is refused comes back with its reason."""
    one = _one(request, pk)
    form = ConnectionForm(_sent(request), kind=one.kind, connection=one)
    if request.method == "POST" and form.is_valid():
        try:
            operations.update_connection(
                connection=one, **form.cleaned_data, by=request.user, at=timezone.now()
            )
            messages.success(request, "Saved. Test it to be sure.")
            return redirect("integrations:connection", pk)
        except DomainError as error:
            refuse(form, error)
    return _form_page(request, form, one.kind, connection=one)


@for_it
@require_POST
def test_connection(request: HttpRequest, pk: int) -> HttpResponse:
    """The steps of a test: a part of the page for htmx, the whole page without scripts."""
    one = _one(request, pk)
    steps = operations.test_connection(connection=one, by=request.user, at=timezone.now())
    if getattr(request, "htmx", False):
        return _tested(request, _one(request, pk), steps)
    return _page(request, _one(request, pk), steps=steps)


def _tested(request: HttpRequest, one: Connection, steps: list[Step]) -> HttpResponse:
    """The steps, and beside them the verdict that they changed."""
    context = {"connection": one, "steps": steps, **_state(one)}
    return render(request, "integrations/_tested.html", context)


@for_it
@require_POST
def switch_connection(request: HttpRequest, pk: int) -> HttpResponse:
    """On or off, as the button said."""
    enabled = request.POST.get("enabled") == "yes"
    one = operations.switch_connection(
        connection=_one(request, pk), enabled=enabled, by=request.user, at=timezone.now()
    )
    messages.success(request, f"«{one.name}» is switched {'on' if enabled else 'off'}.")
    return redirect("integrations:connection", pk)


@for_it
@require_POST
def rotate_secret(request: HttpRequest, pk: int) -> HttpResponse:
    """A new secret of ours, shown once; the old one stops at once."""
    one = _one(request, pk)
    try:
        plain = operations.rotate_secret(connection=one, by=request.user, at=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("integrations:connection", pk)
    return _secret_page(request, one, plain, 200)


@for_it
@require_POST
def remove_connection(request: HttpRequest, pk: int) -> HttpResponse:
    """Gone for good, once its name was typed; its messages stay."""
    one, name = _one(request, pk), ""
    form = RemoveForm(request.POST, name=one.name)
    if form.is_valid():
        try:
            name = one.name
            typed = form.cleaned_data["typed"]
            operations.delete_connection(connection=one, typed=typed, by=request.user, at=timezone.now())
            messages.success(request, f"«{name}» is deleted. Its messages stay.")
            return redirect("integrations:connections")
        except DomainError as error:
            refuse(form, error)
    return _page(request, _one(request, pk), status=422, remove_form=form)


@for_it
@require_safe
def deliveries(request: HttpRequest) -> HttpResponse:
    """Every message in or out, newest first; the filters stand in the address."""
    found = DeliveryFilter(request.GET, queryset=queries.deliveries(request.user), request=request)
    page = Paginator(found.qs, A_PAGE).get_page(request.GET.get("page"))
    status = 200 if found.is_valid() else 422
    return render(request, "integrations/deliveries.html", {"filter": found, "page": page}, status=status)


@for_it
@require_safe
def delivery(request: HttpRequest, pk: int) -> HttpResponse:
    """One message with what it says. That somebody read it is kept in the audit log."""
    one = get_object_or_404(queries.deliveries(request.user), pk=pk)
    payload = operations.read_payload(delivery=one, by=request.user, at=timezone.now())
    again = queries.deliveries(request.user, replay_of=one)
    context = {"delivery": one, "payload": queries.readable(payload), "replays": again}
    return render(request, "integrations/delivery.html", context)


@for_it
@require_POST
def replay(request: HttpRequest, pk: int) -> HttpResponse:
    """Send or read it again, and go to the new message."""
    one = get_object_or_404(queries.deliveries(request.user), pk=pk)
    try:
        again = operations.replay(delivery=one, by=request.user, at=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("integrations:delivery", pk)
    messages.success(request, "It goes again, as this new message.")
    return redirect("integrations:delivery", again.pk)
