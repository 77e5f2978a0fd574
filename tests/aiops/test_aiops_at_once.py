"""Operations at once do to the database what they do one after the other, there and back."""

from typing import Any

import pytest
from django.db import connection, migrations, models, transaction
from django.db.migrations.state import ProjectState

from aiops.migrations._at_once import AtOnce
from tests.aiops.test_aiops_squashed import schema

pytestmark = pytest.mark.django_db
KEY = ("id", models.BigAutoField(primary_key=True))
BEFORE = [
    migrations.CreateModel(
        "Old", [KEY, ("name", models.CharField(max_length=9)), ("gone", models.IntegerField())]
    ),
]
OPERATIONS = [
    migrations.CreateModel("New", [KEY, ("low", models.IntegerField()), ("high", models.IntegerField())]),
    migrations.AddField("New", "old", models.ForeignKey("scratch.Old", models.PROTECT, related_name="news")),
    migrations.AddField("New", "olds", models.ManyToManyField("scratch.Old", related_name="+")),
    migrations.AddField("Old", "newest", models.ForeignKey("scratch.New", models.PROTECT, null=True)),
    migrations.AddField("Old", "size", models.IntegerField(default=3)),
    migrations.AlterField("Old", "name", models.CharField(max_length=20, unique=True)),
    migrations.RemoveField("Old", "gone"),
    migrations.AddIndex("Old", models.Index(fields=["size"], name="old_size")),
    migrations.AddIndex("New", models.Index(fields=["low", "old"], name="new_low")),
    migrations.AddConstraint(
        "Old", models.CheckConstraint(condition=models.Q(size__gt=0), name="old_has_size")
    ),
    migrations.AddConstraint(
        "New", models.CheckConstraint(condition=models.Q(low__lte=models.F("high")), name="new_ordered")
    ),
    migrations.AddConstraint(
        "New", models.UniqueConstraint(fields=["old"], condition=models.Q(low=0), name="new_once")
    ),
]


def migration(operations: list[Any]) -> migrations.Migration:
    made = migrations.Migration("0001", "scratch")
    made.operations = operations
    return made


def tables() -> dict[str, list[str]]:
    return {name: lines for name, lines in schema(connection).items() if name.startswith("scratch_")}


def there_and_back(operations: list[Any]) -> list[dict[str, list[str]]]:
    """The tables before, after, and after going back."""
    found = []
    with transaction.atomic():
        state = ProjectState()
        assert not state.apps.get_models()
        with connection.schema_editor() as editor:
            before = migration(BEFORE).apply(state, editor)
        found.append(tables())
        with connection.schema_editor() as editor:
            migration(operations).apply(before.clone(), editor)
        found.append(tables())
        with connection.schema_editor() as editor:
            migration(operations).unapply(before, editor)
        found.append(tables())
        transaction.set_rollback(True)
    return found


def test_the_same_tables_there_and_back() -> None:
    before, after, back = there_and_back([AtOnce(OPERATIONS)])
    assert [before, after] == there_and_back(OPERATIONS)[:2]
    assert after != before and len(after) == 6
    # A column that comes back stands last, as it does without this class.
    assert back == there_and_back(OPERATIONS)[2]


def test_it_says_how_many_and_holds_the_others_for_the_state_alone() -> None:
    one = AtOnce(OPERATIONS, by_hand=BEFORE)
    assert one.describe() == "12 operations at once"
    state = ProjectState()
    AtOnce([], by_hand=BEFORE).state_forwards("scratch", state)
    assert ("scratch", "old") in state.models
