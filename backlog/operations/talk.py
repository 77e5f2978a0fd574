"""What people say of a candidate: comments, with the people whom they name told the same day."""

import re
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from aiops import audit, permissions
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from backlog import queries
from backlog.calc import plain_text
from backlog.models import Candidate, Comment
from backlog.operations.following import follow_along, require_talk, tell_followers, tell_one
from backlog.queries.talk import as_people, is_within_edit, people_who_see

MOST_CHARACTERS = 4000


def comment(*, candidate: Candidate, text: str, by: User, at: datetime) -> Comment:
    """Say something, as plain text. Whoever is named with an @ is told the same day, followers in their digest.

    Refused when a name fits nobody, several people, or somebody who cannot see the candidate.
    """
    require_talk(candidate, by)
    text = cleaned(text, MOST_CHARACTERS)
    named = mentioned(candidate, text)
    with transaction.atomic():
        made = Comment.objects.create(candidate=candidate, text=text, mentions=named, by=by, at=at)
        audit.record(by=by, at=at, action="candidate.commented", obj=candidate)
        follow_along(candidate, by, at)
        _tell_mentioned(made, named)
        sentence = f"{by} commented on {candidate}."
        key = f"comment-{made.pk}"
        tell_followers(candidate=candidate, sentence=sentence, key=key, at=at, but=[by.pk, *named])
    return made


def edit_comment(*, comment: Comment, text: str, by: User, at: datetime) -> Comment:
    """Its writer mends it within 15 minutes; people named only now are told."""
    text = cleaned(text, MOST_CHARACTERS)
    with transaction.atomic():
        kept = _locked(comment)
        if by.pk != kept.by_id:
            raise PermissionDenied("Only its writer changes a comment.")
        require_talk(kept.candidate, by)
        _require_editable(kept, at)
        named = mentioned(kept.candidate, text)
        fresh = [pk for pk in named if pk not in kept.mentions]
        kept.text, kept.mentions, kept.edited_at = text, named, at
        kept.save(update_fields=["text", "mentions", "edited_at"])
        audit.record(by=by, at=at, action="candidate.comment_edited", obj=kept.candidate)
        _tell_mentioned(kept, fresh)
    return kept


def remove_comment(*, comment: Comment, by: User, at: datetime) -> Comment:
    """Its writer or a lead takes the words away; that something was said here stays to be seen."""
    with transaction.atomic():
        kept = _locked(comment)
        if by.pk != kept.by_id and not permissions.has(by, Permission.DECIDE, unit=kept.candidate.unit):
            raise PermissionDenied("Only its writer or a lead removes a comment.")
        if kept.removed_at is not None:
            raise DomainError("removed", "This comment is removed already.")
        kept.text, kept.mentions, kept.removed_at = "", [], at
        kept.save(update_fields=["text", "mentions", "removed_at"])
        audit.record(by=by, at=at, action="candidate.comment_removed", obj=kept.candidate)
    return kept


def _locked(comment: Comment) -> Comment:
    rows = Comment.objects.select_for_update(of=("self",)).select_related("candidate__unit", "by")
    return rows.get(pk=comment.pk)


def _require_editable(comment: Comment, at: datetime) -> None:
    if comment.removed_at is not None:
        raise DomainError("removed", "This comment is removed.")
    if not is_within_edit(comment, at):
        raise DomainError("too_late", "A comment can be changed for 15 minutes: write another one.")


def cleaned(text: str, most: int, field: str = "text") -> str:
    """Plain words, not too many; refused when there are none."""
    text = text.replace("\r\n", "\n").replace("\x00", "").strip()
    if not text:
        raise DomainError(field, "Write something first.", field)
    if len(text) > most:
        raise DomainError(field, f"That is {len(text):,} characters; at most {most:,} fit.", field)
    return text


def mentioned(candidate: Candidate, text: str) -> list[int]:
    """Ids of the people named; refused with the name when one cannot be told."""
    if "@" not in text:
        return []
    found = plain_text.mentions(text, as_people(people_who_see(candidate)))
    if found.several:
        words = f"More than one person is called «{found.several[0]}»: name them in full or by e-mail."
        raise DomainError("mention", words, "text")
    if found.unknown:
        raise _not_told(candidate, text, found.unknown[0])
    return list(found.ids)


def _not_told(candidate: Candidate, text: str, said: str) -> DomainError:
    """Why a name is refused: somebody who cannot see it is named in full, others as they were written."""
    everybody = as_people(User.objects.people().filter(is_active=True))
    rest = re.split(rf"@{re.escape(said)}(?!\w)", text, maxsplit=1)[-1]
    meant = plain_text.mentions(f"@{said}{rest}", everybody).ids[:1]
    names = [person.name for person in everybody if person.pk in meant]
    words = f"Nobody who sees {candidate.key} is called «{said}»: choose from the list, or leave out the @."
    if names:
        words = f"{names[0]} cannot see {candidate.key}: take the mention out, or ask IT for access."
    return DomainError("mention", words, "text")


def _tell_mentioned(comment: Comment, ids: list[int]) -> None:
    at = comment.edited_at or comment.at
    subject = f"{comment.by} mentioned you on {comment.candidate}"
    for person in queries.people_who_see(comment.candidate).filter(pk__in=ids).exclude(pk=comment.by_id):
        tell_one(
            person=person,
            topic="mention",
            candidate=comment.candidate,
            subject=subject,
            text=f"{comment.by} wrote:\n\n{comment.text}",
            key=f"comment-{comment.pk}-mention",
            at=at,
        )
