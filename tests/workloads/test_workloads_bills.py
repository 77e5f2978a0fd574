"""Taking bills in: whole or not at all, once, by finance; each refusal by name."""

import gzip
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from aiops.errors import DomainError
from aiops.models import AuditEvent, Company
from tests.focus_files import focus
from workloads.models import Bill, BillLine
from workloads.operations.bills import import_bills, set_final, withdraw_bill
from workloads.operations.outcomes import RowsRefused

BILLS = reverse("workloads:bills")


@pytest.fixture
def take(cast, now):
    def taken(data, by=None, **more):
        return import_bills(file=io.BytesIO(data), name="oct.csv", by=by or cast.finance, at=now, **more)

    return taken


def test_hours_of_one_day_become_one_exact_line(take):
    tiny = "0.00000000000000000000000000000001"
    report = take(
        focus(
            {"BilledCost": "1.5E-7"}, {"BilledCost": tiny}, {"BilledCost": "-0.5", "ChargeCategory": "Credit"}
        )
    )
    (bill,) = report.bills
    usage, credit = BillLine.objects.filter(bill=bill).order_by("-billed_cost")
    assert usage.billed_cost == Decimal("1.5E-7") + Decimal(tiny)
    assert (credit.billed_cost, credit.category) == (Decimal("-0.5"), "Credit")
    assert bill.lines_count == report.rows == 3
    # The default context of Python would round the tiny part away.
    assert str(bill.billed_total) == "-0.49999984999999999999999999999999"
    assert bill.effective_total == 3


def test_billed_and_effective_are_never_added(take):
    (bill,) = take(focus({"BilledCost": "120", "EffectiveCost": "0", "ChargeCategory": "Purchase"},
                         {"BilledCost": "0", "EffectiveCost": "10"})).bills  # fmt: skip
    assert (bill.billed_total, bill.effective_total) == (120, 10)


def test_an_effective_cost_of_null_is_what_was_billed(take):
    (bill,) = take(focus({"BilledCost": "7", "EffectiveCost": "NULL"})).bills
    assert (bill.billed_total, bill.effective_total) == (7, 7)


def test_the_same_file_is_the_same_bill_packed_or_not(take):
    data = focus({})
    first = take(data)
    again, packed = take(data), take(gzip.compress(data))
    assert first.is_new and not again.is_new and not packed.is_new
    assert first.bills == again.bills == packed.bills and Bill.objects.count() == 1
    assert AuditEvent.objects.filter(action="bill.imported").count() == 1


def test_a_newer_file_replaces_and_the_old_one_is_kept(take):
    (old,) = take(focus({"BilledCost": "1"})).bills
    report = take(focus({"BilledCost": "2"}))
    old.refresh_from_db()
    assert report.replaced == [old] and old.replaced_by == report.bills[0]
    assert BillLine.objects.filter(bill=old).exists()
    assert list(Bill.objects.current()) == report.bills
    assert AuditEvent.objects.filter(action="bill.replaced").exists()


def test_other_accounts_and_months_stand_beside_each_other(take):
    take(focus({}))
    take(focus({"BillingAccountId": "acct-2"}))
    november = {"BillingPeriodStart": "2026-11-01T00:00:00Z", "BillingPeriodEnd": "2026-12-01T00:00:00Z"}
    take(focus(november))
    assert Bill.objects.current().count() == 3


def test_currencies_of_one_file_are_bills_of_their_own(take):
    report = take(focus({}, {"BillingCurrency": "GBP"}), rates={"GBP": Decimal("0.79")})
    assert {(bill.currency, bill.usd_rate) for bill in report.bills} == {("USD", 1), ("GBP", Decimal("0.79"))}
    assert not report.replaced


def test_the_company_knows_the_rate_of_its_own_currency(take):
    Company.load()
    Company.objects.update(currency="EUR", usd_rate=Decimal("0.92"))
    (bill,) = take(focus({"BillingCurrency": "EUR"})).bills
    assert bill.usd_rate == Decimal("0.92")


def test_a_charge_outside_its_period_counts_on_the_nearest_day(take):
    earlier = {"ChargePeriodStart": "2026-09-28T00:00:00Z", "ChargeCategory": "Adjustment"}
    year = {"ChargePeriodStart": "2026-10-01T00:00:00Z", "ChargePeriodEnd": "2027-10-01T00:00:00Z"}
    (bill,) = take(focus(earlier, year)).bills
    assert set(bill.lines.values_list("day", flat=True)) == {date(2026, 10, 1)}


REFUSED = [
    ({"BilledCost": ""}, "BilledCost", "is empty"),
    ({"BilledCost": "1 1/2"}, "BilledCost", "is no number"),
    ({"BilledCost": "NaN"}, "BilledCost", "is no number"),
    ({"BilledCost": "1E99"}, "BilledCost", "out of range"),
    ({"BilledCost": "0." + "1" * 33}, "BilledCost", "more than 32 decimals"),
    ({"BilledCost": "€5"}, "BilledCost", "BillingCurrency is USD"),
    ({"EffectiveCost": "0,5"}, "EffectiveCost", "is no number"),
    ({"BillingCurrency": "dollars"}, "BillingCurrency", "no currency code"),
    ({"BillingCurrency": "NULL"}, "BillingCurrency", "no currency code"),
    ({"BillingAccountId": "NULL"}, "BillingAccountId", "is empty"),
    ({"ProviderName": ""}, "ProviderName", "is empty"),
    ({"ProviderName": "x" * 121}, "ProviderName", "longer than 120"),
    ({"ServiceName": "NULL"}, "ServiceName", "is empty"),
    ({"ChargeCategory": "Refund"}, "ChargeCategory", "none of Usage, Purchase"),
    ({"ChargePeriodStart": "yesterday"}, "ChargePeriodStart", "is no date"),
    ({"ChargePeriodStart": "2026-10-06T00:00:00Z"}, "ChargePeriodEnd", "not after"),
    ({"BillingPeriodEnd": "2026-10-01"}, "BillingPeriodEnd", "not after"),
    ({"BillingPeriodStart": "4/7/26", "BillingPeriodEnd": "5/9/26"}, "BillingPeriodStart", "is no date"),
    ({"Tags": "team=a"}, "Tags", "no JSON object"),
    ({"Tags": '{"a": 1, "a": 2}'}, "Tags", "twice"),
    ({"Tags": '{"a": NaN}'}, "Tags", "JSON does not know"),
    ({"Tags": '{"a": "\\u0000"}'}, "Tags", "no text may hold"),
    ({"Tags": '{"a": "\\ud800"}'}, "Tags", "no text may hold"),
]


@pytest.mark.parametrize(("change", "column", "words"), REFUSED)
def test_a_wrong_row_is_named_and_nothing_is_stored(take, change, column, words):
    with pytest.raises(RowsRefused) as error:
        take(focus({}, change, {}))
    (wrong,) = error.value.rows
    assert (wrong.row, wrong.field) == (3, column) and words in wrong.message
    assert not Bill.objects.exists()


def test_all_mistakes_are_told_at_once(take):
    with pytest.raises(RowsRefused) as error:
        take(focus({"BilledCost": "x", "Tags": "y"}, {}, {"ChargeCategory": "z"}) + b"a,b\n")
    assert [(row.row, row.field) for row in error.value.rows] == [
        (2, "BilledCost"), (2, "Tags"), (4, "ChargeCategory"), (5, "row"),
    ]  # fmt: skip


UNREADABLE = {
    b"": "missing",
    b"PK\x03\x04rest": "no CSV",
    b"\x1f\x8bnot gzip at all": "damaged",
    gzip.compress(focus(*[{}] * 50))[:-20]: "damaged",
    b"\xff\xfe": "missing",
    focus(without=("BilledCost", "Tags")): "missing: BilledCost",
    focus(): "no rows",
    focus({}) + b"\xe9\xe9,": "not UTF-8",
    focus({}) + b'"open': "not valid CSV",
    focus({}).replace(b"Tags", b"BilledCost", 1): "twice: BilledCost",
    focus({}).replace(b"ProviderName", b"ServiceProviderName"): "1.3 or later",
}


@pytest.mark.parametrize(("data", "words"), UNREADABLE.items(), ids=range(len(UNREADABLE)))
def test_a_file_that_cannot_be_read_says_why(take, data, words):
    with pytest.raises(DomainError) as error:
        take(data)
    assert words in error.value.message and error.value.field == "file"
    assert not Bill.objects.exists()


def test_rules_about_rates_periods_and_final_bills(take, cast, now):
    with pytest.raises(DomainError, match="in GBP: say how many") as error:
        take(focus({"BillingCurrency": "GBP"}))
    assert error.value.field == "rates"
    with pytest.raises(DomainError, match="above zero"):
        take(focus({"BillingCurrency": "GBP"}), rates={"GBP": Decimal(-1)})
    with pytest.raises(DomainError, match="in the future"):
        take(focus({"BillingPeriodStart": "2027-01-01", "BillingPeriodEnd": "2027-02-01"}))
    (bill,) = take(focus({}), final=True).bills
    with pytest.raises(DomainError, match="is final"):
        take(focus({"BilledCost": "2"}))
    with pytest.raises(DomainError, match="overlaps"):
        take(focus({"BillingPeriodEnd": "2026-11-15"}))
    set_final(bill=bill, final=False, by=cast.finance, at=now)
    assert take(focus({"BilledCost": "2"})).replaced == [bill]
    with pytest.raises(DomainError, match="replaced"):
        set_final(bill=bill, final=True, by=cast.finance, at=now)


def test_a_bill_that_goes_gives_back_what_it_replaced(take, cast, now):
    (old,) = take(focus({})).bills
    (new,) = take(focus({"BilledCost": "2"})).bills
    with pytest.raises(DomainError, match="Say why"):
        withdraw_bill(bill=new, reason=" ", by=cast.finance, at=now)
    set_final(bill=new, final=True, by=cast.finance, at=now)
    with pytest.raises(DomainError, match="final"):
        withdraw_bill(bill=new, reason="wrong company", by=cast.finance, at=now)
    set_final(bill=new, final=False, by=cast.finance, at=now)
    withdraw_bill(bill=new, reason="wrong company", by=cast.finance, at=now)
    assert list(Bill.objects.current()) == [old]
    assert AuditEvent.objects.get(action="bill.withdrawn").reason == "wrong company"


@pytest.mark.parametrize("who", ["owner", "lead", "it", "auditor", "executive", "reviewer", "stranger"])
def test_only_finance_writes_bills(take, cast, now, who):
    (bill,) = take(focus({})).bills
    by = getattr(cast, who)
    for act in (
        lambda: take(focus({"BilledCost": "9"}), by=by),
        lambda: set_final(bill=bill, final=True, by=by, at=now),
        lambda: withdraw_bill(bill=bill, reason="x", by=by, at=now),
    ):
        with pytest.raises(PermissionDenied):
            act()
    page = cast.client(by).post(BILLS, {"file": SimpleUploadedFile("a.csv", focus({}))})
    assert page.status_code == 403 and Bill.objects.count() == 1


def test_who_reads_bills(take, cast):
    (bill,) = take(focus({})).bills
    one = reverse("workloads:bill", args=[bill.pk])
    for who in ("finance", "lead", "auditor", "executive", "reviewer"):
        client = cast.client(getattr(cast, who))
        assert b"OpenAI" in client.get(BILLS).content and b"proj-1" in client.get(one).content
    for who in ("owner", "it", "evaluator", "stranger"):
        client = cast.client(getattr(cast, who))
        assert client.get(BILLS).status_code == client.get(one).status_code == 403
        assert client.get("/api/v1/bills/").status_code == 403


def upload(client, data, **more):
    return client.post(BILLS, {"file": SimpleUploadedFile("oct.csv", data), **more}, follow=True)


def test_the_page_takes_a_file_in_and_says_what_became_of_it(cast):
    client = cast.client(cast.finance)
    page = upload(client, focus({}), final="on")
    assert b"1 rows became 1 bill" in page.content and b"Final: its money rules the month" in page.content
    assert b"here already" in upload(client, focus({})).content
    bad = upload(client, focus({"BilledCost": "x"}))
    assert bad.status_code == 422 and b"BilledCost" in bad.content and b"is no number" in bad.content
    assert upload(client, focus({"BillingCurrency": "GBP"})).status_code == 422
    assert upload(client, focus({"BillingCurrency": "GBP"}), rates="pounds").status_code == 422
    assert (
        upload(
            client, focus({"BillingCurrency": "GBP", "BillingAccountId": "uk"}), rates="GBP 0.79"
        ).status_code
        == 200
    )
    assert client.post(BILLS, {}).status_code == 422


def test_a_bill_is_made_final_opened_and_taken_out_on_its_page(take, cast):
    (bill,) = take(focus({})).bills
    client, one = cast.client(cast.finance), reverse("workloads:bill", args=[bill.pk])
    assert b"rules its month now" in client.post(one, {"do": "final"}, follow=True).content
    assert client.post(one, {"do": "withdraw", "reason": "x"}).status_code == 422
    client.post(one, {"do": "open"})
    assert client.post(one, {"do": "withdraw", "reason": ""}).status_code == 422
    assert client.post(one, {"do": "nothing"}).status_code == 403
    assert client.post(one, {"do": "withdraw", "reason": "x"}).status_code == 302
    assert not Bill.objects.exists() and client.get(one).status_code == 404


def test_the_api_does_the_same(cast):
    client = cast.client(cast.finance)

    def post(data, **more):
        return client.post("/api/v1/bills/", {"file": SimpleUploadedFile("oct.csv", data), **more})

    made = post(focus({"BilledCost": "0.10", "Tags": '{"team": "ap"}'}), final="true")
    assert made.status_code == 201 and made.json()["bills"][0]["billed_total"] == "0.1"
    assert post(focus({"BilledCost": "0.10", "Tags": '{"team": "ap"}'})).status_code == 200
    assert post(focus({"BilledCost": "?"})).json()["rows"][0]["field"] == "BilledCost"
    refused = post(focus({"BilledCost": "3"}))
    assert (refused.status_code, refused.json()["code"]) == (409, "bill_final")
    assert post(focus({}), rates="?").status_code == 400
    (bill,) = client.get("/api/v1/bills/").json()["results"]
    (line,) = client.get(f"/api/v1/bills/{bill['id']}/lines/").json()["results"]
    assert (line["billed_cost"], line["tags"], line["workload"]) == ("0.1", {"team": "ap"}, None)
    one = f"/api/v1/bills/{bill['id']}/"
    opened = client.patch(one, {"is_final": False}, content_type="application/json")
    assert opened.status_code == 200 and not Bill.objects.get().is_final
    lead = cast.client(cast.lead)
    assert lead.get(one).status_code == 200
    assert lead.patch(one, {"is_final": True}, content_type="application/json").status_code == 403
    assert lead.post("/api/v1/bills/", {"file": SimpleUploadedFile("a.csv", focus({}))}).status_code == 403


def test_a_broken_file_leaves_the_connection_usable(take):
    with pytest.raises(DomainError):
        take(focus({}) + b'"open')
    assert take(focus({})).is_new
    assert Bill.objects.get().at == datetime(2026, 11, 20, 9, tzinfo=UTC)
