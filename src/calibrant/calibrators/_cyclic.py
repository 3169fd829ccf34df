"""Cyclic averaging: the options read in every cyclic order → probabilities that favour no place."""

from typing import ClassVar, Literal

import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from calibrant.calibrators._checks import check_labels, check_weight
from calibrant.calibrators._evidence import Evidence, EvidenceName
from calibrant.calibrators._evidence_checks import check_evidence, check_logprobs, check_orders
from calibrant.calibrators._softmax_regression import softmax_of
from calibrant.types import FloatArray


class CyclicAverage(BaseEstimator):
    """Probabilities of the options as the mean, over the cyclic orders, of what each is given in that order.

    In K orders every option stands once in each of the K places. So where a model favours the first place, or the
    letter B, every option has that favour once, and no option gains by where it stood. Nothing is learnt, and no label
    is looked at. The answer can change. Reading takes K times as long.

    Where the orders contradict each other, the mean is less sure than the surest of them: overconfidence that comes of
    the places shrinks, and what comes of anything else stays.

    Attributes
    ----------
    n_questions_ : int
        The number of questions at the fit; the probabilities do not depend on them.

    Raises
    ------
    InputError
        Where the evidence, labels or weights cannot be used, or ``orders`` does not hold every cyclic order.

    References
    ----------
    Zheng, Zhou, Meng, Zhou and Huang (2024), Large language models are not robust multiple choice selectors, ICLR, from
    where the cyclic permutations are that the mean is taken over.

    Examples
    --------
    The model cannot tell the options apart and gives 90 % to whatever stands first:

    >>> import numpy as np
    >>> from calibrant.calibrators import Evidence
    >>> orders = [np.log([[0.9, 0.1], [0.1, 0.9]]), np.log([[0.9, 0.1], [0.3, 0.7]])]
    >>> evidence = Evidence([order[0] for order in orders], orders=orders)
    >>> for row in CyclicAverage().fit(evidence, [0, 0]).predict_proba(evidence):
    ...     print(row.round(3))
    [0.5 0.5]
    [0.6 0.4]
    """

    input_kind: ClassVar[Literal["evidence"]] = "evidence"
    needs: ClassVar[tuple[EvidenceName, ...]] = ("orders",)
    needs_to_fit: ClassVar[tuple[EvidenceName, ...]] = ("orders",)

    def fit(
        self, evidence: Evidence, labels: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None
    ) -> "CyclicAverage":
        """Check that the map can be used on questions like these; there is nothing to learn.

        Parameters
        ----------
        evidence : Evidence
            With ``logprobs`` and ``orders`` of n_questions.
        labels : array-like of shape (n_questions,)
            The 0-based index of the right option of each question. They make no difference.
        sample_weight : array-like of shape (n_questions,), default=None
            How many times each question counts. It makes no difference.

        Returns
        -------
        CyclicAverage
            This object, fitted.
        """
        evidence = check_evidence(evidence, self.needs_to_fit, "cyclic")
        rows = check_logprobs(evidence)
        check_orders(evidence, rows)
        check_labels(labels, rows.lengths)
        check_weight(sample_weight, rows.lengths.size)
        self.n_questions_ = int(rows.lengths.size)
        return self

    def predict_proba(self, evidence: Evidence) -> list[FloatArray]:
        """Probability of each option, averaged over the orders.

        Parameters
        ----------
        evidence : Evidence
            With ``logprobs`` and ``orders`` of n_questions.

        Returns
        -------
        list of n_questions ndarrays of shape (n_options,)
            The probabilities; each array sums to 1.
        """
        check_is_fitted(self)
        evidence = check_evidence(evidence, self.needs, "cyclic")
        return [softmax_of(table).mean(axis=0) for table in check_orders(evidence, check_logprobs(evidence))]
