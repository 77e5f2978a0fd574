"""Payback under the same load: one gunicorn worker, the embedded PostgreSQL with fsync, content off."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiops.stack.postgres import Postgres
from aiops.stack.valkey import Valkey
from bench import machine, peer_load, peer_servers

KEYS = {
    "PAYBACK_SECRET_KEY": "bench",
    "PAYBACK_ENCRYPTION_KEYS": "YmVuY2gtb25seS1rZXktYmVuY2gtb25seS1rZXktMDE=",
    "DJANGO_SETTINGS_MODULE": "aiops.settings",
}


class Payback:
    """Answers as the peers do. Its counts are of calls in its table, checked against its sums of the hour."""

    name, version = "Payback", "0.1.0"
    storage = "PostgreSQL (embedded), fsync and synchronous_commit on"
    dialect = staticmethod(peer_load.genai)

    def __init__(self, home: Path) -> None:
        self.home = home / "payback"
        self.postgres, self.valkey = Postgres(self.home), Valkey(self.home)
        self.web: machine.Web | None = None
        self.headers: Mapping[str, str] = {}

    def start(self) -> None:
        self.postgres.start()
        if not self.headers:
            self.valkey.start()
            os.environ |= KEYS | {"DATABASE_URL": self.postgres.url, "REDIS_URL": self.valkey.url}
            self.headers = {"Authorization": f"Bearer {_prepare()}"}
        self.web = machine.Web("aiops.wsgi:application", 1, "/v1/traces", "")

    @property
    def port(self) -> int:
        return self.web.port if self.web else 0

    def pids(self) -> list[int]:
        children = [
            one.child for one in (self.web, self.postgres) if one is not None and one.child is not None
        ]
        return [pid for child in children for pid in machine.family(child.pid)]

    def kill(self) -> None:
        """Web and PostgreSQL at once, with no chance to write what they hold."""
        _hang_up()
        peer_servers.kill(self.pids())
        for one in (self.web, self.postgres):
            if one is not None and one.child is not None:
                one.child.wait(30)
        self.web, self.postgres.child = None, None

    def stop(self) -> None:
        if self.headers:
            _hang_up()
        if self.web is not None:
            self.web.stop()
        self.valkey.stop()
        self.postgres.stop()

    def count(self) -> int:
        from django.db.models import Sum

        from workloads.models import Call, UsageHour

        calls = Call.objects.count()
        summed = UsageHour.objects.aggregate(calls=Sum("calls"))["calls"] or 0
        assert calls == summed, (calls, summed)
        return calls

    def failed(self) -> tuple[int, int]:
        """Calls kept as failed, and those that the sums behind its pages show as failed."""
        from django.db.models import Sum

        from workloads.models import Call, UsageHour

        summed = UsageHour.objects.aggregate(errors=Sum("errors"))["errors"] or 0
        return Call.objects.filter(is_error=True).count(), summed


def _prepare() -> str:
    """A migrated database with a workload; the text of its key."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from tests.factories import make_cast, make_workload
    from workloads.operations.telemetry import create_ingest_key

    at = datetime.now(UTC) - timedelta(hours=1)
    cast = make_cast(at)
    about = {"workload": make_workload(cast), "name": "bench", "scopes": ["telemetry:write"]}
    return create_ingest_key(**about, by=cast.it, at=at)[1]


def _hang_up() -> None:
    from django.db import connection

    connection.close()
