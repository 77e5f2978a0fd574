"""Each role's dashboard: who may open it, what it says, its files, and the digest that carries the same words."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from backlog.models import Candidate
from integrations.models import DigestLine
from roi import operations
from roi.models import Decision, Outlook, Tripwire, ValueMonth, ValueToDate
from roi.queries.dashboards import dashboard, roles_of
from tests.factories import make_workload
from workloads.models import Workload

pytestmark = pytest.mark.django_db
D = Decimal
OCTOBER = date(2026, 10, 1)


@pytest.fixture
def live(cast: SimpleNamespace, now: datetime) -> Workload:
    """October whole, to date a bit more, with an outlook that says fix."""
    made = make_workload(cast, "Invoice reader", go_live=date(2026, 6, 1), item_noun="invoice")
    ends = {"hours_low": D(80), "hours_high": D(110)}
    said = {"currency": "USD", "through": date(2026, 11, 1), "refreshed_at": now, **ends}
    forecast = {f"forecast_hours_{p}": D(h) for p, h in (("p10", 60), ("p50", 100), ("p90", 140))}
    ValueMonth.objects.create(
        workload=made, month=OCTOBER, done=1200, judged=1200, accepted=1100, accepted_share=D("0.9167"),
        accepted_low=D("0.90"), accepted_high=D("0.93"), hours_freed=D(95), **said, **forecast,
    )  # fmt: skip
    ValueToDate.objects.create(
        workload=made, first_month=OCTOBER, months=1, done=1200, accepted=1100, hours_freed=D(95),
        cash_signed=D(4000), cash_claimed=D(1500), model_cost=D(300), licence_cost=D(200), capacity_hours=D(20),
        gap={"volume": "-120.00", "rate": "30.00"}, **said, **forecast,
    )  # fmt: skip
    Outlook.objects.create(
        workload=made, month=OCTOBER, at=now, currency="USD", months_seen=3, forward_p10=D(-100),
        forward_p50=D(9000), forward_p90=D(20000), verdict="fix", why="Acceptance is under its break-even.",
    )  # fmt: skip
    return made


def figures(role: str, user: Any, now: datetime) -> dict[str, Any]:
    return {figure.name: figure for figure in dashboard(role, user, now).figures}


def test_each_role_opens_its_own(cast: Any, live: Workload) -> None:
    assert roles_of(cast.owner)[0] == "owner" and "lead" not in roles_of(cast.owner)
    assert "finance" in roles_of(cast.finance) and "it" in roles_of(cast.it)
    assert "executive" in roles_of(cast.executive) and "finance" not in roles_of(cast.executive)
    for user, role, status in (
        (cast.owner, "owner", 200), (cast.owner, "finance", 403), (cast.stranger, "lead", 403),
        (cast.lead, "lead", 200), (cast.finance, "finance", 200), (cast.it, "it", 200), (cast.it, "executive", 403),
        (cast.executive, "executive", 200), (cast.lead, "nothing", 404),
    ):  # fmt: skip
        answer = cast.client(user).get(f"/dashboards/{role}/")
        assert answer.status_code == status, (user, role)
    assert cast.client(cast.executive).get("/executive/").status_code == 200
    assert cast.client(cast.finance).get("/dashboards/").url == "/dashboards/finance/"


def test_an_owner_reads_sentences_and_figures_with_their_ends(cast: Any, live: Workload, now: datetime) -> None:
    board = dashboard("owner", cast.owner, now)
    assert board.sentences[0].text == "Invoice reader is in doubt: the rule says fix."
    assert board.sentences[1].text == (
        "Invoice reader did 1,200 in October, 92 in 100 accepted (90 %: 90 to 93); 95 h freed (80 to 110), "
        "95 % of what was forecast."
    )
    shown = figures("owner", cast.owner, now)
    assert shown["Cash, net"].value == D("3500.00") and shown["Claimed, not signed"].value == D(1500)
    assert (shown["Hours freed"].low, shown["Hours freed"].high) == (D(80), D(110))
    assert (shown["To come"].low, shown["To come"].value) == (D(-100), D(9000))
    page = cast.client(cast.owner).get("/dashboards/owner/").content.decode()
    assert "90 % interval" in page and "in doubt" in page
    assert cast.client(cast.stranger).get("/dashboards/owner/").content.decode().count("Invoice reader") == 0


def test_doubt_puts_the_approved_value_at_risk(cast: Any, live: Workload, now: datetime) -> None:
    decision = Decision.objects.create(workload=live, verdict="keep", reason="Runs", by=cast.lead, at=now)
    candidate = Candidate.objects.create(
        number=1, title="Read invoices", owner=cast.owner, unit=cast.unit, state="live", created_at=now,
        submitted_at=now,
    )
    Tripwire.objects.create(
        decision=decision, candidate=candidate, workload=live, quantity="volume", side="below", level=1,
        state="fired", fired_at=now,
    )  # fmt: skip
    assert "a tripwire fired" in dashboard("lead", cast.lead, now).sentences[-1].text


def test_the_lead_sees_where_forecasts_go_wrong(cast: Any, live: Workload, now: datetime) -> None:
    board = dashboard("lead", cast.lead, now)
    table = board.table("gaps")
    assert table is not None and [(r["factor"], r["amount"]) for r in table.rows][0] == ("volume", D("-120.00"))
    assert any("volume: $120 below" in sentence.text for sentence in board.sentences)
    assert any(sentence.text == "No review is planned." for sentence in board.sentences)


def test_tables_come_as_files_and_by_the_api(cast: Any, live: Workload) -> None:
    lead = cast.client(cast.lead)
    csv = lead.get("/dashboards/lead/?table=workloads&format=csv").content.decode()
    assert "Invoice reader" in csv and "4000.00" in csv
    told = json.loads(lead.get("/dashboards/lead/?table=workloads&format=json").content)
    assert told["currency"] == "USD" and told["rows"][0]["cash_net"] == "3500.00"
    assert lead.get("/dashboards/lead/?table=workloads&format=xlsx").content[:2] == b"PK"
    assert lead.get("/dashboards/lead/?table=moon&format=csv").status_code == 404
    assert lead.get("/dashboards/lead/?table=workloads&format=exe").status_code == 404
    answer = lead.get("/api/v1/dashboards/lead/").json()
    assert answer["tables"]["gaps"] and answer["figures"][0]["unit"] == "money"
    assert cast.client(cast.stranger).get("/api/v1/dashboards/lead/").status_code == 403


def test_the_digest_carries_the_same_sentences_once_a_week(cast: Any, live: Workload) -> None:
    early, late = datetime(2026, 11, 23, 3, tzinfo=UTC), datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert operations.tell_week(at=late) == 0 and not DigestLine.objects.exists()
    operations.tell_week(at=early)
    mine = list(DigestLine.objects.filter(user=cast.owner).values_list("sentence", flat=True))
    assert mine == [sentence.text for sentence in dashboard("owner", cast.owner, early).sentences]
    count = DigestLine.objects.count()
    operations.tell_week(at=early)
    assert DigestLine.objects.count() == count
