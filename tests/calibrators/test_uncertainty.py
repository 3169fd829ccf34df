import numpy as np
import pytest
from scipy.special import expit, logit

from calibrant.calibrators import (
    CALIBRATORS,
    HistogramBinning,
    PlattScaling,
    TemperatureScaling,
    map_interval,
)
from calibrant.exceptions import InputError

CONFIDENCE_MAPS = {name: cls for name, cls in CALIBRATORS.items() if cls.input_kind == "probabilities"}


def draw(n, rng, slope=0.6, intercept=-0.4):
    y_prob = rng.beta(4, 1.5, size=n)
    return y_prob, rng.random(n) < expit(slope * logit(y_prob) + intercept)


def test_by_hand_one_bin():
    # One bin: (r + 1) / 12 of 10 rows, r binomial. Of (4, 1/2)-like draws the ends are quantiles of that.
    y_true = np.arange(10) < 5
    found = map_interval(HistogramBinning(n_bins=1), np.full(10, 0.7), y_true, [0.1, 0.9], n_boot=2000)
    assert found.value.tolist() == [0.5, 0.5]
    # Of Binomial(10, 1/2), 1.1 % lie below 2 and 5.5 % below 3; so the quantile of 2.5 % is 2, and the other 8.
    assert found.low == pytest.approx([3 / 12] * 2)
    assert found.high == pytest.approx([9 / 12] * 2)


def test_rows_of_one_group_are_drawn_together():
    # Two groups that are all right or all wrong: a quarter of the resamples hold one of them twice.
    found = map_interval(
        HistogramBinning(n_bins=1), np.full(10, 0.7), np.arange(10) < 5, [0.7], groups=np.arange(10) // 5, level=0.6
    )
    assert (found.low, found.high) == (pytest.approx(1 / 12), pytest.approx(11 / 12))


def test_an_option_map_follows_the_answer_of_the_whole_fit():
    rng = np.random.default_rng(0)
    logits = rng.normal(scale=3, size=(150, 3))
    labels = (logits / 3 + rng.gumbel(size=(150, 3))).argmax(axis=1)
    new = [[2.0, 0.0, -1.0], [0.0, 1.0]]
    found = map_interval(TemperatureScaling(), logits, labels, new, n_boot=50)
    whole = TemperatureScaling().fit(logits, labels).predict_proba(new)
    assert found.value == pytest.approx([whole[0][0], whole[1][1]])
    assert (found.low < found.value).all()
    assert (found.value < found.high).all()


@pytest.mark.parametrize("cls", CONFIDENCE_MAPS.values(), ids=CONFIDENCE_MAPS)
def test_holds_for_every_map_of_a_confidence(cls):
    y_prob, y_true = draw(60, np.random.default_rng(3))
    found = map_interval(cls(), y_prob, y_true, [0.0, 0.5, 0.9, 1.0], n_boot=20)
    assert ((found.low > 0) & (found.high < 1) & (found.low <= found.high)).all()
    assert found.value.shape == found.low.shape == (4,)


def test_the_seed_decides_the_draws():
    y_prob, y_true = draw(50, np.random.default_rng(0))

    def low(seed):
        return map_interval(PlattScaling(), y_prob, y_true, [0.8], n_boot=20, random_state=seed).low.item()

    assert low(1) == low(1)
    assert low(1) != low(2)


def test_more_rows_make_it_narrower():
    rng = np.random.default_rng(0)
    few, many = (map_interval(PlattScaling(), *draw(n, rng), [0.8], n_boot=100) for n in (50, 2000))
    assert (many.high - many.low).item() < (few.high - few.low).item() / 3


def test_leaves_the_calibrator_unfitted():
    calibrator = PlattScaling()
    map_interval(calibrator, [0.2, 0.8], [0, 1], [0.5], n_boot=2)
    assert not hasattr(calibrator, "slope_")


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"level": 1.0}, "level"),
        ({"level": float("nan")}, "level"),
        ({"n_boot": 0}, "n_boot"),
        ({"groups": ["a"]}, "groups"),
        ({"x_new": [1.5]}, "y_prob"),
        ({"y": [0, 2]}, "y_true"),
    ],
)
def test_arguments_are_checked(given, name):
    arguments = {"X": [0.2, 0.8], "y": [0, 1], "x_new": [0.5]} | given
    with pytest.raises(InputError, match=f"^{name} must"):
        map_interval(PlattScaling(), **arguments)


@pytest.mark.slow
@pytest.mark.parametrize("n", [100, 400])
def test_covers_the_truth_of_a_known_population(n):
    # 400 samples of a population where a Platt curve is true, so the interval should hold the truth 95 % of the time.
    rng = np.random.default_rng(n)
    new = np.array([0.5, 0.75, 0.9])
    truth = expit(0.6 * logit(new) - 0.4)
    held = np.array(
        [
            (found.low <= truth) & (truth <= found.high)
            for found in (map_interval(PlattScaling(), *draw(n, rng), new) for _ in range(400))
        ]
    )
    assert (np.abs(held.mean(axis=0) - 0.95) < 0.035).all(), held.mean(axis=0)
