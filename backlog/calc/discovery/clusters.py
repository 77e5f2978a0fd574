"""Similar texts, found by their words: spherical k-means on TF-IDF, then clusters that say the same are joined.

Seeds are chosen far apart from each other, without chance, so the same file always gives the same groups. Centres
are found on an even sample of at most 20,000 texts and every text goes to the nearest one. A text that is close to
none, and clusters that are too small, fall into "other". Limits: it sees words, not meaning; two wordings of one
request may stay two groups; texts of a few words group by their rarest common word.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.cluster import hierarchy

from backlog.calc.discovery import words

MOST_FITTED = 20_000
MOST_CLUSTERS = 60
ROUNDS = 30
# Cosine of two centres from which they are one cluster, and of a text below which it belongs to none.
SAME = 0.5
FAR = 0.12
SMALLEST, SMALLEST_SHARE = 10, 0.005
OTHER = -1


@dataclass(frozen=True)
class Clusters:
    """A label a text (OTHER for none), and the telling words of each label."""

    labels: np.ndarray
    words: list[list[str]]


def group(texts: list[str]) -> Clusters:
    """Clusters of similar texts, the largest first."""
    weighed = words.weigh(texts)
    usable = np.flatnonzero(np.diff(weighed.weights.indptr) > 0)
    labels = np.full(len(texts), OTHER)
    if len(usable) < 2 * SMALLEST:
        return Clusters(labels, [])
    labels[usable] = _assigned(weighed.weights[usable])
    labels = _by_size(labels, max(SMALLEST, SMALLEST_SHARE * len(texts)))
    count = int(labels.max()) + 1
    return Clusters(labels, words.telling(weighed, labels, count) if count else [])


def _assigned(rows: sparse.csr_matrix) -> np.ndarray:
    step = -(-rows.shape[0] // MOST_FITTED)
    centres = _centres(rows[::step])
    merged = _merged(centres)
    near = _similar(rows, centres)
    nearest, score = near.argmax(axis=1), near.max(axis=1)
    return np.where(score >= FAR, merged[nearest], OTHER)


def _centres(rows: sparse.csr_matrix) -> np.ndarray:
    """Unit centres after k-means by cosine."""
    centres = _seeds(rows, int(min(MOST_CLUSTERS, max(4, np.sqrt(rows.shape[0] / 2)))))
    before = None
    for _ in range(ROUNDS):
        near = _similar(rows, centres)
        labels = near.argmax(axis=1)
        if before is not None and (labels == before).all():
            break
        before = labels
        sums = np.asarray((words.membership(labels, len(centres)) @ rows).todense())
        length = np.linalg.norm(sums, axis=1, keepdims=True)
        centres = np.where(length > 0, sums / np.where(length > 0, length, 1), centres)
    return centres


def _seeds(rows: sparse.csr_matrix, count: int) -> np.ndarray:
    """Texts with many likes, each far from those chosen before."""
    sample = rows[:: -(-rows.shape[0] // 3000)]
    like = (sample @ sample.T).tocsr()
    density = np.asarray((like > 0.2).sum(axis=1)).ravel().astype(float)
    closest, chosen = np.zeros(sample.shape[0]), []
    for _ in range(min(count, sample.shape[0])):
        best = int(np.argmax(density * (1 - closest) ** 2))
        chosen.append(best)
        closest = np.maximum(closest, np.minimum(1, np.asarray(like[best].todense()).ravel()))
        closest[best] = 1
    return np.asarray(sample[chosen].todense())


def _similar(rows: sparse.csr_matrix, centres: np.ndarray) -> np.ndarray:
    # Rounded, so that a last digit of another machine moves no text.
    return np.round(rows @ centres.T, 9)


def _merged(centres: np.ndarray) -> np.ndarray:
    """For each centre the number of the group of centres that it belongs to."""
    if len(centres) < 2:
        return np.zeros(len(centres), int)
    tree = hierarchy.linkage(centres, method="average", metric="cosine")
    return hierarchy.fcluster(tree, 1 - SAME, criterion="distance") - 1


def _by_size(labels: np.ndarray, smallest: float) -> np.ndarray:
    """The largest cluster becomes 0; those below `smallest` become OTHER."""
    found, counts = np.unique(labels[labels >= 0], return_counts=True)
    order = sorted(zip(-counts, found, strict=True))
    new = {old: number for number, (count, old) in enumerate(order) if -count >= smallest}
    return np.asarray([new.get(label, OTHER) for label in labels], int)
