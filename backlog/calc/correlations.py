"""Which quantities move together: from words to a rank correlation, and whether a set of them can be true."""

from collections.abc import Iterable

import numpy as np

STRENGTHS = {"weakly": 0.3, "clearly": 0.6, "strongly": 0.9}
DIRECTIONS = ("together", "opposite")
STRONGEST = 0.95
# Below this the smallest eigenvalue is negative in earnest, not by rounding.
TOLERANCE = 1e-9

Pair = tuple[str, str, float]


def rho_of(strength: str, direction: str) -> float:
    """Rank correlation from two words; KeyError for another strength."""
    return STRENGTHS[strength] * (-1 if direction == "opposite" else 1)


def words_of(rho: float) -> tuple[str, str]:
    """The two words that give `rho`; an empty strength when it was stated as a number."""
    named = {value: name for name, value in STRENGTHS.items()}
    return named.get(round(abs(rho), 2), ""), "opposite" if rho < 0 else "together"


def contradictory(pairs: Iterable[Pair]) -> bool:
    """Whether no quantities can move like this at the same time.

    `pairs` are (name, name, rank correlation). The normal scores of a Gaussian copula correlate by
    2 sin(pi rho / 6) (Kruskal 1958), and a matrix of correlations has no negative eigenvalue.
    """
    known = list(pairs)
    names = sorted({name for first, second, _ in known for name in (first, second)})
    matrix = np.eye(len(names))
    for first, second, rho in known:
        i, j = names.index(first), names.index(second)
        matrix[i, j] = matrix[j, i] = 2 * np.sin(np.pi * rho / 6)
    return bool(names) and float(np.linalg.eigvalsh(matrix)[0]) < -TOLERANCE
