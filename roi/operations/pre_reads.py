"""Freezing the pre-read, and what members answer in it."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from aiops import audit
from aiops.errors import DomainError
from aiops.models import User
from roi.models import AgendaItem, Answer, Assessment, PreRead, Review
from roi.operations.agenda import build_agenda
from roi.operations.agenda_hand import pull_item, put_back
from roi.operations.agenda_telling import tell_frozen
from roi.operations.assessment import assess
from roi.operations.leading import locked
from roi.queries.assessment import latest_assessment
from roi.queries.minutes import content_hash
from roi.queries.pre_reads import page_of
from roi.queries.seats import sits_in

S = Review.State
Section = AgendaItem.Section
FROZEN = (Section.DISCUSS, Section.CONSENT)


def freeze(*, review: Review, at: datetime) -> Review:
    """The pre-read goes out: the agenda as it stands, each item with its score as one page that never changes.

    Members are told; so are owners, of what is on it and of what is not and why. Freezing twice is once.
    """
    with transaction.atomic():
        if locked(review).state != S.PLANNED:
            return locked(review)
        # Scores first: what is new in them may change the places.
        build_agenda(review=review, at=at)
        _assess(review, at)
        row = build_agenda(review=review, at=at)
        rows = row.items.filter(section__in=FROZEN).select_related(
            "candidate__owner", "candidate__unit", "candidate__feasibility", "workload__unit",
            "workload__business_owner", "action__owner",
        )  # fmt: skip
        for item in rows:
            _freeze_item(item, at)
        row.state, row.frozen_at = S.FROZEN, at
        row.revision += 1
        row.save(update_fields=["state", "frozen_at", "revision"])
        audit.record(
            by=User.objects.system(), at=at, action="review.frozen", obj=row, unit=row.series.unit,
            changes={"items": len(rows)},
        )  # fmt: skip
        tell_frozen(row, at)
    return row


def _assess(review: Review, at: datetime) -> None:
    system = User.objects.system()
    rows = review.items.filter(section__in=FROZEN, candidate__isnull=False).select_related("candidate__unit")
    for item in rows:
        try:
            with transaction.atomic():
                assess(candidate=item.candidate, by=system, at=at)  # type: ignore[arg-type]
        except DomainError:
            continue


def _freeze_item(item: AgendaItem, at: datetime) -> None:
    newest: Assessment | None = latest_assessment(item.candidate) if item.candidate else None
    content = page_of(item, newest, at)
    PreRead.objects.create(
        item=item, assessment=newest, content=content, content_hash=content_hash(content), frozen_at=at
    )


def answer_pre_read(*, item: AgendaItem, kind: str, text: str = "", by: User, at: datetime) -> Answer:
    """Fine, "I want to talk", or a question; may be changed until the meeting starts.

    Wanting to talk pulls an item from the consent list; being fine after all puts back what one pulled oneself.
    """
    if not sits_in(item.review, by):
        raise PermissionDenied("Only who sits in this review answers its pre-read.")
    if kind not in Answer.Kind.values:
        raise DomainError("kind", "Choose fine, talk or a question.", "kind")
    said = text.strip()[:500]
    if kind == Answer.Kind.QUESTION and not said:
        raise DomainError("text", "Write the question.", "text")
    with transaction.atomic():
        review = locked(item.review)
        _require_out(review)
        item = review.items.select_for_update().get(pk=item.pk)
        item.review = review
        made, _ = Answer.objects.update_or_create(
            item=item, by=by, defaults={"kind": kind, "text": said, "at": at}
        )
        _follow(item, made, by, at)
        changes = {"kind": kind}
        audit.record(
            by=by, at=at, action="pre_read.answered", obj=item, unit=review.series.unit, changes=changes
        )
    return made


def _require_out(review: Review) -> None:
    if review.state == S.PLANNED:
        raise DomainError("not_out", f"The pre-read goes out on {review.freeze_at:%-d %b %Y}.")
    if review.state != S.FROZEN:
        raise DomainError("started", f"This meeting is {review.get_state_display()}: say it there.")


def _follow(item: AgendaItem, answer: Answer, by: User, at: datetime) -> None:
    if answer.kind != Answer.Kind.FINE:
        if item.section == Section.CONSENT:
            pull_item(item=item, why=answer.text, by=by, at=at)
    elif item.pulled_by_id == by.pk and not item.placed_by_hand:
        # Others who want to talk keep it where it is.
        if not item.answers.exclude(by=by).exclude(kind=Answer.Kind.FINE).exists():
            put_back(item=item, by=by, at=at)
