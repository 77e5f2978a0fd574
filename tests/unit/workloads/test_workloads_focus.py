"""FOCUS cell by cell and row by row: what is read, what is refused, how much memory and how many rows."""

import csv
import gzip
import io
import json
import random
import tracemalloc
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tests.focus_files import BASE, focus
from workloads.calc.focus import COLUMNS, Reader, ShowbackCharge, detect_version, focus_rows, values
from workloads.calc.focus.columns import CHARGE_CATEGORIES, JSON, MANDATORY, NUMBER, TIME
from workloads.calc.outcome_rows import Unreadable

NUMBERS = {
    "1.50": "1.50",
    " -3 ": "-3",
    "+4": "4",
    ".5": "0.5",
    "35.2E-7": "0.00000352",
    "1e3": "1000",
    "$10,000.00 ": "10000.00",
    "-$3.20": "-3.20",
    "$-3.20": "-3.20",
    "($1,234.50)": "-1234.50",
    "USD 7": "7",
    "1,234,567.8": "1234567.8",
    "0.00000000000": "0",
    "0." + "1" * 32: "0." + "1" * 32,
    "1." + "0" * 60: "1",
}


@pytest.mark.parametrize(("cell", "value"), NUMBERS.items())
def test_numbers_keep_every_digit(cell, value):
    assert values.number(cell, currency="USD") == Decimal(value)


@pytest.mark.parametrize("cell", ["", " ", "NULL", "null", "\\N"])
def test_nothing_is_no_number_and_no_text(cell):
    assert values.number(cell) is None and values.text(cell) == "" and values.key_values(cell) == {}


@pytest.mark.parametrize(
    "cell",
    [
        "1 1/2",
        "32 GiB",
        "[3]",
        "5i",
        "1,2",
        "1,23,456",
        "--1",
        "(-1)",
        "inf",
        "1" + "0" * 20,
        "NaN",
        "0x10",
        "１",
        "1E9999",
        "£1",
    ],
)
def test_what_is_no_number_is_refused(cell):
    with pytest.raises(ValueError):
        values.number(cell, currency="USD")


def test_a_comma_is_a_half_only_where_the_file_is_not_cut_by_it():
    assert values.number("0,5", comma=True) == Decimal("0.5")
    assert values.number("1.234,56", comma=True) == Decimal("1234.56")
    assert values.number("12345,678", comma=True) == Decimal("12345.678")
    with pytest.raises(ValueError, match="thousand or a part"):
        values.number("1,234", comma=True)
    with pytest.raises(ValueError):
        values.number("0,5")


def test_moments_are_utc():
    october = datetime(2026, 10, 1, tzinfo=UTC)
    for cell in ("2026-10-01T00:00:00Z", "2026-10-01 00:00:00", "2026-10-01", "2026-10-01T02:00:00+02:00"):
        assert values.moment(cell) == october
    assert values.moment("10/1/26", "md") == values.moment("01/10/2026", "dm") == october
    for cell in ("", "soon", "10/1/26", "2026-13-01", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+05:00"):
        with pytest.raises(ValueError):
            values.moment(cell)


@pytest.mark.parametrize(
    ("start", "end", "order"),
    [("4/1/25", "5/1/25", "md"), ("01/04/2025", "01/05/2025", "dm"), ("4/7/25", "5/9/25", "")],
)
def test_a_billing_period_tells_how_slashes_are_read(start, end, order):
    assert values.slash_order(start, end) == order


def charges_of(data: bytes, **more):
    reader = Reader(io.BytesIO(data), **more)
    return list(reader.charges()), reader


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_delimiters_and_marks(delimiter, mark):
    (charge,), reader = charges_of(focus({"Tags": '{"a": "b,c;d|e"}'}, delimiter=delimiter, mark=mark))
    assert not reader.errors and charge.billed == 1 and json.loads(charge.tags) == {"a": "b,c;d|e"}


def test_utf_16_and_gzip():
    text = focus({"SubAccountName": "Müller"}).decode()
    for data in (text.encode("utf-16"), gzip.compress(text.encode()), gzip.compress(text.encode("utf-16"))):
        (charge,), _ = charges_of(data)
        assert charge.account_name == "Müller"


def test_columns_are_found_by_name_in_any_order():
    rows = list(csv.reader(io.StringIO(focus({"BilledCost": "2", "EffectiveCost": "3"}).decode())))
    order = list(range(len(rows[0])))
    random.Random(7).shuffle(order)
    out = io.StringIO()
    csv.writer(out).writerows([[row[i] for i in order] for row in rows])
    (charge,), _ = charges_of(out.getvalue().encode())
    assert (charge.billed, charge.effective) == (2, 3)


@pytest.mark.parametrize(
    ("column", "version"),
    [
        ("Id", "1.0"),
        ("SkuMeter", "1.1"),
        ("ServiceSubcategory", "1.1"),
        ("InvoiceId", "1.2"),
        ("PricingCurrency", "1.2"),
    ],
)
def test_versions_are_told_by_their_columns(column, version):
    assert detect_version([*BASE, column]) == version
    _, reader = charges_of(focus({column: "x"}))
    assert reader.version == version


def test_what_focus_demands_and_nothing_here_needs_is_told():
    _, reader = charges_of(focus({}, without=("ListCost", "PricingUnit")))
    assert reader.missing == ["ListCost", "PricingUnit"]


def test_a_period_that_ends_in_its_last_second_is_the_whole_month():
    (charge,), _ = charges_of(focus({"BillingPeriodEnd": "2026-10-31T23:59:59Z"}))
    assert charge.scope.end == date(2026, 11, 1)


@pytest.mark.parametrize(
    ("change", "model"),
    [
        ({}, "gpt-4o input tokens"),
        ({"Tags": '{"model": "gpt-4o-mini"}'}, "gpt-4o-mini"),
        ({"SkuPriceDetails": '{"ModelName": "o3"}'}, "o3"),
        ({"x_Model": "claude"}, "claude"),
        ({"ChargeDescription": "", "SkuMeter": "Tokens of x"}, "Tokens of x"),
        ({"ChargeDescription": "", "ServiceName": "Bedrock"}, "Bedrock"),
        ({"ServiceCategory": "Compute"}, ""),
        ({"ServiceCategory": "Compute", "SkuPriceDetails": "not json"}, ""),
    ],
)
def test_what_a_bill_calls_the_model(change, model):
    (charge,), reader = charges_of(focus(change))
    assert (charge.model, reader.errors) == (model, [])


def test_limits_are_named():
    with pytest.raises(Unreadable, match="more than 2 rows"):
        charges_of(focus({}, {}, {}), most_rows=2)
    bomb = gzip.compress(focus({}) + b"\n" * 3_000_000)
    with pytest.raises(Unreadable, match="more than 1 MB"):
        charges_of(bomb, most_unpacked=1_000_000)
    with pytest.raises(Unreadable, match="field larger"):
        charges_of(focus({"Tags": "x" * 200_000}))


def test_memory_does_not_grow_with_the_file():
    def peak(rows: int) -> int:
        data = gzip.compress(focus(*[{"BilledCost": f"0.{n:06d}"} for n in range(500)]) * 1)
        head, _, body = gzip.decompress(data).partition(b"\n")
        packed = gzip.compress(head + b"\n" + body * (rows // 500))
        tracemalloc.start()
        count = sum(1 for _ in Reader(io.BytesIO(packed)).charges())
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert count == rows
        return most

    assert peak(20_000) < peak(2_000) + 500_000


def showback(**change):
    base = {
        "company": "Example Ltd", "currency": "EUR", "start": date(2026, 10, 1), "end": date(2026, 11, 1),
        "unit_code": "ap", "unit_name": "Accounts payable", "cost_centre": "CC-7", "workload_key": "W-1",
        "workload_name": "Invoice coding", "provider": "openai", "model": "gpt-4o", "source": "billed",
        "provisional": False, "amount": Decimal("0.0001542000"), "calls": 12,
    }  # fmt: skip
    return ShowbackCharge(**(base | change))


def written(*charges):
    head, *rows = focus_rows(charges)
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_the_export_has_all_columns_of_1_2_with_their_types():
    (row,) = written(showback())
    assert list(row) == [column.name for column in COLUMNS] and len(row) == 57
    readers = {
        NUMBER: Decimal,
        TIME: lambda cell: datetime.strptime(cell, "%Y-%m-%dT%H:%M:%SZ"),
        JSON: json.loads,
    }
    for column in COLUMNS:
        cell = row[column.name]
        assert cell or column.allows_null, column.name
        if cell and column.type in readers:
            readers[column.type](cell)
    assert detect_version(row) == "1.2"
    assert not [column for column in COLUMNS if column.level == MANDATORY and column.name not in row]


def test_the_export_says_what_it_is_of():
    (row,) = written(showback())
    assert row["BilledCost"] == row["EffectiveCost"] == "0.0001542" and row["BillingCurrency"] == "EUR"
    assert (row["ChargePeriodStart"], row["ChargePeriodEnd"]) == (
        "2026-10-01T00:00:00Z",
        "2026-11-01T00:00:00Z",
    )
    assert (row["ServiceCategory"], row["ChargeCategory"]) == ("AI and Machine Learning", "Usage")
    assert json.loads(row["Tags"]) == {
        "workload": "W-1", "business_unit": "ap", "source": "billed", "provisional": False, "cost_centre": "CC-7",
        "model": "gpt-4o",
    }  # fmt: skip
    (fixed,) = written(showback(model="", provider="", source="fixed", calls=0))
    assert (fixed["ChargeCategory"], fixed["ProviderName"]) == ("Purchase", "Example Ltd")
    assert fixed["ConsumedQuantity"] == "" and fixed["PricingQuantity"] == "1"
    assert fixed["ChargeCategory"] in CHARGE_CATEGORIES


def test_amounts_are_written_without_exponents():
    amounts = ["1E-30", "-0", "100", "12345678901234567890.000000000000001", "0E-8"]
    cells = [row["BilledCost"] for row in written(*(showback(amount=Decimal(a)) for a in amounts))]
    assert cells == ["0." + "0" * 29 + "1", "0", "100", "12345678901234567890.000000000000001", "0"]


def test_what_is_exported_is_read_back_to_the_last_digit():
    charges = [showback(amount=Decimal(n) / 7, cost_centre=f"C{n}") for n in range(-3, 40)]
    out = io.StringIO()
    csv.writer(out).writerows(focus_rows(charges))
    read, reader = charges_of(out.getvalue().encode())
    assert not reader.errors and not reader.missing and reader.version == "1.2"
    assert [charge.billed for charge in read] == [charge.amount for charge in charges]
    assert {charge.account for charge in read} == {"ap"} and {charge.model for charge in read} == {"gpt-4o"}
