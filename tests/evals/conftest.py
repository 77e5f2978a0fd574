"""Fixtures of quality. Imports wait until Django is set up, which happens after this file is read."""

import pytest


@pytest.fixture
def workload(cast):
    from tests.factories import make_workload

    return make_workload(cast, stage="live")


@pytest.fixture
def connect(cast, now):
    """A connection to a fake endpoint on this machine, which only its allow-list makes reachable."""
    from integrations.models import Connection

    def make(endpoint):
        return Connection.objects.create(
            kind="model_endpoint",
            name="Fake model",
            url=endpoint.url,
            default_model="fake-1",
            allowed_hosts=["127.0.0.1"],
            created_by=cast.it,
            created_at=now,
        )

    return make
