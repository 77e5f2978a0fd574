"""Each invariant of the tables, violated once."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from backlog.models import Candidate, Estimate, StageEntry


def violates(name):
    return pytest.raises(IntegrityError, match=name)


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"low": 5, "likely": 4, "high": 6}, "estimate_ordered"),
        ({"low": 1, "likely": 4, "high": 3}, "estimate_ordered"),
        ({"low": -1, "likely": 4, "high": 6}, "estimate_not_negative"),
        ({"quantity": "cashable_share", "low": 0, "likely": 1, "high": 2}, "estimate_share_at_most_one"),
        ({"quantity": "volume", "low": 1, "likely": 1, "high": 2}, "estimate_once"),
    ],
)
def test_estimates(cast, now, received, values, name):
    base = {"candidate": received, "quantity": "build_cost", "as_of": now.date(), "by": cast.owner}
    with violates(name), transaction.atomic():
        Estimate.objects.create(**(base | values))


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"state": "deferred"}, "candidate_deferred_has_date"),
        ({"submitted_at": None}, "candidate_submitted_has_time"),
        ({"count": 0}, "candidate_count_positive"),
        ({"minutes": -1}, "candidate_minutes_positive"),
        ({"people": 0}, "candidate_people_positive"),
    ],
)
def test_candidates(received, values, name):
    with violates(name), transaction.atomic():
        Candidate.objects.filter(pk=received.pk).update(**values)


def test_a_number_and_a_token_are_used_once(cast, now, received):
    base = {"owner": cast.owner, "unit": cast.unit, "created_at": now}
    with violates("number"), transaction.atomic():
        Candidate.objects.create(number=received.number, **base)
    Candidate.objects.create(number=900, client_token="t", **base)
    with violates("candidate_token_once"), transaction.atomic():
        Candidate.objects.create(number=901, client_token="t", **base)


def test_one_current_stage_and_time_runs_forward(now, received):
    with violates("stage_one_current"), transaction.atomic():
        StageEntry.objects.create(candidate=received, state="sizing", entered_at=now)
    with violates("stage_forward"), transaction.atomic():
        received.stages.filter(left_at=None).update(left_at=now - timedelta(days=1))
