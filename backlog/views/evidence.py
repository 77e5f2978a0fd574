"""Evidence: added and removed on the page of a candidate, files handed out so that no browser runs them."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from aiops.errors import DomainError
from aiops.forms import refuse
from backlog import operations
from backlog.forms.talk import EvidenceForm
from backlog.models import Candidate, Evidence, EvidenceFile
from backlog.operations.evidence import require_size
from backlog.views.filing import own_or_visible
from backlog.views.page import answer
from backlog.views.parts import user_of


@require_POST
def evidence(request: HttpRequest, number: int) -> HttpResponse:
    """Add a file, a link or a note."""
    found = own_or_visible(request, number)
    form = EvidenceForm(request.POST, request.FILES, prefix="evidence")
    if form.is_valid():
        try:
            add(found, form.cleaned_data, request)
        except DomainError as error:
            refuse(form, error)
    if form.errors:
        return answer(request, found, "evidence", 422, evidence_form=form)
    return answer(request, found, "evidence")


def add(found: Candidate, said: dict[str, Any], request: HttpRequest) -> Evidence:
    """Whichever of file, link and note was given; too large a file is refused before it is read."""
    about: dict[str, Any] = {"candidate": found, "title": said.get("title", ""), "at": timezone.now()}
    about["by"] = user_of(request)
    sent = said.get("file")
    if sent:
        require_size(sent.size)
        kind = {"name": sent.name or "", "content_type": sent.content_type or ""}
        return operations.add_file(data=sent.read(), **kind, **about)
    if said.get("url"):
        return operations.add_link(url=said["url"], **about)
    return operations.add_note(text=said.get("text", ""), **about)


@require_POST
def remove(request: HttpRequest, number: int, pk: int) -> HttpResponse:
    """Take a piece of evidence away."""
    found = own_or_visible(request, number)
    row = get_object_or_404(Evidence, pk=pk, candidate=found)
    try:
        operations.remove_evidence(evidence=row, by=user_of(request), at=timezone.now())
    except DomainError as error:
        return answer(request, found, "evidence", 422, evidence_error=error.message)
    return answer(request, found, "evidence")


@require_safe
def file(request: HttpRequest, number: int, pk: int) -> HttpResponse:
    """The bytes, as an attachment of the type that was found in them; pictures of the page come from here too."""
    found = own_or_visible(request, number)
    kept = get_object_or_404(
        EvidenceFile.objects.select_related("evidence"), evidence=pk, evidence__candidate=found
    )
    about = kept.evidence
    response = HttpResponse(bytes(kept.data), content_type=about.content_type)
    response["Content-Disposition"] = content_disposition_header(True, about.file_name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, max-age=300"
    return response
