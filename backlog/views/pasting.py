"""A pasted text, shown as proposals in the form: nothing is stored until the person saves."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from aiops import permissions
from aiops.permissions import Permission
from backlog import operations, queries
from backlog.calc.pasted_found import Other, Pasted, Proposal
from backlog.forms import ShortForm
from backlog.models import Candidate, State
from backlog.views.filing import asked_class, filing_page

SHOWN = 90
# What a draft has without anybody having said it.
UNSAID = {"period": "month", "sureness": "fairly_sure"}


@dataclass(frozen=True)
class Mark:
    """Under a field: the words that its value came from, what was done to them, and other readings."""

    words: str
    note: str
    others: tuple[Other, ...]
    is_model: bool = False
    is_kept: bool = False


@require_http_methods(["GET", "HEAD", "POST"])
def paste(request: HttpRequest) -> HttpResponse:
    """The form filled from a paragraph, a mail or a row; what a draft already says stays, the text stands beside it."""
    permissions.require(request.user, Permission.FILE)
    if request.method != "POST":
        return redirect("backlog:file")
    token, text = request.POST.get("client_token", "")[:40], request.POST.get("pasted", "")
    candidate = _draft(request, token)
    ask = "ask_model" in request.POST
    found = operations.read_pasted(text=text, by=request.user, ask_model=ask)  # type: ignore[arg-type]
    klass = asked_class(request, candidate)
    initial, marks = _filled(ShortForm.from_candidate(candidate) if candidate else {}, found)
    form = ShortForm(initial=initial | {"klass": klass}, version=queries.form_of(candidate, klass))
    shown: dict[str, Any] = {
        "marks": marks,
        "notes": found.notes,
        "pasted": text[:20_000],
        "was_pasted": True,
    }
    return filing_page(request, form, candidate, token, **shown, now=timezone.now())


def _draft(request: HttpRequest, token: str) -> Candidate | None:
    """The draft of this page, if it saved itself already."""
    rows = Candidate.objects.filter(owner_id=request.user.pk, state=State.DRAFT)
    return rows.filter(client_token=token).first() if token else None


def _filled(kept: dict[str, Any], found: Pasted) -> tuple[dict[str, Any], dict[str, Mark]]:
    """Values for the form and the marks under its fields."""
    initial, marks = dict(kept), {}
    for proposal in found.proposals:
        name, said = proposal.field, kept.get(proposal.field)
        is_kept = bool(said) and str(said) != UNSAID.get(name) and not _same(said, proposal.value)
        if not is_kept:
            initial[name] = proposal.value
        marks[name] = _mark(proposal, is_kept)
    return initial, marks


def _same(said: Any, value: str) -> bool:
    try:
        return float(said) == float(value)
    except ValueError:
        return str(said) == value


def _mark(proposal: Proposal, is_kept: bool) -> Mark:
    own = (Other(proposal.value, proposal.words),) if is_kept else ()
    others = tuple(Other(one.value, _short(one.words)) for one in (*own, *proposal.others))
    return Mark(_short(proposal.words), proposal.note, others, proposal.by == "model", is_kept)


def _short(words: str) -> str:
    """In one line; long ones from their beginning."""
    line = " ".join(words.split())
    return line if len(line) <= SHOWN else line[:SHOWN].rsplit(" ", 1)[0] + " …"
