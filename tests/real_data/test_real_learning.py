"""Published estimates with their actuals as a company's history: the older half by date, tried on the newer half.

SiP: tasks of a software house (Jones, Cullum 2019, arXiv 1901.01621). Kitchenham: projects of a services company
(Kitchenham et al. 2002). None of them is kept here.
"""

import csv
import gzip
import io
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.urls import reverse

from roi import operations
from roi.calc.calibration import backtest
from roi.models import PastCase
from roi.queries.past_cases import PastRow

HERE = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "estimates"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not HERE.is_dir(), reason=f"the estimates are not at {HERE}"),
]


def packed(name: str) -> Iterator[dict[str, str]]:
    with gzip.open(HERE / name) as file:
        yield from csv.DictReader(io.TextIOWrapper(file, encoding="latin-1"))


def sip() -> Iterator[PastRow]:
    """Every task with an estimate above zero and a day of completion; a task of several people stands there once."""
    done = {
        row["TaskNumber"]: row["CompletedOn"]
        for row in packed("sip_dates.csv.gz")
        if row["CompletedOn"].strip()
    }
    tasks = {row["TaskNumber"]: row for row in packed("sip_tasks.csv.gz")}
    for number, (key, task) in enumerate(tasks.items(), 1):
        if key in done and float(task["HoursEstimate"]) > 0:
            finished = datetime.strptime(done[key], "%d-%b-%y").date()
            yield made(number, f"SiP {key}", task["HoursEstimate"], task["HoursActual"], finished)


def kitchenham() -> Iterator[PastRow]:
    """Every project: the first estimate and the effort, finished its duration after its start."""
    text = (HERE / "kitchenham.arff").read_text(encoding="utf-8-sig").split("@data")[1]
    for number, line in enumerate(text.split(), 1):
        key, _, _, start, days, effort, _, _, estimate, _ = line.split(",")
        finished = date.fromisoformat(start) + timedelta(days=int(days))
        yield made(number, f"Kitchenham {key}", estimate, effort, finished)


def made(number: int, name: str, estimate: str, actual: str, finished: date) -> PastRow:
    figures = {"likely": Decimal(estimate), "actual": Decimal(actual)}
    return PastRow(number, name, "cost", "hours", low=None, high=None, finished_on=finished, **figures)


@pytest.mark.parametrize(
    ("source", "cases", "uplift", "enough", "held", "between", "inside"),
    [
        (sip, 8196, 1.00, 1.39, 0.796, (0.786, 0.806), "too narrow"),
        (kitchenham, 145, 0.99, 1.15, 0.847, (0.766, 0.904), "fits"),
    ],
    ids=["SiP", "Kitchenham"],
)
def test_p80_of_the_older_half_holds_in_the_newer(
    cast: Any,
    now: Any,
    source: Any,
    cases: int,
    uplift: float,
    enough: float,
    held: float,
    between: Any,
    inside: str,
) -> None:
    """The range from P10 to P90 is a near miss for SiP, 78.6 % (77.5 to 79.6): later tasks ended far below their
    estimate more often than earlier ones, which no history could tell."""
    done = operations.import_past_cases(rows=list(source()), source="published", by=cast.lead, at=now)
    assert len(done.new) == cases and not done.problems
    ratios = [float(a / b) for b, a in PastCase.objects.values_list("likely", "actual")]
    found = backtest(ratios)
    assert found is not None
    assert (found.uplift, found.enough) == pytest.approx((uplift, enough), abs=0.01)
    share = found.held.share
    assert (share.point, share.low, share.high) == pytest.approx((held, *between), abs=0.002)
    assert share.low <= 0.80 <= share.high, "the interval holds the 80 % that were promised"
    assert found.inside.verdict == inside
    newer, older = (float(np.quantile(half, 0.1)) for half in (ratios[: cases // 2], ratios[cases // 2 :]))
    assert inside == "fits" or newer < older - 0.05, "the lower end fell, from 0.50 to 0.44"
    page = cast.client(cast.lead).get(reverse("roi:track_record"), {"company": "1"}).content.decode()
    assert f"{held * 100:.0f} % of the {cases // 2} newer ones" in page.replace(",", "")
