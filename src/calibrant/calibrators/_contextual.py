"""Contextual calibration: what the model says of the options where nothing is asked → is taken off what it says."""

from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from calibrant.calibrators._checks import check_labels, check_weight
from calibrant.calibrators._evidence import Evidence, EvidenceName
from calibrant.calibrators._evidence_checks import check_beside, check_evidence, check_logprobs
from calibrant.calibrators._ragged import Ragged
from calibrant.types import FloatArray


class ContextualCalibration(BaseEstimator):
    """Probabilities of the options as softmax(ln p - ln c), with c what they get where the prompt asks nothing.

    A model may favour a letter, or an option whose text is likely anywhere, whatever the question. That shows where the
    same options follow a prompt without one, and is divided out. Nothing is learnt, and no label is looked at. An
    option may overtake another: the answer can change. How sure the model is of its answers is not repaired: what is
    divided out is the same for a question it knows and one it does not.

    Attributes
    ----------
    n_questions_ : int
        The number of questions at the fit; the probabilities do not depend on them.

    Raises
    ------
    InputError
        Where the evidence, labels or weights cannot be used, or ``context`` is not of the same options.

    References
    ----------
    Zhao, Wallace, Feng, Klein and Singh (2021), Calibrate before use: improving few-shot performance of language
    models, ICML. Its W = diag(c)⁻¹ and b = 0, made to sum to 1 again, are this softmax; the paper averages c over three
    prompts that ask nothing. For the texts of options: Holtzman, West, Shwartz, Choi and Zettlemoyer (2021), Surface
    form competition, EMNLP, whose score ln p - ln c is the pointwise mutual information (PMI_DC) of prompt and option.

    Examples
    --------
    The first option gets 80 %, and so it does where nothing is asked; the question tells nothing:

    >>> import numpy as np
    >>> from calibrant.calibrators import Evidence
    >>> evidence = Evidence(np.log([[0.8, 0.2], [0.9, 0.1]]), context=np.log([[0.8, 0.2], [0.8, 0.2]]))
    >>> for row in ContextualCalibration().fit(evidence, [0, 0]).predict_proba(evidence):
    ...     print(row.round(3))  # 0.9 / 0.8 to 0.1 / 0.2 is 9 to 4
    [0.5 0.5]
    [0.692 0.308]
    """

    input_kind: ClassVar[Literal["evidence"]] = "evidence"
    needs: ClassVar[tuple[EvidenceName, ...]] = ("context",)
    needs_to_fit: ClassVar[tuple[EvidenceName, ...]] = ("context",)

    def fit(
        self, evidence: Evidence, labels: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None
    ) -> "ContextualCalibration":
        """Check that the map can be used on questions like these; there is nothing to learn.

        Parameters
        ----------
        evidence : Evidence
            With ``logprobs`` and ``context`` of n_questions.
        labels : array-like of shape (n_questions,)
            The 0-based index of the right option of each question. They make no difference.
        sample_weight : array-like of shape (n_questions,), default=None
            How many times each question counts. It makes no difference.

        Returns
        -------
        ContextualCalibration
            This object, fitted.
        """
        scores = _without_context(evidence)
        check_labels(labels, scores.lengths)
        check_weight(sample_weight, scores.lengths.size)
        self.n_questions_ = int(scores.lengths.size)
        return self

    def predict_proba(self, evidence: Evidence) -> list[FloatArray]:
        """Probability of each option: softmax(ln p - ln c).

        Parameters
        ----------
        evidence : Evidence
            With ``logprobs`` and ``context`` of n_questions.

        Returns
        -------
        list of n_questions ndarrays of shape (n_options,)
            The probabilities; each array sums to 1.
        """
        check_is_fitted(self)
        scores = _without_context(evidence)
        odds = np.exp(scores.below_maximum())
        return scores.split(odds / scores.repeat(scores.sum(odds)))


def _without_context(evidence: Evidence) -> Ragged:
    evidence = check_evidence(evidence, ("context",), "context")
    rows = check_logprobs(evidence)
    return Ragged(rows.values - check_beside(evidence, "context", rows).values, rows.starts, rows.lengths)
