"""A batch of calls as the file that COPY reads from: PostgreSQL stores the first of them while the next are made."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from workloads.calc import copy_rows, pricing, rollup
from workloads.calc.dialects import NormalisedCall
from workloads.calc.price_book import PriceBook
from workloads.models.inventory import Workload

# Calls of a piece: enough to make writing it worth while, and few enough that the database need not wait.
PIECE = 100


@dataclass
class Lines:
    """Calls in key order, priced and written piece by piece as they are read.

    uncounted: ids (of objects) of calls that are in no sum. groups: which calls fall into which sum; empty where the
    database makes the sums. sums: what is added to the hourly sums, once all has been read.
    """

    workload: Workload
    calls: Sequence[NormalisedCall]
    uncounted: frozenset[int]
    at: datetime
    own: PriceBook
    groups: rollup.Groups
    sums: list[rollup.Row] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._pieces = self._made()

    def read(self, size: int = -1) -> bytes:
        """The next piece, of whatever size; b"" at the end."""
        return next(self._pieces, b"")

    def _made(self) -> Iterator[bytes]:
        prices: list[pricing.Price] = []
        trusts, own = self.workload.trusts_client_cost, self.own or None
        for start in range(0, len(self.calls), PIECE):
            some = self.calls[start : start + PIECE]
            priced = [pricing.price(call, trusts, own) for call in some]
            yield copy_rows.call_lines(some, priced, self.uncounted, workload=self.workload.pk, at=self.at)
            prices += priced
        # Not before the end, so that the database stores the last piece meanwhile.
        self.sums = rollup.rows(self.groups, self.calls, prices)
