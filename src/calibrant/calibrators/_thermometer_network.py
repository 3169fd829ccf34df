"""The network of the Thermometer: hidden states → an inverse temperature each; its loss, gradient and training."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from calibrant.calibrators._ragged import Ragged
from calibrant.types import FloatArray

_BRANCHES = 3
# Shape and scale of the Gamma prior of T: its mode, (shape - 1) · scale, is 1.
_SHAPE, _SCALE = 1.25, 4.0
# Where training has lost its way: the prior and its derivative are finite still.
_LEAST_INVERSE = 1e-100
# AdamW's averages of the gradient and of its square, and what keeps its division finite.
_FIRST, _SECOND, _EPSILON = 0.9, 0.999, 1e-8


@dataclass(frozen=True)
class Layout:
    """Where each layer's parameters lie in one flat array."""

    width: int
    """Of the states."""
    hidden: int
    """Of the hidden layer of each branch."""

    @property
    def size(self) -> int:
        """Number of parameters."""
        return _BRANCHES * self.hidden * (self.width + 2) + 2 * _BRANCHES + 1

    def split(self, flat: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]:
        """Return views: weights (width, 3 · hidden), biases (3 · hidden,); (3, hidden), (3,); (3,), (1,)."""
        units = _BRANCHES * self.hidden
        ends = np.cumsum([self.width * units, units, units, _BRANCHES, _BRANCHES])
        first, first_bias, second, second_bias, last, last_bias = np.split(flat, ends)
        return (
            first.reshape(self.width, units),
            first_bias,
            second.reshape(_BRANCHES, self.hidden),
            second_bias,
            last,
            last_bias,
        )

    def draw(self, rng: np.random.Generator) -> FloatArray:
        """Draw parameters to start from: uniform within ± 1 / √(number of inputs) of the layer."""
        flat = rng.uniform(-1, 1, self.size)
        inputs = (self.width, self.width, self.hidden, self.hidden, _BRANCHES, _BRANCHES)
        for part, n_inputs in zip(self.split(flat), inputs, strict=True):
            part /= np.sqrt(n_inputs)
        return flat

    def inverse_temperatures(self, flat: FloatArray, states: FloatArray) -> FloatArray:
        """1 / T of each state, above 0: (n, width) → (n,)."""
        inverse: FloatArray = np.logaddexp(0, self.outputs(flat, states))
        return inverse

    def outputs(self, flat: FloatArray, states: FloatArray) -> FloatArray:
        """Return what the last layer says of each state, before the softplus: (n, width) → (n,)."""
        return self._forward(flat, states)[-1]

    def loss_and_gradient(
        self, flat: FloatArray, states: FloatArray, task: "Labelled", prior_weight: float
    ) -> tuple[float, FloatArray]:
        """Loss of one task's answers under their shared temperature, with its prior, and the gradient by ``flat``."""
        active, branches, output = self._forward(flat, states)
        inverse = max(float(task.share @ np.logaddexp(0, output)), _LEAST_INVERSE)
        loss, slope = task.loss(inverse)
        prior, of_prior = minus_log_prior(inverse)
        by_output = (slope + prior_weight * of_prior) * task.share * _sigmoid(output)

        gradient = np.empty_like(flat)
        _, _, second, _, last, _ = self.split(flat)
        to_first, to_first_bias, to_second, to_second_bias, to_last, to_last_bias = self.split(gradient)
        to_last[:] = by_output @ branches
        to_last_bias[:] = by_output.sum()
        by_branch = np.outer(by_output, last)
        units = active.reshape(len(states), _BRANCHES, self.hidden)
        to_second[:] = np.einsum("ib,ibh->bh", by_branch, units)
        to_second_bias[:] = by_branch.sum(axis=0)
        by_unit = ((by_branch[:, :, None] * second) * (units > 0)).reshape(active.shape)
        np.matmul(states.T, by_unit, out=to_first)
        to_first_bias[:] = by_unit.sum(axis=0)
        return loss + prior_weight * prior, gradient

    def _forward(self, flat: FloatArray, states: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Units of the hidden layer, what the branches say, and the output before the softplus."""
        first, first_bias, second, second_bias, last, last_bias = self.split(flat)
        active = states @ first
        active += first_bias
        np.maximum(active, 0, out=active)
        units = active.reshape(len(states), _BRANCHES, self.hidden)
        branches = np.einsum("ibh,bh->ib", units, second) + second_bias
        return active, branches, branches @ last + last_bias


@dataclass(frozen=True)
class Labelled:
    """Labelled answers of one task."""

    gaps: Ragged
    """Logits below the largest of their question."""
    gap_of_label: FloatArray
    """Those of the right options, shape (n,)."""
    share: FloatArray
    """Weights of the answers, which sum to 1."""

    def loss(self, inverse: float) -> tuple[float, float]:
        """Mean cross-entropy of softmax(logits · inverse), and its derivative by ``inverse``."""
        odds = np.exp(self.gaps.values * inverse)
        total = self.gaps.sum(odds)
        mean = self.gaps.sum(odds * self.gaps.values) / total
        loss = float(self.share @ (np.log(total) - inverse * self.gap_of_label))
        return loss, float(self.share @ (mean - self.gap_of_label))


def minus_log_prior(inverse: float) -> tuple[float, float]:
    """-ln of the Gamma density of T = 1 / ``inverse``, up to a constant, and its derivative by ``inverse``."""
    value = (_SHAPE - 1) * np.log(inverse) + 1 / (_SCALE * inverse)
    return float(value), float((_SHAPE - 1) / inverse - 1 / (_SCALE * inverse**2))


@dataclass
class AdamW:
    """Steps against the gradient, each entry by its own scale; the weight decay is apart from the gradient."""

    learning_rate: float
    weight_decay: float

    def __post_init__(self) -> None:
        self._n_steps = 0
        self._mean = self._square = self._work = np.zeros(0)

    def step(self, flat: FloatArray, gradient: FloatArray) -> None:
        """Move ``flat``, in place."""
        if self._n_steps == 0:
            self._mean, self._square, self._work = (np.zeros_like(flat) for _ in range(3))
        self._n_steps += 1
        mean, square, work = self._mean, self._square, self._work
        mean *= _FIRST
        mean += np.multiply(gradient, 1 - _FIRST, out=work)
        square *= _SECOND
        np.multiply(gradient, gradient, out=work)
        work *= 1 - _SECOND
        square += work
        np.sqrt(square, out=work)
        work /= np.sqrt(1 - _SECOND**self._n_steps)
        work += _EPSILON
        np.divide(mean, work, out=work)
        work *= self.learning_rate / (1 - _FIRST**self._n_steps)
        flat *= 1 - self.learning_rate * self.weight_decay
        flat -= work


def train(
    flat: FloatArray,
    gradient: Callable[[FloatArray], FloatArray],
    validate: Callable[[FloatArray], float],
    optimizer: AdamW,
    n_steps: int,
    validate_every: int,
) -> FloatArray:
    """Train from ``flat`` on, and return the parameters of the least validation loss, the first ones among them.

    Steps that diverge are never the best: their loss is not a number.
    """
    flat = flat.copy()
    best, best_loss = flat.copy(), validate(flat)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for step in range(1, n_steps + 1):
            optimizer.step(flat, gradient(flat))
            if step % validate_every == 0 or step == n_steps:
                loss = validate(flat)
                if loss < best_loss:
                    best, best_loss = flat.copy(), loss
    return best


def _sigmoid(x: FloatArray) -> FloatArray:
    result: FloatArray = np.exp(-np.logaddexp(0, -x))
    return result
