"""The agenda of a meeting as one person reads it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from aiops.models import User
from roi.models import AgendaItem, Answer, Review
from roi.queries.agenda.words import stake_words, waiting_sentence
from roi.queries.barred import barred_words, subject_of
from roi.queries.seats import may_chair, reads_money, sits_in

Section = AgendaItem.Section
# Of what is not talked about a page shows so many; the counts are of all.
MOST_LISTED = 20
MOST_COUNTED = 2000
VERDICTS = {"approve": "approve", "reject": "reject", "defer": "defer", "measure": "measure first"}
VERDICTS |= {name: name for name in ("keep", "scale", "fix", "retire")}


@dataclass(frozen=True)
class Row:
    """One item. Money is None for who does not read it; `barred` says why the chair does not decide on it."""

    item: AgendaItem
    key: str
    title: str
    unit: str
    owner: str
    url: str
    stake: Decimal | None
    a_minute: Decimal | None
    stake_words: str
    proposed: str
    proposed_why: str
    barred: str
    late: bool
    answers: tuple[Answer, ...] = ()

    @property
    def missing(self) -> list[dict[str, Any]]:
        return list(self.item.missing)


@dataclass(frozen=True)
class Agenda:
    """The sections, cut where they are long; `counts` are of whole sections. `minutes` of what is discussed."""

    review: Review
    discuss: list[Row]
    consent: list[Row]
    carried: list[Row]
    not_ready: list[Row]
    dropped: list[Row]
    counts: dict[str, int]
    minutes: int
    money: bool
    may_lead: bool
    sits: bool
    waiting: str

    @property
    def over(self) -> int:
        """Minutes beyond the slot."""
        return max(self.minutes - self.review.minutes, 0)


def agenda_of(review: Review, user: User, only: Sequence[str] = ()) -> Agenda:
    """A bounded number of queries, however long the agenda is; `only` these sections are filled where given."""
    money = reads_money(review, user)
    counts = dict(review.items.order_by().values_list("section").annotate(n=Count("pk")))
    answers = _answers(review)
    sections: dict[str, list[Row]] = {name: [] for name in Section.values}
    for item in _items(review, only or Section.values):
        sections[item.section].append(_row(item, review, money, answers))
    lead = user.pk == review.chair_id or may_chair(review, user)
    return Agenda(
        review,
        **sections,
        counts={name: counts.get(name, 0) for name in Section.values},
        minutes=sum(row.item.minutes for row in sections[Section.DISCUSS]),
        money=money,
        may_lead=lead,
        sits=lead or sits_in(review, user),
        waiting=_waiting(review) if sections[Section.NOT_READY] else "",
    )


def _items(review: Review, sections: Sequence[str]) -> QuerySet[AgendaItem]:
    """By position, which runs from 1 in each section: a condition cuts long ones before anything is joined."""
    whole = Q(section__in=[Section.DISCUSS, Section.CONSENT, Section.DROPPED])
    rows = review.items.filter(whole | Q(position__lte=MOST_LISTED), section__in=sections)
    return rows.select_related(
        "candidate__owner", "candidate__unit", "workload__unit", "workload__business_owner", "action__owner",
        "pulled_by", "pre_read", "candidate__feasibility",
    ).defer("candidate__search").order_by("section", "position", "pk")  # fmt: skip


def _answers(review: Review) -> dict[int, list[Answer]]:
    found: dict[int, list[Answer]] = {}
    for answer in Answer.objects.filter(item__review=review).select_related("by"):
        found.setdefault(answer.item_id, []).append(answer)
    return found


def _waiting(review: Review) -> str:
    rows = review.items.filter(section=Section.NOT_READY).values_list("missing", flat=True)
    return waiting_sentence(rows[:MOST_COUNTED])


def rows_of(items: Iterable[AgendaItem], review: Review, user: User) -> list[Row]:
    """The same rows of chosen items."""
    answers = _answers(review)
    return [_row(item, review, reads_money(review, user), answers) for item in items]


def _row(item: AgendaItem, review: Review, money: bool, answers: dict[int, list[Answer]]) -> Row:
    item.review = review
    key, title, unit, owner, url = _about(item)
    subject = subject_of(item)
    return Row(
        item,
        key,
        title,
        unit,
        owner,
        url,
        stake=item.stake if money else None,
        a_minute=item.stake_per_minute if money else None,
        stake_words=stake_words(item),
        proposed=VERDICTS.get(item.proposed, ""),
        proposed_why=item.proposed_why if money else "",
        barred=barred_words(subject, review.chair) if subject else "",
        late=review.frozen_at is not None and getattr(item, "pre_read", None) is None,
        answers=tuple(answers.get(item.pk, ())),
    )


def _about(item: AgendaItem) -> tuple[str, str, str, str, str]:
    if item.candidate is not None:
        c = item.candidate
        return c.key, c.title, str(c.unit), str(c.owner), reverse("backlog:candidate", args=[c.number])
    if item.workload is not None:
        w = item.workload
        url = reverse("workloads:workload", args=[w.number])
        return w.key, w.name, str(w.unit), str(w.business_owner), url
    assert item.action is not None
    return (
        "Action",
        str(item.action),
        "",
        str(item.action.owner),
        reverse("roi:review", args=[item.review.number]),
    )
