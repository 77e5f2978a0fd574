"""A company with people who can sign in, and the browser of tests/browser."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.browser.conftest import browser, signed_in, visitor  # noqa: F401


@pytest.fixture
def company(cast: SimpleNamespace) -> SimpleNamespace:
    """The cast of a company that is set up; its owner and its assessor know their passwords."""
    from aiops.models import Company
    from tests.factories import PASSWORD

    Company.load()
    Company.objects.update(name="Acme", set_up=True)
    for user in (cast.owner, cast.assessor):
        user.set_password(PASSWORD)
        user.save(update_fields=["password"])
    return cast


@pytest.fixture
def worker(transactional_db: Any, tmp_path: Path) -> Any:
    """A real worker on all queues, on this test's database and broker."""
    from tests.journeys.machines import real_worker

    with real_worker(tmp_path) as process:
        yield process
