"""Outcomes by API and file, and the owner's three answers a month."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Thread

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from aiops.errors import DomainError
from aiops.models import AuditEvent
from tests.factories import make_workload
from workloads.calc.marking import Marked
from workloads.models.outcomes import Outcome, SelfReport
from workloads.operations.mapping import mark_outcomes
from workloads.operations.outcomes import RowsRefused, record_outcomes, self_report, upload_outcomes
from workloads.operations.telemetry import create_ingest_key
from workloads.queries.outcomes import outcome_totals, provisional_outcomes

NOVEMBER = (datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))
HEAD = "external_id,finished_at,accepted,minutes\n"


@pytest.fixture
def workload(cast):
    return make_workload(cast)


def row(index=1, **change):
    base = {
        "external_id": f"INV-{index}",
        "finished_at": "2026-11-19T08:00:00Z",
        "accepted": True,
        "minutes": 2,
    }
    return base | change


def send(plain, rows, address="/api/v1/outcomes", **more):
    headers = {"Authorization": f"Bearer {plain}"} if plain else {}
    return Client().post(address, {"outcomes": rows} | more, content_type="application/json", headers=headers)


def key_for(cast, workload, scopes=("outcomes:write",)):
    at = timezone.now() - timedelta(days=1)
    return create_ingest_key(workload=workload, name="erp", scopes=scopes, by=cast.it, at=at)[1]


def test_a_batch_is_idempotent(cast, workload):
    plain = key_for(cast, workload)
    rows = [row(i) for i in range(5)]
    assert send(plain, rows).json() == {"created": 5, "updated": 0, "unchanged": 0}
    assert send(plain, rows, address="/api/v1/outcomes/").json() == {
        "created": 0,
        "updated": 0,
        "unchanged": 5,
    }
    assert AuditEvent.objects.filter(action="outcomes.recorded").count() == 1
    changed = send(plain, [row(1, accepted=False), row(9)]).json()
    assert changed == {"created": 1, "updated": 1, "unchanged": 0}
    assert not Outcome.objects.get(external_id="INV-1").accepted
    assert AuditEvent.objects.filter(action="outcomes.recorded").first().changes["updated_ids"] == ["INV-1"]


def test_wrong_rows_are_named_and_nothing_is_stored(cast, workload):
    response = send(key_for(cast, workload), [row(1), row(2, finished_at="soon"), row(3, minutes=-1)])
    assert response.status_code == 422 and not Outcome.objects.exists()
    assert [(r["row"], r["field"]) for r in response.json()["rows"]] == [(2, "finished_at"), (3, "minutes")]


def test_bodies_of_the_wrong_shape(cast, workload):
    plain = key_for(cast, workload)
    headers = {"Authorization": f"Bearer {plain}"}
    for data in ("{", "[]", '{"outcomes": 1}', '{"outcomes": []}', "null", '{"outcomes": [NaN]}'):
        response = Client().post("/api/v1/outcomes", data, content_type="application/json", headers=headers)
        assert response.status_code == 400, data
    assert send(plain, [row(i) for i in range(5001)]).status_code == 400
    huge = Client().post(
        "/api/v1/outcomes", b" " * 50_000_000, content_type="application/json", headers=headers
    )
    assert huge.status_code == 413
    csv = Client().post("/api/v1/outcomes", b"x", content_type="text/csv", headers=headers)
    assert csv.status_code == 415


def test_whose_key_it_is(cast, workload):
    other = make_workload(cast, name="Another")
    plain = key_for(cast, workload)
    assert send(plain, [row()], workload=other.number).status_code == 403
    assert send(plain, [row()], workload=workload.number).status_code == 200
    assert not Outcome.objects.filter(workload=other).exists()
    assert send(key_for(cast, workload, ["telemetry:write"]), [row()]).status_code == 403
    assert send("pbk_unknown", [row()]).status_code == 401
    assert send("", [row()]).status_code in (401, 403)


def test_a_retired_workload_takes_none(cast, workload, now):
    plain = key_for(cast, workload)
    type(workload).objects.filter(pk=workload.pk).update(stage="retired", retired_on="2026-11-01")
    workload.refresh_from_db()
    assert send(plain, [row()]).status_code == 403
    with pytest.raises(DomainError, match="retired"):
        record_outcomes(workload=workload, rows=[row()], source="api", by=cast.system, at=now)
    page = cast.client(cast.owner).post(
        address("outcomes", workload), {"file": file(HEAD + "A,2026-11-19,yes,1\n")}
    )
    assert page.status_code == 422 and b"retired" in page.content


def test_people_record_for_their_workloads(cast, workload):
    data = {"outcomes": [row()], "workload": workload.number}
    post = {"path": "/api/v1/outcomes", "data": data, "content_type": "application/json"}
    assert cast.client(cast.owner).post(**post).status_code == 200
    assert cast.client(cast.stranger).post(**post).status_code == 404
    assert cast.client(cast.auditor).post(**post).status_code in (403, 404)
    post["data"] = {"outcomes": [row()]}
    assert cast.client(cast.owner).post(**post).status_code == 400


def address(name, workload):
    return reverse(f"workloads:{name}", args=[workload.number])


def file(text):
    return SimpleUploadedFile("done.csv", text.encode() if isinstance(text, str) else text, "text/csv")


def test_a_file_is_stored_whole_or_not_at_all(cast, workload):
    client = cast.client(cast.owner)
    good = "\ufeff" + HEAD + "A-1,2026-11-19,yes,2.5\r\nA-2,2026-11-19T10:00:00+02:00,no,\r\n"
    response = client.post(address("outcomes", workload), {"file": file(good)}, follow=True)
    assert b"2 new, 0 changed, 0 were there already" in response.content
    bad = HEAD + "A-3,2026-11-19,yes,1\nA-4,tomorrow,yes,1\nA-5,2026-11-19,perhaps,x\n"
    response = client.post(address("outcomes", workload), {"file": file(bad)})
    page = response.content.decode()
    assert response.status_code == 422 and Outcome.objects.count() == 2
    assert (
        '<td class="num">3</td><td>finished_at</td>' in page
        and '<td class="num">4</td><td>minutes</td>' in page
    )


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"a,b\n", HEAD.encode(), b"PK\x00"])
def test_files_that_cannot_be_read(cast, workload, data):
    response = cast.client(cast.owner).post(address("outcomes", workload), {"file": file(data)})
    assert response.status_code == 422 and not Outcome.objects.exists()


def test_readers_see_outcomes_and_upload_none(cast, workload, now):
    client = cast.client(cast.executive)
    if client.get(address("outcomes", workload)).status_code == 200:
        assert client.post(address("outcomes", workload), {"file": file(HEAD)}).status_code == 403
    with pytest.raises(PermissionDenied):
        upload_outcomes(workload=workload, data=HEAD.encode(), by=cast.stranger, at=now)


def test_fifty_thousand_rows(cast, workload, now):
    lines = "".join(f"A-{i},2026-11-19T08:00:00Z,yes,1.5\n" for i in range(50_000))
    report = upload_outcomes(workload=workload, data=(HEAD + lines).encode(), by=cast.owner, at=now)
    assert report.created == 50_000
    assert (
        upload_outcomes(workload=workload, data=(HEAD + lines).encode(), by=cast.owner, at=now).unchanged
        == 50_000
    )


def test_totals_of_a_feed(cast, workload, now):
    rows = [
        row(1),
        row(2, accepted=False, minutes=4),
        row(3, minutes=None),
        row(4, finished_at="2026-10-31T23:59:59Z"),
    ]
    record_outcomes(workload=workload, rows=rows, source="api", by=cast.owner, at=now)
    totals = outcome_totals(workload, *NOVEMBER)
    assert (totals.done, totals.accepted, totals.minutes_mean) == (3, 2, Decimal(3))
    assert (totals.self_reported, totals.source) == (False, "feed")


def answer(cast, workload, now, **change):
    base = {"month": date(2026, 11, 1), "done": 100, "accepted": 90, "minutes": Decimal(3), "by": cast.owner}
    return self_report(workload=workload, at=now, **(base | change))


def test_an_owner_answers_and_corrects(cast, workload, now):
    answer(cast, workload, now)
    answer(cast, workload, now)
    report = answer(cast, workload, now, done=120)
    assert SelfReport.objects.count() == 1 and report.done == 120
    actions = AuditEvent.objects.filter(action__startswith="self_report").order_by("pk")
    assert [event.action for event in actions] == ["self_report.made", "self_report.replaced"]
    assert actions[1].changes["done_before"] == 100
    totals = outcome_totals(workload, *NOVEMBER)
    assert (totals.done, totals.accepted, totals.self_reported, totals.source) == (
        120,
        90,
        True,
        "self_report",
    )


def test_a_feed_goes_before_the_answer_of_its_month(cast, workload, now):
    answer(cast, workload, now)
    answer(cast, workload, now, month=date(2026, 10, 1))
    record_outcomes(workload=workload, rows=[row()], source="api", by=cast.owner, at=now)
    totals = outcome_totals(workload, datetime(2026, 10, 1, tzinfo=UTC), NOVEMBER[1])
    assert (totals.done, totals.source) == (101, "mixed")


def test_marks_of_telemetry_stand_beside_what_is_done(cast, workload, now):
    when = datetime(2026, 11, 3, tzinfo=UTC)
    mark_outcomes(workload=workload, marked=[Marked(f"M-{n}", when, True) for n in range(4)], at=now)
    totals = outcome_totals(workload, *NOVEMBER)
    assert (totals.done, totals.accepted, totals.provisional, totals.source) == (0, 0, 4, "none")
    page = cast.client(cast.owner).get(f"/workloads/{workload.number}/outcomes/").content.decode()
    assert "4 provisional" in page and "item by item" not in page
    answer(cast, workload, now)
    totals = outcome_totals(workload, *NOVEMBER)
    assert (totals.done, totals.provisional, totals.source) == (100, 4, "self_report")
    record_outcomes(workload=workload, rows=[row(1, external_id="M-0")], source="api", by=cast.owner, at=now)
    totals = outcome_totals(workload, *NOVEMBER)
    assert (totals.done, totals.accepted, totals.provisional, totals.source) == (1, 1, 3, "feed")
    assert provisional_outcomes([workload]) == {workload.pk: 3}
    assert provisional_outcomes([workload], date(2026, 12, 1)) == {}


@pytest.mark.parametrize(
    "change",
    [
        {"accepted": 101},
        {"done": -1, "accepted": -2},
        {"minutes": Decimal(-1)},
        {"month": date(2026, 12, 1)},
        {"month": date(2026, 11, 2)},
    ],
)
def test_answers_that_cannot_be(cast, workload, now, change):
    with pytest.raises(DomainError):
        answer(cast, workload, now, **change)
    assert not SelfReport.objects.exists()


def test_only_owner_and_deputy_answer(cast, workload, now):
    for person in (cast.lead, cast.it, cast.finance, cast.stranger):
        with pytest.raises(PermissionDenied):
            answer(cast, workload, now, by=person)
    assert cast.client(cast.lead).get(address("self_report", workload)).status_code == 403


def test_the_page_of_three_questions(cast, workload):
    client = cast.client(cast.owner)
    page = client.get(address("self_report", workload))
    assert page.status_code == 200
    month = timezone.now().date().replace(day=1).isoformat()
    good = {"month": month, "done": "10", "accepted": "9", "minutes": "2.5"}
    for change in ({"accepted": "11"}, {"done": "x"}, {"minutes": "-1"}, {"month": "1999-01-01"}):
        assert client.post(address("self_report", workload), good | change).status_code == 422
    response = client.post(address("self_report", workload), good, follow=True)
    assert b"self-reported" in response.content and SelfReport.objects.get().done == 10
    assert b'value="10"' in client.get(address("self_report", workload), {"month": month}).content


@pytest.mark.django_db(transaction=True)
def test_two_senders_of_the_same_batch(cast, now):
    workload, failures = make_workload(cast), []

    def post(order):
        try:
            rows = [row(i) for i in range(300)][::order]
            record_outcomes(workload=workload, rows=rows, source="api", by=cast.owner, at=now)
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [Thread(target=post, args=(order,)) for order in (1, -1, 1, -1)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert not failures and Outcome.objects.count() == 300


def test_one_wrong_row_raises_for_callers_too(cast, workload, now):
    with pytest.raises(RowsRefused, match="Row 2, accepted"):
        record_outcomes(
            workload=workload, rows=[row(1), row(2, accepted="?")], source="api", by=cast.owner, at=now
        )
