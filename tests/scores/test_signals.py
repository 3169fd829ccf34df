import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.readouts.conftest import make_answers
from tests.scores._folder import folder_of, p_true, sample, stated

from calibrant.exceptions import InputError
from calibrant.scores import SIGNALS, pair_rank, signal_cost, signal_texts, signals

TOKENS = {
    "tokens": ["Paris", "<end>"],
    "logprobs": [math.log(0.5), math.log(0.8)],
    "entropies": [1.0, 0.2],
    "top_logprobs": [[math.log(0.5), math.log(0.3)], [math.log(0.8), math.log(0.1)]],
}
SAMPLES = {
    "samples": [
        sample("paris", 2 * math.log(0.3)),
        sample("Lyon", 2 * math.log(0.1)),
        sample("Paris.", 2 * math.log(0.3)),
        sample("Nice", 2 * math.log(0.1)),
    ]
}


def one(row, **options):
    return {name: float(values[0]) for name, values in signals(folder_of(row), **options).items()}


def test_tokens_by_hand():
    assert one(TOKENS) == pytest.approx(
        {
            "likelihood": 0.4,
            "mean-likelihood": math.sqrt(0.4),
            "min-token": 0.5,
            "mean-entropy": math.exp(-0.6),
            "max-entropy": math.exp(-1.0),
            "margin": (0.2 + 0.7) / 2,
        }
    )


def test_tokens_without_the_end_by_hand():
    assert one(TOKENS, end_token=False) == pytest.approx(
        {
            "likelihood": 0.5,
            "mean-likelihood": 0.5,
            "min-token": 0.5,
            "mean-entropy": math.exp(-1.0),
            "max-entropy": math.exp(-1.0),
            "margin": 0.2,
        }
    )


def test_samples_by_hand():
    # Sets {0, 2}, {1}, {3} of four; likelihoods a token 0.3, 0.3 | 0.1 | 0.1, so shares 0.75, 0.125, 0.125.
    weighted = -(0.75 * math.log(0.75) + 0.25 * math.log(0.125))

    assert one(SAMPLES) == pytest.approx(
        {
            "consistency": 0.5,
            "semantic-entropy": 1 - 1.5 * math.log(2) / math.log(4),
            "semantic-entropy-likelihood": 1 - weighted / math.log(4),
            "n-sets": 1 - 2 / 3,
            "predictive-entropy": math.exp((2 * math.log(0.3) + 2 * math.log(0.1)) / 4),
        }
    )


def test_another_equivalence_decides_what_is_the_same():
    found = one(SAMPLES, equivalence=lambda question, texts: [0] * len(texts))

    assert [found[name] for name in ("consistency", "semantic-entropy", "n-sets")] == [1, 1, 1]


def test_samples_that_all_differ_leave_no_confidence():
    found = one({"samples": [sample(text) for text in ("Nice", "Lyon", "Lille")]})

    for name in ("consistency", "semantic-entropy", "semantic-entropy-likelihood", "n-sets"):
        assert found[name] == pytest.approx(0, abs=1e-12)


def test_one_sample_says_nothing_of_entropy():
    assert set(one({"samples": [sample("Paris")]})) == {"consistency", "predictive-entropy"}


def test_what_was_asked_is_passed_on():
    row = {
        "p_true": [p_true(0.7), p_true(0.2, "p-true-samples")],
        "stated": [stated("tian-1s-1", "Guess: Lyon\nProbability: 0.4")],
    }

    assert one(row) == pytest.approx({"p-true": 0.7, "p-true-samples": 0.2, "stated-tian-1s-1": 0.4})


def test_guesses_of_several_formats():
    # Confidence 0.9 in Paris, 0.3 in Lyon. Paris is first in one list and left out of the other.
    row = {
        "stated": [
            stated("tian-1s-2", "G1: Paris\nP1: 0.9\nG2: Lyon\nP2: 0.1"),
            stated("xiong-top-k", "G1: Lyon\nP1: 30%\nG2: Nice\nP2: 10%"),
        ]
    }
    found = one(row)

    assert found["avg-conf"] == pytest.approx(0.75)
    assert found["pair-rank"] == pytest.approx(pair_rank([["p", "l"], ["l", "n"]])["p"])


def test_an_answer_that_no_list_names_has_no_rank():
    lists = [stated("tian-1s-2", "G1: Nice\nP1: 0.9"), stated("tian-1s-4", "G1: Lyon\nP1: 0.3")]

    assert one({"stated": lists})["pair-rank"] == 0


def test_only_what_the_folder_allows_and_nan_where_an_answer_lacks_it():
    found = signals(folder_of(TOKENS, SAMPLES, {}))

    assert set(found) == set(SIGNALS) - {"avg-conf", "pair-rank"}
    assert np.isnan(found["likelihood"]).tolist() == [False, True, True]
    assert np.isnan(found["consistency"]).tolist() == [True, False, True]
    assert signals(folder_of({}, {})) == {}


def test_an_answer_that_did_not_come_has_no_confidence():
    found = signals(folder_of(TOKENS | SAMPLES, SAMPLES | {"answer": None, "finish": "error", "error": "timeout"}))

    assert len(found) == 11
    assert all(np.isnan(values).tolist() == [False, True] for values in found.values())


def test_nothing_is_sorted_where_there_is_nothing_to_sort():
    def equivalence(question, texts):
        raise AssertionError

    assert "likelihood" in one(TOKENS | {"stated": [stated("tian-1s-1", "Guess: x")]}, equivalence=equivalence)


def test_what_a_signal_is_the_confidence_in():
    answers = folder_of(
        {"stated": [stated("tian-1s-1", "Guess: Lyon\nProbability: 0.4"), stated("self-probing", "Paris", "60%")]},
        {"answer": None, "finish": "error", "stated": [stated("tian-1s-1", "No."), stated("self-probing", "", "")]},
    )

    assert signal_texts(answers, "likelihood") == signal_texts(answers, "p-true") == ["Paris", None]
    assert signal_texts(answers, "stated-tian-1s-1") == ["Lyon", None]
    assert signal_texts(answers, "stated-self-probing") == ["Paris", None]
    with pytest.raises(InputError, match="xiong-cot"):
        signal_texts(answers, "stated-xiong-cot")


COSTLY = {
    "samples": [sample("Paris", n_tokens=2), sample("Lyon", n_tokens=4)],
    "p_true": [p_true(0.7), p_true(0.2, "p-true-samples")],
    "stated": [
        stated("tian-1s-2", "G1: a\nP1: 0.5", n_tokens=10),
        stated("tian-2s-4", "G1: a", "P1: 0.5", n_tokens=20),
        stated("self-probing", "Paris", "60%", n_tokens=3),
    ],
}


@pytest.mark.parametrize(
    ("name", "readings", "replies", "passes"),
    [
        ("likelihood", 0, 0, 0),
        ("margin", 0, 0, 0),
        ("p-true", 2, 0, 2),
        ("p-true-samples", 2, 2, 2 + 6),
        ("consistency", 0, 2, 6),
        ("semantic-entropy", 0, 2, 6),
        ("stated-tian-1s-2", 0, 1, 10),
        ("stated-tian-2s-4", 0, 2, 20),
        ("stated-self-probing", 0, 1, 3),
        ("avg-conf", 0, 3, 30),
        ("pair-rank", 0, 3, 30),
    ],
)
def test_costs_by_hand(name, readings, replies, passes):
    assert signal_cost(folder_of(COSTLY, COSTLY), name) == (readings, replies, passes)


def test_a_cost_in_tokens_that_were_not_told_is_not_made_up():
    cost = signal_cost(folder_of({"samples": [sample("Paris", n_tokens=None)]}), "consistency")

    assert cost.replies == 1
    assert math.isnan(cost.passes)


def test_a_signal_that_is_not_there_has_no_cost():
    with pytest.raises(InputError, match=r"signal must be one of likelihood.*got 'p-true'"):
        signal_cost(folder_of(TOKENS), "p-true")
    with pytest.raises(InputError, match="tian-1s-1"):
        signal_cost(folder_of(TOKENS), "stated-tian-1s-1")


def test_every_signal_has_a_cost_and_a_folder_that_was_really_asked_has_them(tmp_path):
    answers = make_answers(tmp_path / "answers", stated=("tian-1s-1", "self-probing"))
    found = signals(answers)

    assert {"likelihood", "margin", "consistency", "p-true", "p-true-samples", "stated-tian-1s-1"} <= set(found)
    for name, values in found.items():
        assert values.shape == (len(answers.questions),)
        assert ((values >= 0) & (values <= 1))[~np.isnan(values)].all(), name
        assert signal_cost(answers, name).passes >= 0
    assert signal_cost(answers, "consistency").replies == 5
    # The fake model's end token is there, and leaving it out can only make an answer likelier.
    without = signals(answers, end_token=False)
    assert (without["likelihood"] > found["likelihood"]).all()


drawn = st.lists(st.tuples(st.sampled_from(["Paris", "Lyon", "Nice"]), st.floats(-20, 0)), min_size=1, max_size=6)
tokens = st.lists(st.tuples(st.floats(-20, 0), st.floats(0, 10)), min_size=1, max_size=5)


@given(drawn, tokens)
def test_all_are_in_the_unit_interval(samples, numbers):
    row = {
        "logprobs": [logprob for logprob, _ in numbers],
        "entropies": [entropy for _, entropy in numbers],
        "samples": [sample(*own) for own in samples],
    }

    assert all(0 <= value <= 1 for value in one(row).values() if not math.isnan(value))


@given(drawn, st.randoms(use_true_random=False))
def test_the_order_of_the_samples_changes_nothing(samples, random):
    shuffled = random.sample(samples, len(samples))

    found = one({"samples": [sample(*own) for own in shuffled]})
    assert found == pytest.approx(one({"samples": [sample(*own) for own in samples]}), abs=1e-9, nan_ok=True)
