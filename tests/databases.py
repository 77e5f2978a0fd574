"""The migrated database of a run: built once, copied for every worker, since migrating takes many times as long."""

import fcntl
from pathlib import Path

from django.conf import settings
from django.db import connection


def set_up(home: Path, worker: str | None) -> None:
    """Point the connection at a migrated database: the only one, or this worker's copy of it."""
    connection.settings_dict["TEST"]["NAME"] = template = "test_payback"
    if worker is None:
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        return
    with open(home / "migrated", "a+") as mark:
        fcntl.flock(mark, fcntl.LOCK_EX)
        mark.seek(0)
        if not mark.read():
            connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
            mark.write("done")
        _copy(template, f"{template}_{worker}")


def _copy(template: str, name: str) -> None:
    """A database is copied while nobody is connected to it; the lock of the caller sees to that."""
    connection.close()
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    connection.close()
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name
