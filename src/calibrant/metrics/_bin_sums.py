"""What bins add up to, and the errors and the curve that this is enough for."""

from dataclasses import dataclass

import numpy as np

from calibrant.metrics._binning import divide, join_gaps
from calibrant.metrics._check import check_choice
from calibrant.metrics._curve import CalibrationCurve
from calibrant.metrics._debias import DebiasedNorm, join_debiased
from calibrant.metrics._wilson import wilson_interval
from calibrant.types import FloatArray, Norm


@dataclass(frozen=True, eq=False)
class BinSums:
    """Sums by bin over any number of rows, arrays of shape (n_bins,), 0 where a bin is empty."""

    borders: FloatArray
    """Ends of the bins, shape (n_bins + 1,)."""

    count: FloatArray
    """Rows of positive weight."""

    weight: FloatArray
    """Total weight."""

    prob: FloatArray
    """Weighted sum of the confidences."""

    correct: FloatArray
    """Weight of the correct rows."""

    @property
    def gap(self) -> FloatArray:
        """Accuracy minus mean confidence of each bin; 0 where it is empty."""
        return divide(self.correct - self.prob, self.weight, empty=0.0)

    def error(self, norm: Norm, debiased: bool = False) -> float:
        """Value of `expected_calibration_error` or of `debiased_calibration_error` on these bins."""
        if debiased:
            check_choice("norm", norm, DebiasedNorm)
            return float(join_debiased(self.gap, self.weight, self.correct, norm))
        check_choice("norm", norm, Norm)
        return float(join_gaps(self.gap, self.weight, norm))

    def curve(self) -> CalibrationCurve:
        """Value of `calibration_curve` on these bins."""
        interval = wilson_interval(np.minimum(self.correct, self.weight), self.weight)
        return CalibrationCurve(
            low=self.borders[:-1],
            high=self.borders[1:],
            count=self.count.astype(np.int64),
            weight=self.weight,
            confidence=divide(self.prob, self.weight, empty=np.nan),
            accuracy=divide(self.correct, self.weight, empty=np.nan),
            accuracy_low=interval.low,
            accuracy_high=interval.high,
        )
