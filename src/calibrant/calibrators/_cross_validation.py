"""Calibrator → its out-of-fold log loss, by which a map is chosen without the test questions."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import softmax
from sklearn.base import clone
from sklearn.model_selection import GroupKFold

from calibrant.calibrators._checks import check_confidence, check_correctness, check_labels
from calibrant.calibrators._contract import Calibrator, ConfidenceMap, EvidenceMap, OptionMap
from calibrant.calibrators._evidence import Evidence
from calibrant.calibrators._ragged import check_logits
from calibrant.exceptions import InputError
from calibrant.types import FloatArray, IntArray, OptionLogits

# The floor of `calibrant.metrics.log_loss`, which gives only the mean; the standard error needs each answer's loss.
_FLOOR = 1e-15

_HeldOut = Callable[[IntArray, IntArray], FloatArray]
"""(rows to fit on, rows held out) → the probability given to what happened, a held-out row."""


@dataclass(frozen=True, eq=False)
class CrossValidatedLoss:
    """An out-of-fold log loss and how sure it is."""

    losses: FloatArray
    """-ln(probability given to what happened), of every answer; each is held out once. Shape (n_rows,)."""
    groups: IntArray
    """The number of each answer's group, shape (n_rows,)."""

    @property
    def n(self) -> int:
        """Number of answers."""
        return self.losses.size

    @property
    def mean(self) -> float:
        """Mean over the answers: 0 is best, always saying 50 % costs 0.693."""
        return float(self.losses.mean())

    @property
    def standard_error(self) -> float:
        """Of the mean, over groups of answers. It holds the folds as they are: others would move the mean a little."""
        return _standard_error(self.losses, self.groups)

    def standard_error_of_difference(self, other: "CrossValidatedLoss") -> float:
        """Of the difference between the means of two maps on the same answers; smaller than that of either, mostly."""
        if not np.array_equal(self.groups, other.groups):
            raise InputError("two losses can only be compared on the same answers in the same order; these are others")
        return _standard_error(self.losses - other.losses, self.groups)


def uncalibrated_log_loss(
    y_prob: npt.ArrayLike, y_true: npt.ArrayLike, *, groups: npt.ArrayLike | None = None
) -> CrossValidatedLoss:
    """Log loss of a confidence as it is, to set beside those of maps; nothing is fitted.

    Parameters
    ----------
    y_prob : array-like of shape (n_rows,)
        Confidence in the answers given, in [0, 1].
    y_true : array-like of shape (n_rows,)
        Their correctness, 0 or 1.
    groups : array-like of shape (n_rows,), default=None
        Group of each row, for the standard error.

    Examples
    --------
    >>> round(uncalibrated_log_loss([0.5, 0.5], [1, 0]).mean, 3)
    0.693
    """
    confidence = check_confidence(y_prob)
    correct = check_correctness(y_true, confidence.size)
    given = np.where(correct == 1, confidence, 1 - confidence)
    return CrossValidatedLoss(_losses(given), _check_groups(groups, confidence.size))


def cross_validated_log_loss(
    calibrator: Calibrator,
    X: OptionLogits | Evidence,
    y: npt.ArrayLike,
    *,
    groups: npt.ArrayLike | None = None,
    n_splits: int = 5,
    random_state: int = 0,
) -> CrossValidatedLoss:
    """Log loss of the confidence in the answer given, on answers that the map was not fitted on; 0 is best.

    All kinds of map are judged on the same question: was the model's own answer right, its most likely option before
    any map (ties: the first)? A map of options or of evidence says so by what it leaves to that option. If each were
    judged by its own answer, the one with the worse answers would often win, since it is easy to be sure of being
    wrong. The calibrator itself is left as it is: copies of it are fitted.

    Parameters
    ----------
    calibrator : OptionMap, EvidenceMap or ConfidenceMap
        The map to judge.
    X : sequence of n_rows array-likes of shape (n_options,), Evidence, or array-like of shape (n_rows,)
        Logits of the options for an option map; evidence for an evidence map; confidences in [0, 1] for a confidence
        map.
    y : array-like of shape (n_rows,)
        The 0-based index of the right option; for a confidence map correctness, 0 or 1.
    groups : array-like of shape (n_rows,), default=None
        Rows of one group stay in one fold. Each row is its own group where None.
    n_splits : int, default=5
        Number of folds, at least 2 and at most the number of groups.
    random_state : int, default=0
        Seed of the folds. Give every map the same one, so that all are judged on the same folds.

    Returns
    -------
    CrossValidatedLoss
        The mean, its standard error and the number of rows.

    Raises
    ------
    InputError
        Where the rows cannot be used, or there are fewer groups than folds.

    Examples
    --------
    Each group is judged by the other, where one of two answers is right: 1/2 for every answer, which costs ln 2.

    >>> from calibrant.calibrators import HistogramBinning
    >>> loss = cross_validated_log_loss(
    ...     HistogramBinning(), [0.9] * 4, [1, 0, 1, 0], groups=["a", "a", "b", "b"], n_splits=2
    ... )
    >>> round(loss.mean, 3), round(loss.standard_error, 3), loss.n
    (0.693, 0.0, 4)
    """
    if calibrator.input_kind == "probabilities":
        held_out = _of_confidence(calibrator, X, y)
    else:
        held_out = _of_options(calibrator, X, y, _to_correctness)
    return _cross_validate(held_out, len(X), groups, n_splits, random_state)


def cross_validated_option_loss(
    calibrator: OptionMap | EvidenceMap,
    X: OptionLogits | Evidence,
    labels: npt.ArrayLike,
    *,
    groups: npt.ArrayLike | None = None,
    n_splits: int = 5,
    random_state: int = 0,
) -> CrossValidatedLoss:
    """Log loss of the probabilities of all options, on questions that the map was not fitted on; 0 is best.

    It asks more than ``cross_validated_log_loss``: where the answer is wrong, the right option must be probable too.

    Parameters
    ----------
    calibrator : OptionMap or EvidenceMap
        The map to judge; copies of it are fitted.
    X : sequence of n_questions array-likes of shape (n_options,), or Evidence
        Logits of the options for an option map, evidence for an evidence map.
    labels : array-like of shape (n_questions,)
        The 0-based index of the right option.
    groups : array-like of shape (n_questions,), default=None
        Questions of one group stay in one fold. Each is its own group where None.
    n_splits : int, default=5
        Number of folds, at least 2 and at most the number of groups.
    random_state : int, default=0
        Seed of the folds. Give every map the same one.

    Returns
    -------
    CrossValidatedLoss
        Of -ln(probability given to the right option).

    Raises
    ------
    InputError
        Where the questions cannot be used, or there are fewer groups than folds.

    Examples
    --------
    A temperature leaves options alike that are alike: one of three gets 1/3, which costs ln 3.

    >>> from calibrant.calibrators import TemperatureScaling
    >>> round(cross_validated_option_loss(TemperatureScaling(), [[0.0, 0.0, 0.0]] * 5, [0, 1, 2, 0, 1]).mean, 3)
    1.099
    """
    return _cross_validate(_of_options(calibrator, X, labels, _to_label), len(X), groups, n_splits, random_state)


def uncalibrated_option_loss(
    logits: OptionLogits, labels: npt.ArrayLike, *, groups: npt.ArrayLike | None = None
) -> CrossValidatedLoss:
    """Log loss of the probabilities of all options as they are, to set beside those of maps; nothing is fitted.

    Parameters
    ----------
    logits : sequence of n_questions array-likes of shape (n_options,)
        Logits of the options.
    labels : array-like of shape (n_questions,)
        The 0-based index of the right option.
    groups : array-like of shape (n_questions,), default=None
        Group of each question, for the standard error.

    Examples
    --------
    >>> round(uncalibrated_option_loss([[0.0, 0.0]], [1]).mean, 3)
    0.693
    """
    questions = check_logits(logits)
    right = check_labels(labels, questions.lengths)
    given = _to_label([softmax(row) for row in questions.split(questions.values)], right, right)
    return CrossValidatedLoss(_losses(given), _check_groups(groups, right.size))


def _cross_validate(
    held_out: _HeldOut, n_rows: int, groups: npt.ArrayLike | None, n_splits: int, random_state: int
) -> CrossValidatedLoss:
    codes = _check_groups(groups, n_rows)
    n_groups = np.unique(codes).size
    if not 2 <= n_splits <= n_groups:
        raise InputError(
            f"n_splits must be at least 2 and at most the number of groups, {n_groups}; got {n_splits}. "
            "Ask for fewer folds, or give more groups."
        )
    losses = np.empty(n_rows)
    folds = GroupKFold(n_splits, shuffle=True, random_state=random_state)
    for train, test in folds.split(codes, groups=codes):
        losses[test] = _losses(held_out(train, test))
    return CrossValidatedLoss(losses, codes)


def _losses(given: FloatArray) -> FloatArray:
    """Turn the probability given to what happened into a loss."""
    losses: FloatArray = -np.log(np.maximum(given, _FLOOR))
    return losses


def _standard_error(values: FloatArray, codes: IntArray) -> float:
    """Give the standard error of the mean, over groups: rows of one group may share their luck."""
    n_groups = np.unique(codes).size
    if n_groups < 2:
        return float("nan")
    excess = np.bincount(codes, values - values.mean())
    return float(np.sqrt(n_groups / (n_groups - 1) * (excess**2).sum()) / values.size)


def _of_options(
    calibrator: OptionMap | EvidenceMap,
    X: OptionLogits | Evidence,
    y: npt.ArrayLike,
    given: Callable[[list[FloatArray], IntArray, IntArray], FloatArray],
) -> _HeldOut:
    questions = check_logits(X.logprobs if isinstance(X, Evidence) else X)
    logits = questions.split(questions.values)
    labels = check_labels(y, questions.lengths)
    answers = np.array([int(row.argmax()) for row in logits])
    evidence = X if isinstance(X, Evidence) else Evidence(logits)

    def held_out(train: IntArray, test: IntArray) -> FloatArray:
        fitted = clone(calibrator)
        if calibrator.input_kind == "evidence":
            probabilities = fitted.fit(evidence.take(train), labels[train]).predict_proba(evidence.take(test))
        else:
            fitted.fit([logits[i] for i in train], labels[train])
            probabilities = fitted.predict_proba([logits[i] for i in test])
        return given(probabilities, labels[test], answers[test])

    return held_out


def _to_correctness(probabilities: list[FloatArray], labels: IntArray, answers: IntArray) -> FloatArray:
    """Give the probability of the answer where it is right, and what is left of it where it is wrong."""
    confidence = np.array([options[answer] for options, answer in zip(probabilities, answers, strict=True)])
    return np.where(answers == labels, confidence, 1 - confidence)


def _to_label(probabilities: list[FloatArray], labels: IntArray, answers: IntArray) -> FloatArray:
    """Give the probability of the right option, whatever the answer."""
    del answers
    return np.array([options[label] for options, label in zip(probabilities, labels, strict=True)])


def _of_confidence(confidence_map: ConfidenceMap, X: OptionLogits | Evidence, y: npt.ArrayLike) -> _HeldOut:
    if isinstance(X, Evidence):
        raise InputError("y_prob must hold confidences for a map of confidences; got evidence. Give max_probability")
    y_prob = check_confidence(X)
    y_true = check_correctness(y, y_prob.size)

    def held_out(train: IntArray, test: IntArray) -> FloatArray:
        fitted: ConfidenceMap = clone(confidence_map).fit(y_prob[train], y_true[train])
        confidence = fitted.predict(y_prob[test])
        return np.where(y_true[test] == 1, confidence, 1 - confidence)

    return held_out


def _check_groups(groups: npt.ArrayLike | None, n_rows: int) -> IntArray:
    if groups is None:
        return np.arange(n_rows)
    names = np.asarray(groups)
    if names.shape != (n_rows,):
        raise InputError(f"groups must have shape ({n_rows},); got {names.shape}. Give one group a row.")
    return np.unique(names, return_inverse=True)[1]
