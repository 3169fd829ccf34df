"""Matrix scaling: logits of a fixed number of options → their probabilities, by a full matrix and intercepts."""

from calibrant.calibrators._fixed_options import FixedOptionsMap
from calibrant.calibrators._softmax_regression import Ridge


class MatrixScaling(FixedOptionsMap):
    """Probabilities of the options as softmax(W ln p + b), with p the softmax of the logits.

    The matrix W and the intercepts b minimise the mean cross-entropy. All questions must have the same options in the
    same order. With K options there are K² + K parameters and hardly a penalty, so that the map follows chance where
    there are few questions: ``StructuredMatrixScaling`` is the safer one. The answer can change.

    Parameters
    ----------
    ridge : float, default=1e-6
        Factor of the sum of squares of W - I and b, added to the mean cross-entropy. The default only sees to it that
        there is a finite optimum.

    Attributes
    ----------
    weights_ : ndarray of shape (n_options, n_options)
        The matrix W: row i makes the score of option i.
    intercepts_ : ndarray of shape (n_options,)
        Added to the scores (natural log).
    converged_ : bool
        Whether the optimum was found; a ``ConvergenceWarning`` is given where it was not.

    Raises
    ------
    InputError
        Where the parameters, logits, labels or weights cannot be used, or the numbers of options differ.

    References
    ----------
    Guo, Pleiss, Sun and Weinberger (2017), On calibration of modern neural networks, ICML, section 4.2. As in
    ``VectorScaling``, log-probabilities stand for the logits.

    Examples
    --------
    The model says (0.8, 0.2) or (0.2, 0.8), and either is right in 2 of 3 questions:

    >>> import numpy as np
    >>> scaling = MatrixScaling().fit(np.log([[0.8, 0.2]] * 3 + [[0.2, 0.8]] * 3), [0, 0, 1, 1, 1, 0])
    >>> scaling.predict_proba(np.log([[0.8, 0.2]]))[0].round(3)
    array([0.667, 0.333])
    """

    def __init__(self, ridge: float = 1e-6) -> None:
        self.ridge = ridge

    def _ridge(self, n_options: int, n_questions: float) -> Ridge:
        return Ridge(self.ridge, self.ridge, self.ridge)
