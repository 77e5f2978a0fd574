"""Items one by one: the list behind a month, its file, and taking items back by page, API and key."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tests.factories import make_workload
from workloads.calc.outcome_rows import OutcomeRow
from workloads.models import Outcome, OutcomeDay
from workloads.operations.outcomes import record_outcomes
from workloads.operations.telemetry import create_ingest_key

JSON = "application/json"


@pytest.fixture
def workload(cast, now):
    workload = make_workload(cast)
    when = timezone.now() - timedelta(hours=2)
    rows = [OutcomeRow(f"INV/{n}", when - timedelta(minutes=n), (True, False, None)[n % 3]) for n in range(6)]
    rows += [OutcomeRow("=1+1", when, True), OutcomeRow("H-1", when, True, arm="control", place="York")]
    record_outcomes(workload=workload, rows=rows, source="api", by=cast.owner, at=timezone.now())
    return workload


def done(workload):
    return sum(OutcomeDay.objects.filter(workload=workload, arm="").values_list("done", flat=True))


def test_the_list_its_file_and_back_again(cast, workload):
    client, address = cast.client(cast.owner), f"/workloads/{workload.number}/outcomes/"
    text = client.get(address).content.decode()
    assert "Items one by one" in text and "Judged" in text
    text = client.get(address + "items/").content.decode()
    assert "INV/5" in text and "H-1" not in text and "no verdict yet" in text
    assert "H-1" in client.get(address + "items/", {"state": "control"}).content.decode()
    text = client.get(address + "items/", {"state": "rejected", "words": "INV/4"}).content.decode()
    assert "INV/4" in text and "INV/1" not in text
    assert "No item fits" in client.get(address + "items/", {"state": "struck"}).content.decode()
    assert client.get(address + "items/", {"state": "odd", "month": "x", "page": "z"}).status_code == 200
    file = client.get(address + "items.csv").content
    assert b"'=1+1" in file and file.count(b"\n") == 8
    sent = client.post(address, {"file": SimpleUploadedFile("again.csv", file, "text/csv")}, follow=True)
    assert b"0 new, 0 changed, 7 were there already" in sent.content


def test_taking_back_by_the_page(cast, workload):
    client, address = cast.client(cast.owner), f"/workloads/{workload.number}/outcomes/strike/"
    assert "INV/1" in client.get(address, {"id": "INV/1"}).content.decode()
    for wrong in ({"ids": "INV/1"}, {"reason": "x"}, {"ids": "INV/1\nNOBODY", "reason": "x"}):
        assert client.post(address, wrong).status_code == 422
    text = client.post(address, {"ids": "INV/1\nNOBODY", "reason": "x"}).content.decode()
    assert '<td class="num">2</td>' in text and done(workload) == 7
    text = client.post(
        address, {"ids": "INV/1\n\nINV/2", "reason": "Booked twice"}, follow=True
    ).content.decode()
    assert "2 taken back. Sending" in text and done(workload) == 5
    file = SimpleUploadedFile("gone.csv", b"why,external_id\nx,INV/0\nx,INV/1\n", "text/csv")
    text = client.post(address, {"file": file, "reason": "Storno"}, follow=True).content.decode()
    assert "1 taken back, 1 were before" in text and done(workload) == 4
    assert cast.client(cast.finance).post(address, {"ids": "INV/3", "reason": "x"}).status_code == 403


def test_taking_back_by_the_api(cast, workload):
    at = datetime.now(UTC) - timedelta(days=1)
    plain = create_ingest_key(workload=workload, name="erp", scopes=("outcomes:write",), by=cast.it, at=at)[1]
    said = {"headers": {"Authorization": f"Bearer {plain}"}}
    address = f"/api/v1/workloads/{workload.number}/outcomes/"
    gone = Client().delete(address + "INV/4/?reason=Storno", **said)
    assert (gone.status_code, gone.json(), done(workload)) == (200, {"struck": 1, "unchanged": 0}, 6)
    assert Client().delete(address + "INV/4/", **said).json() == {"struck": 0, "unchanged": 1}
    assert Client().delete(address + "NOBODY/", **said).status_code == 404
    body = {"external_ids": ["INV/3", "NOBODY"], "reason": "Storno"}
    refused = Client().post(address + "strike/", body, content_type=JSON, **said)
    assert (refused.status_code, refused.json()["rows"][0]["row"]) == (422, 2)
    body["external_ids"] = ["INV/3", "INV/5"]
    assert Client().post(address + "strike/", body, content_type=JSON, **said).json()["struck"] == 2
    assert Client().post(address + "strike/", {}, content_type=JSON, **said).status_code == 400
    assert done(workload) == 4 and Outcome.objects.filter(struck_at__isnull=False).count() == 3
    other = make_workload(cast, name="Another")
    assert Client().delete(f"/api/v1/workloads/{other.number}/outcomes/INV/0/", **said).status_code == 403
    assert cast.client(cast.stranger).delete(address + "INV/0/").status_code == 404
