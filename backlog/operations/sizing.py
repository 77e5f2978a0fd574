"""What a score and a plan must know beside the ranges: whose posts, which rate and time, what moves together,
whose days. `size` writes all of it in one transaction, with the ranges and the relations.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.core.exceptions import PermissionDenied
from django.db import transaction

from aiops import audit, permissions
from aiops.errors import DomainError
from aiops.models import BusinessUnit, User
from aiops.permissions import Permission
from backlog import queries
from backlog.calc import correlations as rules
from backlog.calc.ranges import Range
from backlog.models import Candidate, Correlation, Effort, Estimate, Team
from backlog.operations import teams
from backlog.operations.estimates import require_estimate, set_estimates
from backlog.operations.relations import set_relations
from backlog.operations.stages import locked_open

FRAME = ("rate_job", "token_model", "horizon_months", "discount_rate")
MOST_DAYS, MOST_MONTHS = 100_000, 120
MODEL = re.compile(r"[a-z0-9][a-z0-9._-]*/[a-z0-9][a-z0-9._:@/-]*", re.IGNORECASE)


class Pair(NamedTuple):
    """Two quantities and how they move together: a rank correlation from -0.95 to 0.95."""

    first: str
    second: str
    rho: float
    note: str = ""


def size(
    *,
    candidate: Candidate,
    ranges: Mapping[str, Range | None] | None = None,
    notes: Mapping[str, str] | None = None,
    details: Mapping[str, Any] | None = None,
    team: tuple[str, Decimal | None] | None = None,
    frame: Mapping[str, Any] | None = None,
    correlations: Iterable[tuple[Any, ...]] | None = None,
    efforts: Mapping[str, Decimal | None] | None = None,
    relations: Iterable[tuple[Any, ...]] | None = None,
    by: User,
    at: datetime,
) -> Candidate:
    """Everything an assessor says at once, all or nothing. None leaves a part as it is; parts as in `set_*`.

    `team` is (name, full-time people): an empty name means no team.
    """
    if set(frame or ()) != {"discount_rate"}:
        require_estimate(candidate, by)
    said: dict[str, Any] = {"candidate": candidate, "by": by, "at": at}
    with transaction.atomic():
        if ranges is not None or details:
            candidate = set_estimates(ranges=ranges or {}, notes=notes, **said, **(details or {}))
        if team is not None:
            candidate = set_team(name=team[0], people=team[1], **said)
        if frame:
            candidate = set_frame(**said, **frame)
        if correlations is not None:
            candidate = set_correlations(pairs=correlations, **said)
        if efforts is not None:
            candidate = set_efforts(days=efforts, **said)
        if relations is not None:
            candidate = set_relations(relations=relations, **said)
    return candidate


@transaction.atomic
def set_team(
    *, candidate: Candidate, name: str, people: Decimal | None = None, by: User, at: datetime
) -> Candidate:
    """Whose work it is today. A name that the unit does not know yet makes a team of `people` full-time people.

    `people` of a known team corrects its number, for all of its candidates; an empty name means no team.
    """
    require_estimate(candidate, by)
    candidate = locked_open(candidate, "its team stands.")
    team = _team(candidate.unit, name.strip(), people, by, at) if name.strip() else None
    before = candidate.team
    if before != team:
        candidate.team = team
        candidate.save(update_fields=["team"])
        audit.record(
            by=by, at=at, action="candidate.team_set", obj=candidate, changes={"team": [before, team]}
        )
    return candidate


def _team(unit: BusinessUnit, name: str, people: Decimal | None, by: User, at: datetime) -> Team:
    teams.require_people(people, "team_people")
    teams.hold_teams(unit)
    team = Team.objects.select_for_update().filter(unit=unit, name__iexact=name).first()
    if team is not None:
        return team if people is None else teams.resize(team, people, by, at)
    if people is None:
        raise DomainError("people", f"How many full-time people are in «{name}»?", "team_people")
    return teams.new_team(unit, name, people, by, at)


@transaction.atomic
def set_frame(*, candidate: Candidate, by: User, at: datetime, **frame: Any) -> Candidate:
    """Some of FRAME: job of finance's card, model of the tokens, horizon; None or "" takes the company's.

    The discount rate (a share a year) is finance's: changing it needs that permission and no other.
    """
    if unknown := set(frame) - set(FRAME):
        raise TypeError(f"not of the frame: {sorted(unknown)}")
    _require_frame(candidate, by, frame)
    candidate = locked_open(candidate, "its time and rates stand.")
    before = {name: getattr(candidate, name) for name in frame}
    changed = {name: value for name, value in frame.items() if value != before[name]}
    for name, value in changed.items():
        _refuse_frame(candidate, name, value, at)
        setattr(candidate, name, value)
    if changed:
        candidate.save(update_fields=list(changed))
        log = {name: [before[name], value] for name, value in changed.items()}
        audit.record(by=by, at=at, action="candidate.time_and_rates_set", obj=candidate, changes=log)
    return candidate


def _require_frame(candidate: Candidate, by: User, frame: Mapping[str, Any]) -> None:
    if set(frame) != {"discount_rate"}:
        require_estimate(candidate, by)
    changes = frame.get("discount_rate", candidate.discount_rate) != candidate.discount_rate
    if ("discount_rate" in frame and len(frame) == 1) or changes:
        if not permissions.has(by, Permission.FINANCE, unit=candidate.unit):
            raise PermissionDenied("The discount rate of a candidate is finance's.")


def _refuse_frame(candidate: Candidate, name: str, value: Any, at: datetime) -> None:
    if value in (None, ""):
        return
    if name == "horizon_months" and not 1 <= value <= MOST_MONTHS:
        raise DomainError(name, f"A horizon is 1 to {MOST_MONTHS} months.", name)
    if name == "discount_rate" and not 0 <= value <= 1:
        raise DomainError(name, "A discount rate is from 0 to 100 % a year.", name)
    if name == "rate_job" and value not in queries.rate_jobs(candidate.unit, at.date()):
        raise DomainError(name, f"Finance's rate card has no job «{value}» for this unit today.", name)
    if name == "token_model" and not MODEL.fullmatch(value):
        raise DomainError(name, "Name the model as provider/model, such as openai/gpt-4o-mini.", name)


@transaction.atomic
def set_correlations(
    *, candidate: Candidate, pairs: Iterable[tuple[Any, ...]], by: User, at: datetime
) -> Candidate:
    """Replace what moves together. `pairs` are (quantity, quantity, rank correlation[, note]), each two once."""
    require_estimate(candidate, by)
    wanted = [Pair(*pair) for pair in pairs]
    _refuse_pairs(wanted)
    candidate = locked_open(candidate, "its estimates stand.")
    rows = [_correlation(candidate, pair) for pair in wanted]
    before = {f"{c.first}, {c.second}": (c.rho, c.note) for c in candidate.correlations.all()}
    after = {f"{c.first}, {c.second}": (c.rho, c.note) for c in rows}
    if before != after:
        candidate.correlations.all().delete()
        Correlation.objects.bulk_create(rows)
        log = {"before": sorted(before), "after": [f"{name}: {rho}" for name, (rho, _) in after.items()]}
        audit.record(by=by, at=at, action="candidate.correlations_set", obj=candidate, changes=log)
    return candidate


def _correlation(candidate: Candidate, pair: Pair) -> Correlation:
    first, second = sorted((pair.first, pair.second))
    rho = Decimal(str(round(float(pair.rho), 2))).quantize(Decimal("0.01"))
    return Correlation(candidate=candidate, first=first, second=second, rho=rho, note=pair.note)


def _refuse_pairs(pairs: list[Pair]) -> None:
    seen: set[frozenset[str]] = set()
    for pair in pairs:
        if problem := _problem(pair, seen):
            raise DomainError("correlation", problem, "correlations")
        seen.add(frozenset(pair[:2]))
    if rules.contradictory((pair.first, pair.second, float(pair.rho)) for pair in pairs):
        words = "These cannot all be true at once: two that both move with a third cannot move against each other."
        raise DomainError("correlation", f"{words} Weaken one of them.", "correlations")


def _problem(pair: Pair, seen: set[frozenset[str]]) -> str:
    for name in pair[:2]:
        if name not in Estimate.Quantity.values:
            return f"There is no quantity «{name}»."
    first, second = (str(Estimate.Quantity(name).label) for name in pair[:2])
    if pair.first == pair.second:
        return f"{first} always moves with itself: choose two different quantities."
    if frozenset(pair[:2]) in seen:
        return f"{first} with {second} is named twice."
    if not 0.005 < abs(pair.rho) <= rules.STRONGEST:
        return f"{first} with {second}: a correlation is −0.95 to 0.95, and not 0."
    return ""


@transaction.atomic
def set_efforts(
    *, candidate: Candidate, days: Mapping[str, Decimal | None], by: User, at: datetime
) -> Candidate:
    """Replace the days that each role spends on building it; None or a role left out means none."""
    require_estimate(candidate, by)
    wanted = {role: Decimal(value) for role, value in days.items() if value is not None}
    for role, value in wanted.items():
        _refuse_effort(role, value)
    candidate = locked_open(candidate, "its effort stands.")
    before = {row.role: row.days for row in candidate.efforts.all()}
    if before != wanted:
        candidate.efforts.all().delete()
        Effort.objects.bulk_create(Effort(candidate=candidate, role=r, days=d) for r, d in wanted.items())
        log = {role: [before.get(role), wanted.get(role)] for role in sorted({*before, *wanted})}
        audit.record(by=by, at=at, action="candidate.effort_set", obj=candidate, changes=log)
    return candidate


def _refuse_effort(role: str, days: Decimal) -> None:
    if role not in Effort.Role.values:
        raise DomainError("effort", f"There is no role «{role}».", "efforts")
    if not 0 < days <= MOST_DAYS:
        words = f"{Effort.Role(role).label.capitalize()}: more than 0 and at most {MOST_DAYS:,} days."
        raise DomainError("effort", words, f"effort_{role}")
