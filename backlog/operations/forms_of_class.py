"""The form of a class of candidate: every change is a new version, and candidates keep the one they were filed with."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from aiops import audit
from aiops.errors import DomainError
from aiops.models import User
from backlog.calc import asked
from backlog.models import Candidate, FormVersion
from backlog.operations.policy import require_lead_everywhere

# The short form: its help may be replaced, its names are taken.
SHORT_FIELDS = (
    "title", "description", "count", "period", "minutes", "people", "share", "who_does_it", "systems", "sureness",
)  # fmt: skip
PARTS = ("name", "label", "help", "kind", "required", "choices")


class FormRefused(DomainError):
    """What is wrong with a form, by (place in the list, part, sentence)."""

    def __init__(self, problems: list[asked.Problem]) -> None:
        at, _, words = problems[0]
        super().__init__("form", f"Question {at + 1}: {words}", "fields")
        self.problems = problems


def save_form_version(
    *,
    klass: str,
    fields: Sequence[Mapping[str, Any]],
    help: Mapping[str, str],
    note: str,
    by: User,
    at: datetime,
) -> FormVersion:
    """A new version of the form of a class. The same form again makes no version."""
    require_lead_everywhere(by)
    if klass not in Candidate.Klass.values:
        raise DomainError("klass", "There is no such class of candidate.", "klass")
    made = [_field(field) for field in fields]
    if problems := asked.problems_of(made, SHORT_FIELDS + ("klass",)):
        raise FormRefused(problems)
    kept_help = _help(help)
    with transaction.atomic():
        # The system actor's row is the lock of every counter: two leads at once make two versions.
        User.objects.select_for_update().get(pk=User.objects.system().pk)
        last = FormVersion.objects.filter(klass=klass).order_by("-version").first()
        if last is not None and (last.fields, last.help) == (made, kept_help):
            return last
        return _new_version(klass, made, kept_help, note, by, at)


def _new_version(
    klass: str, fields: list[dict[str, Any]], help: dict[str, str], note: str, by: User, at: datetime
) -> FormVersion:
    number = (FormVersion.objects.filter(klass=klass).aggregate(most=Max("version"))["most"] or 0) + 1
    made = FormVersion.objects.create(
        klass=klass, version=number, fields=fields, help=help, note=" ".join(note.split())[:200], by=by, at=at
    )
    changes = {"class": klass, "version": number, "questions": [field["name"] for field in fields]}
    audit.record(by=by, at=at, action="form.saved", obj=made, changes=changes)
    return made


def _field(given: Mapping[str, Any]) -> dict[str, Any]:
    """One question with all its parts; its name comes from its label where it has none yet."""
    label = " ".join(str(given.get("label", "")).split())
    choices = [str(choice).strip() for choice in given.get("choices") or () if str(choice).strip()]
    kind = str(given.get("kind", "text"))
    return {
        "name": str(given.get("name") or asked.name_of(label)),
        "label": label,
        "help": str(given.get("help", "")).strip(),
        "kind": kind,
        "required": bool(given.get("required")),
        "choices": choices if kind == "choice" else [],
    }


def _help(given: Mapping[str, str]) -> dict[str, str]:
    if unknown := set(given) - set(SHORT_FIELDS):
        raise DomainError("help", f"The short form has no field «{sorted(unknown)[0]}».", "help")
    for name, words in given.items():
        if len(words.strip()) > asked.LONGEST["help"]:
            raise DomainError("help", f"Help has at most {asked.LONGEST['help']} characters.", f"help_{name}")
    return {name: words.strip() for name, words in given.items() if words.strip()}
