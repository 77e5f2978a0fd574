"""Latencies of many calls in a few numbers, mergeable: quantiles with a relative error of at most 1 %.

DDSketch (Masson, Rim, Lee: "DDSketch: a fast and fully-mergeable quantile sketch with relative-error guarantees",
VLDB 2019). Bucket i > 0 holds latencies in (GAMMA**(i - 2), GAMMA**(i - 1)] ms, bucket 0 those below 1 ms.
An entry of a stored sketch is one integer, bucket * 2**40 + calls; a negative entry takes calls away. The same bucket
may stand in several entries: they add up.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

RELATIVE_ERROR = 0.01
GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
SHIFT = 40
MASK = (1 << SHIFT) - 1


def bucket_of(latency_ms: float) -> int:
    """The bucket that holds this latency."""
    return 0 if latency_ms < 1 else 1 + math.ceil(math.log(latency_ms) / math.log(GAMMA))


def latency_of(bucket: int) -> float:
    """The latency, in ms, that stands for a bucket: within 1 % of each that it holds."""
    return 0.0 if bucket == 0 else 2 * GAMMA ** (bucket - 1) / (GAMMA + 1)


def entries(latencies_ms: Iterable[float]) -> list[int]:
    """The sketch of these latencies, as it is stored."""
    counts = Counter(bucket_of(one) for one in latencies_ms)
    return [(bucket << SHIFT) + calls for bucket, calls in sorted(counts.items())]


def merged(sketches: Iterable[Sequence[int]]) -> dict[int, int]:
    """Calls of each bucket over all sketches, in the order of the buckets; emptied ones left out."""
    counts: Counter[int] = Counter()
    for sketch in sketches:
        for entry in sketch:
            size = abs(entry)
            counts[size >> SHIFT] += (size & MASK) if entry >= 0 else -(size & MASK)
    return {bucket: calls for bucket, calls in sorted(counts.items()) if calls > 0}


def quantile(counts: Mapping[int, int], share: float) -> float | None:
    """The latency that `share` of the calls stay at or below, in ms; None without calls.

    It is that of the call with rank floor(share * (calls - 1)), counted from 0, as in the paper.
    """
    calls = sum(counts.values())
    if not calls:
        return None
    rank, seen = math.floor(share * (calls - 1)), 0
    for bucket in sorted(counts):
        seen += counts[bucket]
        if seen > rank:
            return latency_of(bucket)
    return None
