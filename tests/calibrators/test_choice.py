import numpy as np
import pytest

from calibrant.calibrators import CALIBRATORS, CrossValidatedLoss, choose_map
from calibrant.calibrators._choice import FEW_NUMBERS, LEAST_OF_EACH, UNSMOOTHED
from calibrant.exceptions import InputError

BALANCED = [1, 0] * 8


def judged(loss, differences=(0.0,)):
    """Sixteen answers that cost this much, and the differences in turn on top."""
    return CrossValidatedLoss(loss + np.resize(differences, 16), np.arange(16))


def many(loss, differences=(0.0,)):
    """Sixty answers that cost this much, and the differences in turn on top."""
    return CrossValidatedLoss(loss + np.resize(differences, 60), np.arange(60))


def test_of_maps_of_few_numbers_the_least_loss_wins_however_close():
    losses = {"none": judged(0.5), "platt": judged(0.498, (0.3, -0.3)), "beta": judged(0.4985)}
    assert choose_map(losses, BALANCED) == "platt"


@pytest.mark.parametrize("plain", ["none", "raw"])
@pytest.mark.parametrize("n_wrong", [29, 30])
def test_with_many_answers_a_map_must_beat_no_map_by_one_standard_error(plain, n_wrong):
    # Differences of ±0.1 in turn have the standard error 0.1 √(60 / 59) / √60 = 0.0130.
    def chosen(saved):
        losses = {plain: many(0.5, (0.1, -0.1)), "platt": many(0.5 - saved)}
        return choose_map(losses, np.arange(60) >= n_wrong)

    assert chosen(0.012) == (plain if n_wrong == 30 else "platt")
    assert chosen(0.014) == "platt"


def test_of_equal_losses_the_first_is_taken():
    assert choose_map({"none": judged(0.5), "platt": judged(0.5), "isotonic": judged(0.5)}, BALANCED) == "none"


def test_a_map_of_many_numbers_must_be_better_by_two_standard_errors():
    # Differences of ±0.3 in turn have the standard error 0.3 √(16 / 15) / 4 = 0.0775, twice that is 0.155.
    def losses(better):
        return {"platt": judged(0.8), "isotonic": judged(0.8 - better, (0.3, -0.3))}

    assert choose_map(losses(0.154), BALANCED) == "platt"
    assert choose_map(losses(0.156), BALANCED) == "isotonic"


def test_of_several_that_are_better_the_least_loss_wins():
    losses = {"platt": judged(0.8), "histogram": judged(0.5), "isotonic": judged(0.4), "bbq": judged(0.45)}
    assert choose_map(losses, BALANCED) == "isotonic"


def test_the_best_map_of_few_numbers_is_the_one_to_beat():
    # Isotonic beats no map by far, but Platt by nothing.
    losses = {"raw": judged(2.0), "platt": judged(0.5), "isotonic": judged(0.5, (0.1, -0.1))}
    assert choose_map(losses, BALANCED) == "platt"


@pytest.mark.parametrize("n_wrong", [0, 4, 5, 11, 12, 16])
def test_unsmoothed_maps_need_five_right_and_five_wrong_answers(n_wrong):
    losses = {"raw": judged(0.1), "temperature": judged(0.2), "platt": judged(0.4), "beta": judged(0.3)}
    chosen = choose_map(losses, np.arange(16) >= n_wrong)
    assert chosen == ("raw" if 5 <= n_wrong <= 11 else "beta")


def test_nor_are_maps_of_many_numbers_candidates_before():
    losses = {"platt": judged(0.4), "isotonic": judged(0.1)}
    assert choose_map(losses, np.arange(16) >= 4) == "platt"
    assert choose_map(losses, np.arange(16) >= 5) == "isotonic"


def test_without_a_smoothed_map_the_unsmoothed_ones_stay():
    losses = {"raw": judged(0.3), "temperature": judged(0.2), "isotonic": judged(0.2)}
    assert choose_map(losses, np.ones(16)) == "temperature"
    assert choose_map({"isotonic": judged(0.4), "histogram": judged(0.3)}, np.ones(16)) == "histogram"


def test_an_unknown_name_is_taken_for_a_map_of_many_numbers():
    assert choose_map({"raw": judged(0.5), "own": judged(0.49, (0.1, -0.1))}, BALANCED) == "raw"


def test_answers_of_one_group_share_their_luck():
    # Sixteen answers alone would be sure of a gain of 0.3 or -0.1; two groups are not.
    groups = np.repeat([0, 1], 8)
    few = CrossValidatedLoss(np.full(16, 0.5), groups)
    many = CrossValidatedLoss(np.where(groups == 0, 0.2, 0.6), groups)
    assert choose_map({"platt": few, "isotonic": many}, BALANCED) == "platt"
    # Of a single group no error is known.
    one = np.zeros(16, dtype=int)
    assert (
        choose_map(
            {"platt": CrossValidatedLoss(few.losses, one), "isotonic": CrossValidatedLoss(few.losses - 0.4, one)},
            BALANCED,
        )
        == "platt"
    )


def test_maps_of_few_numbers_are_those_that_the_registry_has_before_the_curves():
    names = list(CALIBRATORS)
    assert {"none", "raw", *names[: names.index("spline")]} == FEW_NUMBERS


def test_what_counts_as_smoothed_never_says_all_but_certain_after_few_right_answers():
    n = 20
    for name in FEW_NUMBERS - {"none", "raw"}:
        cls = CALIBRATORS[name]
        if cls.input_kind == "probabilities":
            highest = cls().fit([0.9999] * n, [1] * n).predict([0.9999])[0]
        elif name not in ("context", "cyclic", "prior", "daca"):  # these do not look at the labels at all
            highest = cls().fit([[9.2, 0.0]] * n, [0] * n).predict_proba([[9.2, 0.0]])[0][0]
        else:
            highest = 1.0
        # Laplace's rule after n right answers is (n + 1) / (n + 2); half the chance of an error is still smoothed.
        assert (highest > 1 - 0.4 / (n + 2)) == (name in UNSMOOTHED), name


def test_arguments_are_checked():
    with pytest.raises(InputError, match=r"^losses must hold at least one map; got none"):
        choose_map({}, [])
    with pytest.raises(InputError, match=r"^y_true must have 16 entries"):
        choose_map({"raw": judged(0.5)}, [1, 0])
    with pytest.raises(InputError, match="on the same answers"):
        choose_map({"raw": judged(0.5), "isotonic": CrossValidatedLoss(np.zeros(3), np.arange(3))}, BALANCED)
    assert LEAST_OF_EACH == 5
