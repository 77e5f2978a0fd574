"""The named cast, a fixed clock, and throw-away servers shared by every test."""

import os
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import django
import pytest

from tests import servers


def pytest_configure(config: pytest.Config) -> None:
    """Start PostgreSQL and Valkey once per run; xdist workers inherit the addresses."""
    if not hasattr(config, "workerinput"):
        os.environ.update(servers.start())
    django.setup()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        servers.stop()


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def cast(db: Any, now: datetime) -> SimpleNamespace:
    """Everybody who appears in the stories."""
    from tests.factories import make_cast

    return make_cast(now)
