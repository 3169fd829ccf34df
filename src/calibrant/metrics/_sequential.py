"""Watching a stream of answers for miscalibration, with false alarms bounded however long one looks."""

from collections.abc import Iterator, Mapping
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp

from calibrant.exceptions import InputError
from calibrant.metrics._check import check_between, check_binary
from calibrant.types import FloatArray

_SHIFTS = (-2.0, -1.0, -0.5, -0.25, 0.0, 0.25, 0.5, 1.0, 2.0)
_SCALES = (0.5, 0.7, 1.0, 1.4, 2.0)
_ALTERNATIVES = np.array([(a, b) for a in _SHIFTS for b in _SCALES if (a, b) != (0.0, 1.0)])
"""What the truth may be instead: logit(truth) = shift + scale * logit(confidence), shape (n_alternatives, 2)."""

_CHUNK_ROWS = 1 << 14
"""How many answers are weighed at a time (6 MiB of log-odds)."""

_STATE = {"alpha", "n", "n_impossible", "log_peak", "log_wealth"}


class SequentialCalibrationTest:
    """E-process against the claim that each answer is correct with just the probability stated for it.

    Every alternative (the truth is the confidence with its logit shifted and scaled) bets on each answer at the odds of
    the stated probability: if that is right, no bet gains on average, whatever was seen before. The e-value is the mean
    wealth of all alternatives, each starting from 1. By Ville's inequality it reaches 1 / alpha with a probability of
    at most alpha, at any time of a stream of any length, so that one may look after every answer and stop at will. It
    grows when the stream is miscalibrated in a way that some alternative is close to.

    An answer at 0 or 1 that comes out as stated changes nothing. One that does not is impossible under the claim: the
    e-value is infinite from then on.

    Parameters
    ----------
    alpha : float, default=0.05
        Bound on the probability of ever raising a false alarm, in (0, 1).

    Attributes
    ----------
    alpha : float
        As given.
    n : int
        Answers seen.
    n_impossible : int
        Answers that were correct at confidence 0 or wrong at confidence 1.

    Raises
    ------
    InputError
        If ``alpha`` is out of range.

    Notes
    -----
    The probability must be stated before the answer is known, and hold given everything seen before: rows that depend
    on each other (one question asked twice) break the bound. State is 44 numbers, whatever the length of the stream.

    References
    ----------
    Arnold, Henzi, Ziegel (2023), Sequentially valid tests for forecast calibration, Annals of Applied Statistics 17.
    Waudby-Smith, Ramdas (2024), Estimating means of bounded random variables by betting, JRSS B 86.

    Examples
    --------
    Sixty answers at 0.9, of which every other one is correct:

    >>> watch = SequentialCalibrationTest(alpha=0.01)
    >>> watch.update([1, 0] * 5, [0.9] * 10).alarm
    False
    >>> watch.update([1, 0] * 25, [0.9] * 50).alarm
    True
    >>> watch.n
    60
    """

    def __init__(self, alpha: float = 0.05) -> None:
        check_between("alpha", alpha, 0, 1)
        self.alpha = float(alpha)
        self.n = 0
        self.n_impossible = 0
        self._log_wealth: FloatArray = np.zeros(len(_ALTERNATIVES))
        self._log_peak = 0.0

    @property
    def log_e_value(self) -> float:
        """Natural log of the e-value; infinite after an impossible answer."""
        return float("inf") if self.n_impossible else float(_log_mean(self._log_wealth))

    @property
    def e_value(self) -> float:
        """Evidence against calibration after the answers so far, at least 0; 1 = none. Its mean is at most 1 under it.

        It can fall again; `alarm` and `p_value` remember the highest that it was.
        """
        with np.errstate(over="ignore"):
            return float(np.exp(self.log_e_value))

    @property
    def p_value(self) -> float:
        """The least alpha at which the alarm would have been raised, in [0, 1]; valid whenever one stops."""
        return 0.0 if self.n_impossible else float(np.exp(-self._log_peak))

    @property
    def alarm(self) -> bool:
        """Whether the e-value ever reached 1 / alpha; once raised it stays."""
        return self.p_value <= self.alpha

    def update(self, y_true: npt.ArrayLike, y_prob: npt.ArrayLike) -> Self:
        """Take in one answer or many, in the order in which they came.

        Parameters
        ----------
        y_true : array-like of shape (n_samples,) or a number
            Correctness, in {0, 1}.
        y_prob : array-like of shape (n_samples,) or a number
            Confidence stated before, in [0, 1].

        Returns
        -------
        SequentialCalibrationTest
            Itself.

        Raises
        ------
        InputError
            If an argument is out of range, or the lengths differ; nothing is taken in then.
        """
        rows = check_binary(np.atleast_1d(np.asarray(y_true)), np.atleast_1d(np.asarray(y_prob)), None)
        open_to_both = (rows.y_score > 0) & (rows.y_score < 1)
        self.n += rows.y_true.size
        self.n_impossible += int((~open_to_both & (rows.y_true != rows.y_score)).sum())
        for log_odds in _bets(rows.y_true[open_to_both], rows.y_score[open_to_both]):
            # Summed from the wealth so far, row by row, as answers that come one by one are.
            path = np.cumsum(np.vstack([self._log_wealth, log_odds]), axis=0)
            self._log_wealth = path[-1]
            self._log_peak = max(self._log_peak, float(_log_mean(path).max()))
        return self

    def merge(self, other: "SequentialCalibrationTest") -> Self:
        """Take in another stream as if its answers had come after these.

        The e-value is that of all answers. Of the other stream's way only its end is known, so that an alarm which it
        raised and lost again is not taken over: that keeps the bound on false alarms.

        Parameters
        ----------
        other : SequentialCalibrationTest
            A test with the same alpha that saw other answers; it is left as it is.

        Returns
        -------
        SequentialCalibrationTest
            Itself.

        Raises
        ------
        InputError
            If the other has another alpha.
        """
        if other.alpha != self.alpha:
            raise InputError(f"other must have the same alpha, {self.alpha:g}; got {other.alpha:g}.")
        self.n += other.n
        self.n_impossible += other.n_impossible
        self._log_wealth = self._log_wealth + other._log_wealth
        self._log_peak = max(self._log_peak, float(_log_mean(self._log_wealth)))
        return self

    def state(self) -> dict[str, float | int | list[float]]:
        """All that it knows, as numbers and one list that JSON can hold; `from_state` restores it exactly."""
        return {
            "alpha": self.alpha,
            "n": self.n,
            "n_impossible": self.n_impossible,
            "log_peak": self._log_peak,
            "log_wealth": self._log_wealth.tolist(),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, object]) -> Self:
        """Test that gave this state, ready to go on.

        Parameters
        ----------
        state : mapping
            What `state` returned.

        Returns
        -------
        SequentialCalibrationTest
            A test that goes on where the other was.

        Raises
        ------
        InputError
            If the state is not one.
        """
        if set(state) != _STATE:
            raise InputError(f"state must have the keys {sorted(_STATE)}; got {sorted(state)}.")
        try:
            n, n_impossible, alpha, log_peak = np.array(
                [state[k] for k in ("n", "n_impossible", "alpha", "log_peak")], float
            )
            log_wealth = np.array(state["log_wealth"], np.float64)
        except (TypeError, ValueError) as error:
            raise InputError(f"state must hold numbers and one list of them; got something else ({error}).") from error
        if log_wealth.shape != (len(_ALTERNATIVES),) or not np.isfinite(log_wealth).all():
            raise InputError(f"state must hold {len(_ALTERNATIVES)} finite numbers as log_wealth; got {log_wealth!r}.")
        whole = n.is_integer() and n_impossible.is_integer() and 0 <= n_impossible <= n
        if not (whole and 0 <= log_peak < np.inf):
            raise InputError("state must hold counts n >= n_impossible >= 0 and a finite log_peak of at least 0.")
        test = cls(float(alpha))
        test.n, test.n_impossible = int(n), int(n_impossible)
        test._log_peak, test._log_wealth = float(log_peak), log_wealth
        return test


def _bets(y_true: FloatArray, y_prob: FloatArray) -> Iterator[FloatArray]:
    """Log of what each alternative makes of each answer, in pieces of shape (rows, n_alternatives)."""
    log_yes, log_no = np.log(y_prob), np.log1p(-y_prob)
    shift, scale = _ALTERNATIVES.T
    for start in range(0, y_true.size, _CHUNK_ROWS):
        piece = slice(start, start + _CHUNK_ROWS)
        logit = shift + scale * (log_yes[piece] - log_no[piece])[:, None]
        sign = 2 * y_true[piece] - 1
        stated = np.where(sign > 0, log_yes[piece], log_no[piece])
        yield -np.logaddexp(0.0, -sign[:, None] * logit) - stated[:, None]


def _log_mean(log_wealth: FloatArray) -> FloatArray:
    """Log of the mean wealth over the alternatives, which are the last axis."""
    mean: FloatArray = logsumexp(log_wealth, axis=-1) - np.log(len(_ALTERNATIVES))
    return mean
