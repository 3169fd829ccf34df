import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import log_softmax
from scipy.stats import gamma

from calibrant.calibrators._ragged import Ragged, check_logits
from calibrant.calibrators._thermometer_network import AdamW, Labelled, Layout, minus_log_prior, train

LAYOUT = Layout(width=4, hidden=3)


def draw(n=7, seed=0):
    rng = np.random.default_rng(seed)
    logits = [rng.normal(scale=3, size=k) for k in rng.integers(2, 5, size=n)]
    labels = np.array([rng.integers(row.size) for row in logits])
    rows = check_logits(logits)
    gaps = Ragged(rows.below_maximum(), rows.starts, rows.lengths)
    weight = rng.integers(1, 4, size=n)
    task = Labelled(gaps, gaps.values[rows.starts + labels], weight / weight.sum())
    return rng.normal(size=(n, 4)), task, logits, labels, rng


def spelt_out(flat, state):
    """1 / T of one state, as the paper draws the network."""
    first, first_bias, second, second_bias, last, last_bias = LAYOUT.split(flat)
    branches = []
    for branch in range(3):
        units = [max(0.0, float(first[:, 3 * branch + h] @ state + first_bias[3 * branch + h])) for h in range(3)]
        branches.append(float(second[branch] @ units + second_bias[branch]))
    return np.log1p(np.exp(float(last @ branches + last_bias[0])))


def test_parts_are_views_that_cover_the_whole():
    flat = np.zeros(LAYOUT.size)
    for part in LAYOUT.split(flat):
        part += 1
    assert (flat == 1).all()
    assert [part.shape for part in LAYOUT.split(flat)] == [(4, 9), (9,), (3, 3), (3,), (3,), (1,)]


def test_start_is_within_its_bounds_and_seeded():
    flat = Layout(100, 25).draw(np.random.default_rng(0))
    largest = [np.abs(part).max() for part in Layout(100, 25).split(flat)]
    bounds = np.array([0.1, 0.1, 0.2, 0.2, 3**-0.5, 3**-0.5])
    assert (largest <= bounds).all()
    assert (largest[:3] > 0.9 * bounds[:3]).all()
    assert (flat == Layout(100, 25).draw(np.random.default_rng(0))).all()


def test_the_network_is_three_branches_joined():
    states, _, _, _, rng = draw()
    flat = rng.normal(size=LAYOUT.size)
    assert_allclose(LAYOUT.inverse_temperatures(flat, states), [spelt_out(flat, state) for state in states])


def test_the_loss_is_the_cross_entropy_under_the_shared_temperature_and_the_prior():
    states, task, logits, labels, rng = draw()
    flat = rng.normal(size=LAYOUT.size)
    inverse = float(task.share @ [spelt_out(flat, state) for state in states])
    losses = [-log_softmax(row * inverse)[label] for row, label in zip(logits, labels, strict=True)]
    prior = -gamma(1.25, scale=4).logpdf(1 / inverse) + gamma(1.25, scale=4).logpdf(1) + 1 / 4
    assert LAYOUT.loss_and_gradient(flat, states, task, 0.3)[0] == pytest.approx(task.share @ losses + 0.3 * prior)


def test_the_prior_is_at_its_best_at_one():
    values = [minus_log_prior(inverse)[0] for inverse in (0.5, 0.99, 1.0, 1.01, 2.0)]
    assert values[2] == min(values)
    assert minus_log_prior(1.0)[1] == 0


@pytest.mark.parametrize("prior_weight", [0.0, 0.3])
@pytest.mark.parametrize("seed", range(3))
def test_the_gradient_is_that_of_the_loss(prior_weight, seed):
    states, task, _, _, rng = draw(seed=seed)
    flat = rng.normal(size=LAYOUT.size)
    gradient = LAYOUT.loss_and_gradient(flat, states, task, prior_weight)[1]

    def loss(at):
        return LAYOUT.loss_and_gradient(at, states, task, prior_weight)[0]

    steps = 1e-6 * np.eye(LAYOUT.size)
    assert_allclose(gradient, [(loss(flat + d) - loss(flat - d)) / 2e-6 for d in steps], atol=1e-7)
    assert (gradient != 0).mean() > 0.5


def test_the_first_step_has_the_length_of_the_rate_whatever_the_gradient():
    flat = np.array([2.0, -2.0, 1.0])
    AdamW(learning_rate=0.1, weight_decay=0.5).step(flat, np.array([1e-3, -1e3, 0.0]))
    # The decay takes 0.1 · 0.5 of each, then the step is 0.1 against the gradient's sign.
    assert_allclose(flat, [1.9 - 0.1, -1.9 + 0.1, 0.95], atol=1e-5)


def test_steps_are_those_of_the_reference_implementation():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    flat = rng.normal(size=5)
    theirs = torch.nn.Parameter(torch.tensor(flat))
    reference = torch.optim.AdamW([theirs], lr=0.01, weight_decay=0.1)
    ours = AdamW(learning_rate=0.01, weight_decay=0.1)
    for _ in range(20):
        gradient = rng.normal(size=5)
        theirs.grad = torch.tensor(gradient)
        reference.step()
        ours.step(flat, gradient)
    assert_allclose(flat, theirs.detach().numpy(), rtol=1e-10)


def test_keeps_the_best_of_the_steps_that_it_looks_at():
    # Down from 1 in steps of about 0.1; the least loss looked at, after 4, 8, 10 steps, is nearest to 0.15.
    best = train(
        np.array([1.0]), lambda flat: np.ones(1), lambda flat: float((flat[0] - 0.15) ** 2), AdamW(0.1, 0), 10, 4
    )
    assert best == pytest.approx(0.2, abs=1e-5)


def test_keeps_the_start_where_no_step_is_better():
    start = np.array([1.0])
    best = train(start, lambda flat: np.ones(1), lambda flat: -float(flat[0]), AdamW(0.1, 0), 10, 2)
    assert best == start == 1


def test_steps_that_diverge_are_not_kept():
    best = train(np.ones(1), lambda flat: flat * np.nan, lambda flat: float(flat[0] ** 2), AdamW(0.1, 0), 10, 2)
    assert best == 1
