"""Fitted map of a confidence → arrays, and a function that answers one confidence in a microsecond or two."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np
from sklearn.utils.validation import check_is_fitted

from calibrant.calibrators._contract import Calibrator
from calibrant.calibrators._log_odds import FLOOR
from calibrant.calibrators._spline import end_slopes
from calibrant.exceptions import InputError
from calibrant.types import FloatArray

Form: TypeAlias = Literal["logarithms", "polynomial", "spline", "lines", "steps"]
"""How the arrays of a compiled map are read."""

_Scalar: TypeAlias = Callable[[float], float]

_CEILING = 1 - FLOOR
# Below this the probability is under the floor, and the exponential of its negative might overflow.
_LEAST_LOG_ODDS = -700.0


@dataclass(frozen=True, eq=False)
class CompiledMap:
    """A fitted map as arrays alone; called with one confidence, it gives the probability that the answer is right.

    The probability is that of the calibrator's ``predict``, to within the rounding of a logarithm.
    """

    form: Form
    """``logarithms``: σ(a ln p - b ln(1 - p) + c) with ``parameters`` (a, b, c). ``polynomial``: σ of a polynomial in
    the logit of p, ``parameters`` from the highest power down, the logit held to ``range``. ``spline``: σ of the
    natural cubic spline of the logit of p with ``heights`` and second derivatives ``bends`` at ``knots``, straight
    beyond them with ``slopes``. ``lines``: straight between
    ``thresholds``, at which it has ``values``, and level outside. ``steps``: ``values[i]`` up to and with ``edges[i]``,
    the last one above all edges.
    """

    arrays: Mapping[str, FloatArray]
    """The numbers by name, one axis each."""

    _answer: _Scalar = field(init=False, repr=False)

    def __post_init__(self) -> None:
        lists = {name: array.tolist() for name, array in self.arrays.items()}
        object.__setattr__(self, "_answer", _MAKERS[self.form](**lists))

    def __call__(self, confidence: float) -> float:
        """Probability that the answer is right, strictly inside (0, 1).

        Raises
        ------
        InputError
            If the confidence lies outside [0, 1], or is NaN.
        """
        if not 0 <= confidence <= 1:
            raise InputError(f"confidence must lie in [0, 1]; got {confidence}. Give a probability, not a percentage.")
        return self._answer(confidence)


def compile_map(calibrator: Calibrator) -> CompiledMap:
    """Turn a fitted map of a confidence into arrays that answer one confidence at a time, and fast.

    ``predict`` of one row spends its time on checking arrays; this spends it on the answer.

    Parameters
    ----------
    calibrator : ConfidenceMap
        Fitted; any of ``CALIBRATORS`` that takes a confidence.

    Returns
    -------
    CompiledMap
        Call it with a confidence in [0, 1].

    Raises
    ------
    InputError
        If the calibrator is of another kind.

    Examples
    --------
    Of 3 answers at 0.5, 2 are right, and one bin holds them all: Laplace's rule gives (2 + 1) / (3 + 2).

    >>> from calibrant.calibrators import HistogramBinning
    >>> compiled = compile_map(HistogramBinning().fit([0.5, 0.5, 0.5], [1, 1, 0]))
    >>> compiled(0.9)
    0.6
    >>> compiled.form, sorted(compiled.arrays)
    ('steps', ['edges', 'values'])
    """
    to_arrays = _COMPILERS.get(type(calibrator).__name__)
    if to_arrays is None:
        raise InputError(
            f"calibrator must be one of {', '.join(_COMPILERS)}, which map a confidence; got {calibrator!r}. "
            "Call predict or predict_proba of others."
        )
    check_is_fitted(calibrator)
    form, arrays = to_arrays(calibrator)
    return CompiledMap(form, {name: np.array(values, dtype=np.float64) for name, values in arrays.items()})


def _held(log_odds: float) -> float:
    """Probability of log-odds, held inside (0, 1) as `clipped_expit` does."""
    if log_odds < _LEAST_LOG_ODDS:
        return FLOOR
    return min(max(1 / (1 + math.exp(-log_odds)), FLOOR), _CEILING)


def _logit(confidence: float) -> float:
    """Log-odds as `scipy.special.logit` works them out, which near 1/2 is more exact than the plain formula."""
    p = min(max(confidence, FLOOR), _CEILING)
    if 0.3 <= p <= 0.65:
        s = 2 * (p - 0.5)
        return math.log1p(s) - math.log1p(-s)
    return math.log(p / (1 - p))


def _logarithms(parameters: list[float]) -> _Scalar:
    a, b, c = parameters

    def answer(confidence: float) -> float:
        p = min(max(confidence, FLOOR), _CEILING)
        return _held(a * math.log(p) + b * -math.log1p(-p) + c)

    return answer


def _polynomial(parameters: list[float], range: list[float]) -> _Scalar:
    first, *rest = parameters
    low, high = range

    def answer(confidence: float) -> float:
        score = min(max(_logit(confidence), low), high)
        log_odds = first
        for parameter in rest:
            log_odds = log_odds * score + parameter
        return _held(log_odds)

    return answer


def _spline(knots: list[float], heights: list[float], bends: list[float], slopes: list[float]) -> _Scalar:
    last = len(knots) - 2

    def answer(confidence: float) -> float:
        score = _logit(confidence)
        x = min(max(score, knots[0]), knots[-1])
        i = min(max(bisect_right(knots, score) - 1, 0), last)
        h = knots[i + 1] - knots[i]
        a, b = (knots[i + 1] - x) / h, (x - knots[i]) / h
        curve = a * heights[i] + b * heights[i + 1]
        curve += ((a * a * a - a) * bends[i] + (b * b * b - b) * bends[i + 1]) * (h * h) / 6
        return _held(curve + (score - x) * (slopes[0] if score < knots[0] else slopes[1]))

    return answer


def _lines(thresholds: list[float], values: list[float]) -> _Scalar:
    last = len(thresholds) - 1

    def answer(confidence: float) -> float:
        i = bisect_right(thresholds, confidence) - 1
        if i < 0:
            return values[0]
        x, y = thresholds[i], values[i]
        if i == last or x == confidence:
            return y
        return (values[i + 1] - y) / (thresholds[i + 1] - x) * (confidence - x) + y

    return answer


def _steps(edges: list[float], values: list[float]) -> _Scalar:
    return lambda confidence: values[bisect_left(edges, confidence)]


_MAKERS: dict[Form, Callable[..., _Scalar]] = {
    "logarithms": _logarithms,
    "polynomial": _polynomial,
    "spline": _spline,
    "lines": _lines,
    "steps": _steps,
}

_EVERYWHERE = [_logit(0.0), _logit(1.0)]

_COMPILERS: dict[str, Callable[[Any], tuple[Form, dict[str, Any]]]] = {
    "ConfidenceTemperature": lambda map_: (
        "polynomial",
        {"parameters": [1 / map_.temperature_, 0.0], "range": _EVERYWHERE},
    ),
    "PlattScaling": lambda map_: ("polynomial", {"parameters": [map_.slope_, map_.intercept_], "range": _EVERYWHERE}),
    "BetaCalibration": lambda map_: ("logarithms", {"parameters": [map_.a_, map_.b_, map_.c_]}),
    "QuadraticScaling": lambda map_: (
        "polynomial",
        {"parameters": [map_.curvature_, map_.slope_, map_.intercept_], "range": map_.range_},
    ),
    "SplineCalibration": lambda map_: (
        "spline",
        {
            "knots": map_.knots_,
            "heights": map_.heights_,
            "bends": map_.bends_,
            "slopes": end_slopes(map_.knots_, map_.heights_, map_.bends_),
        },
    ),
    "CentredIsotonic": lambda map_: ("lines", {"thresholds": map_.thresholds_, "values": map_.values_}),
    "IsotonicCalibration": lambda map_: ("lines", {"thresholds": map_.thresholds_, "values": map_.values_}),
    "VennAbers": lambda map_: (
        "steps",
        {"edges": map_.edges_[1:-1], "values": map_.upper_ / (1 - map_.lower_ + map_.upper_)},
    ),
    "ScalingBinning": lambda map_: ("steps", {"edges": map_.edges_[1:-1], "values": map_.values_}),
    "HistogramBinning": lambda map_: ("steps", {"edges": map_.edges_[1:-1], "values": map_.values_}),
    "BBQ": lambda map_: ("steps", {"edges": map_.edges_[1:-1], "values": map_.values_}),
}
