"""A quality bar that is missed for weeks brings the workload to the next review: clearly, once, and until answered."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from evals.calc.intervals import wilson
from evals.models import Run, Suite
from roi import operations
from roi.models import AgendaItem, Decision, Review
from tests.evals.golden import make_dataset, make_suite
from tests.factories import make_workload
from tests.roi.reviewed import make_review
from workloads.models import CheckRun

pytestmark = pytest.mark.django_db
CASES, BAR = 200, Decimal("0.9")


@pytest.fixture
def review(cast: SimpleNamespace, now: datetime) -> Review:
    return make_review(cast, now)


@pytest.fixture
def suite(cast: SimpleNamespace, now: datetime) -> Suite:
    """Nine in ten are agreed, by an evaluator."""
    workload, then = make_workload(cast), now - timedelta(weeks=30)
    dataset = make_dataset(workload, cast.evaluator, then, cases=20)
    return make_suite(workload, dataset, cast.evaluator, then, target=BAR)


def ran(suite: Suite, now: datetime, weeks_ago: Iterable[int], right: int, total: int = CASES) -> None:
    """One finished run for each of the weeks, so many of its cases right."""
    seen = wilson(right, total)
    for weeks in weeks_ago:
        at = now - timedelta(weeks=weeks)
        slot = CheckRun.objects.create(
            check_of=suite.check_of, slot=at, queued_at=at, finished_at=at, state="done"
        )
        Run.objects.create(
            suite=suite, check_run=slot, dataset=suite.dataset, target=BAR, confidence=suite.confidence, created_at=at,
            finished_at=at, passed=right, total=total, low=seen.low, high=seen.high,
        )  # fmt: skip


def on_agenda(review: Review, at: datetime) -> list[AgendaItem]:
    """Its workloads; what is settled stays in the list as dropped."""
    operations.build_agenda(review=review, at=at)
    return list(AgendaItem.objects.filter(review=review, workload__isnull=False).exclude(section="dropped"))


def test_four_weeks_under_the_bar_are_on_the_agenda_once_until_a_review_answers(
    cast: Any, now: datetime, review: Review, suite: Suite
) -> None:
    ran(suite, now, range(4), right=160)
    (item,) = on_agenda(review, now)
    assert (item.workload, item.reason, item.section) == (suite.workload, "tripwire", "discuss")
    assert (
        item.why
        == "Under its quality bar since 30 Oct 2026, 4 runs of Golden set: 80 in 100 right, 90 % agreed."
    )
    # Built again, also after one more bad run, it is the same item.
    review.refresh_from_db()
    before = review.revision
    assert [row.pk for row in on_agenda(review, now)] == [item.pk]
    review.refresh_from_db()
    assert review.revision == before
    ran(suite, now + timedelta(days=1), [0], right=150)
    assert [row.pk for row in on_agenda(review, now + timedelta(days=1))] == [item.pk]
    # What a review decided answers it; only four more weeks bring it back.
    answered = now + timedelta(days=2)
    said = {"verdict": "fix", "reason": "A new prompt", "by": cast.lead, "at": answered}
    Decision.objects.create(workload=suite.workload, item=item, assessment=None, **said)
    assert on_agenda(review, answered) == []
    later = answered + timedelta(weeks=4)
    review = review.series.reviews.filter(starts_at__gt=review.starts_at).earliest("starts_at")
    ran(suite, later, (3, 2, 1), right=150)
    assert on_agenda(review, later) == []
    ran(suite, later, (0,), right=150)
    assert [row.reason for row in on_agenda(review, later)] == ["tripwire"]


@pytest.mark.parametrize(
    "runs",
    [
        pytest.param([(range(4), 184, CASES)], id="over the bar"),
        pytest.param([(range(4), 174, CASES)], id="under it, but the interval holds the bar"),
        pytest.param([(range(4), 16, 20)], id="too few cases to say"),
        pytest.param([(range(3), 160, CASES)], id="three weeks alone"),
        pytest.param([([0], 160, CASES)], id="one run"),
        pytest.param([([0], 190, CASES), (range(1, 6), 160, CASES)], id="the newest is good again"),
        pytest.param([((0, 1, 3, 4), 160, CASES), ([2], 190, CASES)], id="a good one in between"),
        pytest.param([(range(5, 10), 160, CASES)], id="nothing ran for five weeks"),
        pytest.param([], id="never ran"),
    ],
)
def test_what_is_not_clearly_under_the_bar_for_four_weeks_stays_off(
    now: datetime, review: Review, suite: Suite, runs: list[tuple[Any, int, int]]
) -> None:
    for weeks_ago, right, total in runs:
        ran(suite, now, weeks_ago, right, total)
    assert on_agenda(review, now) == []


def test_a_bar_that_no_evaluator_approved_brings_nothing(now: datetime, review: Review, suite: Suite) -> None:
    ran(suite, now, range(4), right=160)
    Suite.objects.filter(pk=suite.pk).update(state="proposed", approved_by=None, approved_at=None)
    assert on_agenda(review, now) == []
