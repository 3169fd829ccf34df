import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibrant.readouts._plan import SHARD_ROWS, plan_batches, plan_shards

costs = st.lists(st.integers(1, 50), max_size=40)


def test_shards_by_hand():
    # Dearest first; of equals the earlier first.
    assert plan_shards([1, 3, 2, 3, 1], rows=2) == [[1, 3], [2, 0], [4]]


def test_batches_by_hand():
    # 3 x 4 fits 12, a fourth does not; then the padded cost of the rest is 2 apiece.
    assert plan_batches([4, 2, 4, 4, 2, 4], 12) == [[0, 2, 3], [5, 1, 4]]


def test_a_batch_may_fill_its_budget_exactly():
    assert plan_batches([5, 5], 10) == [[0, 1]]
    assert plan_batches([5, 5], 9) == [[0], [1]]


def test_a_question_above_the_budget_goes_alone():
    assert plan_batches([9, 100], 10) == [[1], [0]]


def test_nothing_needs_no_plan():
    assert plan_shards([]) == plan_batches([], 10) == []


@given(costs=costs, rows=st.integers(1, 7))
def test_shards_hold_every_question_once_the_dearest_first(costs, rows):
    shards = plan_shards(costs, rows=rows)

    order = [index for shard in shards for index in shard]
    assert sorted(order) == list(range(len(costs)))
    assert [costs[i] for i in order] == sorted(costs, reverse=True)
    assert all(len(shard) == rows for shard in shards[:-1])


@given(costs=costs, budget=st.integers(1, 200))
def test_batches_hold_every_question_once_within_the_budget(costs, budget):
    batches = plan_batches(costs, budget)

    assert sorted(index for batch in batches for index in batch) == list(range(len(costs)))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * max(costs[i] for i in batch) <= budget


@given(costs=costs, budget=st.integers(1, 200))
def test_the_same_questions_are_planned_the_same(costs, budget):
    assert plan_batches(costs, budget) == plan_batches(list(costs), budget)
    assert plan_shards(costs) == plan_shards(list(costs))


@pytest.mark.parametrize(("n", "sizes"), [(SHARD_ROWS, [SHARD_ROWS]), (SHARD_ROWS + 1, [SHARD_ROWS, 1])])
def test_a_shard_is_full_before_the_next_begins(n, sizes):
    assert [len(shard) for shard in plan_shards([1] * n)] == sizes
