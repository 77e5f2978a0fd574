"""The teams of a unit: who does the work today, with the full-time people that candidates can set free once."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from aiops import audit, permissions
from aiops.errors import DomainError
from aiops.models import BusinessUnit, User
from aiops.permissions import Permission
from backlog.models import Team

MOST_PEOPLE = 1_000_000


@transaction.atomic
def add_team(*, unit: BusinessUnit, name: str, people: Decimal, by: User, at: datetime) -> Team:
    """A team that the unit does not have yet, by whoever sizes candidates there."""
    _require(unit, by)
    require_people(people, "people")
    hold_teams(unit)
    _refuse_taken(unit, name.strip())
    return new_team(unit, name.strip(), people, by, at)


@transaction.atomic
def change_team(*, team: Team, name: str, people: Decimal, by: User, at: datetime) -> Team:
    """Another name or number, for all of its candidates; scores that are frozen keep what they were made with."""
    _require(team.unit, by)
    require_people(people, "people")
    hold_teams(team.unit)
    team, name = (
        Team.objects.select_for_update(of=("self",)).select_related("unit").get(pk=team.pk),
        name.strip(),
    )
    _refuse_taken(team.unit, name, team)
    if name != team.name:
        before, team.name = team.name, name
        team.save(update_fields=["name"])
        audit.record(by=by, at=at, action="team.renamed", obj=team, changes={"name": [before, name]})
    return resize(team, people, by, at)


@transaction.atomic
def remove_team(*, team: Team, by: User, at: datetime) -> None:
    """Forget a team that no candidate names, decided or not."""
    _require(team.unit, by)
    hold_teams(team.unit)
    if named := team.candidates.count():
        words = "1 candidate names" if named == 1 else f"{named} candidates name"
        raise DomainError("team_in_use", f"{words} «{team}»: give another team there first.")
    audit.record(by=by, at=at, action="team.removed", obj=team, changes={"people": [team.people, None]})
    team.delete()


def require_people(people: Decimal | None, field: str) -> None:
    if people is not None and not 0 < people <= MOST_PEOPLE:
        words = f"A team has more than 0 and at most {MOST_PEOPLE:,} full-time people."
        raise DomainError("people", words, field)


def hold_teams(unit: BusinessUnit) -> None:
    """One writer of a unit's teams at a time: a retried name is one team."""
    BusinessUnit.objects.select_for_update(no_key=True).get(pk=unit.pk)


def new_team(unit: BusinessUnit, name: str, people: Decimal, by: User, at: datetime) -> Team:
    team = Team.objects.create(unit=unit, name=name, people=people)
    audit.record(by=by, at=at, action="team.named", obj=team, changes={"people": people})
    return team


def resize(team: Team, people: Decimal, by: User, at: datetime) -> Team:
    if people != team.people:
        before, team.people = team.people, people
        team.save(update_fields=["people"])
        audit.record(by=by, at=at, action="team.resized", obj=team, changes={"people": [before, people]})
    return team


def _require(unit: BusinessUnit, by: User) -> None:
    if not by.is_system:
        permissions.require(by, Permission.ESTIMATE, unit=unit)


def _refuse_taken(unit: BusinessUnit, name: str, team: Team | None = None) -> None:
    others = unit.teams.exclude(pk=team.pk) if team else unit.teams.all()
    if others.filter(name__iexact=name).exists():
        raise DomainError("name_taken", f"{unit} has a team called {name} already.", "name")
