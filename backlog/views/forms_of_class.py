"""The rules of intake, and the form of each class: kept by the lead, in versions."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from aiops.errors import DomainError
from aiops.forms import refuse
from backlog import operations, queries
from backlog.forms import ShortForm
from backlog.forms.intake import FormOfClass, PolicyForm
from backlog.models import Candidate, FormVersion, Policy
from backlog.operations.forms_of_class import SHORT_FIELDS
from backlog.operations.policy import require_lead_everywhere


@require_http_methods(["GET", "HEAD", "POST"])
def intake(request: HttpRequest) -> HttpResponse:
    """How long things may wait, and which forms are in use."""
    require_lead_everywhere(request.user)  # type: ignore[arg-type]
    form = PolicyForm(request.POST) if request.method == "POST" else PolicyForm.of(Policy.load())
    if request.method == "POST" and form.is_valid():
        try:
            operations.set_policy(**form.cleaned_data, by=request.user, at=timezone.now())  # type: ignore[arg-type]
            messages.success(request, "Saved. It holds for what comes in from now on.")
            return redirect("backlog:intake")
        except DomainError as error:
            refuse(form, error)
    used = queries.forms_in_use()
    classes = [(value, label, used.get(value)) for value, label in Candidate.Klass.choices]
    context = {"form": form, "classes": classes}
    return render(request, "backlog/form_rules.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def form_of_class(request: HttpRequest, klass: str) -> HttpResponse:
    """Edit the questions and help of a class; saving makes a new version."""
    require_lead_everywhere(request.user)  # type: ignore[arg-type]
    words = dict(Candidate.Klass.choices).get(klass)
    if words is None:
        raise Http404
    now = queries.form_now(klass)
    page = FormOfClass(_short(), now, request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        if page.is_valid() and (done := _saved(request, klass, page)):
            return done
        status = 422
    context: dict[str, Any] = {"page": page, "now": now, "klass": klass, "class_words": words}
    context |= {"versions": queries.form_versions(klass)[:20], "preview": _preview(now)}
    return render(request, "backlog/form_of_class.html", context, status=status)


def _saved(request: HttpRequest, klass: str, page: FormOfClass) -> HttpResponse | None:
    """The way on after saving; None where it was refused, with the reasons at their questions."""
    fields = [row.asked_for for row in page.rows]
    kept_help = {name: words for name, words in page.help.cleaned_data.items() if words}
    said = {"klass": klass, "fields": fields, "help": kept_help, "note": page.note.cleaned_data["note"]}
    try:
        made = operations.save_form_version(**said, by=request.user, at=timezone.now())  # type: ignore[arg-type]
    except operations.FormRefused as error:
        page.refuse(error.problems)
        return None
    except DomainError as error:
        page.note.add_error(None, error.message)
        return None
    messages.success(request, f"Version {made.version} is asked from now on.")
    return redirect("backlog:form_of_class", klass)


def _short() -> list[tuple[str, str]]:
    return [(name, str(ShortForm.base_fields[name].label)) for name in SHORT_FIELDS]


def _preview(version: FormVersion | None) -> list[Any]:
    """The extra questions as an owner sees them."""
    return ShortForm(version=version).extra_fields if version else []


@require_safe
def form_version(request: HttpRequest, klass: str, version: int) -> HttpResponse:
    """One version as it was asked."""
    require_lead_everywhere(request.user)  # type: ignore[arg-type]
    rows = FormVersion.objects.filter(klass=klass, version=version).select_related("by")
    found = get_object_or_404(rows)
    labels = dict(_short())
    help_words = [(labels.get(name, name), words) for name, words in found.help.items()]
    context = {"version": found, "preview": _preview(found), "help_words": help_words, "klass": klass}
    context["class_words"] = dict(Candidate.Klass.choices).get(klass, klass)
    return render(request, "backlog/form_version.html", context)


@require_safe
def extra_fields(request: HttpRequest) -> HttpResponse:
    """The part of the file page that a class asks beside the short form."""
    klass = request.GET.get("klass", "")
    number = request.GET.get("candidate", "")
    rows = Candidate.objects.visible_to(request.user).select_related("form_version")
    candidate = rows.filter(number=int(number)).first() if number.isdecimal() and len(number) < 9 else None
    version = queries.form_of(candidate, klass) if klass in Candidate.Klass.values else None
    initial = ShortForm.from_candidate(candidate) if candidate else {}
    fields = ShortForm(initial=initial, version=version).extra_fields
    return render(request, "backlog/_extra_fields.html", {"fields": fields})
