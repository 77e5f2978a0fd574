"""Months are made ahead and dropped, single rows go when their days are over, and sums stay for good."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from tests.factories import make_workload
from tests.workloads.test_workloads_storage import a_call
from workloads import queries
from workloads.models import Call, CallContent, CallTwin, UsageHour
from workloads.operations import partitions
from workloads.operations.call_store import store_calls
from workloads.operations.retention import keep_house

CALLS, CONTENT = partitions.PARENTS


def months(parent=CALLS) -> list[date]:
    return [partition.month for partition in partitions.existing(parent)]


def table_of(call) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tableoid::regclass::text FROM workloads_call WHERE span_id = %s", [call.span_id]
        )
        return cursor.fetchone()[0]


@pytest.fixture
def workload(cast):
    return make_workload(cast, content_policy="all")


def test_a_new_database_has_the_months_that_are_kept_and_two_ahead(db):
    this = datetime.now(UTC).date().replace(day=1)
    for parent in partitions.PARENTS:
        assert {this, partitions.next_month(this), partitions.next_month(partitions.next_month(this))} <= {
            *months(parent)
        }
        assert (this - timedelta(days=62)).replace(day=1) in months(parent)


def test_months_are_made_ahead_of_time_and_once(db, now):
    later = datetime(2027, 11, 30, tzinfo=UTC)
    made = partitions.make_ahead(later)
    wanted = ["workloads_call_2027_11", "workloads_call_2027_12", "workloads_call_2028_01"]
    assert [name for name in made if "content" not in name] == wanted
    assert partitions.make_ahead(later) == []


def test_nothing_is_refused_for_lack_of_a_month_and_a_month_takes_its_rows_out_of_the_rest(workload):
    at = datetime(2028, 5, 20, tzinfo=UTC)
    calls = [a_call(1, started_at=at, content_in="q"), a_call(2, started_at=at - timedelta(days=50))]
    store_calls(workload=workload, calls=calls, at=at)
    assert {table_of(call) for call in calls} == {"workloads_call_rest"}
    keep_house(at=at)
    assert [table_of(call) for call in calls] == ["workloads_call_2028_05", "workloads_call_2028_03"]
    report = store_calls(workload=workload, calls=calls, at=at)
    assert (report.accepted, report.duplicates) == (0, 2)
    assert CallContent.objects.get().content_in == "q"


def test_a_month_that_nobody_keeps_is_dropped_and_its_sums_stay(workload):
    at = datetime(2028, 5, 20, tzinfo=UTC)
    store_calls(workload=workload, calls=[a_call(1, started_at=at)], at=at)
    keep_house(at=at)
    kept = keep_house(at=datetime(2028, 9, 20, tzinfo=UTC))
    assert "workloads_call_2028_05" in kept.dropped and date(2028, 5, 1) not in months()
    assert not Call.objects.exists() and UsageHour.objects.get().calls == 1
    day = (at, at + timedelta(days=1))
    assert queries.usage(workload, *day).calls == 1


def test_each_workload_keeps_its_own_days(cast, now):
    short = make_workload(cast, name="Short", calls_days=10, content_days=2, content_policy="all")
    long = make_workload(cast, name="Long", calls_days=60, content_days=60, content_policy="all")
    for workload in (short, long):
        calls = [
            a_call(age, started_at=now - timedelta(days=age), content_in="q", twin_key=str(age))
            for age in (1, 5, 9)
        ]
        store_calls(workload=workload, calls=calls, at=now)
    kept = keep_house(at=now + timedelta(days=4))
    assert (kept.calls, kept.contents) == (1, 3)
    assert Call.objects.filter(workload=short).count() == CallTwin.objects.filter(workload=short).count() == 2
    assert CallContent.objects.filter(workload=short).count() == 0
    assert (
        Call.objects.filter(workload=long).count() == CallContent.objects.filter(workload=long).count() == 3
    )
    assert keep_house(at=now + timedelta(days=4)).calls == 0


def test_content_goes_before_its_call(workload):
    at = datetime(2028, 5, 2, tzinfo=UTC)
    store_calls(workload=workload, calls=[a_call(1, started_at=at, content_in="secret")], at=at)
    keep_house(at=at)
    keep_house(at=at + timedelta(days=60))
    assert date(2028, 5, 1) not in months(CONTENT) and date(2028, 5, 1) in months(CALLS)
    assert Call.objects.count() == 1 and not CallContent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_table_that_somebody_holds_is_left_for_the_next_round(cast, monkeypatch):
    import psycopg2

    monkeypatch.setattr(partitions, "PATIENCE", "100ms")
    make_workload(cast)
    params = connection.get_connection_params()
    holder = psycopg2.connect(**{k: v for k, v in params.items() if k not in ("cursor_factory", "context")})
    try:
        holder.cursor().execute("LOCK TABLE workloads_call IN ACCESS SHARE MODE")
        held = keep_house(at=datetime(2031, 1, 1, tzinfo=UTC))
        assert "lock timeout" in held.postponed
    finally:
        holder.close()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM workloads_call")
