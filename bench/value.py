"""What the ROI engine costs beside a bare sketch of the same sum, and how long a live preview takes.

The sketch draws from the same quantile sampler, lays out draws x months, discounts, and takes P10, P50, P90: nothing
else. The engine says all of an assessment. One process, the demo's candidates with their ranges scaled, every round
in another order. Run: python -m bench.value [candidates] [draws]
"""

import csv
import gc
import logging
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import numpy as np

from roi.calc import finance
from roi.calc.distributions import Shape
from roi.calc.information import evpi, information
from roi.calc.scoring import simulate
from roi.calc.sensitivity import breakevens, tornado
from roi.calc.simulation import PREVIEW_DRAWS, SEED, Inputs, column, net_present, sample, uniforms
from tests import servers

FILE = Path(__file__).parent.parent / "roi" / "demo" / "candidates.csv"
COLUMNS = {
    "volume": ("volume", "", 1),
    "minutes": ("minutes", "", 1),
    "automation_share": ("automation", "", 1),
}
COLUMNS |= {
    "build_cost": ("build", "_kusd", 1000),
    "run_cost": ("run", "_kusd", 1000),
    "other_cash": ("other", "_kusd", 1000),
}
SUPPORT = {"automation_share": "share", "other_cash": "real"}
ROUNDS, BATCH, REQUESTS, LIMIT_MS = 3, 50, 400, 100.0


def candidates(count: int) -> list[Inputs]:
    """The demo's rows, each again and again with its ranges scaled by a seeded factor."""
    with FILE.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    chance = random.Random(SEED)
    return [Inputs(dict(_shapes(rows[n % len(rows)], chance.uniform(0.7, 1.4)))) for n in range(count)]


def _shapes(row: dict[str, str], factor: float) -> Iterator[tuple[str, Shape]]:
    for name, (start, unit, scale) in COLUMNS.items():
        by = scale * (1 if name == "automation_share" else factor)
        ends = [float(row[f"{start}_{end}{unit}"]) * by for end in ("low", "likely", "high")]
        yield name, Shape(*ends, support=SUPPORT.get(name, "positive"))  # type: ignore[arg-type]
    rate, cash = float(row["loaded_rate_usd_h"]), float(row["cashable_share"])
    yield "loaded_rate", Shape(rate, rate, rate)
    yield "cashable_share", Shape(max(cash - 0.15, cash / 2), cash, min(cash + 0.15, 0.95), support="share")


def sketch(inputs: Inputs, draws: int) -> Any:
    """Draw, lay out the months, discount, three percentiles."""
    u = uniforms(SEED, draws)
    x = {name: column(name, shape, u[name]) for name, shape in inputs.shapes.items()}
    hours = x["volume"] * x["automation_share"] * x["minutes"] / 60
    gain = (hours * x["loaded_rate"] * x["cashable_share"] + x["other_cash"]) / 12
    use = np.minimum(np.arange(1, inputs.horizon_months + 1) / inputs.ramp_months, 1)
    flows = np.empty((draws, inputs.horizon_months + 1))
    flows[:, 0] = -x["build_cost"]
    flows[:, 1:] = gain[:, None] * use - x["run_cost"][:, None] / 12
    value = finance.npv(flows, finance.monthly_rate(inputs.discount_rate))
    return np.quantile(value, [0.1, 0.5, 0.9])


def core(inputs: Inputs, draws: int) -> Any:
    """All that an assessment says first."""
    return simulate(inputs, SEED, draws)


def everything(inputs: Inputs, draws: int) -> Any:
    """And the heavy parts: tornado, break-even of each input, EVPI and EVPPI of each."""
    u = uniforms(SEED, draws)
    values = net_present(sample(inputs, u), inputs)
    wide = {name: u[name] for name, shape in inputs.shapes.items() if shape.low < shape.high}
    return core(inputs, draws), tornado(inputs), breakevens(inputs), evpi(values), information(values, wide)


def main(count: int = 1000, draws: int = 10_000) -> None:
    cases = candidates(count)
    ways = {"bare sketch": sketch, "core": core, "core and EVPPI, tornado, break-even": everything}
    seconds = _timed(ways, cases, draws)
    base = seconds["bare sketch"]
    print(f"{count:,} candidates x {draws:,} draws, one process; seconds are the best of {ROUNDS} rounds")
    for name, spent in seconds.items():
        print(f"  {name:<38} {spent:7.2f} s   {spent / base:5.2f} x the sketch")
    _agree(cases[:25], draws)
    _previews()


def _timed(
    ways: dict[str, Callable[[Inputs, int], Any]], cases: list[Inputs], draws: int
) -> dict[str, float]:
    """Batch by batch in turn, so that a busy moment of the machine hits all ways alike."""
    best = dict.fromkeys(ways, float("inf"))
    for way in ways.values():
        way(cases[0], draws)
    for _ in range(ROUNDS):
        spent = dict.fromkeys(ways, 0.0)
        for start in range(0, len(cases), BATCH):
            for name, way in ways.items():
                gc.collect()
                begun = time.perf_counter()
                for inputs in cases[start : start + BATCH]:
                    way(inputs, draws)
                spent[name] += time.perf_counter() - begun
        best = {name: min(best[name], spent[name]) for name in ways}
    return best


def _agree(cases: list[Inputs], draws: int) -> None:
    """A comparison counts only if both answer the same."""
    for inputs in cases:
        said, bare = simulate(inputs, SEED, draws).npv, sketch(inputs, draws)
        assert said is not None and np.allclose([said.p10, said.p50, said.p90], bare, rtol=1e-5, atol=1.0)
    print("  the engine and the sketch give the same P10, P50, P90 for each")


def _previews() -> None:
    """Requests to the API's preview, through all of the app, with a throw-away database."""
    keys = {
        "PAYBACK_SECRET_KEY": "bench",
        "PAYBACK_ENCRYPTION_KEYS": "YmVuY2gtb25seS1rZXktYmVuY2gtb25seS1rZXktMDE=",
    }
    os.environ.update(servers.start() | keys)
    try:
        client, bodies = _prepare(), [_body(inputs) for inputs in candidates(50)]
        for parts in (["core"], ["core", "analysis"]):
            times = [
                _asked(client, body | {"parts": parts}) for body in bodies[:10] + bodies * (REQUESTS // 50)
            ]
            cuts = quantiles(times[10:], n=20)
            print(
                f"preview, {PREVIEW_DRAWS:,} draws, {' and '.join(parts)}: median {median(times[10:]):.1f} ms, "
                f"p95 {cuts[-1]:.1f} ms = {cuts[-1] / LIMIT_MS:.2f} of the limit of {LIMIT_MS:.0f} ms"
            )
    finally:
        servers.stop()


def _prepare() -> Any:
    import django
    import structlog

    django.setup()
    # the log line of each request is no part of what is measured
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    from django.core.management import call_command
    from django.test import Client
    from django.utils import timezone

    call_command("migrate", verbosity=0)
    from tests.factories import make_cast

    client = Client()
    client.force_login(make_cast(timezone.now()).owner)
    return client


def _body(inputs: Inputs) -> dict[str, Any]:
    rows = [
        {"quantity": name, "low": s.low, "likely": s.likely, "high": s.high}
        for name, s in inputs.shapes.items()
    ]
    return {"estimates": rows, "draws": PREVIEW_DRAWS}


def _asked(client: Any, body: dict[str, Any]) -> float:
    begun = time.perf_counter()
    answer = client.post("/api/v1/assessments/preview", body, content_type="application/json")
    spent = (time.perf_counter() - begun) * 1000
    assert answer.status_code == 200, answer.content[:300]
    return spent


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
