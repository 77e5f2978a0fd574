"""The ledger of autumn 2026: what comes late, twice, corrected, taken back, in another zone or currency."""

from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.contrib import admin
from django.db import IntegrityError, connection, transaction

from aiops import operations as kernel
from aiops.models import AuditEvent, Company, RateCard
from roi import operations, queries
from roi.models import Correction, TimeBaseline, ValueMonth, ValueTerms, ValueToDate
from roi.operations.ledger.changed import changed_workloads
from tests.factories import make_workload
from workloads import operations as workload_operations
from workloads.calc.dialects import NormalisedCall
from workloads.models import Workload
from workloads.operations.outcomes import strike_outcomes

OCTOBER, NOVEMBER, DECEMBER = date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1)


@pytest.fixture
def live(cast: Any, now: Any) -> Workload:
    """Live since October, timed before: seven minutes an item, of which one is left."""
    RateCard.objects.create(hourly_rate=D("40"), valid_from=date(2026, 1, 1))
    workload = make_workload(cast, go_live=OCTOBER, item_noun="invoice")
    TimeBaseline.objects.create(
        workload=workload, minutes=D(7), low=D(6), high=D(8), n=30, how="study", before_go_live=True,
        by=cast.owner, at=now,
    )  # fmt: skip
    return workload


def send(workload: Workload, cast: Any, at: Any, *items: tuple[str, str], accepted: bool = True) -> None:
    rows = [{"external_id": n, "finished_at": when, "accepted": accepted, "minutes": 1} for n, when in items]
    workload_operations.record_outcomes(workload=workload, rows=rows, source="api", by=cast.owner, at=at)


def numbered(first: int, last: int, day: str = "2026-10-10T10:00:00Z") -> list[tuple[str, str]]:
    return [(f"INV-{n}", day) for n in range(first, last)]


def months(workload: Workload) -> dict[date, ValueMonth]:
    return {row.month: row for row in ValueMonth.objects.filter(workload=workload)}


def booked(workload: Workload) -> list[tuple[date, date, int, int, D, str]]:
    return [
        (c.month, c.about, c.done, c.accepted, c.hours_freed or D(0), c.reason)
        for c in Correction.objects.filter(workload=workload)
    ]


def test_what_comes_late_twice_corrected_or_taken_back_leaves_a_closed_month_and_counts(
    cast: Any, now: Any, live: Workload
) -> None:
    send(live, cast, now, *numbered(0, 20))
    send(live, cast, now, *numbered(0, 20))  # the same again
    assert operations.close_months(at=now) == 1
    before = ValueMonth.objects.filter(month=OCTOBER).values().get()
    assert (before["done"], before["hours_freed"], before["baseline_measured"]) == (20, D("2.0"), True)
    assert before["hours_low"] < D(2) < before["hours_high"]

    send(live, cast, now, *numbered(0, 20))
    operations.refresh_workload(workload=live, at=now)
    assert booked(live) == []
    send(live, cast, now, *numbered(20, 30))  # late
    send(live, cast, now, ("INV-0", "2026-10-10T10:00:00Z"), accepted=False)  # corrected
    send(live, cast, now, ("INV-1", "2026-11-02T10:00:00Z"))  # it was finished in November
    operations.refresh_workload(workload=live, at=now)
    assert booked(live) == [(NOVEMBER, OCTOBER, 9, 8, D("0.8"), "9 invoices came late.")]
    ids = [(n, f"INV-{n}") for n in range(2, 12)]
    strike_outcomes(workload=live, external_ids=ids, reason="Sent by mistake", by=cast.owner, at=now)
    operations.refresh_workload(workload=live, at=now)
    assert booked(live) == [
        (NOVEMBER, OCTOBER, -1, -2, D("-0.2"), "1 invoice was struck, or moved to another month.")
    ]

    total = ValueToDate.objects.get(workload=live)
    assert (total.done, total.accepted, total.hours_freed) == (20, 19, D("1.9"))  # 18 of October, 1 and 1
    assert months(live)[NOVEMBER].done == 1
    _frozen(live, before, now)
    _retried(live, now)

    later = now + timedelta(days=20)  # November is closed, and the correction with it
    assert operations.close_months(at=later) == 1
    send(live, cast, later, ("INV-30", "2026-10-20T10:00:00Z"))
    operations.close_months(at=later)
    assert booked(live)[-1] == (DECEMBER, OCTOBER, 1, 1, D("0.1"), "1 invoice came late.")
    assert [c.closed_at is None for c in Correction.objects.all()] == [False, True]
    assert ValueToDate.objects.get(workload=live).done == 21
    assert ValueMonth.objects.filter(month=OCTOBER).values().get() == before


def _frozen(live: Workload, before: dict[str, Any], now: Any) -> None:
    """By SQL, by the ORM and by every way of recomputing."""
    for sql in ("UPDATE roi_valuemonth SET done = 1", "DELETE FROM roi_valuemonth"):
        with (
            pytest.raises(IntegrityError, match="frozen"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"{sql} WHERE closed_at IS NOT NULL")
    with pytest.raises(IntegrityError, match="frozen"), transaction.atomic():
        ValueMonth.objects.get(month=OCTOBER).save()
    operations.refresh_workload(workload=live, at=now, everything=True)
    assert ValueMonth.objects.filter(month=OCTOBER).values().get() == before


def _retried(live: Workload, now: Any) -> None:
    """A job that runs again writes nothing: not even the time of its look into the rows."""
    tables = (ValueMonth, Correction)
    before = [list(table.objects.order_by("pk").values()) for table in tables]
    events = AuditEvent.objects.count()
    operations.refresh_open_months(at=now + timedelta(minutes=2))
    assert operations.close_months(at=now + timedelta(minutes=3)) == 0
    assert [list(table.objects.order_by("pk").values()) for table in tables] == before
    assert AuditEvent.objects.count() == events


def test_only_what_moved_is_looked_at_and_everything_when_a_day_begins(
    cast: Any, now: Any, live: Workload
) -> None:
    other = make_workload(cast, "Mail sorting", go_live=NOVEMBER)
    ids = [live.pk, other.pk]
    assert changed_workloads(ids, now) == ids  # never looked at
    operations.refresh_open_months(at=now)
    operations.refresh_open_months(at=now + timedelta(minutes=20))
    later = now + timedelta(hours=1)
    assert changed_workloads(ids, later) == []
    send(live, cast, later, ("INV-1", "2026-11-10T10:00:00Z"))
    assert changed_workloads(ids, later) == [live.pk]
    operations.refresh_open_months(at=later)
    operations.refresh_open_months(at=later + timedelta(minutes=15))
    call = NormalisedCall("1" * 32, "2" * 16, later, "gpt-4o-mini", provider="openai", input_tokens=1_000_000)
    workload_operations.store_calls(workload=other, calls=[call], at=later)
    half = later + timedelta(minutes=30)
    assert changed_workloads(ids, half) == [other.pk]
    operations.refresh_open_months(at=half)
    assert months(other)[NOVEMBER].model_cost == D("0.15")
    assert changed_workloads(ids, now + timedelta(days=1)) == ids
    ValueTerms.objects.create(workload=live, volume_month=10, by=cast.owner, at=half + timedelta(minutes=20))
    operations.refresh_open_months(at=half + timedelta(minutes=21))
    assert months(live)[NOVEMBER].coverage == D("0.16666667")  # one of six by the 20th
    # Calls of a closed month that came late are found by the hour.
    operations.close_months(at=now)
    early = NormalisedCall(
        "3" * 32, "4" * 16, now - timedelta(days=35), "gpt-4o-mini", provider="openai", input_tokens=1_000_000
    )
    workload_operations.store_calls(workload=live, calls=[early], at=half)
    operations.close_months(at=half)
    (late,) = Correction.objects.all()
    assert (late.about, late.model_cost, late.reason) == (
        OCTOBER,
        D("0.15"),
        "Calls came late or were priced anew.",
    )
    operations.refresh_workload(workload=live, at=half)  # which does not look for calls of closed months
    assert Correction.objects.get() == late
    assert ValueToDate.objects.get(workload=live).model_cost == D("0.15")


@pytest.mark.parametrize(
    ("zone", "october", "november"), [("UTC", 1, 2), ("Asia/Tokyo", 0, 3), ("America/Los_Angeles", 2, 1)]
)
def test_a_month_begins_where_the_company_is(
    cast: Any, now: Any, live: Workload, zone: str, october: int, november: int
) -> None:
    kernel.update_company(time_zone=zone, by=cast.finance, at=now)
    send(
        live, cast, now, ("A", "2026-10-31T23:30:00Z"), ("B", "2026-11-01T05:00:00Z"), ("C", "2026-11-01T09:00:00Z")
    )  # fmt: skip
    operations.refresh_workload(workload=live, at=now)
    assert [months(live)[month].done for month in (OCTOBER, NOVEMBER)] == [october, november]


def test_after_a_change_of_currency_closed_months_keep_theirs_and_sums_convert(
    cast: Any, now: Any, live: Workload
) -> None:
    send(live, cast, now, *numbered(0, 20), *numbered(20, 40, "2026-11-10T10:00:00Z"))
    said = {"kind": "cost_ended", "amount_month": D("300"), "act": "Licence ended", "post": "Licence"}
    claim = operations.file_claim(workload=live, valid_from=OCTOBER, by=cast.owner, at=now, **said)
    operations.sign_claim(claim=claim, by=cast.finance, at=now)
    operations.close_months(at=now)
    later = now + timedelta(hours=1)
    kernel.change_currency(new="EUR", rate=D("0.5"), valid_from=NOVEMBER, by=cast.finance, at=later)
    operations.refresh_open_months(at=later)
    operations.refresh_workload(workload=live, at=later)
    known = months(live)
    assert [(known[m].currency, known[m].cash_signed) for m in (OCTOBER, NOVEMBER)] == [
        ("USD", D(300)),
        ("EUR", D(100)),
    ]
    assert [known[m].hourly_rate for m in (OCTOBER, NOVEMBER)] == [D(40), D(20)]
    total = ValueToDate.objects.get(workload=live)
    assert (total.currency, total.cash_signed, total.hours_freed) == ("EUR", D(250), D("4.0"))  # 150 and 100
    assert booked(live) == []
    totals = queries.portfolio_totals(Workload.objects.values("pk"))
    assert (totals.cash_signed, totals.hours_freed) == (D(250), D("4.0"))
    assert totals.hours_low is not None and totals.hours_low < D(4)
    page = cast.client(cast.finance).get(f"/workloads/{live.number}/ledger/").content.decode()
    assert "$300.00" in page and "€100.00" in page and Company.load().currency == "EUR"
    part = cast.client(cast.finance).get(f"/workloads/{live.number}/value/").content.decode()
    assert "$300.00 a month" in part, "a claim stays in the currency in which it was filed"


def test_the_ledger_is_read_by_those_who_see_the_workload_and_written_by_nobody(
    cast: Any, now: Any, live: Workload
) -> None:
    send(live, cast, now, *numbered(0, 20))
    operations.close_months(at=now)
    send(live, cast, now, *numbered(20, 22))
    operations.refresh_workload(workload=live, at=now)
    path = f"/workloads/{live.number}/ledger/"
    owner, it = cast.client(cast.owner), cast.client(cast.it)
    page = owner.get(path).content.decode()
    assert "2 invoices came late." in page and "Cash net" in page
    assert "Cash net" not in it.get(path).content.decode()
    month = owner.get(f"{path}2026-10/").content.decode()
    assert "these figures do not change any more" in month and "timed by hand, n = 30" in month
    assert "Amounts are shown to the unit" in it.get(f"{path}2026-10/").content.decode()
    for missing in ("2026-13", "october", "2020-01"):
        assert owner.get(f"{path}{missing}/").status_code == 404
    lines = owner.get(f"{path}?format=csv").content.decode("utf-8-sig").splitlines()
    assert len(lines) == 4 and "model_cost" in lines[0]
    assert "model_cost" not in it.get(f"{path}?format=csv").content.decode()
    assert owner.get(f"{path}?format=xlsx").status_code == 200
    rows = owner.get(f"/api/v1/workloads/{live.number}/ledger/").json()
    assert [(row["entry"], row["done"]) for row in rows] == [("month", 20), ("month", 0), ("correction", 2)]
    counted = ["2026-10-31", now.date().isoformat(), None]
    assert [row["through"] for row in rows] == counted, "the last day that is counted, as the pages say"
    told = owner.get("/api/v1/value/").json()
    assert [row["through"] for row in told] == counted[1:2]
    for method in ("post", "put", "patch", "delete"):
        assert getattr(owner, method)(f"/api/v1/workloads/{live.number}/ledger/").status_code in (403, 405)
        assert getattr(owner, method)(f"{path}2026-10/").status_code in (403, 405)
    assert not any(admin.site.is_registered(model) for model in (ValueMonth, Correction, ValueToDate))
