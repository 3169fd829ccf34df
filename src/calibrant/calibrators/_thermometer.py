"""Thermometer: hidden states of a task's questions → the task's temperature, without its labels."""

from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from calibrant.calibrators._checks import check_labels, check_weight
from calibrant.calibrators._evidence import Evidence, EvidenceName
from calibrant.calibrators._evidence_checks import check_evidence, check_logprobs
from calibrant.calibrators._inverse_temperature import check_bounds
from calibrant.calibrators._ragged import Ragged
from calibrant.calibrators._states import check_states, check_tasks, take_rows
from calibrant.calibrators._temperature import TemperatureScaling
from calibrant.calibrators._thermometer_network import AdamW, Labelled, Layout, train
from calibrant.exceptions import InputError
from calibrant.types import FloatArray, IntArray

_VALIDATE_EVERY = 50
# A spread below this share of the mean is rounding.
_NO_VARIANCE = 1e-10


class Thermometer(BaseEstimator):
    """Probabilities of the options as softmax(logits / T), with a T for each task that needs no labels of the task.

    A network learns, from labelled questions of several tasks, which temperature suits a task by its questions' hidden
    states; it then reads the temperature of a task that it has never seen. Each state gives an inverse temperature, and
    the task's is their mean over **all of its questions in the call**: ask about many at once, for they sharpen it, and
    a question's probabilities depend on which questions of its task are asked with it. The order of the options never
    changes, so neither does the answer.

    It learns over tasks, so its sample is the tasks, not the questions; the paper has 23 to 57. With fewer it can tell
    apart the tasks that it has seen and still be wrong about a new one, worse than one temperature for all: compare the
    two on tasks left out before you use it. The network is chosen on held-out questions of the tasks that it is trained
    on, which does not show this.

    Parameters
    ----------
    hidden_width : int, default=None
        Units in each of the network's three branches; an eighth of the states' width where None, at least 1.
    n_steps : int, default=5000
        Steps of training, each on a batch of one task. Every 50, the log loss on the validation part is averaged over
        tasks, and the best network is kept.
    learning_rate : float, default=0.001
        Length of the steps, above 0.
    weight_decay : float, default=0.0001
        Share of each parameter, per unit of ``learning_rate``, that a step takes away: not negative.
    batch_size : int, default=128
        The most questions of a batch.
    prior_weight : float, default=0.01
        Weight of -ln Gamma(T; shape 1.25, scale 4), whose mode is T = 1: not negative.
    validation_share : float, default=0.2
        Share of each task's questions on which the network is not trained but chosen, in (0, 1).
    bounds : tuple of two floats, default=(0.05, 1000.0)
        The least and the greatest temperature of a task: 0 < least <= 1 <= greatest.
    random_state : int, default=0
        Seed of the validation part, the start and the batches.

    Attributes
    ----------
    hidden_weights_ : ndarray of shape (width, 3 · hidden_width)
        Of the branches' hidden layers, on the states as they come: the standardisation is in them.
    hidden_biases_ : ndarray of shape (3 · hidden_width,)
        Added to these.
    branch_weights_ : ndarray of shape (3, hidden_width)
        Of each branch's output.
    branch_biases_ : ndarray of shape (3,)
        Added to these.
    output_weights_ : ndarray of shape (3,)
        Of the last layer, before the softplus.
    output_bias_ : float
        Added to it.
    n_features_in_ : int
        Width of the states.

    Raises
    ------
    InputError
        Where the parameters, states, tasks, logits, labels or weights cannot be used, or where fewer than two tasks
        have two questions each.

    References
    ----------
    Shen, Das, Greenewald, Sattigeri, Wornell and Ghosh (2024), Thermometer: towards universal calibration for large
    language models, ICML. Here the states are standardised first, the network starts at the temperature that suits all
    tasks together, which is kept where no step improves on it, and a task's T is held within bounds.

    Examples
    --------
    Logits (ln 9, 0) say 90 %. This is so in the tasks of state 1; in those of state -1, 3 in 4 are right, which T = 2
    says. A new task of that state:

    >>> import numpy as np
    >>> from calibrant.calibrators import Evidence
    >>> states = np.repeat([[1.0], [-1.0]], 400, axis=0)
    >>> labels = [0, 0, 0, 0, 0, 0, 0, 0, 0, 1] * 40 + [0, 0, 0, 1] * 100
    >>> evidence = Evidence([np.log([9.0, 1.0])] * 800, states=states, tasks=["sure"] * 400 + ["unsure"] * 400)
    >>> thermometer = Thermometer(hidden_width=4, n_steps=500, learning_rate=0.01).fit(evidence, labels)
    >>> new = Evidence([np.log([9.0, 1.0])] * 3, states=-np.ones((3, 1)), tasks=["new"] * 3)
    >>> round(thermometer.temperatures(new)["new"])
    2
    """

    input_kind: ClassVar[Literal["evidence"]] = "evidence"
    needs: ClassVar[tuple[EvidenceName, ...]] = ("states", "tasks")
    needs_to_fit: ClassVar[tuple[EvidenceName, ...]] = ("states", "tasks")
    per_row: ClassVar[bool] = False
    """Whether a question's probabilities are the same whatever questions are asked with it."""
    stochastic: ClassVar[bool] = True
    """Whether the fit draws at random, by a seed."""

    def __init__(
        self,
        hidden_width: int | None = None,
        n_steps: int = 5000,
        learning_rate: float = 1e-3,
        weight_decay: float = 1e-4,
        batch_size: int = 128,
        prior_weight: float = 0.01,
        validation_share: float = 0.2,
        bounds: tuple[float, float] = (0.05, 1000.0),
        random_state: int = 0,
    ) -> None:
        self.hidden_width = hidden_width
        self.n_steps = n_steps
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.batch_size = batch_size
        self.prior_weight = prior_weight
        self.validation_share = validation_share
        self.bounds = bounds
        self.random_state = random_state

    def fit(
        self, evidence: Evidence, labels: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None
    ) -> "Thermometer":
        """Train the network.

        Parameters
        ----------
        evidence : Evidence
            With the options' log-probabilities, the states and the tasks of n_questions.
        labels : array-like of shape (n_questions,)
            The 0-based index of the right option of each question.
        sample_weight : array-like of shape (n_questions,), default=None
            How many times each question counts in its task; once where None.

        Returns
        -------
        Thermometer
            This object, fitted.
        """
        self._check_parameters()
        evidence = check_evidence(evidence, self.needs_to_fit, "thermometer")
        rows = check_logprobs(evidence)
        states = check_states(evidence)
        _, task = check_tasks(evidence)
        label = check_labels(labels, rows.lengths)
        weight = check_weight(sample_weight, label.size)
        there = np.flatnonzero(weight > 0)
        rows, states, label, weight = take_rows(rows, there), states[there], label[there], weight[there]
        rng = np.random.default_rng(self.random_state)
        parts = [self._divide(rng, np.flatnonzero(task[there] == number)) for number in np.unique(task[there])]
        if sum(held.size > 0 for _, held in parts) < 2:
            raise InputError(
                f"tasks must be at least 2, of 2 questions or more each, to learn how tasks differ; got {len(parts)}. "
                "Give the questions a subject that parts them, or take a map that needs no tasks."
            )

        mean, scale = _standard(states, weight)
        states = (states - mean) / scale
        layout = Layout(states.shape[1], self.hidden_width or max(1, states.shape[1] // 8))
        pooled = TemperatureScaling(self.bounds).fit(rows.split(rows.values), label, weight).temperature_
        flat = self._start(layout, rng, states, pooled)
        answers = _Answers(rows, label, weight)
        held_out = [(states[held], answers.take(held)) for _, held in parts if held.size > 0]

        def gradient(flat: FloatArray) -> FloatArray:
            pool = parts[rng.integers(len(parts))][0]
            batch = pool if pool.size <= self.batch_size else rng.choice(pool, self.batch_size, replace=False)
            return layout.loss_and_gradient(flat, states[batch], answers.take(batch), self.prior_weight)[1]

        def validate(flat: FloatArray) -> float:
            losses = [
                held.loss(float(held.share @ layout.inverse_temperatures(flat, those)))[0] for those, held in held_out
            ]
            return float(np.mean(losses))

        optimizer = AdamW(self.learning_rate, self.weight_decay)
        flat = train(flat, gradient, validate, optimizer, self.n_steps, _VALIDATE_EVERY)
        first, first_bias, second, second_bias, last, last_bias = layout.split(flat)
        self.hidden_weights_ = first / scale[:, None]
        self.hidden_biases_ = first_bias - mean @ self.hidden_weights_
        self.branch_weights_, self.branch_biases_ = second.copy(), second_bias.copy()
        self.output_weights_, self.output_bias_ = last.copy(), float(last_bias[0])
        self.n_features_in_ = states.shape[1]
        return self

    def predict_proba(self, evidence: Evidence) -> list[FloatArray]:
        """Probability of each option: softmax(logits / T), with the T of the question's task.

        Parameters
        ----------
        evidence : Evidence
            With the options' log-probabilities, the states and the tasks of n_questions.

        Returns
        -------
        list of n_questions ndarrays of shape (n_options,)
            The probabilities; each array sums to 1.
        """
        of_task = self.temperatures(evidence)
        evidence = check_evidence(evidence, self.needs_to_fit, "thermometer")
        rows = check_logprobs(evidence)
        temperature = np.array([of_task[task] for task in evidence.tasks or []])
        odds = np.exp(rows.below_maximum() / rows.repeat(temperature))
        return rows.split(odds / rows.repeat(rows.sum(odds)))

    def temperatures(self, evidence: Evidence) -> dict[str, float]:
        """Temperature of each task, from all of its questions: above 1 makes the model less confident."""
        check_is_fitted(self)
        evidence = check_evidence(evidence, self.needs, "thermometer")
        states = check_states(evidence, self.n_features_in_)
        names, task = check_tasks(evidence)
        layout = Layout(self.n_features_in_, self.branch_weights_.shape[1])
        parts = (
            self.hidden_weights_,
            self.hidden_biases_,
            self.branch_weights_,
            self.branch_biases_,
            self.output_weights_,
            self.output_bias_,
        )
        inverse = layout.inverse_temperatures(np.concatenate([np.ravel(part) for part in parts]), states)
        mean = np.bincount(task, inverse) / np.bincount(task)
        least, greatest = self.bounds
        temperature = np.clip(1 / np.clip(mean, 1 / greatest, 1 / least), least, greatest)
        return dict(zip(names, temperature.tolist(), strict=True))

    def _divide(self, rng: np.random.Generator, rows: IntArray) -> tuple[IntArray, IntArray]:
        """Rows of a task to train on, and rows to choose by; a task of one row is only trained on."""
        n_held = min(max(1, round(self.validation_share * rows.size)), rows.size - 1)
        rows = rng.permutation(rows)
        return np.sort(rows[n_held:]), np.sort(rows[:n_held])

    def _start(self, layout: Layout, rng: np.random.Generator, states: FloatArray, pooled: float) -> FloatArray:
        """Draw a network, and shift its last layer so that it says about the pooled temperature on average."""
        flat = layout.draw(rng)
        flat[-1] = 0.0
        # What the softplus turns into 1 / T.
        flat[-1] = np.log(np.expm1(1 / pooled)) - float(layout.outputs(flat, states).mean())
        return flat

    def _check_parameters(self) -> None:
        check_bounds(self.bounds)
        for name, least in (("hidden_width", 1), ("n_steps", 1), ("batch_size", 1), ("random_state", 0)):
            value = getattr(self, name)
            if name == "hidden_width" and value is None:
                continue
            if not isinstance(value, int | np.integer) or value < least:
                raise InputError(f"{name} must be a whole number from {least}; got {value!r}. Leave it out.")
        if not 0 < self.learning_rate < np.inf:
            raise InputError(f"learning_rate must be above 0; got {self.learning_rate!r}. The paper's is 0.001.")
        for name, usual in (("weight_decay", 1e-4), ("prior_weight", 0.01)):
            if not 0 <= getattr(self, name) < np.inf:
                raise InputError(f"{name} must not be negative; got {getattr(self, name)!r}. The paper's is {usual}.")
        if not 0 < self.validation_share < 1:
            raise InputError(f"validation_share must lie in (0, 1); got {self.validation_share!r}. Try 0.2.")


class _Answers:
    """Labelled answers of all tasks, of which any can be taken."""

    def __init__(self, rows: Ragged, label: IntArray, weight: FloatArray) -> None:
        self._gaps = Ragged(rows.below_maximum(), rows.starts, rows.lengths)
        self._gap_of_label = self._gaps.values[rows.starts + label]
        self._weight = weight

    def take(self, which: IntArray) -> Labelled:
        weight = self._weight[which]
        return Labelled(take_rows(self._gaps, which), self._gap_of_label[which], weight / weight.sum())


def _standard(states: FloatArray, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean and standard deviation of each entry of the states; 1 where it does not vary."""
    mean = np.average(states, axis=0, weights=weight)
    deviation = np.sqrt(np.average((states - mean) ** 2, axis=0, weights=weight))
    return mean, np.where(deviation > _NO_VARIANCE * np.abs(mean), deviation, 1.0)
