"""Fixtures of quality. Imports wait until Django is set up, which happens after this file is read."""

import pytest


@pytest.fixture
def workload(cast):
    from tests.factories import make_workload

    return make_workload(cast, stage="live")
