import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import minimize
from scipy.special import logsumexp

from calibrant.calibrators import TemperatureScaling
from calibrant.calibrators._log_linear import Answers, fit_log_linear
from calibrant.calibrators._ragged import Ragged, check_logits


def draw(n, seed=0):
    """Answers whose ln (1 / T) is -0.5 + 0.6 · feature, and a second feature that says nothing."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(n, 2))
    logits = [rng.normal(scale=3, size=rng.integers(2, 5)) for _ in range(n)]
    inverse = np.exp(-0.5 + 0.6 * features[:, 0])
    labels = np.array([int(np.argmax(z * b + rng.gumbel(size=z.size))) for z, b in zip(logits, inverse, strict=True)])
    rows = check_logits(logits)
    gaps = Ragged(rows.below_maximum(), rows.starts, rows.lengths)
    answers = Answers(gaps, gaps.values[rows.starts + labels], rng.integers(1, 4, size=n).astype(float))
    return answers, features, logits, labels


def log_likelihood(answers, logits, labels, log_inverse):
    """Spelt out, a question at a time."""
    scaled = [np.exp(t) * z for t, z in zip(log_inverse, logits, strict=True)]
    return sum(w * (z[i] - logsumexp(z)) for w, z, i in zip(answers.weight, scaled, labels, strict=True))


def test_likelihood_and_its_derivatives():
    answers, _, logits, labels = draw(12)
    at = np.linspace(-1.5, 1.5, 12)
    value, slope, information = answers.at(at)
    assert value == pytest.approx(log_likelihood(answers, logits, labels, at))
    step = 1e-5 * np.eye(12)
    assert_allclose(slope, [(answers.at(at + d)[0] - answers.at(at - d)[0]) / 2e-5 for d in step], atol=1e-7)
    second = np.array([(answers.at(at + d)[1] - answers.at(at - d)[1]).sum() / 2e-5 for d in step])
    assert (information >= 0).all()
    assert_allclose(slope - information, second, atol=1e-7)


def test_one_temperature_for_all_is_that_of_temperature_scaling():
    answers, _, logits, labels = draw(300)
    plain = TemperatureScaling().fit(logits, labels, answers.weight)
    assert answers.best_temperature((0.05, 20.0)) == pytest.approx(plain.temperature_, rel=1e-9)


def test_no_width_leaves_only_the_level():
    answers, features, _, _ = draw(300)
    best = -np.log(answers.best_temperature((0.05, 20.0)))
    fit = fit_log_linear(answers, features, best, 0.0)
    assert fit.coefficients.tolist() == [0, 0]
    assert fit.level == pytest.approx(best, abs=1e-8)


def test_finds_the_peak_of_the_posterior():
    answers, features, logits, labels = draw(80)

    def loss(parameters):
        level, *coefficients = parameters
        at = level + features @ np.array(coefficients)
        prior = ((level - 0.3) / 3) ** 2 / 2 + np.sum(np.square(coefficients)) / (2 * 0.4**2)
        return prior - log_likelihood(answers, logits, labels, at)

    oracle = minimize(loss, np.zeros(3), method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-9})
    fit = fit_log_linear(answers, features, 0.3, 0.4)
    assert_allclose([fit.level, *fit.coefficients], oracle.x, atol=1e-5)


@pytest.mark.parametrize("width", [0.1, 0.5])
def test_marginal_likelihood_is_the_integral_over_the_prior(width):
    answers, features, _, _ = draw(600)
    features = features[:, :1]
    levels, coefficients = np.linspace(-1, 0, 41), np.linspace(0, 1.2, 49)  # all of the mass
    cells = np.array([[answers.at(a + b * features[:, 0])[0] for b in coefficients] for a in levels])
    log_prior = -((levels / 3) ** 2)[:, None] / 2 - (coefficients / width) ** 2 / 2
    # Over the prior's own integral.
    area = (levels[1] - levels[0]) * (coefficients[1] - coefficients[0]) / (3 * width * 2 * np.pi)
    expected = logsumexp(cells + log_prior) + np.log(area)
    assert fit_log_linear(answers, features, 0.0, width).log_marginal == pytest.approx(expected, abs=0.1)


def test_prefers_the_width_that_made_the_answers():
    answers, features, _, _ = draw(600)
    useful, useless = features[:, :1], features[:, 1:]

    def gain(columns, width):
        return (
            fit_log_linear(answers, columns, 0.5, width).log_marginal
            - fit_log_linear(answers, columns, 0.5, 0.0).log_marginal
        )

    assert gain(useful, 0.5) > 20
    assert gain(useless, 0.5) < 0


@pytest.mark.parametrize("label", [0, 1])
def test_all_right_or_all_wrong_stay_finite(label):
    gaps = Ragged(np.array([0.0, -4.0] * 5), np.arange(0, 10, 2), np.full(5, 2))
    answers = Answers(gaps, np.full(5, [0.0, -4.0][label]), np.ones(5))
    fit = fit_log_linear(answers, np.linspace(-1, 1, 5)[:, None], 0.0, 1.0)
    assert np.isfinite([fit.level, *fit.coefficients, fit.log_marginal]).all()
    assert (fit.level > 0) == (label == 0)
