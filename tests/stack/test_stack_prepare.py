"""`manage.py prepare`: the demo company comes on the first start only, never into a company's data."""

from pathlib import Path
from typing import Any

import pytest

from aiops.management.commands import prepare
from aiops.models import Company, User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.VAR = tmp_path
    monkeypatch.delenv("DEMO", raising=False)
    monkeypatch.setattr(prepare, "get_commands", lambda: {"demo": "roi"})
    return tmp_path


def test_first_start_wants_the_demo() -> None:
    assert prepare._wants_demo()


def test_demo_0_leaves_it_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO", "0")
    assert not prepare._wants_demo()


def test_system_actor_is_nobody() -> None:
    User.objects.system()
    assert prepare._wants_demo()


def test_company_with_people_is_left_alone() -> None:
    User.objects.create_user("anna@example.com", name="Anna")
    assert not prepare._wants_demo()


def test_company_that_was_set_up_is_left_alone() -> None:
    Company.load()
    Company.objects.update(set_up=True)
    assert not prepare._wants_demo()


def test_half_loaded_demo_is_loaded_again(own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: Any, **__: Any) -> None:
        User.objects.create_user("anna@example.com", name="Anna", simulated=True)
        raise KeyboardInterrupt

    monkeypatch.setattr(prepare, "call_command", killed)
    with pytest.raises(KeyboardInterrupt):
        prepare.Command()._load_demo()
    assert prepare._wants_demo()
    monkeypatch.setattr(prepare, "call_command", lambda *_, **__: None)
    prepare.Command()._load_demo()
    assert not prepare._wants_demo()


@pytest.mark.parametrize(
    ("demo", "people", "says"),
    [(True, True, "click one of the people"), (False, False, "/setup/"), (False, True, "password")],
)
def test_how_to_sign_in_is_true(demo: bool, people: bool, says: str) -> None:
    Company.load()
    Company.objects.update(demo=demo, set_up=people)
    assert says in prepare._how_to_sign_in()
