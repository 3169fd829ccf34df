"""Contract checks: what holds for everything that a registry offers, whatever the method."""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from calibrant.calibrators import Evidence
from calibrant.exceptions import InputError

# Methods that search for their parameters stop within this of the same answer.
CLOSE = {"rtol": 1e-6, "atol": 1e-8}


@dataclass(frozen=True)
class Sample:
    """What a calibrator is fitted on, and arguments that it must refuse."""

    X: Sequence
    """Logits or confidences, one entry a row."""
    y: np.ndarray
    """Labels or correctness, one entry a row."""
    names: tuple[str, str]
    """How ``fit`` calls the two."""
    refused: tuple[Sequence, Sequence]
    """Values that cannot stand in for ``X``, and values that cannot stand in for ``y``."""

    def take(self, rows):
        if isinstance(self.X, Evidence):
            return self.X.take(rows), self.y[rows]
        X = self.X[rows] if isinstance(self.X, np.ndarray) else [self.X[i] for i in rows]
        return X, self.y[rows]


def options_sample(n=80):
    """Overconfident questions of 2 to 5 options, among them options that tie."""
    rng = np.random.default_rng(1)
    logits = [np.round(rng.normal(scale=3, size=rng.integers(2, 6)), 1) for _ in range(n)]
    labels = np.array([int(np.argmax(row / 2 + rng.gumbel(size=row.size))) for row in logits])
    first = logits[1:]
    return Sample(
        X=logits,
        y=labels,
        names=("logits", "labels"),
        refused=(
            [
                [],
                0.5,
                "text",
                [[1.0], *first],
                [[], *first],
                [[0.0, np.nan], *first],
                [[0.0, -np.inf], *first],
                [[0.0, np.inf], *first],
                [["0.1", "0.2"], *first],
                [[0.0, None], *first],
                [[[0.0, 1.0]], *first],
                [[[0.0], [1.0, 2.0]], *first],
                np.zeros(n),
            ],
            [
                labels[:-1],
                labels - 10,
                labels + 5,
                labels + 0.5,
                labels.astype(float),
                labels == 0,  # correctness, given for labels
                labels.astype(str),
                labels[:, None],
                [],
            ],
        ),
    )


def table_sample(n=120):
    """Overconfident questions of the same 4 options, the first too often favoured; some options tie."""
    rng = np.random.default_rng(5)
    logits = np.round(rng.normal(loc=(1, 0, 0, 0), scale=3, size=(n, 4)), 1)
    labels = (logits / 2 + rng.gumbel(loc=(-1, 0, 0, 0), size=logits.shape)).argmax(axis=1)
    ragged = options_sample(n)
    return Sample(
        X=logits,
        y=labels,
        names=ragged.names,
        # Unequal numbers of options, each of them good for a map that allows them, and all that no map allows.
        refused=([ragged.X, [*logits[1:], [0.0, 1.0, 2.0]], *ragged.refused[0]], ragged.refused[1]),
    )


def confidence_sample(n=200):
    """Overconfident answers on a coarse grid, so with ties, and with 0 and 1 among them."""
    rng = np.random.default_rng(2)
    y_prob = np.round(rng.beta(2, 1, size=n), 1)
    y_prob[:4] = 0.0, 0.0, 1.0, 1.0
    y_true = (rng.random(n) < 0.2 + 0.5 * y_prob).astype(int)
    y_true[:4] = 1, 0, 0, 1
    return Sample(
        X=y_prob,
        y=y_true,
        names=("y_prob", "y_true"),
        refused=(
            [
                [],
                0.5,
                y_prob * 100,
                y_prob - 0.5,
                np.where(y_prob == 1, np.nan, y_prob),
                np.where(y_prob == 1, None, y_prob),
                np.where(y_prob == 1, "high", y_prob.astype(object)),
                np.where(y_prob == 1, np.inf, y_prob),
                y_prob.astype(str),
                y_prob[:, None],
                [[0.5], [0.5, 0.5]],
            ],
            [
                y_true[:-1],
                y_true * 2 - 1,
                y_true + 0.5,
                np.where(y_true == 1, np.nan, y_true),
                y_true.astype(str),
                y_true[:, None],
                [],
            ],
        ),
    )


def evidence_sample(n=160, options=None):
    """Overconfident questions, of 2 to 5 options by default, with all that evidence can hold, of four tasks in turn."""
    rng = np.random.default_rng(6)
    own = options_sample(n)
    options = own if options is None else replace(own, X=list(rng.normal(scale=3, size=(n, options))), y=own.y % 2)
    bias = np.array([1.0, 0.5, 0.0, 0.0, -0.5])
    evidence = Evidence(
        options.X,
        context=[bias[: row.size] + rng.normal(scale=0.1, size=row.size) for row in options.X],
        orders=[np.stack([row + np.roll(bias[: row.size], -s) for s in range(row.size)]) for row in options.X],
        base=[row / 2 + rng.normal(scale=0.1, size=row.size) for row in options.X],
        states=rng.normal(size=(n, 6)),
        tasks=[f"task {i % 4}" for i in range(n)],
    )
    refused = ([[], 0.5, "text", None, options.X, np.zeros((n, 2))], options.refused[1])
    return Sample(X=evidence, y=options.y, names=("evidence", "labels"), refused=refused)


def sample_for(cls):
    if cls.input_kind == "evidence":
        return evidence_sample()
    if cls.input_kind == "probabilities":
        return confidence_sample()
    return table_sample() if cls.fixed_options else options_sample()


def predict(calibrator, X):
    """One array a row from an option map, one number a row from a confidence map."""
    return calibrator.predict(X) if calibrator.input_kind == "probabilities" else calibrator.predict_proba(X)


def fitted_state(calibrator):
    """What an artifact stores beside the parameters."""
    return {name: np.asarray(value) for name, value in vars(calibrator).items() if name.endswith("_")}


def check_calibrator(cls):
    """Run every check below on a class of calibrators, as its constructor makes it without arguments."""
    sample = sample_for(cls)
    for check in (
        check_follows_the_estimator_contract,
        check_is_restored_from_its_state,
        check_leaves_its_arguments_alone,
        check_gives_probabilities,
        check_answers_one_row_as_many,
        check_ignores_the_order_of_rows,
        check_counts_a_row_by_its_weight,
        check_takes_any_array_like,
        check_refuses_what_it_cannot_use,
    ):
        check(cls, sample)


def check_follows_the_estimator_contract(cls, sample):
    calibrator = cls()
    assert not fitted_state(calibrator)
    with pytest.raises(NotFittedError):
        predict(calibrator, sample.X)
    assert calibrator.fit(sample.X, sample.y) is calibrator
    params = calibrator.get_params()
    assert calibrator.set_params(**params).get_params() == params
    copied = clone(calibrator)
    assert not fitted_state(copied)
    assert copied.get_params() == params
    once = predict(calibrator, sample.X)
    assert_same(predict(copied.fit(sample.X, sample.y), sample.X), once)
    elsewhere = sample.take(np.arange(40))
    assert_same(predict(calibrator.fit(*elsewhere).fit(sample.X, sample.y), sample.X), once)  # a refit forgets


def check_is_restored_from_its_state(cls, sample):
    calibrator = cls().fit(sample.X, sample.y)
    state = fitted_state(calibrator)
    assert state
    restored = cls(**calibrator.get_params())
    for name, array in state.items():
        assert array.dtype in (np.float64, np.int64, np.bool_), (
            f"{name} is {array.dtype}, which an artifact cannot store"
        )
        setattr(restored, name, np.frombuffer(array.tobytes(), array.dtype).reshape(array.shape))
    assert_same(predict(restored, sample.X), predict(calibrator, sample.X))


def check_leaves_its_arguments_alone(cls, sample):
    X, y, weight = copy.deepcopy(sample.X), sample.y.copy(), np.arange(len(sample.y)) % 3
    calibrator = cls().fit(X, y, sample_weight=weight)
    before = predict(calibrator, X)
    assert_same(list(given_arrays(X)), list(given_arrays(sample.X)))
    np.testing.assert_array_equal(y, sample.y)
    np.testing.assert_array_equal(weight, np.arange(len(sample.y)) % 3)
    for array in (*given_arrays(X), y, weight):
        array[...] = 0  # what was learnt is not a view of what was given
    assert_same(predict(calibrator, sample.X), before)


def check_gives_probabilities(cls, sample):
    probability = predict(cls().fit(sample.X, sample.y), sample.X)
    assert len(probability) == len(sample.X)
    if cls.input_kind != "probabilities":
        assert isinstance(probability, list)
        questions = sample.X.logprobs if cls.input_kind == "evidence" else sample.X
        for row, logits in zip(probability, questions, strict=True):
            assert row.dtype == np.float64
            assert row.shape == np.shape(logits)
            assert (row >= 0).all()
            assert row.sum() == pytest.approx(1, abs=1e-12)
    else:
        assert probability.dtype == np.float64
        assert probability.shape == sample.X.shape
        assert ((probability > 0) & (probability < 1)).all()


def check_answers_one_row_as_many(cls, sample):
    if not getattr(cls, "per_row", True):
        return
    calibrator = cls().fit(sample.X, sample.y)
    together = predict(calibrator, sample.X)
    for row in range(len(sample.X)):
        one = sample.X.take([row]) if isinstance(sample.X, Evidence) else sample.X[row : row + 1]
        assert_same(predict(calibrator, one), together[row : row + 1])


def check_ignores_the_order_of_rows(cls, sample):
    if getattr(cls, "stochastic", False):
        return
    rows = np.random.default_rng(3).permutation(len(sample.y))
    assert_close(predict(cls().fit(*sample.take(rows)), sample.X), predict(cls().fit(sample.X, sample.y), sample.X))


def check_counts_a_row_by_its_weight(cls, sample):
    """A row of weight 2 is that row twice; a row of weight 0 is not there."""
    if getattr(cls, "stochastic", False):
        return
    times = np.random.default_rng(4).integers(0, 4, size=len(sample.y))
    repeated = np.repeat(np.arange(len(sample.y)), times)
    weighted = cls().fit(sample.X, sample.y, sample_weight=times)
    assert_close(predict(weighted, sample.X), predict(cls().fit(*sample.take(repeated)), sample.X))
    alike = cls().fit(sample.X, sample.y, sample_weight=np.ones(len(sample.y)))
    assert_same(predict(alike, sample.X), predict(cls().fit(sample.X, sample.y), sample.X))


def check_takes_any_array_like(cls, sample):
    lists = as_lists(sample.X)
    assert_same(predict(cls().fit(lists, sample.y.tolist()), lists), predict(cls().fit(sample.X, sample.y), sample.X))


def check_refuses_what_it_cannot_use(cls, sample):
    X_name, y_name = sample.names
    n = len(sample.y)
    calibrator = cls().fit(sample.X, sample.y)
    for bad in sample.refused[0]:
        with pytest.raises(InputError, match=rf"^{X_name} must .*; got .*\."):
            cls().fit(bad, sample.y)
        with pytest.raises(InputError, match=rf"^{X_name} must .*; got .*\."):
            predict(calibrator, bad)
    for bad in sample.refused[1]:
        with pytest.raises(InputError, match=rf"^{y_name} must .*; got .*\."):
            cls().fit(sample.X, bad)
    for bad in (np.ones(n - 1), -np.ones(n), np.full(n, np.nan), np.full(n, np.inf), np.zeros(n), np.ones((n, 1)), 1.0):
        with pytest.raises(InputError, match=r"^sample_weight must .*; got .*\."):
            cls().fit(sample.X, sample.y, sample_weight=bad)


def as_lists(X):
    if not isinstance(X, Evidence):
        return X.tolist() if isinstance(X, np.ndarray) else [row.tolist() for row in X]
    columns = {name: as_lists(getattr(X, name)) for name in ("logprobs", "context", "orders", "base")}
    return replace(X, **columns)


def given_arrays(X) -> list[np.ndarray]:
    """All arrays that a caller handed over."""
    if not isinstance(X, Evidence):
        return list(flat_arrays(X))
    return [*X.logprobs, *X.context, *X.orders, *X.base, X.states]


def flat_arrays(X) -> Iterator[np.ndarray]:
    yield from X if isinstance(X, list) else [X]


def assert_same(left, right):
    """Bit for bit."""
    assert len(left) == len(right)
    for a, b in zip(flat_arrays(left), flat_arrays(right), strict=True):
        np.testing.assert_array_equal(a, b)


def assert_close(left, right):
    assert len(left) == len(right)
    for a, b in zip(flat_arrays(left), flat_arrays(right), strict=True):
        np.testing.assert_allclose(a, b, **CLOSE)
