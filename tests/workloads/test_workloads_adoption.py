"""Adoption: people counted and never watched, the owner's weekly figures, and the file that carries them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from aiops.errors import DomainError
from aiops.models import AuditEvent
from tests.factories import make_workload
from workloads.calc.dialects import NormalisedCall
from workloads.models import ActivePerson, Adoption, Call
from workloads.operations import store_calls
from workloads.operations.adoption import (
    KEPT,
    forget_people,
    import_adoption,
    note_people,
    set_adoption,
)
from workloads.operations.outcomes import RowsRefused
from workloads.queries.adoption import in_words, weeks

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 11, 16)
HEAD = "unit,week,eligible,active,volume,offered,taken\n"


@pytest.fixture
def workload(cast):
    return make_workload(cast, deputy=cast.reviewer, it_steward=cast.it, builder=cast.assessor)


def report(workload, cast, now, unit=None, week=MONDAY, **figures):
    by = figures.pop("by", cast.owner)
    return set_adoption(workload=workload, unit=unit or cast.unit, week=week, by=by, at=now, **figures)


def digests():
    return {bytes(row) for row in ActivePerson.objects.values_list("digest", flat=True)}


# Counting people


def call(number, at, **fields):
    return NormalisedCall(
        trace_id=f"{number:032x}", span_id=f"{number:016x}", started_at=at, model="m", **fields
    )


def test_a_person_counts_once_a_week_however_often_they_call(workload, now):
    for batch in range(3):
        calls = [call(batch * 10 + n, now, user_raw=f"ann{n % 2}@example.com") for n in range(6)]
        store_calls(workload=workload, calls=calls, at=now)
    assert ActivePerson.objects.filter(workload=workload, week=MONDAY).count() == 2


def test_each_call_counts_in_its_own_week_and_only_in_production(workload, now):
    sunday = datetime(2026, 11, 15, 23, 59, tzinfo=UTC)
    calls = [
        call(1, now, user_raw="ann"),
        call(2, sunday, user_raw="ann"),
        call(3, now, user_raw="tester", environment="staging"),
        call(4, now),
    ]
    store_calls(workload=workload, calls=calls, at=now)
    found = list(ActivePerson.objects.order_by("week").values_list("week", flat=True))
    assert found == [date(2026, 11, 9), MONDAY]


def test_nobody_can_be_followed_from_week_to_week_or_between_workloads(cast, workload):
    note_people(workload, MONDAY, ["ann@example.com"])
    note_people(workload, MONDAY + timedelta(days=7), ["ann@example.com"])
    note_people(make_workload(cast, "Other"), MONDAY, ["ann@example.com"])
    assert len(digests()) == 3 and all(len(one) == 16 for one in digests())


def test_the_key_of_this_installation_is_in_the_digest(workload, settings):
    note_people(workload, MONDAY, ["ann"])
    settings.SECRET_KEY = "another"
    note_people(workload, MONDAY, ["ann"])
    assert len(digests()) == 2


def test_no_name_is_stored_or_logged(workload, now, caplog):
    name = "ann.secret@example.com"
    with CaptureQueriesContext(connection) as queries, caplog.at_level("DEBUG"):
        store_calls(workload=workload, calls=[call(1, now, user_raw=name)], at=now)
    assert ActivePerson.objects.count() == 1
    assert name not in caplog.text and not any(name in query["sql"] for query in queries.captured_queries)
    assert not Call.objects.filter(user_key__contains=name).exists()
    assert not any(name in str(event.changes) for event in AuditEvent.objects.all())


@pytest.mark.parametrize("odd", ["\x00", "\ud800", "", "x" * 100_000, "Ünïcode"])
def test_odd_ids_are_people_too(workload, odd):
    note_people(workload, MONDAY, [odd, odd])
    assert ActivePerson.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_whom_this_process_has_counted_costs_no_query(cast, now):
    workload = make_workload(cast)
    note_people(workload, MONDAY, ["ann", "bob"])
    with CaptureQueriesContext(connection) as queries:
        note_people(workload, MONDAY, ["bob", "ann"])
    assert len(queries) == 0
    with CaptureQueriesContext(connection) as queries:
        note_people(workload, MONDAY, ["ann", "cleo"])
    assert sum("INSERT" in query["sql"] for query in queries.captured_queries) == 1
    assert ActivePerson.objects.count() == 3


def test_digests_are_forgotten(workload, now):
    edge = (now - KEPT).date()
    note_people(workload, edge - timedelta(days=7), ["ann"])
    note_people(workload, now.date(), ["ann"])
    assert forget_people(at=now) == 1
    assert ActivePerson.objects.get().week == MONDAY


# Weekly figures


@pytest.mark.parametrize("who", ["owner", "reviewer", "lead"])
def test_owner_deputy_and_lead_report(cast, workload, now, who):
    row = report(workload, cast, now, eligible=40, active=12, by=getattr(cast, who))
    assert (row.unit, row.week, row.active, row.volume) == (cast.unit, MONDAY, 12, None)
    changes = AuditEvent.objects.get(action="adoption.reported").changes
    assert changes == {"week": "2026-11-16", "eligible": [None, 40], "active": [None, 12]}


@pytest.mark.parametrize(
    "who", ["it", "assessor", "finance", "evaluator", "auditor", "executive", "stranger"]
)
def test_nobody_else_does(cast, workload, now, who):
    by = getattr(cast, who)
    with pytest.raises(PermissionDenied):
        report(workload, cast, now, eligible=40, by=by)
    with pytest.raises(PermissionDenied):
        import_adoption(workload=workload, data=b"x", by=by, at=now)
    assert not Adoption.objects.exists()


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("week", {"week": date(2026, 11, 17), "eligible": 1}),
        ("week", {"week": date(2026, 11, 23), "eligible": 1}),
        ("eligible", {}),
        ("active", {"active": 41, "eligible": 40}),
        ("offered", {"offered": 11, "volume": 10}),
        ("taken", {"taken": 6, "offered": 5}),
        ("volume", {"volume": -1}),
        ("volume", {"volume": 10**12 + 1}),
    ],
)
def test_what_cannot_be(cast, workload, now, field, wrong):
    with pytest.raises(DomainError) as refused:
        report(workload, cast, now, **wrong)
    assert refused.value.field == field and not Adoption.objects.exists()


def test_a_retired_workload_takes_no_figures(cast, workload, now):
    workload.stage = "retired"
    with pytest.raises(DomainError, match="its figures stand"):
        report(workload, cast, now, eligible=40)


def test_a_second_answer_replaces_the_first_and_the_same_one_does_nothing(cast, workload, now):
    report(workload, cast, now, eligible=40, active=12)
    report(workload, cast, now, eligible=40, active=12)
    report(workload, cast, now, eligible=50, active=12)
    assert Adoption.objects.get().eligible == 50
    assert [e.action for e in AuditEvent.objects.filter(action__startswith="adoption").order_by("pk")] == [
        "adoption.reported", "adoption.replaced",
    ]  # fmt: skip
    assert AuditEvent.objects.get(action="adoption.replaced").changes["eligible"] == [40, 50]


# What may be told


def test_a_week_of_two_units_in_one_sentence(cast, workload, now):
    report(workload, cast, now, eligible=80, active=30, volume=1000, offered=700, taken=560)
    report(
        workload, cast, now, unit=cast.other_unit, eligible=40, active=8, volume=500, offered=260, taken=216
    )
    (week,) = weeks(workload, now)
    assert in_words([week], now) == (
        "In the week of 16 Nov 2026 so far, 38 of 120 people used it (32 %); "
        "64 % of the work was offered to it, and it took 81 % of that."
    )
    assert [(row.unit, str(row.active)) for row in week.units] == [("Accounts payable", "30"), ("Legal", "8")]


def test_a_unit_that_told_half_does_not_bend_the_share(cast, workload, now):
    report(workload, cast, now, volume=1000, offered=500)
    report(workload, cast, now, unit=cast.other_unit, volume=9000)
    (week,) = weeks(workload, now)
    assert week.total.offered_share == 0.5 and week.total.volume == 10_000


def test_fewer_than_five_are_not_told_and_the_total_does_not_give_them_away(cast, workload, now):
    report(workload, cast, now, eligible=30, active=20)
    report(workload, cast, now, unit=cast.other_unit, eligible=9, active=3)
    note_people(workload, MONDAY, [f"p{n}" for n in range(23)])
    (week,) = weeks(workload, now)
    assert [str(row.active) for row in week.units] == ["20", "fewer than 5"]
    assert str(week.total.active) == "at least 20" and str(week.counted) == "about 20"
    assert week.used_share is None and week.units[1].used_share is None


def test_counted_people_stand_in_where_nobody_reports(cast, workload, now):
    note_people(workload, MONDAY, [f"p{n}" for n in range(4)])
    assert "fewer than 5 people used it" in in_words(weeks(workload, now), now)
    note_people(workload, MONDAY, ["p5"])
    report(workload, cast, now, eligible=50)
    (week,) = weeks(workload, now)
    assert str(week.active) == "5" and week.used_share == 0.1


def test_weeks_come_newest_first_and_half_a_year_back(cast, workload, now):
    for back in (0, 25, 26):
        report(workload, cast, now, week=MONDAY - timedelta(weeks=back), volume=5)
    assert [week.week for week in weeks(workload, now)] == [MONDAY, MONDAY - timedelta(weeks=25)]
    assert "there were 5 items" in in_words(weeks(workload, now), now)


def test_two_queries_however_many_weeks(cast, workload, now):
    for back in range(10):
        report(workload, cast, now, week=MONDAY - timedelta(weeks=back), volume=5)
    with CaptureQueriesContext(connection) as queries:
        weeks(workload, now)
    assert len(queries) == 2


# The file


def load(workload, cast, now, text, head=HEAD):
    return import_adoption(workload=workload, data=(head + text).encode(), by=cast.owner, at=now)


def test_rows_are_new_changed_or_there_already(cast, workload, now):
    text = "ap,2026-11-16,40,12,100,80,60\nLegal,2026-11-09,,,10,,\n"
    assert vars(load(workload, cast, now, text)) == {"new": 2, "changed": 0, "unchanged": 0}
    again = load(workload, cast, now, text.replace("40,12", "41,12"))
    assert vars(again) == {"new": 0, "changed": 1, "unchanged": 1}
    assert Adoption.objects.get(unit=cast.other_unit).eligible is None


@pytest.mark.parametrize(
    ("row", "field", "words"),
    [
        ("nobody,2026-11-16,1,1,,,", "unit", "is no unit's code or name here"),
        (",2026-11-16,1,1,,,", "unit", "is missing"),
        ("ap,2026-11-17,1,1,,,", "week", "is no Monday; that week began on 2026-11-16"),
        ("ap,2026-11-23,1,1,,,", "week", "has not begun"),
        ("ap,soon,1,1,,,", "week", "is no date"),
        ("ap,2026-11-16,1.5,1,,,", "eligible", "is no whole number"),
        ("ap,2026-11-16,-1,1,,,", "eligible", "is no whole number"),
        ("ap,2026-11-16,1,2,,,", "active", "more people used it than could: 2 of 1"),
        ("ap,2026-11-16,,,1,2,", "offered", "more was offered than there was"),
        ("ap,2026-11-16,,,,1,2", "taken", "more was taken than offered"),
    ],
)
def test_one_wrong_row_and_nothing_is_stored(cast, workload, now, row, field, words):
    with pytest.raises(RowsRefused) as refused:
        load(workload, cast, now, f"ap,2026-11-09,5,5,,,\n{row}\n")
    (error,) = refused.value.rows
    assert (error.row, error.field) == (3, field) and words in error.message
    assert not Adoption.objects.exists()


def test_the_same_week_twice_in_a_file_is_refused(cast, workload, now):
    with pytest.raises(RowsRefused, match="row 2 has the same unit and week"):
        load(workload, cast, now, "ap,2026-11-16,5,5,,,\nAP,2026-11-16,6,5,,,\n")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file_unreadable"),
        (b"unit,week\n", "file_unreadable"),
        (b"\xff\xfa,x\n1,2\n", "file_unreadable"),
        (b"unit,eligible\nap,5\n", "file_columns"),
        (b"unit,week,week\nap,2026-11-16,2026-11-16\n", "file_columns"),
    ],
)
def test_what_is_no_table_of_weeks(cast, workload, now, data, code):
    with pytest.raises(DomainError) as refused:
        import_adoption(workload=workload, data=data, by=cast.owner, at=now)
    assert refused.value.code == code


def test_what_is_downloaded_comes_back_unchanged(cast, workload, now):
    cast.unit.code = "=ap"
    cast.unit.save()
    report(workload, cast, now, eligible=40, active=2)
    report(workload, cast, now, week=MONDAY - timedelta(days=7), volume=0, offered=0, taken=0)
    answer = cast.client(cast.owner).get(url("adoption_csv", workload))
    assert b"'=ap,2026-11-16,40,2,,,\r\n" in answer.content
    back = import_adoption(workload=workload, data=answer.content, by=cast.owner, at=now)
    assert vars(back) == {"new": 0, "changed": 0, "unchanged": 2}


# Pages


def url(name, workload):
    return reverse(f"workloads:{name}", args=[workload.number])


@pytest.fixture
def today(monkeypatch, now):
    monkeypatch.setattr("workloads.views.adoption.timezone.now", lambda: now)
    return now


def test_who_sees_and_who_enters(cast, workload, client, today):
    report(workload, cast, today, eligible=30, active=3)
    for name in ("adoption", "adoption_csv"):
        assert client.get(url(name, workload)).status_code == 302
        assert cast.client(cast.stranger).get(url(name, workload)).status_code == 404
    body = cast.client(cast.finance).get(url("adoption", workload)).content.decode()
    assert "fewer than 5 of 30 people used it" in body and "Enter a week" not in body
    assert cast.client(cast.finance).get(url("adoption_csv", workload)).status_code == 403
    assert cast.client(cast.finance).post(url("adoption", workload), {}).status_code == 403


def test_an_empty_page_says_what_to_do_next(cast, workload, today):
    body = cast.client(cast.owner).get(url("adoption", workload)).content.decode()
    assert "No figures yet" in body and "Enter a week" in body


def test_any_day_names_its_week_and_mistakes_stand_at_their_field(cast, workload, today):
    client = cast.client(cast.owner)
    sent = {"unit": cast.unit.pk, "week": "2026-11-19", "eligible": 40, "active": 12}
    assert client.post(url("adoption", workload), sent).status_code == 302
    assert Adoption.objects.get().week == MONDAY
    wrong = client.post(url("adoption", workload), sent | {"active": 41})
    assert wrong.status_code == 422 and "more people used it than could" in wrong.content.decode()
    assert client.post(url("adoption", workload), {"unit": "x"}).status_code == 422
    assert Adoption.objects.get().active == 12


def test_a_file_on_the_page(cast, workload, today):
    client = cast.client(cast.owner)

    def upload(text):
        file = SimpleUploadedFile("a.csv", text.encode())
        return client.post(url("adoption", workload), {"form": "import", "file": file}, follow=True)

    wrong = upload(HEAD + "ap,2026-11-16,1,2,,,\n")
    assert wrong.status_code == 422 and "more people used it than could: 2 of 1" in wrong.content.decode()
    assert upload("nonsense").status_code == 422
    assert client.post(url("adoption", workload), {"form": "import"}).status_code == 422
    assert "1 new, 0 changed" in upload(HEAD + "ap,2026-11-16,9,8,,,\n").content.decode()
    assert "0 new, 0 changed, 1 were there" in upload(HEAD + "ap,2026-11-16,9,8,,,\n").content.decode()


def test_a_retired_workload_shows_its_figures_and_no_form(cast, workload, today):
    workload.stage, workload.retired_on = "retired", today.date()
    workload.save()
    body = cast.client(cast.owner).get(url("adoption", workload)).content.decode()
    assert "Enter a week" not in body
    sent = {"unit": cast.unit.pk, "week": "2026-11-19", "eligible": 40}
    answer = cast.client(cast.owner).post(url("adoption", workload), sent)
    assert answer.status_code == 422 and "its figures stand" in answer.content.decode()


def test_the_api_tells_weeks_and_takes_figures(cast, workload, today):
    client, path = cast.client(cast.owner), url("api_adoption", workload)
    sent = {"unit": "ap", "week": "2026-11-16", "eligible": 40, "active": 3, "volume": 10, "offered": 5}
    assert client.post(path, sent, content_type="application/json").status_code == 204
    assert client.get(path).json() == [
        {"week": "2026-11-16", "eligible": "40", "active": "fewer than 5", "used_share": None, "volume": 10,
         "offered_share": 0.5, "taken_share": None},
    ]  # fmt: skip
    assert client.post(path, sent | {"active": 41}, content_type="application/json").status_code == 409
    assert client.post(path, sent | {"unit": "zz"}, content_type="application/json").status_code == 400
    assert cast.client(cast.finance).post(path, sent, content_type="application/json").status_code == 403
    assert cast.client(cast.stranger).get(path).status_code == 404
