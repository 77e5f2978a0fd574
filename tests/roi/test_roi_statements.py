"""A unit's month: claims limited by what was freed, a statement signed by finance, told in one mail."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import Error, transaction

from aiops.errors import DomainError
from aiops.models import AuditEvent, BusinessUnit, Company, CurrencyChange
from aiops.roles import Role
from backlog.models import Team
from integrations.models import Delivery
from roi import operations
from roi.models import Claim, Correction, StandIn, Statement, ValueMonth
from roi.queries.claims import neighbours, proposal_for
from tests.factories import grant, make_user, make_workload

SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)
CLOSED = datetime(2026, 11, 6, 6, tzinfo=UTC)


def month_of(workload: Any, month: date, closed_at: datetime | None = CLOSED, **said: Any) -> ValueMonth:
    base = {
        "done": 900,
        "accepted": 800,
        "hours_freed": D("120.0"),
        "hours_low": D("100.0"),
        "hours_high": D("150.0"),
    }
    base |= {
        "hourly_rate": D("40.00"),
        "currency": "USD",
        "baseline_measured": True,
        "model_cost": D("12.3456"),
    }
    end = (month + timedelta(days=32)).replace(day=1)
    return ValueMonth.objects.create(
        workload=workload, month=month, through=end, refreshed_at=CLOSED, closed_at=closed_at, **(base | said)
    )


@pytest.fixture
def world(cast: Any, now: Any) -> SimpleNamespace:
    """Two workloads of one unit with a closed October: one sound, one with everything that is unusual."""
    cast.sound = make_workload(cast, "Invoice coding", go_live=date(2026, 6, 1))
    cast.odd = make_workload(cast, "Expense reports", go_live=date(2026, 6, 1))
    cast.at = now
    return cast


def claim_of(world: Any, workload: Any = None, **said: Any) -> Claim:
    base = {"kind": "hours", "amount_month": D("2000"), "hours_month": D("50"), "act": "Contractor ended"}
    base |= {"valid_from": SEPTEMBER, "cost_centre": "CC-1", "account": "6400", "by": world.owner}
    base |= {"at": CLOSED - timedelta(days=20)} | said
    return operations.file_claim(workload=workload or world.sound, **base)


def signed(world: Any, claim: Claim, **said: Any) -> Claim:
    return operations.sign_claim(claim=claim, by=world.finance, at=CLOSED - timedelta(days=9), **said)


def statement(world: Any) -> Statement:
    operations.make_statements(month=OCTOBER, at=CLOSED)
    return Statement.objects.get(unit=world.unit, month=OCTOBER)


def test_hours_are_claimed_up_to_what_closed_months_freed_for_sure(world: Any) -> None:
    assert proposal_for(world.sound, OCTOBER) is None
    early = claim_of(
        world, hours_month=D("500"), amount_month=D("20000")
    )  # nothing closed: finance must judge
    assert early.amount_proposed is None
    operations.send_back_claim(
        claim=early, reason="Where do 500 hours come from?", by=world.finance, at=world.at
    )
    month_of(world.sound, SEPTEMBER, hours_low=D("80.0"))
    month_of(world.sound, OCTOBER)
    with pytest.raises(DomainError, match=r"At most 90.0 h a month"):
        claim_of(world, hours_month=D("90.1"))
    with pytest.raises(DomainError, match=r"At most \$3,600.00 a month"):
        claim_of(world, amount_month=D("3600.01"), hours_month=D("90"))
    claim = claim_of(world, again_of=early)
    assert (claim.amount_proposed, claim.again_of) == (D("3600.00"), early)
    with pytest.raises(DomainError, match=r"At most 40.0 h .* 50.0 h are claimed"):
        claim_of(world, hours_month=D("41"))
    with pytest.raises(DomainError, match="filed again already"):
        claim_of(world, again_of=early, hours_month=D("5"), amount_month=D("10"))
    other_kind = claim_of(world, kind="discount", amount_month=D("9000"), hours_month=None)
    assert other_kind.column == "cash"  # what a supplier takes off is in no hours


def test_posts_of_a_team_are_claimed_once_each(world: Any) -> None:
    from tests.journeys.world import _candidate

    candidate = _candidate(world, world.at, 2)  # its team has two people
    assert isinstance(candidate.team, Team)
    for workload in (world.sound, world.odd):
        workload.candidate = candidate if workload == world.sound else None
        workload.save()
    claim_of(world, posts=D("1.5"))
    with pytest.raises(DomainError, match=r"has 2 posts, and 0.5 of them"):
        claim_of(world, posts=D("0.6"))
    with pytest.raises(DomainError, match="at most one post"):
        claim_of(world, world.odd, posts=D("1.5"), post="AP-1")
    claim_of(world, world.odd, posts=D("1"), post="AP-1")
    with pytest.raises(DomainError, match="one post is claimed once"):
        claim_of(world, post="ap-1")


def test_a_part_that_is_signed_leaves_the_rest_freed(world: Any) -> None:
    claim = signed(world, claim_of(world), amount_month=D("1500"))
    assert (claim.amount_month, claim.amount_asked, claim.hours_month) == (D("1500"), D("2000.00"), D("37.5"))
    (mail,) = Delivery.objects.filter(dedup_key__startswith=f"claim-{claim.pk}-")
    assert "$500.00 a month stay freed capacity" in mail.payload["text"] and mail.payload["unsubscribe"]
    operations.end_claim(claim=claim_ended(world), on=date(2026, 12, 1), by=world.owner, at=world.at)
    with pytest.raises(DomainError, match="signed until 1 Jan 2027"):
        operations.end_claim(claim=claim_ended(world), on=date(2027, 2, 1), by=world.owner, at=world.at)


def claim_ended(world: Any) -> Claim:
    return signed(world, claim_of(world, kind="revenue", valid_to=date(2027, 1, 1), hours_month=None))


def test_nobody_signs_what_they_answer_for_and_units_of_others_stay_closed(world: Any, cast: Any) -> None:
    world.sound.deputy = cast.finance
    world.sound.save()
    with pytest.raises(DomainError, match="answer for this workload"):
        operations.sign_claim(claim=claim_of(world), by=cast.finance, at=world.at)
    elsewhere = make_user("Una Unit", cast.other_unit)
    grant(elsewhere, Role.FINANCE, cast.other_unit, cast.system, world.at)
    with pytest.raises(PermissionDenied):
        operations.sign_claim(claim=claim_of(world), by=elsewhere, at=world.at)


def test_what_else_is_claimed_shows_no_money_across_units(world: Any, cast: Any) -> None:
    claim_of(world, post="AP-9")
    far = make_workload(cast, "Contracts", unit=cast.other_unit, business_owner=cast.stranger)
    claim_of(world, far, post="L-1", cost_centre="cc-1", by=cast.stranger)
    seen = neighbours(cast.owner, post="ap-9", cost_centre="CC-1")
    assert [(n.same, n.shows_money) for n in seen] == [
        ("the same post", True),
        ("the same cost centre", False),
    ]
    page = cast.client(cast.owner).get(
        f"/workloads/{world.odd.number}/claims/new/?cost_centre=CC-1", headers={"HX-Request": "true"}
    )
    assert "Contracts" in page.content.decode() and page.content.decode().count("$2,000") == 1


def test_a_statement_adds_up_and_says_what_is_unusual(world: Any) -> None:
    signed(world, claim_of(world))
    month_of(world.sound, OCTOBER, cash_signed=D("2000"), hours_signed=D("50"))
    claim = claim_of(
        world, world.odd, kind="cost_avoided", hours_month=None, cost_centre="", valid_to=date(2026, 10, 17)
    )
    signed(world, claim)
    odd = {
        "hours_freed": None,
        "hours_low": None,
        "hours_high": None,
        "hours_signed": D("5"),
        "self_reported": True,
    }
    odd |= {"unpriced_calls": 3, "cost_provisional": True, "model_cost": 0, "avoided_signed": D("1032.26")}
    open_row = month_of(world.odd, OCTOBER, closed_at=None, **odd)
    assert operations.make_statements(month=OCTOBER, at=CLOSED) == 0  # one workload's month is open still
    ValueMonth.objects.filter(pk=open_row.pk).update(closed_at=CLOSED)
    Correction.objects.create(
        workload=world.sound, month=OCTOBER, about=SEPTEMBER, currency="USD", reason="a bill came in", closed_at=CLOSED,
        model_cost=D("40.004"), hours_freed=D("-2.0"), refreshed_at=CLOSED,
    )  # fmt: skip
    made = statement(world)
    assert operations.make_statements(month=OCTOBER, at=CLOSED + timedelta(days=1)) == 0
    sums = made.totals
    assert (sums["cash_signed"], sums["avoided_signed"], sums["hours_freed"]) == (
        "2000.00",
        "1032.26",
        "118.0",
    )
    assert (sums["run_cost"], sums["cash_net"], sums["hours_low"], sums["hours_high"]) == (
        "52.35", "1947.65", "98.0", "148.0",
    )  # fmt: skip
    codes = [(e["code"], e["name"]) for e in made.exceptions]
    assert codes == [
        ("over_freed", "Expense reports"), ("no_proposal", "Invoice coding"), ("self_reported", "Expense reports"),
        ("correction", "Invoice coding"), ("unpriced", "Expense reports"), ("provisional", "Expense reports"),
        ("no_cost", "Expense reports"), ("expired", "Expense reports"), ("no_cost_centre", "Expense reports"),
    ]  # fmt: skip
    csv = world.client(world.finance).get(f"/statements/{made.pk}.csv").content.decode()
    assert "CC-1,6400,cash,hours" in csv and "2000.00,USD" in csv and "1032.26,USD" in csv
    page = world.client(world.owner).get(f"/statements/{made.pk}/").content.decode()
    assert (
        "$2,000.00 of cash is signed" in page and "9 exceptions" in page and "Sign the statement" not in page
    )
    (listed,) = world.client(world.lead).get("/statements/").context["page"]
    assert listed.unusual == 9
    assert page.index("5.0 h are signed, but") < page.index("By workload")
    assert world.client(world.stranger).get(f"/statements/{made.pk}/").status_code == 404


def test_finance_signs_and_nothing_changes_after(world: Any, cast: Any) -> None:
    month_of(world.sound, OCTOBER)
    made = statement(world)
    url, client = f"/statements/{made.pk}/", cast.client(cast.finance)
    for who in (cast.owner, cast.lead, cast.it):
        with pytest.raises(PermissionDenied):
            operations.sign_statement(statement=made, by=who, at=world.at)
    grant(cast.second_finance, Role.OWNER, cast.unit, cast.system, world.at)
    with pytest.raises(DomainError, match="somebody else of finance"):
        operations.sign_statement(statement=made, by=cast.second_finance, at=world.at)
    second = cast.client(cast.second_finance)
    assert (
        second.post(f"/api/v1/statements/{made.pk}/sign/", {}, content_type="application/json").status_code
        == 409
    )
    assert "Sign the statement" in client.get(url).content.decode()
    assert client.post(url, {"note": "n" * 401}).status_code == 422
    assert client.post(url, {"note": "Fine"}).status_code == 302
    assert client.post(url, {"note": "Again"}).status_code == 422
    made.refresh_from_db()
    assert (made.state, made.signed_by, made.note) == ("signed", cast.finance, "Fine")
    assert AuditEvent.objects.of(made).filter(action="statement.signed").count() == 1
    with pytest.raises(Error, match="frozen"), transaction.atomic():
        Statement.objects.filter(pk=made.pk).update(note="changed")
    assert client.get("/api/v1/statements/").json()["results"][0]["state"] == "signed"


def test_one_mail_a_month_reaches_who_is_there(world: Any, cast: Any) -> None:
    Company.objects.update_or_create(pk=1, defaults={"set_up": True})
    month_of(world.sound, OCTOBER, cash_signed=D("900"))
    statement(world)
    claim_of(world, amount_month=D("1500"), hours_month=D("20"))
    far = BusinessUnit.objects.create(name="Elsewhere", code="else")
    month_of(make_workload(cast, "Far work", unit=far), OCTOBER)
    away = {"starts_on": CLOSED.date(), "ends_on": CLOSED.date() + timedelta(days=7)}
    operations.name_stand_in(
        absent=cast.finance, deputy=cast.second_finance, by=cast.finance, at=CLOSED, **away
    )
    for _ in range(2):
        assert operations.tell_finance(at=CLOSED + timedelta(hours=1)) == 1
    (mail,) = Delivery.objects.filter(dedup_key__startswith="statement-")
    assert mail.payload["to"] == [cast.second_finance.email]
    assert mail.payload["subject"] == "Accounts payable, October: 1 claim, $1,500 a month, due 13 Nov 2026"
    assert "You stand in for Fay Finance until 13 Nov 2026" in mail.payload["text"]
    assert "/mail/stop/" in mail.payload["unsubscribe"]
    operations.sign_statement(statement=statement(world), by=cast.second_finance, at=CLOSED)
    page = (
        cast.client(cast.finance)
        .get(f"/statements/{Statement.objects.get(unit=cast.unit).pk}/")
        .content.decode()
    )
    assert "Finn Finance, for Fay Finance" in page


def test_home_asks_who_can_sign_and_not_who_is_away(world: Any, cast: Any) -> None:
    Company.objects.update_or_create(pk=1, defaults={"set_up": True})
    month_of(world.sound, OCTOBER)
    statement(world)
    claim_of(world, hours_month=D("20"), amount_month=D("700"))
    first, second = cast.client(cast.finance), cast.client(cast.second_finance)
    assert "sign the month by Friday, 13 Nov" in first.get("/").content.decode()
    today = datetime.now(UTC).date()
    days = {"starts_on": today.isoformat(), "ends_on": (today + timedelta(days=5)).isoformat()}
    said = {"absent": cast.finance.pk, "deputy": cast.second_finance.pk} | days
    assert second.post("/finance/stand-ins/", said).status_code == 302
    page = first.get("/").content.decode()
    assert "sign the month" not in page and "Sign or send back" not in page
    assert "You stand in for Fay Finance" in second.get("/").content.decode()
    body = said | {"absent": cast.second_finance.pk, "deputy": cast.finance.pk}
    answer = second.post("/api/v1/stand-ins/", body, content_type="application/json")
    assert answer.status_code == 409 and "is away" in str(answer.json())
    assert second.post("/finance/stand-ins/", said | {"deputy": cast.owner.pk}).status_code == 422
    row = StandIn.objects.get()
    assert second.post(f"/finance/stand-ins/{row.pk}/end/").status_code == 302
    row.refresh_from_db()
    assert row.ends_on == today
    assert cast.client(cast.lead).get("/finance/stand-ins/").status_code == 403


def test_a_claim_is_filed_again_from_the_one_that_was_sent_back(world: Any, cast: Any) -> None:
    Company.objects.update_or_create(pk=1, defaults={"set_up": True})
    claim = claim_of(world, account="")
    operations.send_back_claim(claim=claim, reason="Which account?", by=cast.finance, at=world.at)
    owner = cast.client(cast.owner)
    assert "File it again" in owner.get(f"/claims/{claim.pk}/").content.decode()
    assert "Which account?" in owner.get("/").content.decode()
    url = f"/workloads/{world.sound.number}/claims/new/?again={claim.pk}"
    page = owner.get(url)
    initial = page.context["form"].initial
    assert (initial["act"], initial["amount_month"]) == ("Contractor ended", D("2000.00"))
    said = {name: value or "" for name, value in initial.items()} | {"account": "6400"}
    assert owner.post(url, said).status_code == 302
    again = Claim.objects.get(again_of=claim)
    assert (again.account, again.state) == ("6400", "claimed")
    assert "Which account?" not in owner.get("/").content.decode()
    assert owner.get(f"/workloads/{world.odd.number}/claims/new/?again={claim.pk}").status_code == 404
    _euros(cast)
    page = cast.client(cast.finance).get("/claims/").content.decode()
    assert (
        "$2,000.00" in page and "€1,000" in page
    )  # each as it was filed, the sum as the company counts today
    rows = cast.client(cast.finance).get("/claims/?format=csv").content.decode()
    assert rows.count("Contractor ended") == 2 and "6400" in rows and rows.count("2000.00,USD") == 2
    assert cast.client(cast.finance).get("/claims/?format=xlsx").status_code == 200


def _euros(cast: Any) -> None:
    """The company counts in euros from a day after everything was filed."""
    at = datetime.now(UTC) + timedelta(days=1)
    CurrencyChange.objects.create(
        old="USD", new="EUR", rate=D("0.5"), valid_from=date(2030, 1, 1), by=cast.finance, at=at
    )
    Company.objects.update(currency="EUR")
