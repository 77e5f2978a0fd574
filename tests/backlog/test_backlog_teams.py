"""The page of teams: kept by those who size the candidates of a unit, and by nobody else."""

from decimal import Decimal

import pytest
from django.urls import reverse

from aiops.models import AuditEvent
from aiops.roles import Role
from backlog.models import Team
from backlog.operations import set_team
from tests.factories import grant, make_user

LIST = "/teams/"


@pytest.fixture
def clerks(cast):
    return Team.objects.create(unit=cast.unit, name="Clerks", people=Decimal("4.5"))


def test_an_assessor_adds_renames_and_resizes_a_team(cast, clerks):
    client = cast.client(cast.assessor)
    assert b"Clerks" in client.get(LIST).content
    made = client.post(LIST, {"unit": cast.other_unit.pk, "name": " Lawyers ", "people": "3"})
    assert made["Location"] == LIST
    lawyers = Team.objects.get(name="Lawyers")
    page = reverse("backlog:team", args=[lawyers.pk])
    assert client.post(page, {"name": "Counsel", "people": "2.5"}).status_code == 302
    lawyers.refresh_from_db()
    assert (lawyers.name, lawyers.people, lawyers.unit) == ("Counsel", Decimal("2.5"), cast.other_unit)
    rows = AuditEvent.objects.filter(object_type="backlog.team").order_by("pk")
    assert [row.action for row in rows] == ["team.named", "team.renamed", "team.resized"]


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"name": "clerks", "people": "3"}, "has a team called clerks already"),
        ({"name": "", "people": "3"}, "This field is required"),
        ({"name": "New", "people": "0"}, "greater than or equal to 0.1"),
        ({"name": "New", "people": "1000001"}, "at most 1,000,000"),
        ({"name": "New", "people": "NaN"}, "Enter a number"),
    ],
)
def test_a_wrong_team_comes_back_with_its_reason(cast, clerks, sent, words):
    answer = cast.client(cast.lead).post(LIST, {"unit": cast.unit.pk, **sent})
    assert answer.status_code == 422 and words in answer.content.decode()
    assert Team.objects.count() == 1


def test_a_team_that_a_candidate_names_stays(cast, now, clerks, received):
    set_team(candidate=received, name="Clerks", by=cast.lead, at=now)
    client, page = cast.client(cast.lead), reverse("backlog:team", args=[clerks.pk])
    assert b"1 candidate names this team" in client.get(page).content
    said = client.post(reverse("backlog:remove_team", args=[clerks.pk]), follow=True)
    assert "1 candidate names «Clerks»" in said.content.decode()
    set_team(candidate=received, name="", by=cast.lead, at=now)
    assert client.post(reverse("backlog:remove_team", args=[clerks.pk]))["Location"] == LIST
    assert not Team.objects.exists() and AuditEvent.objects.filter(action="team.removed").exists()


def test_an_assessor_of_one_unit_keeps_its_teams_alone(cast, now, clerks):
    person = make_user("Asa Assessor", cast.other_unit)
    grant(person, Role.ASSESSOR, cast.other_unit, cast.system, now)
    client = cast.client(person)
    assert b"Clerks" not in client.get(LIST).content
    for address in ("backlog:team", "backlog:remove_team"):
        assert client.post(reverse(address, args=[clerks.pk])).status_code == 404
    assert client.post(LIST, {"unit": cast.unit.pk, "name": "New", "people": "3"}).status_code == 422
    for nobody in (cast.owner, cast.finance, cast.it, cast.auditor):
        assert cast.client(nobody).get(LIST).status_code == 403
