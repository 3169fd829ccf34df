"""A reliability curve → what JSON can hold."""

from calibrant.evaluation._detail import Content, number
from calibrant.metrics import CalibrationCurve

_COLUMNS = ("low", "high", "confidence", "accuracy", "accuracy_low", "accuracy_high")


def curve_content(curve: CalibrationCurve) -> Content:
    """Return the bins of a curve; what is undefined in an empty one is null.

    Examples
    --------
    >>> from calibrant.metrics import calibration_curve
    >>> found = curve_content(calibration_curve([0, 1], [0.75, 0.75], n_bins=2))
    >>> found["count"], found["confidence"], found["accuracy"]
    ([0, 2], [None, 0.75], [None, 0.5])
    """
    return {
        "count": [int(count) for count in curve.count],
        **{name: [number(value) for value in getattr(curve, name)] for name in _COLUMNS},
    }
