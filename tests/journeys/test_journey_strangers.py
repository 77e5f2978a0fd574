"""Every address of the product: nobody walks in without signing in, and a stranger finds nothing of others."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from tests.journeys.addresses import DOORS, FORBIDDEN, LIST, MACHINES, OBJECT, OWN, TABLE, Row
from tests.journeys.world import make_world

pytestmark = pytest.mark.django_db
SECRETS = (
    "Secret candidate",
    "Secret workload",
    "Secret incident",
    "Secret act",
    "Secret hook",
    "Secret token",
    "Secret plan",
    "Secret program",
    "Secret team",
    "Secret tickets",
    "Secret review",
    "Secret reason",
    "Secret action",
    "Secret timing",
)


def names(patterns: Any = None, space: str = "") -> Iterator[str]:
    """Every named address with its namespace; Django's own admin is asked for as a whole."""
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        if hasattr(pattern, "url_patterns"):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from names(pattern.url_patterns, inner)
        elif pattern.name:
            yield f"{space}{pattern.name}"


@pytest.fixture
def world(cast: SimpleNamespace, now: datetime) -> SimpleNamespace:
    from aiops import operations
    from aiops.models import Company, Membership, RateCard
    from backlog.models import TriageStep
    from roi.operations import create_plan, create_series

    Company.load()
    Company.objects.update(name="Acme", set_up=True)
    made = make_world(cast, now)
    made.grant = Membership.objects.get(user=cast.owner)
    made.rate = RateCard.objects.create(unit=cast.unit, hourly_rate=60, valid_from=now.date())
    made.step = TriageStep.objects.create(verb="send", by=cast.lead, at=now, before={})
    made.plan = create_plan(name="Secret plan", settings={"budget": 1000}, by=cast.lead, at=now)
    made.series = create_series(
        name="Secret review", chair=cast.lead, members=[cast.owner], first_on=now.date(),
        start_time=now.time(), by=cast.lead, at=now,
    )  # fmt: skip
    made.review = made.series.reviews.earliest("starts_at")
    made.item = made.review.items.create(
        workload=made.workload, reason="added", why="Secret reason", section="discuss"
    )
    made.token, _ = operations.create_token(
        user=cast.owner, name="Secret token", scopes=["read"], days=30, by=cast.owner, at=now
    )
    _after_a_meeting(made, now)
    return made


def _after_a_meeting(made: SimpleNamespace, now: datetime) -> None:
    """What a meeting leaves: minutes, a decision, an action and a measurement."""
    from roi.models import Action, Decision, Measurement, Member, Review
    from roi.queries.minutes import minutes_of

    cast = made.cast
    Member.objects.get_or_create(series=made.series, user=cast.owner)
    when = {"starts_at": now - timedelta(days=7), "freeze_at": now - timedelta(days=9)}
    made.closed = Review(series=made.series, number=900, minutes=30, chair=cast.lead, **when)
    made.closed.save()
    made.closed.state, made.closed.closed_at = "closed", now
    made.closed.minutes_content = minutes_of(made.closed)
    made.closed.save()
    made.decision = Decision.objects.create(
        candidate=made.candidate, verdict="reject", reason="Secret reason", assessment=made.assessment, by=cast.lead,
        at=now,
    )  # fmt: skip
    said = {"created_by": cast.lead, "created_at": now, "due_on": now.date()}
    made.action = Action.objects.create(review=made.closed, text="Secret action", owner=cast.owner, **said)
    made.measurement = Measurement.objects.create(
        candidate=made.candidate, quantity="minutes", what="Secret timing", person=cast.owner, **said
    )


def ask(client: Client, name: str, row: Row, world: SimpleNamespace) -> Any:
    _, method, wanted = row
    address = reverse(name, args=[part(world, one) for one in wanted])
    if method == "get":
        return client.get(address)
    kind = "application/json" if "/api/" in address else MULTIPART
    return getattr(client, method)(address, {}, content_type=kind)


MULTIPART = "multipart/form-data; boundary=BoUnDaRyStRiNg"


def part(world: Any, path: str) -> Any:
    if path.startswith("'"):
        return path[1:]
    for step in path.split("."):
        world = getattr(world, step)
    return world


def test_every_address_is_in_a_table() -> None:
    known = set(TABLE) | set(DOORS) | set(MACHINES)
    found = {name for name in names() if not name.startswith("admin:")}
    assert found - known == set(), "name these in the table: who may see them?"
    assert known - found == set(), "these are gone"


def test_nobody_walks_in(world: SimpleNamespace, client: Client) -> None:
    let_in = {}
    for name, row in TABLE.items():
        answer = ask(client, name, row, world)
        to_the_door = answer.status_code == 302 and "/accounts/login/" in answer["Location"]
        if not to_the_door and answer.status_code not in (401, 403):
            let_in[name] = answer.status_code
    assert let_in == {}


def test_an_open_door_says_nothing_of_the_company(world: SimpleNamespace) -> None:
    for name, row in DOORS.items():
        answer = ask(Client(), name, row, world)
        assert answer.status_code < 500 or name == "readyz", name
        assert not tells(answer), name


def test_a_machine_needs_its_key(world: SimpleNamespace) -> None:
    for header in (None, "Bearer pbk_wrong", "Bearer pbt_wrong", "Basic eDp5"):
        client = Client(headers={"Authorization": header} if header else None)
        for name, row in MACHINES.items():
            # A webhook's own address is no secret, but one of another kind is not there.
            assert ask(client, name, row, world).status_code in (401, 403, 404), (name, header)


def tells(answer: Any) -> list[str]:
    """The words in this answer that belong to others."""
    text = b"".join(answer) if answer.streaming else answer.content
    return [secret for secret in SECRETS if secret.encode() in text]


EXPECTED = {OBJECT: {404}, FORBIDDEN: {403}, LIST: {200}, OWN: {200, 302, 400, 403, 422}}


def test_a_stranger_finds_nothing(world: SimpleNamespace) -> None:
    stranger, found = world.cast.client(world.cast.stranger), {}
    for name, row in TABLE.items():
        answer = ask(stranger, name, row, world)
        if answer.status_code not in EXPECTED[row[0]] or tells(answer):
            found[name] = (row[0], answer.status_code, tells(answer))
    assert found == {}


def test_the_admin_of_django_is_closed_to_everybody_but_staff(world: SimpleNamespace, client: Client) -> None:
    for visitor in (client, world.cast.client(world.cast.stranger), world.cast.client(world.cast.lead)):
        answer = visitor.get("/admin/")
        assert answer.status_code in (302, 403) and "login" in answer.get("Location", "login")


def test_the_same_pages_are_there_for_their_owner(world: SimpleNamespace) -> None:
    """The table would prove nothing if the addresses were wrong."""
    owner, missing = world.cast.client(world.cast.owner), []
    for name, row in TABLE.items():
        if row[:2] == (OBJECT, "get") and ask(owner, name, row, world).status_code == 404:
            missing.append(name)
    assert missing == []
