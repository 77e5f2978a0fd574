"""The migrations in one per app make what the old ones made, table by table, and an older installation needs nothing.

`PAYBACK_OLD_CHAIN=1` runs the old ones (20 s), compares every line, and writes squashed_schema.json anew.
"""

import hashlib
import json
import os
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from tests.architecture.test_architecture_rules import LAYERS

STORED = Path(__file__).with_name("squashed_schema.json")
Targets = list[tuple[str, str]]
CATALOG = """
SELECT c.relname,
  concat_ws(' ', 'is', c.relkind, c.reloptions, pg_get_partkeydef(c.oid), pg_get_expr(relpartbound, c.oid))
FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind NOT IN ('i', 'I')
UNION ALL
SELECT c.relname, concat_ws(' ', row_number() OVER (PARTITION BY c.oid ORDER BY attnum), attname,
  format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated, collname, pg_get_expr(adbin, adrelid))
FROM pg_attribute a
JOIN pg_class c ON c.oid = attrelid AND c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
LEFT JOIN pg_collation l ON l.oid = attcollation
WHERE attnum > 0 AND NOT attisdropped
UNION ALL
SELECT conrelid::regclass::text, concat_ws(' ', conname, pg_get_constraintdef(oid), convalidated)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
UNION ALL
SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL
SELECT tgrelid::regclass::text, concat_ws(' ', pg_get_triggerdef(oid), tgenabled) FROM pg_trigger WHERE NOT tgisinternal
UNION ALL
SELECT 'functions', pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
"""
# Months of calls are those around today; an IN is kept with its casts, which tell how the column was made.
A_MONTH = re.compile(r"_\d{4}_\d{2}$")
CASTS = re.compile(r"::(text|character varying)(\[\])?|[()]")


def squashes() -> dict[tuple[str, str], Targets]:
    """Ours that replace others, each with what it replaces."""
    found = MigrationLoader(None).replacements
    return {key: list(one.replaces) for key, one in found.items() if key[0] in LAYERS}


def old_leaves() -> Targets:
    return [replaced[-1] for replaced in squashes().values()]


@pytest.fixture
def empty(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    """An empty database beside that of the tests, for the time of one of them."""
    ours = connections["default"]
    name = f"{ours.settings_dict['NAME']}_squashed"
    with django_db_blocker.unblock():
        with ours._nodb_cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{name}"')
        connections["default"] = other = ours.copy()
        other.settings_dict["NAME"] = name
        try:
            yield other
        finally:
            other.close()
            connections["default"] = ours
            with ours._nodb_cursor() as cursor:
                cursor.execute(f'DROP DATABASE "{name}"')


def schema(connection: Any) -> dict[str, list[str]]:
    """What the database holds, by table."""
    lines = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(CATALOG)
        for table, line in cursor.fetchall():
            if not A_MONTH.search(table):
                lines[table].append(CASTS.sub("", line))
    return {table: sorted(lines[table]) for table in sorted(lines)}


def digests(found: dict[str, list[str]]) -> dict[str, str]:
    return {
        table: hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16] for table, lines in found.items()
    }


def test_the_models_are_those_of_the_old_migrations() -> None:
    old = MigrationLoader(None, replace_migrations=False).project_state(old_leaves())
    loader = MigrationLoader(None)
    new = loader.project_state(list(squashes()))
    assert old.models.keys() == new.models.keys()
    assert MigrationAutodetector(old, new).changes(graph=loader.graph) == {}


def test_the_schema_is_that_of_the_old_ones_and_who_has_it_needs_nothing(empty: Any) -> None:
    MigrationExecutor(empty).migrate(list(squashes()))
    assert digests(schema(empty)) == json.loads(STORED.read_text())
    with empty.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE name LIKE '%%_squashed_%%'")
    older = MigrationExecutor(empty)
    mine = {key for replaced in squashes().values() for key in replaced} | set(squashes())
    ahead = {(one.app_label, one.name) for one, _ in older.migration_plan(older.loader.graph.leaf_nodes())}
    assert not ahead & mine
    older.check_replacements()
    assert set(squashes()) <= set(older.recorder.applied_migrations())


def test_who_stopped_half_way_goes_on_with_the_old_ones(empty: Any) -> None:
    recorder = MigrationExecutor(empty).recorder
    recorder.ensure_schema()
    for replaced in squashes().values():
        for app, name in replaced[:-1]:
            recorder.record_applied(app, name)
    half_way = MigrationExecutor(empty)
    ahead = {
        (one.app_label, one.name) for one, _ in half_way.migration_plan(half_way.loader.graph.leaf_nodes())
    }
    assert set(old_leaves()) <= ahead and not set(squashes()) & ahead


@pytest.mark.skipif("PAYBACK_OLD_CHAIN" not in os.environ, reason="the old migrations take 20 s")
def test_line_by_line(empty: Any) -> None:
    old = MigrationExecutor(empty)
    old.loader = MigrationLoader(empty, replace_migrations=False)
    old.migrate(old_leaves())
    was = schema(empty)
    with empty.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE")
        cursor.execute("CREATE SCHEMA public")
    MigrationExecutor(empty).migrate(list(squashes()))
    assert schema(empty) == was
    STORED.write_text(json.dumps(digests(was), indent=1) + "\n")
