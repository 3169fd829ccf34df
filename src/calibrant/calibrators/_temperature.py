"""Temperature scaling: logits of the options → their probabilities."""

from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from calibrant.calibrators._checks import check_labels, check_weight
from calibrant.calibrators._inverse_temperature import check_bounds, solve_temperature
from calibrant.calibrators._ragged import Ragged, check_logits
from calibrant.types import FloatArray, OptionLogits

# Values that are worked on at once: what fits the processor's cache is faster.
_BLOCK = 1 << 14


class TemperatureScaling(BaseEstimator):
    """Probabilities of the options after one temperature: softmax(logits / T).

    T minimises the mean cross-entropy. A T above 1 makes the model less confident, below 1 more confident; the order of
    the options never changes, so neither does the answer. As T = 1 is always allowed, the log loss on the data of the
    fit is never worse than that of the logits as they came.

    Parameters
    ----------
    bounds : tuple of two floats, default=(0.05, 1000.0)
        The least and the greatest temperature allowed: 0 < least <= 1 <= greatest. Where every answer of the fit is
        right, no finite T is best, and the least allowed is kept.

    Attributes
    ----------
    temperature_ : float
        The temperature, T. It is 1 where no temperature is better than another, as when all logits are equal.
    at_bound_ : bool
        Whether T was held by one of the bounds. Then the fit says little more than "sharper" or "flatter".

    Raises
    ------
    InputError
        Where the bounds, logits, labels or weights cannot be used.

    References
    ----------
    Guo, Pleiss, Sun and Weinberger (2017), On calibration of modern neural networks, ICML, section 4.2. The paper takes
    gradient steps, which can stop short; here the derivative in 1 / T, which never decreases, is solved for its root.

    Examples
    --------
    Logits (ln 9, 0) say 90 %, and 3 of 4 answers are right. At T = 2 they become (ln 3, 0), which say 75 %:

    >>> import numpy as np
    >>> logits = np.log([[9.0, 1.0]] * 4)
    >>> scaling = TemperatureScaling().fit(logits, [0, 0, 0, 1])
    >>> round(scaling.temperature_, 6)
    2.0

    Questions may have different numbers of options:

    >>> for row in scaling.predict_proba([[np.log(9.0), 0.0], [np.log(4.0), 0.0, 0.0]]):
    ...     print(row.round(3))
    [0.75 0.25]
    [0.5  0.25 0.25]
    """

    input_kind: ClassVar[Literal["logits"]] = "logits"
    fixed_options: ClassVar[bool] = False

    def __init__(self, bounds: tuple[float, float] = (0.05, 1000.0)) -> None:
        self.bounds = bounds

    def fit(
        self, logits: OptionLogits, labels: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None
    ) -> "TemperatureScaling":
        """Find the temperature.

        Parameters
        ----------
        logits : sequence of n_questions array-likes of shape (n_options,)
            Unnormalised natural-log probabilities of the options; the numbers of options may differ.
        labels : array-like of shape (n_questions,)
            The 0-based index of the right option of each question.
        sample_weight : array-like of shape (n_questions,), default=None
            How many times each question counts; once where None.

        Returns
        -------
        TemperatureScaling
            This object, fitted.
        """
        check_bounds(self.bounds)
        rows = check_logits(logits)
        label = check_labels(labels, rows.lengths)
        weight = check_weight(sample_weight, label.size)
        gaps = Ragged(rows.below_maximum(), rows.starts, rows.lengths)
        share = weight / weight.sum()
        gap_of_label = float(share @ gaps.values[rows.starts + label])
        pieces = gaps.blocks(_BLOCK)
        shares = np.split(share, np.cumsum([piece.starts.size for piece in pieces])[:-1])

        def derivatives(inverse: float) -> tuple[float, float]:
            # Of the mean cross-entropy of softmax(logits · inverse): the mean gap that the probabilities expect, less
            # that of the right options; and the mean variance of the gap. Convex, so the first never decreases.
            slope, curvature = -gap_of_label, 0.0
            for piece, of_piece in zip(pieces, shares, strict=True):
                odds = np.exp(piece.values * inverse)
                total = piece.sum(odds)
                odds *= piece.values
                mean = piece.sum(odds) / total
                odds *= piece.values
                slope += float(of_piece @ mean)
                curvature += float(of_piece @ (piece.sum(odds) / total - mean**2))
            return slope, curvature

        self.temperature_, self.at_bound_ = solve_temperature(derivatives, self.bounds)
        return self

    def predict_proba(self, logits: OptionLogits) -> list[FloatArray]:
        """Probability of each option: softmax(logits / T).

        Parameters
        ----------
        logits : sequence of n_questions array-likes of shape (n_options,)
            Unnormalised natural-log probabilities of the options; the numbers of options may differ.

        Returns
        -------
        list of n_questions ndarrays of shape (n_options,)
            The probabilities; each array sums to 1.
        """
        check_is_fitted(self)
        rows = check_logits(logits)
        odds = np.exp(rows.below_maximum() / self.temperature_)
        return rows.split(odds / rows.repeat(rows.sum(odds)))
