"""What backs the numbers of a candidate: links, notes and files; a removed one keeps its line in the history."""

import hashlib
from datetime import datetime
from urllib.parse import urlsplit

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import URLValidator
from django.db import transaction

from aiops import audit, permissions
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from backlog.calc import files
from backlog.models import Candidate, Evidence, EvidenceFile, Policy
from backlog.operations.following import require_talk, tell_followers
from backlog.operations.stages import locked
from backlog.operations.talk import cleaned

Kind = Evidence.Kind
MOST_OF_ONE = 200
PLACE_GONE = "Where and with what the photo was taken was removed from the file."
PLACE_STAYS = "If the photo holds where it was taken, that is still in the file."


def add_link(*, candidate: Candidate, title: str, url: str, by: User, at: datetime) -> Evidence:
    """An address on the web, http or https only."""
    require_talk(candidate, by)
    url = url.strip()
    _require_address(url)
    return _added(
        candidate, by, at, kind=Kind.LINK, title=_title(title, urlsplit(url).hostname or url), url=url
    )


def _require_address(url: str) -> None:
    try:
        URLValidator(schemes=["http", "https"])(url)
    except ValidationError:
        words = "Give a whole address that begins with http:// or https://."
        raise DomainError("url", words, "url") from None
    if len(url) > 600:
        raise DomainError("url", "The address is longer than 600 characters.", "url")
    if urlsplit(url).username or urlsplit(url).password:
        raise DomainError("url", "Leave the user and password out of the address.", "url")


def add_note(*, candidate: Candidate, title: str, text: str, by: User, at: datetime) -> Evidence:
    """A few lines: how it was counted, who said so."""
    require_talk(candidate, by)
    text = cleaned(text, 4000)
    return _added(candidate, by, at, kind=Kind.NOTE, title=_title(title, text.partition("\n")[0]), text=text)


def add_file(
    *, candidate: Candidate, title: str, name: str, content_type: str, data: bytes, by: User, at: datetime
) -> Evidence:
    """A file of an allowed kind and size. What it is, its bytes say; `content_type` is only what was claimed.

    The same bytes a second time are the file that is there already.
    """
    require_talk(candidate, by)
    require_size(len(data))
    try:
        kind = files.known(data, name)
    except files.Refused as refused:
        raise DomainError("file", str(refused), "file") from refused
    data, removed = files.without_place(data)
    digest, named = hashlib.sha256(data).hexdigest(), files.clean_name(name, kind.ending)
    same = candidate.evidences.filter(sha256=digest, removed_at=None).first()
    if same is not None:
        return same
    about = {"file_name": named, "content_type": kind.content_type, "size": len(data), "sha256": digest}
    said = _of_place(kind.content_type, removed)
    return _added(candidate, by, at, data, kind=Kind.FILE, title=_title(title, named), text=said, **about)


def require_size(size: int) -> None:
    """Asked by the doors before they read a file, and again of what they read."""
    most = Policy.load().largest_file_mb
    if size > most * 1024 * 1024:
        words = f"The file has {size / 1024 / 1024:.1f} MB; at most {most} MB are taken."
        raise DomainError("file", words, "file")


def _of_place(content_type: str, removed: bool) -> str:
    if removed:
        return PLACE_GONE
    may_hold = content_type in files.PICTURES + ("image/heic",) and content_type != "image/jpeg"
    return PLACE_STAYS if may_hold and content_type != "image/gif" else ""


def _title(title: str, otherwise: str) -> str:
    title = " ".join((title.strip() or otherwise).replace("\x00", "").split())
    return title if len(title) <= 200 else title[:199] + "…"


def _added(
    candidate: Candidate, by: User, at: datetime, data: bytes | None = None, **about: object
) -> Evidence:
    with transaction.atomic():
        candidate = locked(candidate)
        if candidate.evidences.filter(removed_at=None).count() >= MOST_OF_ONE:
            raise DomainError(
                "full", f"{candidate.key} has {MOST_OF_ONE} pieces of evidence: remove some first."
            )
        made = Evidence.objects.create(candidate=candidate, by=by, at=at, **about)
        if data is not None:
            EvidenceFile.objects.create(evidence=made, data=data)
        said = {"kind": made.kind, "title": made.title}
        audit.record(by=by, at=at, action="candidate.evidence_added", obj=candidate, changes=said)
        sentence, key = f"{by} added evidence to {candidate}.", f"evidence-{made.pk}"
        tell_followers(candidate=candidate, sentence=sentence, key=key, at=at, but=[by.pk])
    return made


def may_remove(evidence: Evidence, by: User) -> bool:
    """Who added it, the owner of the candidate, and whoever triages the unit."""
    if by.pk in (evidence.by_id, evidence.candidate.owner_id):
        return True
    return permissions.has(by, Permission.TRIAGE, unit=evidence.candidate.unit)


def remove_evidence(*, evidence: Evidence, by: User, at: datetime) -> Evidence:
    """Take it away; of a file the bytes go as well. The history says who did it and what it was."""
    with transaction.atomic():
        rows = Evidence.objects.select_for_update(of=("self",)).select_related("candidate__unit")
        kept = rows.get(pk=evidence.pk)
        if not may_remove(kept, by):
            raise PermissionDenied("Only who added it, the owner or the unit's triage removes evidence.")
        if kept.removed_at is not None:
            raise DomainError("removed", "It is removed already.")
        kept.removed_at = at
        kept.save(update_fields=["removed_at"])
        EvidenceFile.objects.filter(evidence=kept).delete()
        said = {"kind": kept.kind, "title": kept.title}
        audit.record(by=by, at=at, action="candidate.evidence_removed", obj=kept.candidate, changes=said)
    return kept
