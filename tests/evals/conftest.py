"""Fixtures of quality. Imports wait until Django is set up, which happens after this file is read."""

import pytest


@pytest.fixture
def workload(cast, now):
    """A live workload of the owner's unit; IT stands by, nobody else is on it."""
    from workloads.models import Workload

    return Workload.objects.create(
        number=1,
        name="Invoice matching",
        slug="invoice-matching",
        unit=cast.unit,
        klass="business_ai",
        business_owner=cast.owner,
        it_steward=cast.it,
        stage="live",
        created_at=now,
    )


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
