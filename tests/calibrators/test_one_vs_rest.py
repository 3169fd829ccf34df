import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import softmax

from calibrant.calibrators import OneVsRestPlatt, PlattScaling
from calibrant.exceptions import InputError


def draw(n, k, seed=0):
    rng = np.random.default_rng(seed)
    logits = rng.normal(scale=4, size=(n, k))
    return logits, (logits / 3 + rng.gumbel(size=(n, k))).argmax(axis=1)


def test_each_option_has_the_map_of_its_own_probability():
    logits, labels = draw(300, 3)
    maps = OneVsRestPlatt().fit(logits, labels)
    own = softmax(logits, axis=1)
    expected = np.column_stack([PlattScaling().fit(own[:, k], labels == k).predict(own[:, k]) for k in range(3)])
    assert_allclose(maps.predict_proba(logits), expected / expected.sum(axis=1, keepdims=True))


def test_of_two_options_each_map_mirrors_the_other():
    maps = OneVsRestPlatt().fit(*draw(300, 2))
    assert maps.slopes_[0] == pytest.approx(maps.slopes_[1], rel=1e-4)
    assert maps.intercepts_[0] == pytest.approx(-maps.intercepts_[1], abs=1e-4)


def test_helps_on_new_questions():
    logits, labels = draw(2000, 4)
    new, right = draw(4000, 4, seed=1)
    mapped = np.array(OneVsRestPlatt().fit(logits, labels).predict_proba(new))
    rows = np.arange(4000)
    assert -np.log(mapped[rows, right]).mean() < -np.log(softmax(new, axis=1)[rows, right]).mean() - 0.1


def test_an_option_that_is_never_right_stays_possible():
    logits, labels = draw(100, 3)
    probability = np.array(OneVsRestPlatt().fit(logits, np.minimum(labels, 1)).predict_proba(logits))
    assert (probability > 0).all()
    assert probability[:, 2].max() < 0.05


def test_options_at_predict_must_be_those_of_the_fit():
    with pytest.raises(InputError, match="must have 3 options in every question, as in the fit"):
        OneVsRestPlatt().fit(*draw(10, 3)).predict_proba([[0.0, 1.0]])
