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


def installed(folder: Path, packages: str, only_uv: bool = False) -> Path:
    """A Python with these packages in it, or a skip that says why there is none."""
    fast = shutil.which("uv")
    if only_uv and not fast:
        pytest.skip("without uv these packages take minutes to install")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, timeout=60)
    found = folder / "bin" / "python"
    tool = [fast, "pip", "install", "--python", str(found)] if fast else [str(found), "-m", "pip", "install"]
    install = [*tool, "-q", "--no-deps", "-r", str(HERE / packages)]
    done = subprocess.run(install, capture_output=True, text=True, timeout=240, check=False)
    if done.returncode:
        pytest.skip(f"the clients could not be installed: {done.stderr.strip()[-300:]}")
    return found


@pytest.fixture(scope="session")
def python(tmp_path_factory) -> Path:
    return installed(tmp_path_factory.mktemp("clients") / "venv", "packages.txt")


@pytest.fixture(scope="session")
def python_of_litellm(tmp_path_factory) -> Path:
    return installed(tmp_path_factory.mktemp("litellm") / "venv", "packages_litellm.txt", only_uv=True)


@pytest.fixture
def provider() -> Iterator[str]:
    with serving() as url:
        yield url


@pytest.fixture
def run(provider, live_server, cast):
    """Runs one of the programs against a new workload and answers with the workload."""

    def run(python: Path, program: str, **changes):
        workload = make_workload(cast, **changes)
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
    ("program", "reasoning", "centre", "scored"),
    [
        ("phoenix.py", 64, "CC-17", []),
        ("traceloop.py", 32, "CC-17", []),
        ("langfuse_sdk.py", 64, "", [("helpful", 0.75, "score")]),
        ("mlflow_tracing.py", 0, "", []),
    ],
)
def test_clients_that_tell_cached_tokens_cost_what_they_cost(run, python, program, reasoning, centre, scored):
    """Traceloop tells no reasoning tokens when it streams, MLflow never; neither changes the cost."""
    workload = run(python, program)
    assert figures(totals_of(workload)) == (4, 1, 2416, 170, 2048, reasoning, EXACT, 0)
    calls = Call.objects.filter(workload=workload)
    assert set(calls.values_list("cost_centre", flat=True)) == {centre}
    kept = Evaluation.objects.filter(workload=workload)
    assert list(kept.values_list("name", "value", "source")) == scored
    assert set(kept.values_list("trace_id", flat=True)) <= set(calls.values_list("trace_id", flat=True))


def test_a_client_that_drops_cached_tokens_is_an_upper_bound(run, python):
    totals = totals_of(run(python, "openai_v2.py"))
    assert figures(totals) == (4, 1, 2416, 170, 0, 0, DROPPED, 2)


def test_litellm_s_own_cost_counts_where_it_is_trusted(run, python_of_litellm):
    workload = run(python_of_litellm, "litellm_library.py", trusts_client_cost=True)
    totals = totals_of(workload)
    assert figures(totals) == (4, 1, 2416, 170, 2048, 64, EXACT, 0)
    sources = Call.objects.filter(workload=workload, is_error=False).values_list("cost_source", flat=True)
    assert set(sources) == {"client"}
