"""Filing: a draft, submitting it, editing it, taking it back."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from aiops import audit, permissions
from aiops.errors import DomainError
from aiops.models import BusinessUnit, User
from aiops.permissions import Permission
from backlog.calc import asked, ranges
from backlog.models import Candidate, State
from backlog.operations.estimates import FROM_FORM, assign, put
from backlog.operations.receipt import send_receipt
from backlog.operations.stages import enter, locked, locked_open, move, moved, require_move
from backlog.queries import form_now

# Free text is not repeated in the audit log.
UNLOGGED = ("description", "answers")
AGAIN = (State.WITHDRAWN, State.REJECTED)


def save_draft(
    *,
    by: User,
    at: datetime,
    candidate: Candidate | None = None,
    owner: User | None = None,
    unit: BusinessUnit | None = None,
    client_token: str = "",
    simulated: bool = False,
    **answers: Any,
) -> Candidate:
    """Make a draft or save what was typed into it; the same client token makes one draft however often it comes."""
    permissions.require(by, Permission.FILE)
    if candidate is None:
        return _new_draft(by, at, owner or by, unit, client_token, simulated, answers)
    require_edit(candidate, by)
    if candidate.state != State.DRAFT:
        raise DomainError("not_draft", f"{candidate.key} is submitted; edit it on its page.")
    return _write(candidate, answers)


def _new_draft(
    by: User,
    at: datetime,
    owner: User,
    unit: BusinessUnit | None,
    token: str,
    simulated: bool,
    answers: dict[str, Any],
) -> Candidate:
    unit = unit or owner.home_unit
    if unit is None:
        raise DomainError("unit", "Your profile names no business unit; ask IT to set one.", "unit")
    with transaction.atomic():
        # One lock for the counter: numbers follow each other without gaps and never collide.
        User.objects.select_for_update().get(pk=User.objects.system().pk)
        if token and (same := Candidate.objects.filter(owner=owner, client_token=token).first()):
            return _write(same, answers) if same.state == State.DRAFT else same
        candidate = Candidate(
            number=Candidate.objects.next_number(),
            owner=owner,
            unit=unit,
            created_at=at,
            simulated=simulated,
            client_token=token,
        )
        assign(candidate, answers)
        candidate.save()
        enter(candidate, State.DRAFT, at, holder=owner)
        audit.record(by=by, at=at, action="candidate.drafted", obj=candidate)
    return candidate


def _write(candidate: Candidate, answers: Mapping[str, Any]) -> Candidate:
    changed = assign(candidate, answers)
    if changed:
        candidate.save(update_fields=list(changed))
    return candidate


def require_edit(candidate: Candidate, by: User) -> None:
    if by.pk == candidate.owner_id or by.is_system:
        return
    if candidate.state == State.DRAFT or not permissions.has(by, Permission.ESTIMATE, unit=candidate.unit):
        raise PermissionDenied("Only the owner or an assessor edits a candidate.")


def submit(*, candidate: Candidate, by: User, at: datetime) -> Candidate:
    """Hand a draft in: what is missing is named, ranges are made from the answers, the owner gets a receipt."""
    if by.pk != candidate.owner_id and not by.is_system:
        raise PermissionDenied("Only its owner submits a candidate.")
    with transaction.atomic():
        candidate = locked(candidate)
        require_move(candidate, State.RECEIVED)
        _ask_form(candidate, by)
        _require_complete(candidate)
        candidate.submitted_at = at
        move(candidate, State.RECEIVED, at)
        _estimate_from_answers(candidate, by, at.date())
        audit.record(by=by, at=at, action="candidate.submitted", obj=candidate)
        send_receipt(candidate, at)
    return candidate


def resubmit(*, candidate: Candidate, by: User, at: datetime, **answers: Any) -> Candidate:
    """A new round of a rejected or withdrawn candidate with what was changed; the rounds before stay in its history."""
    if by.pk != candidate.owner_id:
        raise PermissionDenied("Only its owner submits a candidate again.")
    with transaction.atomic():
        candidate = locked(candidate)
        if candidate.state not in AGAIN:
            raise DomainError(
                "state", f"{candidate.key} is {candidate.get_state_display()}: edit it on its page."
            )
        changed = assign(candidate, answers)
        candidate.save(update_fields=list(changed))
        audit.record(by=by, at=at, action="candidate.resubmitted", obj=candidate, changes=_log(changed))
        return submit(candidate=candidate, by=by, at=at)


def _log(changed: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What changed, without what people wrote at length."""
    kept = {name: value for name, value in changed.items() if name not in UNLOGGED}
    return {name: [before[name], value] for name, value in kept.items()} if before is not None else kept


def _require_complete(candidate: Candidate) -> None:
    if not candidate.title.strip():
        raise DomainError("title", "Say in a few words what the work is.", "title")
    if candidate.count is None:
        raise DomainError("count", "How many are there? A guess is fine.", "count")
    if candidate.minutes is None and not (candidate.people and candidate.share):
        words = "Give the minutes each one takes, or how many people do it and how much of their time."
        raise DomainError("minutes", words, "minutes")
    _require_answers(candidate)


def _ask_form(candidate: Candidate, by: User) -> None:
    """However it came in, what is handed in by a person answers the form of its class."""
    if candidate.form_version_id is None and not by.is_system:
        candidate.form_version = form_now(candidate.klass)
        candidate.save(update_fields=["form_version"])


def _require_answers(candidate: Candidate) -> None:
    """What the form of its class asks beside the short form."""
    if candidate.form_version is None:
        return
    _, wrong = asked.clean(candidate.form_version.fields, candidate.answers, complete=True)
    for name, words in wrong.items():
        raise DomainError("answer", words, name)


def _estimate_from_answers(candidate: Candidate, by: User, day: date) -> None:
    """Volume and minutes from the short form; what an assessor sharpened by hand stays."""
    assert candidate.count is not None
    volume = ranges.per_year(float(candidate.count), candidate.period)
    minutes = (
        float(candidate.minutes)
        if candidate.minutes is not None
        else ranges.minutes_from_people(float(candidate.people or 0), candidate.share, volume)
    )
    answers = {"volume": volume, "minutes": minutes}
    _require_within_reason(answers)
    known = set(candidate.estimates.exclude(note=FROM_FORM).values_list("quantity", flat=True))
    for quantity, value in answers.items():
        if quantity not in known:
            made = ranges.from_answer(value, candidate.sureness, quantity, day)
            put(candidate, quantity, made, FROM_FORM, by, day)


def _require_within_reason(answers: Mapping[str, float]) -> None:
    """Beyond these the stored figures would overflow; no company has that much of one kind of work."""
    if answers["volume"] > ranges.MOST["volume"]:
        raise DomainError(
            "count", "More than a thousand billion a year: check the number and its period.", "count"
        )
    if answers["minutes"] > ranges.MOST["minutes"]:
        words = (
            "That is more than a billion minutes each: check how many there are, the minutes and the people."
        )
        raise DomainError("minutes", words, "minutes")


def edit(*, candidate: Candidate, by: User, at: datetime, **answers: Any) -> Candidate:
    """Change the answers of an open candidate; ranges that came from the short form follow."""
    require_edit(candidate, by)
    with transaction.atomic():
        candidate = locked_open(candidate, "it can't be edited.")
        before = {name: getattr(candidate, name) for name in answers}
        changed = assign(candidate, answers)
        _require_complete(candidate)
        if changed:
            candidate.save(update_fields=list(changed))
            _estimate_from_answers(candidate, by, at.date())
            log = _log(changed, before)
            audit.record(by=by, at=at, action="candidate.edited", obj=candidate, changes=log)
    return candidate


def withdraw(*, candidate: Candidate, by: User, at: datetime, reason: str = "") -> Candidate:
    """The owner takes it back; it can be submitted again later."""
    if by.pk != candidate.owner_id:
        raise PermissionDenied("Only its owner withdraws a candidate.")
    return moved(candidate, State.WITHDRAWN, by, at, "candidate.withdrawn", reason=reason)
