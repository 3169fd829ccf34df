import numpy as np
import pytest

from calibrant.calibrators import Evidence, as_evidence
from calibrant.exceptions import InputError

LOGITS = [np.array([0.0, -1.0]), np.array([0.0, -2.0, -3.0]), np.array([-1.0, 0.0])]


def full():
    return Evidence(
        LOGITS,
        context=[row * 2 for row in LOGITS],
        orders=[np.tile(row, (row.size, 1)) for row in LOGITS],
        base=[row / 2 for row in LOGITS],
        states=np.arange(6.0).reshape(3, 2),
        tasks=["a", "b", "a"],
    )


def test_rows_are_taken_of_all_that_it_holds_and_in_the_order_asked_for():
    taken = full().take([2, 0])
    assert [row.tolist() for row in taken.logprobs] == [[-1, 0], [0, -1]]
    assert [row.tolist() for row in taken.context] == [[-2, 0], [0, -2]]
    assert [row.tolist() for row in taken.orders] == [[[-1, 0]] * 2, [[0, -1]] * 2]
    assert [row.tolist() for row in taken.base] == [[-0.5, 0], [0, -0.5]]
    assert taken.states.tolist() == [[4, 5], [0, 1]]
    assert taken.tasks == ["a", "a"]


def test_rows_are_taken_of_a_table_as_of_lists():
    table = np.arange(6.0).reshape(3, 2)
    assert np.array_equal(Evidence(table).take(np.array([1, 1])).logprobs, table[[1, 1]])
    assert len(Evidence(table).take([])) == 0


def test_what_is_not_there_stays_away():
    taken = Evidence(LOGITS).take([1])
    assert (taken.context, taken.orders, taken.base, taken.states, taken.tasks) == (None,) * 5


@pytest.mark.parametrize("name", ["context", "orders", "base", "tasks"])
def test_every_field_has_an_entry_a_question(name):
    with pytest.raises(InputError, match=f"{name} must have one entry a question, so 3; got 2"):
        Evidence(LOGITS, **{name: LOGITS[:2]})


def test_states_are_a_table():
    with pytest.raises(InputError, match=r"states must have shape \(n_questions, width\); got \(3,\)"):
        Evidence(LOGITS, states=np.zeros(3))


@pytest.mark.parametrize(
    ("name", "how"),
    [("context", "--context"), ("orders", "--orders cyclic"), ("base", "--base"), ("states", "--hidden-layers")],
)
def test_what_is_missing_is_named_with_the_way_to_get_it(name, how):
    with pytest.raises(InputError, match=f"the map 'x' needs {name}, not at hand: .*{how}"):
        Evidence(LOGITS).need(name, "x")
    full().need(name, "x")


def test_option_log_probabilities_are_evidence_that_holds_nothing_else():
    evidence = full()
    assert as_evidence(evidence) is evidence
    assert as_evidence(LOGITS).logprobs is LOGITS
    assert as_evidence(LOGITS).states is None
