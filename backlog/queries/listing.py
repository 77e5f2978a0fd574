"""Reads of candidates that pages, API and CSV share."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet

from aiops import permissions
from aiops.models import AuditEvent, BusinessUnit, Membership, RateCard, User
from aiops.permissions import Permission
from aiops.roles import Role
from backlog.calc import ranges
from backlog.calc.ranges import Range
from backlog.models import (
    STRIP,
    Candidate,
    Correlation,
    Effort,
    Estimate,
    Relation,
    StageEntry,
    State,
    Team,
)


@dataclass(frozen=True)
class StripStep:
    """One step of the strip: where it stands, who has it and since when."""

    label: str
    is_done: bool
    is_now: bool
    who: str
    since: datetime | None


def estimate_ranges(candidate: Candidate) -> dict[str, Range]:
    """The quantities that are known, by name."""
    return {
        row.quantity: Range(
            float(row.low), float(row.likely), float(row.high), row.meaning, row.evidence, row.as_of
        )
        for row in candidate.estimates.all()
    }


def sees_money(user: User, candidate: Candidate) -> bool:
    """Its owner, the unit, the review and finance do."""
    return candidate.owner_id == user.pk or permissions.has(user, Permission.READ_MONEY, unit=candidate.unit)


def estimates_for(user: User, candidate: Candidate) -> QuerySet[Estimate]:
    """The estimates that this reader of the candidate may see."""
    rows = candidate.estimates.select_related("by").order_by("pk")
    return rows if sees_money(user, candidate) else rows.filter(quantity__in=Estimate.OPEN_TO_ALL)


PLACES = {"loaded_rate": 2, "run_cost_item": 4}


@dataclass(frozen=True)
class EstimateRow:
    """One stored range as this reader may see it: "share", "money" or "number"."""

    estimate: Estimate
    kind: str
    places: int
    is_hidden: bool


def estimate_rows(user: User, candidate: Candidate) -> list[EstimateRow]:
    """The ranges in the order of the assessor's page; money is hidden from those who may not see it."""
    order, money = Estimate.Quantity.values, sees_money(user, candidate)
    rows = sorted(candidate.estimates.select_related("by"), key=lambda row: order.index(row.quantity))
    return [
        EstimateRow(
            row,
            kind_of(row.quantity),
            PLACES.get(row.quantity, 0),
            not money and row.quantity not in Estimate.OPEN_TO_ALL,
        )
        for row in rows
    ]


def kind_of(quantity: str) -> str:
    """ "share", "money" or "number"."""
    if quantity in Estimate.SHARES:
        return "share"
    return "money" if quantity in Estimate.MONEY else "number"


def candidates(user: User) -> QuerySet[Candidate]:
    """The list: newest first, with what each row shows."""
    rows = Candidate.objects.visible_to(user).select_related("owner", "unit", "assessor")
    return rows.order_by("-number")


def strip(candidate: Candidate) -> list[StripStep]:
    """Received > being sized > in review > building > live. A side state leaves the strip where it was."""
    entries = {entry.state: entry for entry in candidate.stages.select_related("holder")}
    reached = [i for i, state in enumerate(STRIP) if state in entries]
    furthest = max(reached, default=-1)
    return [_step(i, state, entries.get(state), furthest, candidate) for i, state in enumerate(STRIP)]


def _step(i: int, state: State, entry: StageEntry | None, furthest: int, candidate: Candidate) -> StripStep:
    is_now = candidate.state == state
    is_done = i < furthest or (i == furthest and not is_now)
    who = entry.held_by if entry and is_now else ""
    return StripStep(str(state.label), is_done, is_now, who, entry.entered_at if entry else None)


def current_stage(candidate: Candidate) -> StageEntry | None:
    return candidate.stages.filter(left_at=None).select_related("holder").first()


def history(candidate: Candidate) -> QuerySet[AuditEvent]:
    return AuditEvent.objects.of(candidate)[:50]


def assessors(unit: BusinessUnit) -> QuerySet[User]:
    """Who may size candidates of a unit: assessors and leads, active, here or company-wide."""
    roles = [Role.ASSESSOR.value, Role.LEAD.value]
    grants = Membership.objects.active().filter(Q(unit=unit) | Q(unit=None), role__in=roles)
    return User.objects.people().filter(is_active=True, pk__in=grants.values("user")).order_by("name", "pk")


def teams(unit: BusinessUnit) -> QuerySet[Team]:
    return unit.teams.order_by("name")


def rate_jobs(unit: BusinessUnit, day: date) -> list[str]:
    """The jobs of finance's rate card that hold for a unit on a day: names, never rates."""
    rows = RateCard.objects.on(day).filter(Q(unit=unit) | Q(unit=None))
    return sorted(set(rows.values_list("job", flat=True)))


def token_models(user: User) -> list[str]:
    """The models that candidates this person sees are priced with."""
    rows = Candidate.objects.visible_to(user).exclude(token_model="")
    return sorted(set(rows.order_by().values_list("token_model", flat=True)))


def hours_cap(candidate: Candidate) -> tuple[float | None, str]:
    """Hours a year that the people who do the work today have, and that in words; None when not known.

    The team counts; without one, the people and their share of time that the owner named.
    """
    if candidate.team is not None:
        people = float(candidate.team.people)
        return ranges.hours_of(people), ranges.team_words(people, candidate.team.name)
    if candidate.people and candidate.share:
        people, share = float(candidate.people), candidate.share
        return ranges.hours_of(people, share), ranges.time_words(people, share, candidate.get_share_display())
    return None, ""


def team_mates(candidate: Candidate) -> QuerySet[Candidate]:
    """Decided candidates of the same team: posts that they free are free once."""
    if candidate.team_id is None:
        return Candidate.objects.none()
    states = (State.APPROVED, State.BUILDING, State.LIVE)
    return Candidate.objects.filter(team_id=candidate.team_id, state__in=states).exclude(pk=candidate.pk)


def correlations_of(candidate: Candidate) -> tuple[tuple[str, str, float], ...]:
    """(quantity, quantity, rank correlation), in the order of their names."""
    return tuple((row.first, row.second, float(row.rho)) for row in candidate.correlations.all())


def effort_days(candidate: Candidate) -> float | None:
    """Days of all roles together; None when nobody stated any."""
    rows = [row.days for row in candidate.efforts.all()]
    return float(sum(rows)) if rows else None


@dataclass(frozen=True)
class Related:
    """How another candidate stands to this one: its title, unit and owner, never its figures.

    `here` tells whether it was said of this candidate; the other's page may have said it.
    """

    candidate: Candidate
    kind: str
    words: str
    overlap: float | None
    here: bool


THE_OTHER_WAY = {Relation.Kind.NEEDS.value: "is needed by it"}


def relations_of(user: User, candidate: Candidate) -> list[Related]:
    """Both ways, and only candidates that this person can see."""
    visible = Candidate.objects.visible_to(user)
    theirs = candidate.related_by.filter(candidate__in=visible).select_related(
        "candidate__unit", "candidate__owner"
    )
    ours = candidate.relations.filter(other__in=visible).select_related("other__unit", "other__owner")
    return [_related(row, row.other, True) for row in ours] + [
        _related(row, row.candidate, False) for row in theirs
    ]


def _related(row: Relation, other: Candidate, here: bool) -> Related:
    words = str(row.get_kind_display())
    said = words if here else THE_OTHER_WAY.get(row.kind, words)
    return Related(other, row.kind, said, None if row.overlap is None else float(row.overlap), here)


@dataclass(frozen=True)
class Beside:
    """What a candidate stands with: whose posts, which other candidates, whose days, what moves together."""

    cap: str
    mates: list[Candidate]
    relations: list[Related]
    efforts: list[Effort]
    correlations: list[Correlation]

    @property
    def is_empty(self) -> bool:
        return not (self.cap or self.relations or self.efforts or self.correlations)


def beside(user: User, candidate: Candidate) -> Beside:
    visible = Candidate.objects.visible_to(user)
    return Beside(
        hours_cap(candidate)[1],
        list(team_mates(candidate).filter(pk__in=visible)),
        relations_of(user, candidate),
        list(candidate.efforts.all()),
        list(candidate.correlations.all()),
    )
