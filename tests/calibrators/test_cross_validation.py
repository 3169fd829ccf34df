import numpy as np
import pytest
from scipy.special import softmax

from calibrant.calibrators import (
    CrossValidatedLoss,
    CyclicAverage,
    Evidence,
    HistogramBinning,
    IsotonicCalibration,
    PlattScaling,
    PriorCorrection,
    TemperatureScaling,
    cross_validated_log_loss,
    cross_validated_option_loss,
    uncalibrated_log_loss,
    uncalibrated_option_loss,
)
from calibrant.exceptions import InputError
from calibrant.metrics import log_loss


def overconfident(n, rng):
    """Logits that are three times too large, and labels."""
    logits = rng.normal(scale=1.5, size=(n, 4))
    labels = (logits + rng.gumbel(size=(n, 4))).argmax(axis=1)
    return logits * 3, labels


def test_by_hand():
    # Group a is judged by the map of b, 3 of 3 right -> 4/5, and b by that of a, 1 of 3 right -> 2/5.
    loss = cross_validated_log_loss(
        HistogramBinning(), [0.9] * 6, [1, 0, 0, 1, 1, 1], groups=list("aaabbb"), n_splits=2
    )
    a = [-np.log(4 / 5), -np.log(1 / 5), -np.log(1 / 5)]
    b = [-np.log(2 / 5)] * 3
    assert loss.n == 6
    assert loss.mean == pytest.approx(np.mean(a + b))
    # Two groups of equal size: the standard error of the mean of their two means.
    assert loss.standard_error == pytest.approx(abs(np.mean(a) - np.mean(b)) / 2)


def test_without_groups_the_standard_error_is_the_usual_one():
    y_prob, y_true = np.full(10, 0.9), np.arange(10) < 6
    loss = cross_validated_log_loss(HistogramBinning(), y_prob, y_true, n_splits=10)
    # Leaving one out: 6 of 9 right where it was wrong, 5 of 9 where it was right.
    losses = -np.log(np.where(y_true, 6 / 11, 4 / 11))
    assert loss.mean == pytest.approx(losses.mean())
    assert loss.standard_error == pytest.approx(losses.std(ddof=1) / np.sqrt(10))


def test_an_option_map_is_judged_by_its_answers():
    # Leaving one out, the other three of four at (ln 9, 0) are 2 of 3 right or all right: T solves 9 ** (1 / T) = 2, or
    # is at the bound of 1.
    logits = np.log([[9.0, 1.0]] * 4)
    loss = cross_validated_log_loss(TemperatureScaling(bounds=(1, 20)), logits, [0, 0, 0, 1], n_splits=4)
    assert loss.mean == pytest.approx(-(3 * np.log(2 / 3) + np.log(1 / 10)) / 4)


def test_an_evidence_map_is_judged_by_its_answers():
    # Nothing is learnt: the mean over three orders is the first itself, or 0.6 for the first option.
    sure = np.log([[0.98, 0.01, 0.01]] * 3)
    torn = np.log([[0.9, 0.05, 0.05], [0.6, 0.2, 0.2], [0.3, 0.35, 0.35]])
    evidence = Evidence([sure[0]] * 6, orders=[sure, torn] * 3)
    loss = cross_validated_log_loss(CyclicAverage(), evidence, [0, 0, 1, 0, 0, 0], n_splits=3)
    assert loss.losses == pytest.approx(-np.log([0.98, 0.6, 0.02, 0.6, 0.98, 0.6]))
    # An option map looks at the log-probabilities alone.
    plain = cross_validated_log_loss(TemperatureScaling(), evidence, [0, 0, 1, 0, 0, 0], n_splits=3)
    alone = cross_validated_log_loss(TemperatureScaling(), [sure[0]] * 6, [0, 0, 1, 0, 0, 0], n_splits=3)
    assert plain.losses.tolist() == alone.losses.tolist()


def test_evidence_is_no_confidence():
    with pytest.raises(InputError, match=r"^y_prob must hold confidences .* got evidence"):
        cross_validated_log_loss(PlattScaling(), Evidence([[0.0, 1.0]] * 8), [0, 1] * 4)


def test_option_loss_by_hand():
    # As above: T makes 2/3 of the logits, or is at the bound of 1; the third option gets what it gets.
    logits = np.log([[9.0, 1.0]] * 4)
    loss = cross_validated_option_loss(TemperatureScaling(bounds=(1, 20)), logits, [0, 0, 0, 1], n_splits=4)
    assert loss.losses == pytest.approx(-np.log([2 / 3, 2 / 3, 2 / 3, 1 / 10]))
    assert uncalibrated_option_loss(logits, [0, 0, 0, 1]).losses == pytest.approx(-np.log([0.9, 0.9, 0.9, 0.1]))


def test_option_loss_asks_for_the_right_option_where_the_answer_is_wrong():
    # Uniform over (1, 0, 0) with the label 1 or 2: the confidence loss sees 1 - max, the option loss the label's share.
    logits = [np.log([0.5, 0.4, 0.1]), np.log([0.5, 0.5])] * 2
    loss = uncalibrated_option_loss(logits, [1, 0, 2, 1])
    assert loss.losses == pytest.approx(-np.log([0.4, 0.5, 0.1, 0.5]))
    with pytest.raises(InputError, match=r"^labels .* row 1"):
        uncalibrated_option_loss(logits, [1, 2, 2, 1])


def test_never_judges_a_row_by_a_map_that_saw_its_group():
    class Memory(HistogramBinning):
        def predict(self, y_prob):
            assert not set(np.round(y_prob, 6)) & self.seen_
            return super().predict(y_prob)

        def fit(self, y_prob, y_true, sample_weight=None):
            self.seen_ = set(np.round(y_prob, 6))
            return super().fit(y_prob, y_true, sample_weight)

    groups = np.repeat(np.arange(12), 5)
    cross_validated_log_loss(Memory(), groups / 12, np.arange(60) % 2, groups=groups)


def test_the_seed_decides_the_folds():
    rng = np.random.default_rng(0)
    y_prob = rng.random(60)
    y_true = rng.random(60) < y_prob

    def mean(seed):
        return cross_validated_log_loss(PlattScaling(), y_prob, y_true, random_state=seed).mean

    assert mean(1) == mean(1)
    assert mean(1) != mean(2)


def test_picks_the_map_that_helps_on_new_questions():
    rng = np.random.default_rng(0)
    logits, labels = overconfident(400, rng)
    new_logits, new_labels = overconfident(4000, rng)
    temperature = TemperatureScaling()
    expected = cross_validated_log_loss(temperature, logits, labels)
    probability = np.array(temperature.fit(logits, labels).predict_proba(new_logits))
    seen = log_loss(probability.argmax(axis=1) == new_labels, probability.max(axis=1))
    assert expected.mean == pytest.approx(seen, abs=3 * expected.standard_error)

    raw = softmax(logits, axis=1)
    y_prob, y_true = raw.max(axis=1), raw.argmax(axis=1) == labels
    assert expected.mean < log_loss(y_true, y_prob) - 0.1
    for confidence_map in (PlattScaling(), IsotonicCalibration(), HistogramBinning()):
        assert cross_validated_log_loss(confidence_map, y_prob, y_true).mean == pytest.approx(expected.mean, abs=0.06)


def test_unequal_numbers_of_options_and_certain_answers():
    logits = [[1e9, 0.0], [0.0, 1e9, 5.0], [1e9, 0.0]] * 4
    loss = cross_validated_log_loss(TemperatureScaling(), logits, [0, 1, 1] * 4, n_splits=3)
    assert loss.mean == pytest.approx(-np.log(1e-15) / 3)  # a third certain and wrong, each at the floor


def test_leaves_the_calibrator_unfitted():
    calibrator = PlattScaling()
    cross_validated_log_loss(calibrator, [0.1, 0.2, 0.8, 0.9] * 3, [0, 1] * 6)
    assert not hasattr(calibrator, "slope_")


@pytest.mark.parametrize("n_splits", [1, 3])
def test_no_more_folds_than_groups(n_splits):
    with pytest.raises(InputError, match=f"^n_splits must .* groups, 2; got {n_splits}"):
        cross_validated_log_loss(PlattScaling(), [0.5, 0.6, 0.7], [0, 1, 1], groups=["a", "b", "b"], n_splits=n_splits)


def test_a_bad_row_is_named_by_its_place_in_the_data():
    with pytest.raises(InputError, match=r"^y_prob .* row 7"):
        cross_validated_log_loss(PlattScaling(), [0.5] * 7 + [1.5], [0, 1] * 4)
    with pytest.raises(InputError, match=r"^labels .* row 7"):
        cross_validated_log_loss(TemperatureScaling(), [[0.5, 0.1]] * 8, [0] * 7 + [2])
    with pytest.raises(InputError, match=r"^groups must have shape"):
        cross_validated_log_loss(PlattScaling(), [0.5] * 8, [0, 1] * 4, groups=["a"])


def judged(losses, groups=None):
    return CrossValidatedLoss(np.asarray(losses, dtype=float), np.arange(len(losses)) if groups is None else groups)


def test_uncalibrated_by_hand():
    loss = uncalibrated_log_loss([0.8, 0.8, 1.0, 0.0], [1, 0, 1, 0])
    assert loss.losses == pytest.approx([-np.log(0.8), -np.log(0.2), 0, 0])
    assert loss.n == 4


def test_uncalibrated_is_the_log_loss_of_the_metrics():
    rng = np.random.default_rng(0)
    y_prob = np.append(rng.random(50), [0.0, 1.0])
    y_true = np.append(rng.random(50) < 0.5, [1, 0])
    assert uncalibrated_log_loss(y_prob, y_true).mean == pytest.approx(log_loss(y_true, y_prob))


def test_uncalibrated_refuses_what_is_no_confidence():
    with pytest.raises(InputError, match=r"^y_prob must lie in \[0, 1\]"):
        uncalibrated_log_loss([2.0], [1])


def test_the_error_of_a_difference_is_paired():
    # Hard and easy answers differ much, and the two maps differ by nearly the same amount on each.
    simple = judged([0.1, 2.0, 0.2, 3.0])
    curved = judged([0.0, 1.9, 0.1, 2.8])
    assert simple.standard_error_of_difference(curved) == pytest.approx(np.std([0.1, 0.1, 0.1, 0.2], ddof=1) / 2)
    assert simple.standard_error_of_difference(curved) < 0.05 * simple.standard_error


def test_answers_of_one_group_share_their_luck():
    # Two groups, +0.3 and -0.1 for each of their answers: four answers alone would look surer than two groups do.
    groups = np.array([0, 0, 1, 1])
    simple, curved = judged([0.8, 0.8, 0.4, 0.4], groups), judged([0.5] * 4, groups)
    assert simple.standard_error_of_difference(curved) == pytest.approx(0.2)


def test_a_difference_is_one_of_the_same_answers():
    with pytest.raises(InputError, match="on the same answers"):
        judged([0.5, 0.5]).standard_error_of_difference(judged([0.4] * 3))


def test_options_that_a_map_prefers_do_not_count_for_its_answer():
    """The model's answer is the first option, which is wrong; a map that prefers the second is still asked about it.

    A prior correction learns from such questions that the first place is favoured by 2 nats, and leaves 1/2 to it.
    """
    logits = np.tile([2.0, 0.0], (20, 1))
    loss = cross_validated_log_loss(PriorCorrection(), logits, [1] * 20)
    assert loss.mean == pytest.approx(np.log(2))
