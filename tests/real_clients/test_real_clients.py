"""Real clients, installed into an environment that goes away, pointed at Payback with nothing but address and key.

Each talks to an endpoint that answers like a provider: two chats of 1,200 tokens, 1,024 of them cached, an
embedding of 16 tokens, and a failure.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import timezone

from tests.factories import make_workload
from tests.real_clients.provider import serving
from workloads.models import Call
from workloads.models.services import Evaluation
from workloads.operations.telemetry import create_ingest_key
from workloads.queries.usage import UsageTotals, usage

HERE = Path(__file__).resolve().parent
EXACT, DROPPED = Decimal("0.00030872"), Decimal("0.00046232")

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="session")
def python(tmp_path_factory) -> Path:
    """A Python with the clients in it, or a skip that says why there is none."""
    folder = tmp_path_factory.mktemp("clients") / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, timeout=60)
    found = folder / "bin" / "python"
    fast = shutil.which("uv")
    tool = [fast, "pip", "install", "--python", str(found)] if fast else [str(found), "-m", "pip", "install"]
    install = [*tool, "-q", "--no-deps", "-r", str(HERE / "packages.txt")]
    done = subprocess.run(install, capture_output=True, text=True, timeout=240, check=False)
    if done.returncode:
        pytest.skip(f"the clients could not be installed: {done.stderr.strip()[-300:]}")
    return found


@pytest.fixture
def provider() -> Iterator[str]:
    with serving() as url:
        yield url


@pytest.fixture
def ran(python, provider, live_server, cast):
    """Runs one of the programs against a new workload and answers with the workload."""

    def run(program: str):
        workload = make_workload(cast)
        scopes = ["telemetry:write"]
        _, plain = create_ingest_key(
            workload=workload, name="bot", scopes=scopes, by=cast.it, at=timezone.now()
        )
        told = {"PROVIDER_URL": provider, "RECEIVER_URL": live_server.url, "INGEST_KEY": plain}
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
        done = subprocess.run(
            [str(python), str(HERE / "programs" / program)],
            env=kept | told,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return workload

    return run


def totals_of(workload) -> UsageTotals:
    now = timezone.now()
    return usage(workload, now - timedelta(hours=2), now + timedelta(hours=2))


def figures(totals: UsageTotals) -> tuple:
    tokens = (totals.input_tokens, totals.output_tokens, totals.cached_tokens, totals.reasoning_tokens)
    return totals.calls, totals.errors, *tokens, totals.cost_usd, totals.upper_bound_calls


@pytest.mark.parametrize(
    ("program", "reasoning"),
    [("phoenix.py", 64), ("traceloop.py", 32), ("langfuse_sdk.py", 64), ("mlflow_tracing.py", 0)],
)
def test_clients_that_tell_cached_tokens_cost_what_they_cost(ran, program, reasoning):
    """Traceloop tells no reasoning tokens when it streams, MLflow never; neither changes the cost."""
    totals = totals_of(ran(program))
    assert figures(totals) == (4, 1, 2416, 170, 2048, reasoning, EXACT, 0)


def test_a_client_that_drops_cached_tokens_is_an_upper_bound(ran):
    totals = totals_of(ran("openai_v2.py"))
    assert figures(totals) == (4, 1, 2416, 170, 0, 0, DROPPED, 2)


@pytest.mark.parametrize("program", ["phoenix.py", "traceloop.py"])
def test_the_cost_centre_of_the_program_arrives(ran, program):
    workload = ran(program)
    calls = Call.objects.filter(workload=workload)
    assert set(calls.values_list("environment", "cost_centre")) == {("prod", "CC-17")}


def test_a_score_of_langfuse_is_kept(ran):
    workload = ran("langfuse_sdk.py")
    kept = Evaluation.objects.get(workload=workload)
    assert (kept.name, kept.value, kept.source) == ("helpful", 0.75, "score")
    assert kept.trace_id in set(Call.objects.filter(workload=workload).values_list("trace_id", flat=True))
