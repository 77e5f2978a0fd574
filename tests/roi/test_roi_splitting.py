"""A workload is split in two: its forecast is shared out, its past and its claims stay."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from aiops.errors import DomainError
from aiops.models import AuditEvent, Company
from roi.models import Split, TimeBaseline, ValueMonth, ValueTerms
from roi.operations.ledger import refresh_workload
from roi.operations.splitting import split_workload
from roi.operations.terms import set_terms
from roi.queries.month_facts import MonthFacts
from roi.queries.watching import WeekFacts
from tests.factories import make_workload
from workloads.calc.months import later
from workloads.models import Workload

TODAY = timezone.now().date()
MONTH = TODAY.replace(day=1)
JSON = "application/json"


@pytest.fixture
def workload(cast):
    made = make_workload(cast, go_live=later(MONTH, -5), item_noun="invoice", builder=cast.assessor)
    said = {"workload": made, "by": cast.owner, "at": timezone.now()}
    TimeBaseline.objects.create(
        **said, minutes=12, low=9, high=16, n=40, how="study", before_go_live=True, measured_from=MONTH
    )
    ValueTerms.objects.create(**said, verdicts="random", volume_month=1000)
    return made


def split(cast, workload, **said):
    base = {
        "name": "Invoices of Legal", "share": Decimal("0.3"), "month": MONTH, "owner": cast.stranger,
        "reason": "Legal books its own", "by": cast.owner, "at": timezone.now(),
    }  # fmt: skip
    return split_workload(source=workload, **(base | said))


def test_a_part_goes_its_own_way(cast, workload):
    made = split(cast, workload)
    part = made.part
    assert (part.stage, part.go_live, part.unit, part.item_noun) == ("live", MONTH, workload.unit, "invoice")
    assert (part.business_owner, part.builder, part.candidate) == (cast.stranger, cast.assessor, None)
    held = TimeBaseline.objects.get(workload=part)
    assert (held.minutes, held.n, held.before_go_live) == (12, 40, True)
    volumes = ValueTerms.objects.values_list("workload", "volume_month")
    assert dict(volumes) == {workload.pk: 700, part.pk: 300}
    assert [workload.changes.count(), part.changes.count()] == [1, 1]
    assert AuditEvent.objects.get(action="workload.split").reason == "Legal books its own"
    # A part of the part: what it has is shared out again, from a later month on.
    with pytest.raises(DomainError, match="later month"):
        split(cast, part, name="Again", by=cast.lead)
    assert split(cast, part, name="Again", by=cast.lead, month=later(MONTH)).part.go_live == later(MONTH)


def stated(workload):
    """Items in scope of each open month, as a whole month has them; in weeks, those of a year."""
    company, first = Company.load(), later(MONTH, -2)
    facts = MonthFacts([workload], {}, first, later(MONTH, 3), timezone.now(), company)
    facts.read_calls(first, first)
    weeks = WeekFacts([workload], first, TODAY, company)
    months = [later(MONTH, n) for n in (-1, 0, 1)]
    found = [facts.inputs(workload.pk, month).volume_month for month in months]
    assert [weeks.of(workload.pk, month).volume_year for month in months] == [volume * 12 for volume in found]
    return found


def test_months_before_a_split_keep_their_volume(cast, workload):
    refresh_workload(workload=workload, at=timezone.now())
    before = ValueMonth.objects.get(workload=workload, month=later(MONTH, -1))
    assert before.volume == 1000
    # A split of next month is agreed first; what is split off this month takes its share of both.
    third = split(cast, workload, name="Third", month=later(MONTH), share=Decimal("0.2")).part
    assert (stated(workload), third.value_terms.volume_month) == ([1000, 1000, 800], 200)
    part = split(cast, workload).part
    assert (stated(workload), part.value_terms.volume_month) == ([1000, 700, 560], 300)
    assert ValueMonth.objects.get(pk=before.pk).volume == 1000
    assert [row.volume_before for row in Split.objects.order_by("month")] == [1000, 700]
    # What the owner states later holds from the last split on.
    set_terms(workload=workload, volume_month=600, by=cast.owner, at=timezone.now())
    assert stated(workload) == [1000, 700, 600]


def test_splits_that_cannot_be(cast, workload):
    ValueMonth.objects.create(
        workload=workload, month=later(MONTH, -1), currency="USD", through=MONTH, refreshed_at=timezone.now(),
        closed_at=timezone.now(),
    )  # fmt: skip
    wrong = {
        "share": [Decimal(0), Decimal(1), Decimal("1.2")],
        "month": [later(MONTH, 2), later(MONTH, -1), later(MONTH, -2), date(2026, 1, 2)],
        "name": ["", workload.name.upper()],
        "reason": [" "],
        "deputy": [cast.stranger],
    }
    for field, values in wrong.items():
        for value in values:
            with pytest.raises(DomainError, check=lambda error, field=field: error.field == field):
                split(cast, workload, **{field: value})
    with pytest.raises(PermissionDenied):
        split(cast, workload, by=cast.stranger)
    assert not Split.objects.exists() and Workload.objects.count() == 1


def test_the_page_shows_first_and_the_api_does(cast, workload):
    client, address = cast.client(cast.owner), f"/workloads/{workload.number}/split/"
    assert address in client.get(f"/workloads/{workload.number}/").content.decode()
    assert client.get(address).status_code == 200
    said = {
        "name": "Invoices of Legal", "owner": cast.stranger.pk, "share": "30", "month": MONTH.isoformat(),
        "reason": "Legal books its own",
    }  # fmt: skip
    assert client.post(address, said | {"share": "100"}).status_code == 422
    text = client.post(address, said).content.decode()
    assert "What will happen" in text and "12.000 min, timed by hand" in text and not Split.objects.exists()
    done = client.post(address, said | {"confirmed": "yes"}, follow=True)
    assert "is a workload of its own" in done.content.decode()
    assert "Invoices of Legal" in client.get(address).content.decode()
    body = {
        "name": "Third",
        "owner": cast.stranger.email,
        "share": "0.5",
        "month": MONTH.isoformat(),
        "reason": "x",
    }
    made = client.post(f"/api/v1{address}", body, content_type=JSON)
    assert (made.status_code, made.json()["share"]) == (201, "0.5000")
    again = client.post(f"/api/v1{address}", body, content_type=JSON)
    assert (again.status_code, again.json()["code"]) == (409, "name_taken")
    assert cast.client(cast.finance).get(address).status_code == 403
