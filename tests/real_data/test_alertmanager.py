"""A real Alertmanager posts to the running server: firing, repeating and resolving become one incident."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from django.utils import timezone

from integrations.models import Delivery
from integrations.operations import create_connection
from tests.factories import make_cast, make_workload
from workloads.models import Incident

PROGRAM = "prometheus-alertmanager"
SECRET = "shared-with-the-real-one"
CONFIGURATION = """
route:
  receiver: payback
  group_by: [alertname, workload]
  group_wait: 1s
  group_interval: 2s
  repeat_interval: 3s
receivers:
- name: payback
  webhook_configs:
  - url: {url}
    send_resolved: true
    max_alerts: 50
    http_config:
      authorization: {{type: Bearer, credentials: {secret}}}
"""


def _installed() -> bool:
    if shutil.which(PROGRAM):
        return True
    if os.environ.get("CI") == "true" and os.geteuid() == 0 and shutil.which("apt-get"):
        install = ["apt-get", "install", "-y", "--no-install-recommends", PROGRAM]
        subprocess.run(["apt-get", "update"], check=False, capture_output=True)
        subprocess.run(
            install, check=False, capture_output=True, env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        )
    return shutil.which(PROGRAM) is not None


@pytest.fixture(scope="module")
def program() -> str:
    if not _installed():
        pytest.skip(f"{PROGRAM} is not installed: apt-get install {PROGRAM}")
    return PROGRAM


@pytest.fixture
def cast(transactional_db: Any) -> Any:
    return make_cast(datetime(2026, 11, 20, 9, tzinfo=UTC))


def _free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


def wait_for(what: Callable[[], Any], seconds: float = 25) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.2)
    return found


class Alertmanager:
    """The running program, as a monitoring system would talk to it."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"

    def is_ready(self) -> bool:
        try:
            return urlopen(f"{self.address}/-/ready", timeout=2).status == 200
        except OSError:
            return False

    def tell(self, name: str, start: datetime, end: datetime | None = None, **labels: str) -> None:
        alert = {
            "labels": {"alertname": name, "severity": "critical"} | labels,
            "annotations": {"summary": "Invoice triage is down"},
            "startsAt": start.isoformat(),
        }
        sent = json.dumps([alert | ({"endsAt": end.isoformat()} if end else {})]).encode()
        headers = {"Content-Type": "application/json"}
        assert urlopen(Request(f"{self.address}/api/v2/alerts", sent, headers), timeout=5).status == 200


@pytest.fixture
def alertmanager(program: str, live_server: Any, cast: Any, tmp_path: Path) -> Iterator[Alertmanager]:
    connection, _ = create_connection(
        kind="alertmanager", name="The real one", secret=SECRET, by=cast.it, at=timezone.now()
    )
    url = f"{live_server.url}/hooks/alertmanager/{connection.pk}/"
    configuration = tmp_path / "alertmanager.yml"
    configuration.write_text(CONFIGURATION.format(url=url, secret=SECRET))
    port = _free_port()
    command = [program, f"--config.file={configuration}", f"--storage.path={tmp_path / 'data'}"]
    command += [f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address="]
    with open(tmp_path / "log", "wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    running = Alertmanager(port)
    try:
        wait_for(running.is_ready)
        yield running
    finally:
        process.terminate()
        process.wait(10)


def _delivered(status: str) -> Delivery | None:
    return Delivery.objects.filter(direction="in", payload__status=status).first()


def test_firing_repeating_and_resolving_is_one_incident(alertmanager: Alertmanager, cast: Any) -> None:
    workload = make_workload(cast, slug="invoice-triage")
    start = timezone.now() - timedelta(seconds=5)
    alertmanager.tell("WorkloadDown", start, workload="invoice-triage")
    incident = wait_for(Incident.objects.first)
    assert (incident.workload, incident.state, incident.severity) == (workload, "open", "bad")
    assert (incident.title, incident.sentence) == ("WorkloadDown", "Invoice triage is down")

    wait_for(lambda: (row := _delivered("firing")) and row.repeats >= 1)
    assert Incident.objects.count() == 1

    alertmanager.tell("WorkloadDown", start, timezone.now(), workload="invoice-triage")
    wait_for(lambda: Incident.objects.filter(state="resolved").exists())
    assert Incident.objects.count() == 1
    assert "closed the incident" in _delivered("resolved").effect
    assert Delivery.objects.filter(kind="mail").count() == 1


def test_an_alert_that_names_no_workload_is_kept_and_opens_nothing(
    alertmanager: Alertmanager, cast: Any
) -> None:
    alertmanager.tell("DiskFull", timezone.now(), instance="db-1")
    row = wait_for(lambda: _delivered("firing"))
    assert row.state == "ignored" and "opened nothing" in row.effect
    assert not Incident.objects.exists()
