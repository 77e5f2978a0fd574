"""How often the ledger's 90 % interval holds the truth: a simulated company whose true hours are made up, so known.

Each workload has a month of items: verdicts and minutes missing at random, one item in sixteen late (it comes after
the close and is booked as a correction), a time study as its baseline. Everything goes through the app: outcomes are
sent, months refreshed and closed. A share outside 88 to 92 % is a miss; so is a bound that does not hold where verdicts
are missing by choice. Simulated figures, and labelled so.
Run: python -m bench.truth [--workloads 1000]
"""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from bench.pages import served

ASKED = (0.88, 0.92)
SEED = 20_261


def main(workloads: int) -> int:
    return served(lambda folder: _measure(folder, workloads))


def _measure(folder: Path, workloads: int) -> int:
    from django.core.management import call_command

    from tests.factories import make_cast
    from tests.roi.simulated_company import held, make_company, run_month

    call_command("migrate", verbosity=0)
    cast = make_cast(datetime(2026, 11, 1, tzinfo=UTC))
    random = make_company(cast, workloads, SEED)
    chosen = make_company(cast, max(workloads // 10, 1), SEED + 1, by_choice=True)
    run_month(cast, [*random, *chosen])
    share, bounds = held(random), held(chosen)
    print(f"simulated: {workloads} workloads, one month each, seed {SEED}")
    print(f"  90 % intervals that hold the true hours: {share:.1%} (asked {ASKED[0]:.0%} to {ASKED[1]:.0%})")
    print(f"  bounds that hold them where verdicts are missing by choice: {bounds:.1%} of {len(chosen)}")
    wrong = not ASKED[0] <= share <= ASKED[1] or bounds < 0.95
    if wrong:
        print("MISSED")
    return int(wrong)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workloads", type=int, default=1000)
    sys.exit(main(parser.parse_args().workloads))
