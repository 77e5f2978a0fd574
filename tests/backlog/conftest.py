"""A candidate at each point of its way."""

from datetime import timedelta

import pytest

ANSWERS = {
    "title": "Check expense reports",
    "description": "Each report is read against the policy.",
    "count": 400,
    "period": "month",
    "minutes": 12,
    "sureness": "fairly_sure",
    "who_does_it": "accounts payable",
}


@pytest.fixture
def draft(cast, now):
    from backlog import operations

    return operations.save_draft(by=cast.owner, at=now, **ANSWERS)


@pytest.fixture
def received(cast, now, draft):
    from backlog import operations

    return operations.submit(candidate=draft, by=cast.owner, at=now)


@pytest.fixture
def in_review(cast, now, received):
    from backlog import operations

    return operations.send_to_review(candidate=received, by=cast.lead, at=now + timedelta(days=1))
