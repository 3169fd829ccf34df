"""Dirichlet calibration: logits of a fixed number of options → their probabilities, by a penalised full matrix."""

from calibrant.calibrators._fixed_options import FixedOptionsMap
from calibrant.calibrators._softmax_regression import Ridge

# On the diagonal, which the paper leaves free: only so that answers told apart perfectly have a finite optimum.
_LEAST = 1e-6


class DirichletCalibration(FixedOptionsMap):
    """Probabilities of the options as softmax(W ln p + b), with p the softmax of the logits.

    Were the probabilities of the options, given the right one, drawn from Dirichlet distributions, this map would be
    exact. W and b minimise the mean cross-entropy plus a penalty on what is off the diagonal of W and on b (ODIR). All
    questions must have the same options in the same order. The answer can change.

    Parameters
    ----------
    off_diagonal : float, default=1e-3
        Factor of the sum of squares of the entries of W off the diagonal (the paper's λ).
    intercept : float, default=1e-3
        Factor of the sum of squares of b (the paper's μ).

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
    Kull, Perello-Nieto, Kängsepp, Silva Filho, Song and Flach (2019), Beyond temperature scaling: obtaining
    well-calibrated multiclass probabilities with Dirichlet calibration, NeurIPS. The paper chooses both factors by
    cross-validation and divides by the number of entries; here, as in the authors' code, the sums are penalised.

    Examples
    --------
    Where the model says (0.5, 0.5), 3 of 4 times the first is right; the intercept's penalty keeps a little of even:

    >>> import numpy as np
    >>> dirichlet = DirichletCalibration().fit(np.zeros((4, 2)), [0, 0, 0, 1])
    >>> dirichlet.predict_proba([[0.0, 0.0]])[0].round(2)
    array([0.75, 0.25])
    """

    def __init__(self, off_diagonal: float = 1e-3, intercept: float = 1e-3) -> None:
        self.off_diagonal = off_diagonal
        self.intercept = intercept

    def _ridge(self, n_options: int, n_questions: float) -> Ridge:
        return Ridge(_LEAST, max(self.intercept, _LEAST), max(self.off_diagonal, _LEAST))
