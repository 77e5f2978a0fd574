"""Who answers for what, where nobody does, and all that hangs on one person."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse

from aiops.models import User
from backlog.models import Candidate, Question
from backlog.models import State as S
from roi.models import Action, Claim, Decision, Measurement
from workloads.models import Stage, Workload

ROLES = (
    ("business_owner", "business owner"),
    ("deputy", "deputy"),
    ("builder", "builder"),
    ("it_steward", "IT steward"),
)
WANTED = {"deputy": "nobody stands in for its owner", "it_steward": "no IT steward keeps it running"}
# Nothing waits for the owner of these any more; a draft was never shown to anybody, and is not shown to an heir.
DONE = (S.DRAFT, S.WITHDRAWN, S.REJECTED, S.DUPLICATE, S.RETIRED)


@dataclass(frozen=True)
class Gap:
    """One thing that is wrong with who answers for a workload; `person` is whom it is about, if anybody."""

    workload: Workload
    kind: str
    sentence: str
    person: User | None = None

    @property
    def url(self) -> str:
        page = "workload" if self.kind == "approval" else "people"
        return reverse(f"workloads:{page}", args=[self.workload.number])


def gaps(user: User, today: date) -> list[Gap]:
    """Of the workloads that this person sees and that are not retired, the gravest first."""
    people = [role for role, _ in ROLES]
    rows = Workload.objects.visible_to(user).exclude(stage=Stage.RETIRED).select_related("unit", *people)
    workloads = list(rows.select_related(*(f"{role}__home_unit" for role in people)))
    ended = _ended_approvals(workloads, today)
    found = [gap for w in workloads for gap in (*_left(w), *_moved(w), *_expired(w, ended), *_missing(w))]
    return sorted(found, key=lambda gap: ORDER.index(gap.kind))


ORDER = ("left", "approval", "moved", "nobody")


def _left(workload: Workload) -> Iterable[Gap]:
    for role, words in ROLES:
        who = getattr(workload, role)
        if who is not None and not who.is_active:
            yield Gap(workload, "left", f"{who}, its {words}, can no longer sign in.", who)


def _moved(workload: Workload) -> Iterable[Gap]:
    """The owner's home unit is another one: they may still answer, but somebody should have said so."""
    who = workload.business_owner
    if who.is_active and who.home_unit_id and who.home_unit_id != workload.unit_id:
        words = f"{who}, its business owner, is at home in {who.home_unit}, the workload in {workload.unit}."
        yield Gap(workload, "moved", words, who)


def _missing(workload: Workload) -> Iterable[Gap]:
    for role, words in WANTED.items():
        if getattr(workload, f"{role}_id") is None:
            yield Gap(workload, "nobody", f"{words[0].upper()}{words[1:]}.")


def _expired(workload: Workload, ended: dict[int, date]) -> Iterable[Gap]:
    if workload.pk in ended:
        words = f"Its approval ended on {ended[workload.pk]:%-d %b %Y}: the review approves it again, or retires it."
        yield Gap(workload, "approval", words)


def _ended_approvals(workloads: list[Workload], today: date) -> dict[int, date]:
    """By workload, the end of its last approval where that day is over."""
    of = {w.candidate_id: w.pk for w in workloads if w.candidate_id}
    mine = Q(workload__in=[w.pk for w in workloads]) | Q(candidate__in=of)
    rows = Decision.objects.filter(mine, reapprove_on__isnull=False, corrected_by=None).order_by("at", "pk")
    newest = {w or of.get(c): on for w, c, on in rows.values_list("workload_id", "candidate_id", "reapprove_on")}
    return {pk: on for pk, on in newest.items() if pk is not None and on is not None and on < today}


@dataclass(frozen=True)
class Belongings:
    """All that waits for one person to answer for it, by kind; empty lists where there is nothing."""

    candidates: list[Candidate] = field(default_factory=list)
    workloads: list[tuple[Workload, list[str]]] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    measurements: list[Measurement] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)

    @property
    def count(self) -> int:
        return sum(len(rows) for rows in vars(self).values())


def belongings(person: User) -> Belongings:
    """Not narrowed to what somebody may see: who hands over is asked for that right first."""
    return Belongings(
        candidates=list(Candidate.objects.filter(owner=person).exclude(state__in=DONE).order_by("number")),
        workloads=[(w, _roles_of(w, person)) for w in workloads_of(person)],
        actions=list(Action.objects.filter(owner=person, done_at=None, dropped_at=None).select_related("review")),
        measurements=list(
            Measurement.objects.filter(person=person, state=Measurement.State.OPEN).select_related("candidate")
        ),
        questions=list(
            Question.objects.filter(of=person, answered_at=None, withdrawn_at=None).select_related("candidate")
        ),
        claims=list(open_claims(person).select_related("workload")),
    )


def workloads_of(person: User) -> QuerySet[Workload]:
    mine = Q(business_owner=person) | Q(deputy=person) | Q(builder=person) | Q(it_steward=person)
    return Workload.objects.filter(mine).exclude(stage=Stage.RETIRED).select_related("unit").order_by("number")


def open_claims(person: User) -> QuerySet[Claim]:
    """Filed by them and not signed yet: somebody must answer finance's questions."""
    return Claim.objects.filter(filed_by=person, state__in=(Claim.State.CLAIMED, Claim.State.SENT_BACK))


def _roles_of(workload: Workload, person: User) -> list[str]:
    return [words for role, words in ROLES if getattr(workload, f"{role}_id") == person.pk]


def leavers() -> list[tuple[User, int]]:
    """People who can no longer sign in and still answer for something, with how many workloads and candidates."""
    gone = User.objects.people().filter(is_active=False)
    found: dict[Any, int] = {}
    candidates = Candidate.objects.filter(owner__in=gone).exclude(state__in=DONE).values_list("owner", flat=True)
    running = Workload.objects.exclude(stage=Stage.RETIRED)
    held = [running.filter(**{f"{role}__in": gone}).values_list(role, flat=True) for role, _ in ROLES]
    for rows in (candidates, *held):
        for pk in rows:
            found[pk] = found.get(pk, 0) + 1
    return [(user, found[user.pk]) for user in gone.filter(pk__in=found).order_by("name")]

