"""Learning: a finished workload becomes a case, past projects come in from a file, the next form offers it."""

import json
import re
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from aiops.errors import DomainError
from aiops.models import AuditEvent
from backlog.calc.ranges import Range
from integrations.models import DigestLine
from roi import operations
from roi.models import ActualCost, Correction, Decision, PastCase, ValueMonth
from roi.queries.learning import corrected_of
from roi.queries.past_cases import HEAD, PastRow
from tests.factories import make_workload
from tests.roi.scored import file, freeze

pytestmark = pytest.mark.django_db
YEAR = [date(2025, 8 + n, 1) if n < 5 else date(2026, n - 4, 1) for n in range(12)]
START = Range(1, 2, 4)


@pytest.fixture
def live(cast: SimpleNamespace, now: Any) -> SimpleNamespace:
    """Approved on 1 May 2025 for 10,000 to 45,000 and two months, live on 20 July."""
    filed = now - timedelta(days=600)
    candidate = file(cast, filed, start_months=START)
    frozen = freeze(candidate, cast, filed)
    Decision.objects.create(
        candidate=candidate, assessment=frozen, verdict="approve", reason="Worth it.", by=cast.lead,
        at=now.replace(year=2025, month=5, day=1),
    )  # fmt: skip
    workload = make_workload(cast, candidate=candidate, go_live=date(2025, 7, 20), spent=Decimal(28_000))
    return SimpleNamespace(candidate=candidate, frozen=frozen, workload=workload)


def closed_month(workload: Any, month: date, now: Any, hours: int = 50) -> ValueMonth:
    return ValueMonth.objects.create(
        workload=workload, month=month, currency="USD", closed_at=now, through=month, refreshed_at=now,
        hours_freed=hours, hours_low=hours, hours_high=hours,
    )  # fmt: skip


def known(workload: Any) -> dict[str, PastCase]:
    return {case.quantity: case for case in PastCase.objects.filter(workload=workload)}


def test_a_workload_teaches_its_cost_and_time_once_live_and_its_value_after_a_year(cast, now, live):
    assert operations.learn(at=now) == 2 and operations.learn(at=now) == 0
    made = known(live.workload)
    cost, time = made["cost"], made["time"]
    assert (cost.low, cost.likely, cost.high, cost.actual) == (
        live.frozen.build_p10, live.frozen.build_p50, live.frozen.build_p90, 28_000,
    )  # fmt: skip
    assert (time.low, time.likely, time.high, time.measure) == (1, 2, 4, "months")
    assert float(time.actual) == pytest.approx(80 / 30.4375, abs=1e-4) and time.held
    assert (cost.owner, cost.unit, cost.finished_on) == (cast.owner, cast.unit, date(2025, 7, 20))
    assert DigestLine.objects.filter(user=cast.owner, sentence__contains="cost that you estimated").exists()
    for month in YEAR:
        closed_month(live.workload, month, now)
    # A bill of the builders came late, and a closed month was corrected afterwards: the cases follow.
    ActualCost.objects.create(
        workload=live.workload, month=date(2025, 7, 1), kind="build", amount=36_000, by=cast.finance, at=now
    )
    Correction.objects.create(
        workload=live.workload, about=YEAR[3], month=date(2026, 11, 1), currency="USD", reason="late items",
        hours_freed=Decimal(-20), refreshed_at=now,
    )  # fmt: skip
    assert operations.learn(at=now) == 2 and operations.learn(at=now) == 0
    made = known(live.workload)
    value = made["value"]
    assert made["cost"].actual == 36_000 and made["cost"].at == now
    assert (value.actual, value.measure, value.finished_on) == (580, "hours", date(2026, 8, 1))
    # The second to the thirteenth month of a ramp of three: 2/3 and eleven whole months.
    assert float(value.likely) == pytest.approx(float(live.frozen.hours_p50) * (11 + 2 / 3) / 12, abs=0.01)
    assert AuditEvent.objects.filter(action="past_case.followed").count() == 1


def test_value_waits_for_the_close_and_a_workload_given_up_before_going_live_gave_none(cast, now, live):
    for month in YEAR[:-1]:
        closed_month(live.workload, month, now)
    operations.learn(at=now)
    assert set(known(live.workload)) == {"cost", "time"}, "the last month is not closed"
    given_up = make_workload(
        cast, "Given up", stage="retired", retired_on=date(2025, 10, 5), spent=Decimal(9_000)
    )
    live.workload.candidate, given_up.candidate = None, live.candidate
    live.workload.save()
    given_up.save()
    operations.learn(at=now)
    (case,) = PastCase.objects.filter(workload=given_up)
    assert (case.quantity, case.actual, case.finished_on) == ("value", 0, date(2025, 10, 5))


def row(number: int, **changes: Any) -> PastRow:
    base = {
        "row": number, "name": f"Project {number}", "quantity": "cost", "measure": "USD", "low": Decimal(80),
        "likely": Decimal(100), "high": Decimal(120), "actual": Decimal(140), "finished_on": date(2025, 1, number),
        "unit": "ap", "owner": "ada.owner@example.com",
    }  # fmt: skip
    return PastRow(**(base | changes))


def bring_in(cast: SimpleNamespace, now: Any, many: int = 12, **changes: Any) -> None:
    rows = [row(n, **changes) for n in range(1, many + 1)]
    done = operations.import_past_cases(rows=rows, source="history.csv", by=cast.lead, at=now)
    assert len(done.new) == many and not done.problems


def sent(text: str) -> dict[str, Any]:
    return {"file": SimpleUploadedFile("old projects.csv", text.encode())}


def test_a_file_is_looked_at_first_comes_in_whole_or_not_at_all_and_its_export_imports_back(cast, now):
    client, address = cast.client(cast.assessor), reverse("roi:import_past_cases")
    good = "Invoices,cost,USD,80,100,120,140,2025-03-01,business AI,ap,ada.owner@example.com"
    bad = [
        "Letters,cost,USD,80,0,120,140,2025-03-01,,,",
        "Scans,speed,USD,,100,,140,2025-03-01,,,",
        "Mails,time,months,3,2,5,4,2025-03-01,,nowhere,nobody@example.com",
        "Calls,time,months,,2,,3,2999-03-01,,,",
        "Chats,time,months,,2,,3,2025-03-01,,nowhere,nobody@example.com",
    ]
    page = client.post(address, sent("\n".join([",".join(HEAD), good, *bad])))
    told = [(p.row, p.field) for p in page.context["problems"]]
    assert page.status_code == 422 and told == [
        (3, "likely"), (4, "quantity"), (5, "likely"), (6, "finished_on"), (7, "unit"), (7, "owner"),
    ]  # fmt: skip
    page = client.post(address, sent(f"{','.join(HEAD)}\n{good}\nOld,value,hours,,500,,-20,2024-03-01,,,\n"))
    assert page.status_code == 200 and "2 new" in page.content.decode() and not PastCase.objects.exists()
    signed = re.search(r'name="rows" value="([^"]+)"', page.content.decode())[1]
    assert cast.client(cast.lead).post(address, {"rows": signed}).status_code == 422, "of somebody else"
    assert client.post(address, {"rows": signed}).status_code == 302 and PastCase.objects.count() == 2
    exported = client.get(reverse("roi:past_cases"), {"format": "csv"}).content.decode()
    again = client.post(address, sent(exported))
    assert "Nothing differs from what is stored." in again.content.decode()
    for other, status in ((cast.stranger, 403), (cast.finance, 403), (cast.owner, 403)):
        assert cast.client(other).post(address, sent(exported)).status_code == status
    case = PastCase.objects.get(name="Invoices")
    with pytest.raises(PermissionDenied):
        operations.remove_past_cases(cases=PastCase.objects.all(), by=cast.owner, at=now)
    client.post(reverse("roi:remove_past_cases"), {"source": case.source})
    assert not PastCase.objects.exists()


def test_a_file_changes_what_it_brought_and_never_what_was_measured(cast, now, live):
    operations.learn(at=now)
    bring_in(cast, now, 2)
    own = PastCase.objects.get(workload=live.workload, quantity="cost")
    again = row(3, name=own.name, quantity="cost", finished_on=own.finished_on)
    done = operations.import_past_cases(
        rows=[row(1, actual=Decimal(150)), again], source="b", by=cast.lead, at=now
    )
    assert [p.row for p in done.problems] == [3] and PastCase.objects.get(name="Project 1").actual == 140
    done = operations.import_past_cases(
        rows=[row(1, actual=Decimal(150)), row(2)], source="b", by=cast.lead, at=now
    )
    assert (len(done.changed), done.already) == (1, 1) and PastCase.objects.get(
        name="Project 1"
    ).actual == 150
    with pytest.raises(DomainError, match="measured"):
        operations.remove_past_cases(cases=PastCase.objects.filter(pk=own.pk), by=cast.lead, at=now)


def test_ones_own_record_comes_first_and_others_need_permission(cast, now, live):
    operations.learn(at=now)
    bring_in(cast, now, 12)
    address = reverse("roi:track_record")
    own = cast.client(cast.owner).get(address)
    (cost, time), text = own.context["records"], own.content.decode()
    assert (cost.n, time.n) == (13, 1) and cost.coverage.verdict == "too narrow" and cost.contest.n == 13
    assert cost.middle.median == pytest.approx(1.4) and "use 1.34 times?" in text
    assert "10 finished cases are needed to compare the ranges with simple rules; there are 1." in text
    of_ada = {"person": cast.owner.pk}
    # What Payback measured just now is Ada's alone for a week; what a file said is not.
    (seen,) = cast.client(cast.lead).get(address, of_ada).context["records"]
    assert seen.n == 12
    PastCase.objects.update(at=now - timedelta(days=30))
    assert len(cast.client(cast.assessor).get(address, of_ada).context["records"]) == 2
    for other in (cast.stranger, cast.finance, cast.executive, cast.it):
        assert cast.client(other).get(address, of_ada).status_code == 404
    assert cast.client(cast.finance).get(address, {"unit": "ap"}).context["records"][0].n == 13
    assert cast.client(cast.stranger).get(address, {"unit": "ap"}).status_code == 404
    assert (
        "ada.owner" not in cast.client(cast.finance).get(reverse("roi:past_cases")).content.decode().lower()
    )
    told = cast.client(cast.owner).get(reverse("roi:api_track_record")).json()["records"][0]
    assert (told["cases"], told["ranges_held"], told["ranges"]) == (13, 1, 13)
    csv = cast.client(cast.owner).get(address, {"format": "csv"}).content.decode()
    assert csv.count("\n") == 3 and "median_ratio" in csv
    found = cast.client(cast.owner).get(address, {"format": "json"}).json()["rows"]
    assert [(row["quantity"], row["cases"]) for row in found] == [("cost", 13), ("time", 1)]
    sheet = cast.client(cast.owner).get(address, {"format": "xlsx"})
    assert sheet["Content-Disposition"].endswith('track-record.xlsx"') and sheet.content.startswith(b"PK")


def test_the_api_brings_cases_in_and_takes_one_out(cast, now):
    client, address = cast.client(cast.assessor), reverse("roi:api_past_cases")
    case = {
        "name": "Old",
        "quantity": "time",
        "measure": "months",
        "likely": 4,
        "actual": 6,
        "finished_on": "2025-01-02",
    }

    def post(*cases: Any) -> Any:
        return client.post(address, json.dumps({"cases": cases}), content_type="application/json")

    assert post(case).json() == {"new": 1, "changed": 0, "already": 0}
    refused = post(case | {"name": "Older", "likely": 0})
    assert refused.status_code == 400 and refused.json()["cases"][0]["field"] == "likely"
    (listed,) = client.get(address).json()["results"]
    assert listed["ratio"] == 1.5
    one = reverse("roi:api_past_case", args=[listed["id"]])
    assert cast.client(cast.stranger).delete(one).status_code == 404
    assert client.delete(one).status_code == 204 and not PastCase.objects.exists()


def test_the_next_form_and_the_review_offer_what_finished_cases_say_raw_and_corrected(cast, now):
    candidate = file(cast, now)
    frozen = freeze(candidate, cast, now)
    bring_in(cast, now, 10)
    made = operations.score(case=operations.case_of(candidate), day=now.date())
    offers, other = operations.corrected(made, cast.owner)
    assert offers[0].question.startswith("Your last 10 cost estimates came in at 1.40 times")
    assert offers[0].factor == pytest.approx((1.4 + 1.27) / 2) and made.result.npv.p50 > other.result.npv.p50
    page = (
        cast.client(cast.owner)
        .get(reverse("roi:candidate_details", args=[candidate.number]))
        .content.decode()
    )
    assert "Your last 10 cost estimates" in page and "Corrected:" in page
    page = cast.client(cast.lead).get(reverse("roi:candidate_score", args=[candidate.number])).content.decode()
    assert "This owner&#x27;s last 10 cost estimates came in at 1.40 times" in page
    seen = corrected_of(frozen, candidate)
    assert seen["words"][0].startswith("This owner's last 10 cost estimates")
    assert (
        seen["range"]["p50"] == pytest.approx(other.result.npv.p50) and seen["factors"]["build_cost"] == 1.335
    )
