"""The named cast, a fixed clock, and throw-away servers shared by every test."""

import gc
import os
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import django
import pytest

from tests import servers, static_files

# Collecting makes a million objects and drops few: looking through them again and again took a third of its time.
gc.disable()


def pytest_configure(config: pytest.Config) -> None:
    """Start PostgreSQL and Valkey once per run; xdist workers inherit the addresses."""
    if not hasattr(config, "workerinput"):
        os.environ.update(servers.start())
    # The order below holds for workers too; theirs would look at the number of tests alone.
    config.option.loadscopereorder = False
    django.setup()
    static_files.list_once()


def pytest_xdist_setupnodes(specs: list[Any]) -> None:
    """Each worker gets a database of the broker for itself, before it reads the settings."""
    for number, spec in enumerate(specs):
        spec.env["REDIS_URL"] = servers.numbered(os.environ["REDIS_URL"], number)


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        servers.stop()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow stories and browsers come first, then larger files: no worker is left alone with a long one at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow") or "browser" in item.path.parts}
    size = Counter(item.path for item in items)
    items.sort(key=lambda item: (item.path not in slow, -size[item.path]))


def pytest_collection_finish() -> None:
    """What is loaded by now stays; from here on garbage is collected, without looking through the tests."""
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: Any) -> Iterator[None]:
    """In place of pytest-django's own, which migrates once for each worker; the servers end with the run."""
    from tests import databases

    with django_db_blocker.unblock():
        databases.set_up(Path(os.environ[servers.HOME]), os.environ.get("PYTEST_XDIST_WORKER"))
    yield


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def cast(db: Any, now: datetime) -> SimpleNamespace:
    """Everybody who appears in the stories."""
    from tests.factories import make_cast

    return make_cast(now)
