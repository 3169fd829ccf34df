"""Vector scaling: logits of a fixed number of options → probabilities, by a weight and an intercept for each."""

from calibrant.calibrators._fixed_options import FixedOptionsMap
from calibrant.calibrators._softmax_regression import Ridge


class VectorScaling(FixedOptionsMap):
    """Probabilities of the options as softmax(w ∘ ln p + b), with p the softmax of the logits.

    Weights w and intercepts b, one of each for every option, minimise the mean cross-entropy. All questions must have
    the same options in the same order. An option may overtake another: the answer can change.

    Parameters
    ----------
    ridge : float, default=1e-6
        Factor of Σ (w - 1)² + Σ b², added to the mean cross-entropy. The default is too small to be seen except where
        the answers can be told apart perfectly, or an option is never right: without it these have no finite optimum.

    Attributes
    ----------
    weights_ : ndarray of shape (n_options,)
        The weights; 1 leaves a log-probability as it is.
    intercepts_ : ndarray of shape (n_options,)
        Added to the log-probabilities (natural log).
    converged_ : bool
        Whether the optimum was found; a ``ConvergenceWarning`` is given where it was not.

    Raises
    ------
    InputError
        Where the parameters, logits, labels or weights cannot be used, or the numbers of options differ.

    References
    ----------
    Guo, Pleiss, Sun and Weinberger (2017), On calibration of modern neural networks, ICML, section 4.2. The paper takes
    logits as they come, whose level is arbitrary; log-probabilities, at least ln 1e-12, make no use of it.

    Examples
    --------
    The model cannot tell two options apart, and the first is right in 3 of 4 questions:

    >>> import numpy as np
    >>> scaling = VectorScaling().fit(np.zeros((4, 2)), [0, 0, 0, 1])
    >>> scaling.predict_proba([[5.0, 5.0]])[0].round(3)
    array([0.75, 0.25])
    """

    def __init__(self, ridge: float = 1e-6) -> None:
        self.ridge = ridge

    def _ridge(self, n_options: int, n_questions: float) -> Ridge:
        return Ridge(self.ridge, self.ridge)
