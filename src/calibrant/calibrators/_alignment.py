"""Alignment to the base model: the temperature at which an aligned model is as sure as the model it was made from."""

from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from calibrant.calibrators._checks import check_labels, check_weight
from calibrant.calibrators._evidence import Evidence, EvidenceName
from calibrant.calibrators._evidence_checks import check_beside, check_evidence, check_logprobs
from calibrant.calibrators._softmax_regression import softmax_of
from calibrant.calibrators._temperature import TemperatureScaling
from calibrant.exceptions import InputError
from calibrant.types import FloatArray

# With fewer the temperature is a guess.
_FEWEST = 25


class AlignmentToBase(BaseEstimator):
    """Probabilities of the options after one temperature, softmax(logits / T), learnt from the base model's answers.

    A base model is often well calibrated, and overconfident after it was tuned to follow instructions. T minimises the
    mean KL divergence of the probabilities after T from those of the base model, over the questions to which both give
    the same answer (of options that tie, the first). No label is looked at. Where they differ, the base model's
    probabilities tell nothing about how often the tuned model is right; to count these would make T too large. The
    order of the options never changes, so neither does the answer.

    Parameters
    ----------
    bounds : tuple of two floats, default=(0.05, 1000.0)
        The least and the greatest temperature allowed: 0 < least <= 1 <= greatest. Where the base model is surer, or
        less sure, than any of these makes the tuned one, the bound is kept.

    Attributes
    ----------
    temperature_ : float
        The temperature, T. It is 1 where no temperature is better than another, as when all logits are equal.
    at_bound_ : bool
        Whether T was held by one of the bounds. Then the fit says little more than "sharper" or "flatter".
    n_agreeing_ : int
        The number of questions of a weight above 0 on which the models agree, from which T was found.

    Raises
    ------
    InputError
        Where the bounds, evidence, labels or weights cannot be used, ``base`` is not of the same options, or the models
        agree on fewer than 25 questions.

    References
    ----------
    Luo, Wang, Li and Wei (2025), Your pre-trained LLM is secretly an unsupervised confidence calibrator, arXiv
    2505.16690 (DACA). Here the derivative in 1 / T, which never decreases, is solved for its root.

    Examples
    --------
    Where the tuned model says 90 % (9 to 1), the base model says 75 % (3 to 1): T = 2 makes them equal.

    >>> import numpy as np
    >>> from calibrant.calibrators import Evidence
    >>> evidence = Evidence(np.log([[9.0, 1.0]] * 30), base=np.log([[3.0, 1.0]] * 25 + [[1.0, 3.0]] * 5))
    >>> alignment = AlignmentToBase().fit(evidence, [0] * 30)
    >>> round(alignment.temperature_, 6), alignment.n_agreeing_
    (2.0, 25)

    The base model is not needed any more:

    >>> alignment.predict_proba(Evidence(np.log([[4.0, 1.0]])))[0].round(3)
    array([0.667, 0.333])
    """

    input_kind: ClassVar[Literal["evidence"]] = "evidence"
    needs: ClassVar[tuple[EvidenceName, ...]] = ()
    needs_to_fit: ClassVar[tuple[EvidenceName, ...]] = ("base",)

    def __init__(self, bounds: tuple[float, float] = (0.05, 1000.0)) -> None:
        self.bounds = bounds

    def fit(
        self, evidence: Evidence, labels: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None
    ) -> "AlignmentToBase":
        """Find the temperature.

        Parameters
        ----------
        evidence : Evidence
            With ``logprobs`` and ``base`` of n_questions.
        labels : array-like of shape (n_questions,)
            The 0-based index of the right option of each question. They make no difference.
        sample_weight : array-like of shape (n_questions,), default=None
            How many times each question counts; once where None.

        Returns
        -------
        AlignmentToBase
            This object, fitted.
        """
        evidence = check_evidence(evidence, self.needs_to_fit, "daca")
        tuned = check_logprobs(evidence)
        base = check_beside(evidence, "base", tuned)
        check_labels(labels, tuned.lengths)
        weight = check_weight(sample_weight, tuned.lengths.size)
        agreeing = [
            (row, softmax_of(of_base[None])[0] * times)
            for row, of_base, times in zip(tuned.split(tuned.values), base.split(base.values), weight, strict=True)
            if times > 0 and np.argmax(row) == np.argmax(of_base)
        ]
        if len(agreeing) < _FEWEST:
            raise InputError(
                f"base must give the same answer as the model to at least {_FEWEST} questions; got {len(agreeing)} of "
                f"{np.count_nonzero(weight)}. Give more questions, or take a map that looks at the labels."
            )
        # Up to a constant the divergence is the cross-entropy of each option as the label, by the weight that the base
        # model gives to it.
        scaling = TemperatureScaling(self.bounds).fit(
            [row for row, _ in agreeing for _ in range(row.size)],
            np.concatenate([np.arange(row.size) for row, _ in agreeing]),
            np.concatenate([weights for _, weights in agreeing]),
        )
        self.temperature_, self.at_bound_ = scaling.temperature_, scaling.at_bound_
        self.n_agreeing_ = len(agreeing)
        return self

    def predict_proba(self, evidence: Evidence) -> list[FloatArray]:
        """Probability of each option: softmax(logits / T).

        Parameters
        ----------
        evidence : Evidence
            With ``logprobs`` of n_questions; no more is looked at.

        Returns
        -------
        list of n_questions ndarrays of shape (n_options,)
            The probabilities; each array sums to 1.
        """
        check_is_fitted(self)
        rows = check_logprobs(check_evidence(evidence, self.needs, "daca"))
        odds = np.exp(rows.below_maximum() / self.temperature_)
        return rows.split(odds / rows.repeat(rows.sum(odds)))
