import numpy as np
import pytest

from calibrant.evaluation._signal_choice import choose_signal, fit_map, map_loss, price
from calibrant.evaluation._signal_rows import SignalRows
from calibrant.exceptions import InputError
from calibrant.scores import SignalCost

N = 200
ROWS = list(range(N))
GROUPS = [f"g{i}" for i in ROWS]
RIGHT = np.tile([1.0, 0.0], N // 2)


def signal(name, confidence, correct=RIGHT, *, passes=0.0, own_guess=False):
    return SignalRows(
        name,
        np.asarray(confidence, dtype=float),
        np.asarray(correct, dtype=float),
        (None,) * N,
        own_guess,
        True,
        SignalCost(0, 0, passes),
    )


def telling(strength, seed=0, blur=0.0):
    """A confidence that tells right from wrong the better, the larger the strength and the smaller the blur."""
    noise = np.random.default_rng(seed).normal(size=N) + blur * np.random.default_rng(4).normal(size=N)
    return 1 / (1 + np.exp(-(strength * (2 * RIGHT - 1) + noise)))


def choose(*found, rows=ROWS):
    return choose_signal(found, rows, GROUPS, seed=0)


def test_the_signal_that_tells_most_is_chosen():
    choice = choose(signal("weak", telling(0.3)), signal("strong", telling(2.0, 1), passes=9))
    assert (choice.name, choice.best, choice.n) == ("strong", "strong", N)
    assert choice.losses["strong"].mean < choice.losses["weak"].mean < np.log(2)
    assert choice.base.mean == pytest.approx(np.log(2))


def test_a_constant_signal_is_never_chosen_however_cheap():
    choice = choose(signal("constant", np.full(N, 0.5)), signal("strong", telling(2.0), passes=100))
    assert choice.name == "strong"
    assert choice.left_out == {"constant": "it says the same of every answer"}
    alone = choose(signal("constant", np.full(N, 0.5)))
    assert (alone.name, alone.best) == (None, None)


def test_of_signals_within_a_standard_error_the_cheapest_is_chosen():
    choice = choose(signal("dear", telling(1.5), passes=40), signal("cheap", telling(1.5, blur=0.15), passes=2))
    assert (choice.name, choice.best) == ("cheap", "dear")
    gap = choice.losses["cheap"].mean - choice.losses["dear"].mean
    assert 0 < gap <= choice.losses["cheap"].standard_error_of_difference(choice.losses["dear"])


def test_of_equally_cheap_ones_the_better_is_chosen():
    assert choose(signal("worse", telling(1.5, blur=0.15)), signal("better", telling(1.5))).name == "better"


def test_a_dear_signal_is_chosen_where_it_is_clearly_better():
    assert choose(signal("free", telling(0.5)), signal("dear", telling(2.5, 1), passes=40)).name == "dear"


def test_of_noise_none_is_chosen():
    chosen = [choose(*(signal(f"n{i}", telling(0.0, 10 * seed + i)) for i in range(3))).name for seed in range(3)]
    assert chosen == [None] * 3


def test_guesses_that_are_bad_and_known_to_be_so_do_not_win():
    bad = signal("stated", np.full(N, 0.02) + 0.01 * (np.arange(N) % 3), np.zeros(N), own_guess=True)
    choice = choose(signal("answer", telling(1.0)), bad)
    assert choice.name == "answer"
    assert choice.left_out == {"stated": "it speaks of guesses of its own"}


def test_where_nothing_speaks_of_the_answers_the_format_with_the_best_guesses_is_judged():
    often = np.where(np.arange(N) % 4 < 3, 1.0, 0.0)
    tells = np.clip(0.3 + 0.5 * often + np.random.default_rng(0).uniform(-0.2, 0.2, N), 0, 1)
    choice = choose(signal("rare", telling(3.0), own_guess=True), signal("often", tells, often, own_guess=True))
    assert choice.name == "often"
    assert choice.left_out == {"rare": "other guesses"}


def test_a_signal_that_too_few_answers_have_is_no_candidate():
    gaps = telling(3.0)
    gaps[: N // 4] = np.nan
    choice = choose(signal("gaps", gaps), signal("whole", telling(1.0)))
    assert choice.name == "whole"
    assert choice.left_out == {"gaps": "150 of 200 answers of train and calibration have it"}


def test_all_are_judged_on_the_answers_that_all_have():
    first, second = telling(1.0), telling(1.0, 1)
    first[:20], second[20:30] = np.nan, np.nan
    choice = choose(signal("first", first), signal("second", second))
    assert choice.n == N - 30
    assert {loss.n for loss in choice.losses.values()} == {N - 30}


def test_the_one_with_most_gaps_goes_where_too_few_answers_have_all():
    first, second, third = telling(1.0), telling(1.0, 1), telling(1.0, 2)
    first[:30], second[30:65] = np.nan, np.nan
    choice = choose(signal("first", first), signal("second", second), signal("third", third))
    assert choice.left_out == {"second": "missing where the others are not"}
    assert choice.n == N - 30


def test_with_too_few_answers_none_is_chosen_and_the_reason_is_kept():
    choice = choose(signal("strong", telling(3.0)), rows=ROWS[:24])
    assert choice.name is None
    assert "at least 25 graded answers; got 24" in choice.left_out["strong"]
    assert choose(signal("strong", telling(3.0)), rows=[]).name is None


def test_the_map_leaves_out_what_is_missing():
    gaps = telling(1.0)
    gaps[::10] = np.nan
    assert map_loss(fit_map(signal("gaps", gaps), ROWS, GROUPS, seed=0)).n == N - 20
    with pytest.raises(InputError, match="at least 25"):
        fit_map(signal("gaps", gaps), ROWS[:25], GROUPS, seed=0)


def test_what_is_not_told_counts_as_dear():
    known, untold = signal("known", telling(1), passes=90), signal("untold", telling(1), passes=np.nan)
    assert price(known) < price(untold)


def test_maps_that_are_there_change_nothing():
    gaps = telling(2.0, 1)
    gaps[:10] = np.nan
    found = [signal("first", telling(1.0)), signal("gaps", gaps)]
    maps = {own.name: fit_map(own, ROWS, GROUPS, seed=0) for own in found}
    choice, again = choose(*found), choose_signal(found, ROWS, GROUPS, seed=0, maps=maps)
    assert {name: loss.mean for name, loss in again.losses.items()} == {
        name: loss.mean for name, loss in choice.losses.items()
    }
