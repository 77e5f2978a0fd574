"""Daily sums of outcomes: late, duplicated, corrected and taken-back items, in any time zone, from many senders."""

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Thread

import pytest
from django.db import connections

from aiops.errors import DomainError
from aiops.models import AuditEvent, Company
from aiops.operations import update_company
from tests.factories import make_workload
from workloads.calc.marking import Marked
from workloads.calc.outcome_rows import OutcomeRow
from workloads.models import OutcomeDay
from workloads.operations.mapping import mark_outcomes
from workloads.operations.outcome_days import move_outcome_days, rebuild_outcome_days
from workloads.operations.outcomes import RowsRefused, record_outcomes, strike_outcomes, upload_outcomes
from workloads.queries.outcome_days import changed_months, day_rows, month_sums, week_sums
from workloads.queries.outcomes import outcome_totals, provisional_outcomes

AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
OCTOBER, NOVEMBER, DECEMBER = date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1)


@pytest.fixture
def workload(cast):
    return make_workload(cast)


def item(name, when, accepted=True, minutes=None, **more):
    moment = datetime.fromisoformat(when).replace(tzinfo=UTC)
    return OutcomeRow(name, moment, accepted, None if minutes is None else Decimal(minutes), **more)


def send(workload, *rows, by, at=AT, source="api"):
    return record_outcomes(workload=workload, rows=rows, source=source, by=by, at=at)


def strike(workload, *ids, by, at=AT):
    numbered = list(enumerate(ids, 1))
    return strike_outcomes(workload=workload, external_ids=numbered, reason="Storno", by=by, at=at)


def months(workload, arm=""):
    """{month: (done, judged, accepted, minutes)} of the autumn."""
    sums = month_sums([workload.pk], date(2026, 9, 1), date(2027, 1, 1), arm)
    return {key[1].month: (s.done, s.judged, s.accepted, s.minutes_sum) for key, s in sums.items()}


def settled(workload):
    """The days as they are kept, checked against the items themselves."""
    assert rebuild_outcome_days(workload=workload, at=AT) == 0
    return months(workload)


def test_duplicated_corrected_late_and_taken_back(cast, workload):
    told = {"by": cast.owner}
    send(workload, item("A", "2026-10-30T10:00", minutes=3), item("B", "2026-11-02T10:00", None), **told)
    assert settled(workload) == {10: (1, 1, 1, 3), 11: (1, 0, 0, 0)}
    again = send(workload, item("A", "2026-10-30T10:00", minutes=3), **told)
    assert (again.unchanged, settled(workload)[10]) == (1, (1, 1, 1, 3))
    late = AT + timedelta(days=40)
    send(workload, item("C", "2026-10-01T00:00", False), at=late, **told)
    assert settled(workload)[10] == (2, 2, 1, 3)
    assert changed_months(late) == {workload.pk: {OCTOBER}}
    # The verdict comes, the minutes are corrected, and an item moves to another month.
    send(workload, item("B", "2026-11-02T10:00", True, 2), item("A", "2026-11-01T00:00", True, "4.5"), **told)
    assert settled(workload) == {10: (1, 1, 0, 0), 11: (2, 2, 2, Decimal("6.5"))}
    report = strike(workload, "A", "C", **told)
    assert (report.struck, settled(workload)) == (2, {10: (0, 0, 0, 0), 11: (1, 1, 1, 2)})
    assert strike(workload, "A", **told).unchanged == 1
    event = AuditEvent.objects.get(action="outcomes.struck")
    assert (event.reason, event.changes["struck_ids"]) == ("Storno", ["A", "C"])
    revived = send(workload, item("A", "2026-11-01T00:00", True, "4.5"), **told)
    assert (revived.updated, settled(workload)[11]) == (1, (2, 2, 2, Decimal("6.5")))


def test_marks_places_and_those_held_out(cast, workload):
    when = datetime(2026, 11, 3, tzinfo=UTC)
    mark_outcomes(workload=workload, marked=[Marked(f"M-{n}", when, True) for n in range(3)], at=AT)
    assert not OutcomeDay.objects.exists()
    send(workload, item("M-0", "2026-11-03T00:00", None, place="Leeds"), by=cast.owner)
    send(workload, item("P", "2026-11-03T12:00", True, 9, arm="control", place="York"), by=cast.owner)
    assert settled(workload) == {11: (1, 0, 0, 0)}
    assert months(workload, "control") == {11: (1, 1, 1, 9)}
    assert [day.place for day in day_rows(workload, NOVEMBER, DECEMBER)] == ["Leeds"]
    # Taken back before it was confirmed: it is provisional no more, and a later mark does not bring it back.
    strike(workload, "M-1", by=cast.owner)
    mark_outcomes(workload=workload, marked=[Marked("M-1", when + timedelta(hours=1), True)], at=AT)
    assert provisional_outcomes([workload]) == {workload.pk: 1}
    totals = outcome_totals(workload, NOVEMBER, DECEMBER)
    assert (totals.done, totals.judged, totals.acceptance, totals.provisional) == (1, 0, None, 1)
    send(workload, item("P", "2026-11-03T12:00", True, 9), by=cast.owner)
    assert settled(workload) == {11: (2, 1, 1, 9)}
    assert week_sums([workload.pk], date(2026, 11, 2), DECEMBER)[workload.pk, date(2026, 11, 2)].done == 2


@pytest.mark.parametrize(
    ("zone", "when", "month"),
    [
        ("UTC", "2026-10-31T23:30", 10),
        ("Asia/Tokyo", "2026-10-31T23:30", 11),
        ("Asia/Tokyo", "2026-10-31T14:59", 10),
        ("America/Los_Angeles", "2026-11-01T06:59", 10),
        ("America/Los_Angeles", "2026-11-01T07:00", 11),
    ],
)
def test_a_months_end_where_the_company_is(zone, when, month, cast, workload):
    update_company(time_zone=zone, by=cast.finance, at=AT)
    send(workload, item("A", when), by=cast.owner)
    assert list(settled(workload)) == [month]
    assert outcome_totals(workload, date(2026, month, 1), date(2026, month + 1, 1)).done == 1


def test_another_zone_moves_the_days_that_were_counted(cast, workload):
    rows = [item("A", "2026-10-31T23:30"), item("B", "2026-11-01T08:30"), item("C", "2026-11-05T09:00")]
    send(workload, *rows, by=cast.owner)
    update_company(time_zone="America/Los_Angeles", by=cast.finance, at=AT)
    # A correction that arrives before the job ran finds its old day.
    later = AT + timedelta(minutes=1)
    send(workload, item("C", "2026-11-05T09:00", False), by=cast.owner, at=later)
    assert settled(workload) == {10: (1, 1, 1, 0), 11: (2, 2, 1, 0)}
    company = Company.load()
    # Clocks go back on 1 November there: the day has 25 hours, and both 1:30 are in it.
    send(workload, item("D", "2026-11-01T09:30"), item("E", "2026-11-02T07:59"), by=cast.owner)
    days = {row.day: row.done for row in day_rows(workload, NOVEMBER, DECEMBER)}
    begin, end = (company.midnight(day).astimezone(UTC) for day in (NOVEMBER, date(2026, 11, 2)))
    assert (days[NOVEMBER], end - begin) == (3, timedelta(hours=25))
    other = make_workload(cast, name="Another")
    send(other, item("A", "2026-11-01T05:00"), by=cast.owner)
    update_company(time_zone="Asia/Tokyo", by=cast.finance, at=AT)
    move_outcome_days(at=AT)
    assert months(other) == {10: (0, 0, 0, 0), 11: (1, 1, 1, 0)}
    with pytest.raises(DomainError, match="named like"):
        update_company(time_zone="Mars/Olympus", by=cast.finance, at=AT)


def test_dates_of_a_file_are_the_companys(cast, workload):
    update_company(time_zone="America/Los_Angeles", by=cast.finance, at=AT)
    data = b"external_id,finished_at\nA,2026-11-01\nB,2026-10-31T23:59:59\n"
    upload_outcomes(workload=workload, data=data, by=cast.owner, at=AT)
    assert settled(workload) == {10: (1, 0, 0, 0), 11: (1, 0, 0, 0)}


def test_whatever_happens_the_days_agree_with_the_items(cast, workload):
    rng = random.Random(7)
    for turn in range(24):
        rows = [
            item(
                f"I-{rng.randrange(30)}",
                f"2026-{rng.choice((10, 11)):02}-{rng.randrange(1, 20):02}T{rng.randrange(24):02}:00",
                rng.choice((None, True, False)),
                rng.choice((None, "0.0001", "12.5", "999999")),
                arm=rng.choice(("", "", "control")),
                place=rng.choice(("", "Leeds")),
            )
            for _ in range(rng.randrange(1, 12))
        ]
        send(workload, *rows, by=cast.owner)
        if turn % 3 == 0:
            strike(workload, *{row.external_id for row in rows[:4]}, by=cast.owner)
        if turn in (9, 18):
            Company.objects.update(time_zone=rng.choice(("Asia/Kolkata", "America/New_York")))
        assert rebuild_outcome_days(workload=workload, at=AT) == 0


def test_taking_back_what_nobody_sent(cast, workload):
    send(workload, item("A", "2026-11-01T00:00"), by=cast.owner)
    with pytest.raises(RowsRefused, match="Row 2, external_id"):
        strike(workload, "A", "B", by=cast.owner)
    with pytest.raises(DomainError, match="why"):
        strike_outcomes(workload=workload, external_ids=[(1, "A")], reason=" ", by=cast.owner, at=AT)
    assert months(workload) == {11: (1, 1, 1, 0)}


@pytest.mark.django_db(transaction=True)
def test_many_senders_at_once(cast, now):
    workload, failures = make_workload(cast), []

    def work(turn):
        try:
            ids = range(200)[:: 1 if turn % 2 else -1]
            rows = [item(f"I-{n}", f"2026-11-{n % 9 + turn + 1:02}T00:00", turn % 2 == 0, turn) for n in ids]
            send(workload, *rows, by=cast.owner)
            strike(workload, *[f"I-{n}" for n in ids if n % 7 == turn], by=cast.owner)
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [Thread(target=work, args=(turn,)) for turn in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert not failures and rebuild_outcome_days(workload=workload, at=AT) == 0
