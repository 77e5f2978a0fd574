"""Published FOCUS files: read to the last digit, or refused with the row and column named.

The rows are of the FOCUS sample data and of the specification's own examples (CC BY 4.0), and are not kept here.
"""

import csv
import gzip
import io
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from aiops.errors import DomainError
from workloads.calc.focus import Reader
from workloads.calc.outcome_rows import Unreadable
from workloads.models import Bill, BillLine
from workloads.operations.bills import import_bills

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
HERE = SHARED / "samples"
LARGE = SHARED / "data" / "cloud_cost" / "focus_1_0_sample.csv.gz"
SAMPLES = [HERE / "focus10_sample_40rows.csv", LARGE]
SAAS = HERE / "focus12_simple_saas_agreements_a1.csv"
VIRTUAL = HERE / "focus12_virtual_currency_pricing_model_a1.csv"
COMMITMENT = HERE / "focus12_commitment_discount_usage_scenario_1.csv"

pytestmark = pytest.mark.skipif(not LARGE.is_file(), reason=f"the FOCUS samples are not at {SHARED}")


def rows_of(data: bytes) -> list[dict[str, str]]:
    """The file as the standard library reads it, on its own way to the sums."""
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def unpacked(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


def total(rows: list[dict[str, str]], column: str) -> Decimal:
    return sum((Decimal(row[column]) for row in rows), Decimal(0))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_sums_are_exact_to_the_last_digit(path: Path) -> None:
    data = unpacked(path)
    rows = rows_of(data)
    reader = Reader(io.BytesIO(data))
    charges = list(reader.charges())
    assert (reader.errors, reader.version, reader.missing, reader.rows) == ([], "1.0", [], len(rows))
    assert sum(charge.billed for charge in charges) == total(rows, "BilledCost")
    assert sum(charge.effective or 0 for charge in charges) == total(rows, "EffectiveCost")
    assert reader.unread == ["Id"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_bills_hold_the_same_sums(path: Path, cast, now) -> None:
    rows = rows_of(unpacked(path))
    with path.open("rb") as file:
        report = import_bills(file=file, name=path.name, by=cast.finance, at=now)
    assert report.is_new and report.rows == len(rows)
    assert {bill.provider for bill in report.bills} == {row["ProviderName"] for row in rows}
    for bill in report.bills:
        mine = [row for row in rows if _is_of(row, bill)]
        lines = BillLine.objects.filter(bill=bill)
        assert bill.lines_count == len(mine)
        assert bill.billed_total == total(mine, "BilledCost") == sum(line.billed_cost for line in lines)
        assert bill.effective_total == total(mine, "EffectiveCost")
        assert bill.effective_total == sum(line.effective_cost or 0 for line in lines)
    assert sum(bill.billed_total for bill in report.bills) == total(rows, "BilledCost")


def _is_of(row: dict[str, str], bill: Bill) -> bool:
    return (row["ProviderName"], row["BillingAccountId"], row["BillingPeriodStart"][:10]) == (
        bill.provider,
        bill.billing_account,
        bill.period_start.isoformat(),
    )


def test_credits_stay_below_zero_and_null_is_nothing() -> None:
    data = unpacked(LARGE)
    charges = list(Reader(io.BytesIO(data)).charges())
    below = [Decimal(row["BilledCost"]) for row in rows_of(data) if row["BilledCost"].startswith("-")]
    assert sorted(c.billed for c in charges if c.billed < 0) == sorted(below) and below
    assert any(charge.tags == "{}" for charge in charges) and not any(c.tags == "NULL" for c in charges)


def test_amounts_with_a_currency_and_american_dates() -> None:
    with SAAS.open("rb") as file:
        reader = Reader(file)
        (charge,) = reader.charges()
    assert reader.version == "1.1" and not reader.errors
    assert (charge.billed, charge.effective) == (Decimal("10000.00"), Decimal("10000.00"))
    assert (charge.scope.start, charge.scope.end) == (date(2025, 4, 1), date(2025, 5, 1))


def test_a_mark_at_the_front_and_no_line_at_the_end() -> None:
    with VIRTUAL.open("rb") as file:
        reader = Reader(file)
        (charge,) = reader.charges()
    assert reader.version == "1.2" and reader.missing == ["ServiceCategory"]
    # What was paid ahead is billed now and effective later: two views of one sum.
    assert (charge.billed, charge.effective) == (Decimal("200000.00"), Decimal("0.00"))


def test_what_lacks_its_columns_is_refused_by_their_names() -> None:
    with COMMITMENT.open("rb") as file, pytest.raises(Unreadable) as error:
        list(Reader(file).charges())
    assert "BillingAccountId, BillingCurrency, ProviderName, ServiceName" in str(error.value)


@pytest.mark.django_db
def test_a_refused_file_leaves_nothing(cast, now) -> None:
    with COMMITMENT.open("rb") as file, pytest.raises(DomainError, match="missing"):
        import_bills(file=file, name="commitment_usage.csv", by=cast.finance, at=now)
    assert not Bill.objects.exists()
