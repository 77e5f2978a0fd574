"""Correlated inputs by a Gaussian copula: rank correlation rho enters as 2 sin(pi rho/6) (Nelsen 2006, chapter 5).

A pair is (first, second, rho), rho Spearman's rank correlation. Pairs that nobody stated count as independent.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import special

Array = NDArray[np.float64]
Pair = tuple[str, str, float]
LEAST_EIGENVALUE = -1e-9
# Makes a matrix on the edge (semi-definite) decomposable; moves no correlation by more than this.
JITTER = 1e-9
EDGE = 1e-6


def correlated(u: Mapping[str, Array], pairs: Sequence[Pair]) -> dict[str, Array]:
    """Uniform columns (n,) with the stated rank correlations; columns that no pair names are the same objects.

    Every column stays uniform, so quantiles drawn from it keep their distribution. Deterministic: among the named
    columns the first in the order of `u` stays as it is and the later ones follow. Raises ValueError as `check`, and
    for a name that `u` does not have.
    """
    pairs = [pair for pair in pairs if pair[2] != 0]
    if not pairs:
        return dict(u)
    check(pairs)
    unknown = {name for pair in pairs for name in pair[:2]} - set(u)
    if unknown:
        raise ValueError(f"There is no input called {', '.join(sorted(unknown))}.")
    names = [name for name in u if any(name in pair[:2] for pair in pairs)]
    root = np.linalg.cholesky(_matrix(names, pairs) * (1 - JITTER) + JITTER * np.eye(len(names)))
    moved = special.ndtr(root @ special.ndtri(np.stack([u[name] for name in names])))
    return dict(u) | {name: np.clip(moved[i], EDGE, 1 - EDGE) for i, name in enumerate(names) if i}


def check(pairs: Sequence[Pair]) -> None:
    """Raises ValueError naming the pairs when one is no correlation or when they cannot hold together."""
    seen: set[frozenset[str]] = set()
    for first, second, rho in pairs:
        if first == second or not -1 < rho < 1:
            raise ValueError(
                f"{_told((first, second, rho))}: two inputs and a number between -1 and 1 are needed."
            )
        if frozenset((first, second)) in seen:
            raise ValueError(f"{_noun(first)} with {_noun(second)} is stated twice.")
        seen.add(frozenset((first, second)))
    against = conflict(pairs)
    if against:
        told = ", ".join(_told(pair) for pair in against)
        raise ValueError(
            f"These correlations cannot hold together: {told}. A pair that is not stated counts as 0."
        )


def conflict(pairs: Sequence[Pair]) -> list[Pair]:
    """The pairs that contradict each other, none of which could be left out of the conflict; empty when all hold."""
    left = list(pairs)
    if _holds(left):
        return []
    while (fewer := _still_against(left)) is not None:
        left = fewer
    return left


def _still_against(pairs: list[Pair]) -> list[Pair] | None:
    """The pairs without one that the conflict does not need; None when it needs every one."""
    for i in range(len(pairs)):
        fewer = pairs[:i] + pairs[i + 1 :]
        if not _holds(fewer):
            return fewer
    return None


def _holds(pairs: Sequence[Pair]) -> bool:
    """Whether the normal correlations form a positive semi-definite matrix."""
    names = sorted({name for pair in pairs for name in pair[:2]})
    return not names or float(np.linalg.eigvalsh(_matrix(names, pairs))[0]) >= LEAST_EIGENVALUE


def _matrix(names: Sequence[str], pairs: Sequence[Pair]) -> Array:
    at = {name: i for i, name in enumerate(names)}
    matrix = np.eye(len(names))
    for first, second, rho in pairs:
        value = 2 * np.sin(np.pi * rho / 6)
        matrix[at[first], at[second]] = matrix[at[second], at[first]] = value
    return matrix


def _noun(name: str) -> str:
    return name.replace("_", " ")


def _told(pair: Pair) -> str:
    return f"{_noun(pair[0])} with {_noun(pair[1])} {pair[2]:g}"
