"""Trees by hand, then against a naive walk over every path."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibrant.exceptions import InputError
from calibrant.models import Prompt, common_head, count_nodes
from calibrant.models._tree import build_tree, split_chains

tokens = st.integers(0, 3)  # few, so that beginnings are shared
paths = st.lists(tokens, min_size=1, max_size=5).map(tuple)
prompts = st.builds(Prompt, paths, st.lists(paths, max_size=5).map(tuple))


def test_shared_beginnings_get_one_node():
    # 5 - 6 - 7 - 8      the last tokens 9, 9 and 3 are predicted, not read
    #           \ 4
    tree = build_tree(Prompt((5, 6), ((7, 8, 9), (7, 4, 9), (3,))))

    assert tree.tokens.tolist() == [5, 6, 7, 8, 4]
    assert tree.depth.tolist() == [0, 1, 2, 3, 3]
    assert tree.read_at.tolist() == [1, 2, 3, 1, 2, 4, 1]
    assert tree.targets.tolist() == [7, 8, 9, 7, 4, 9, 3]
    assert tree.starts.tolist() == [0, 3, 6]
    assert tree.ends.tolist() == [-1, -1, -1]
    assert tree.n_prompt == 2
    assert tree.visible.astype(int).tolist() == [
        [1, 0, 0, 0, 0],
        [1, 1, 0, 0, 0],
        [1, 1, 1, 0, 0],
        [1, 1, 1, 1, 0],
        [1, 1, 1, 0, 1],
    ]


def test_one_continuation_may_begin_another():
    tree = build_tree(Prompt((5,), ((7,), (7, 8))))

    assert tree.tokens.tolist() == [5, 7]
    assert tree.read_at.tolist() == [0, 0, 1]


def test_continuations_of_one_token_need_no_node():
    tree = build_tree(Prompt((5, 6), ((7,), (8,), (9,))))

    assert tree.tokens.tolist() == [5, 6]
    assert tree.read_at.tolist() == [1, 1, 1]


def test_ends_are_nodes_when_asked_for():
    tree = build_tree(Prompt((5,), ((7,), (7, 8), (9,))), with_ends=True)

    assert tree.tokens.tolist() == [5, 7, 8, 9]
    assert tree.ends.tolist() == [1, 2, 3]
    assert tree.visible[3].tolist() == [True, False, False, True]


def test_a_head_gets_no_node():
    tree = build_tree(Prompt((4, 5, 6), ((7, 8),)), head=2)

    assert tree.tokens.tolist() == [6, 7]
    assert tree.depth.tolist() == [0, 1]
    assert tree.read_at.tolist() == [0, 1]
    assert tree.n_prompt == 1


def test_a_prompt_without_continuations_is_a_chain():
    tree = build_tree(Prompt((5, 6), ()))

    assert tree.tokens.tolist() == [5, 6]
    assert tree.targets.size == tree.read_at.size == tree.starts.size == 0


@pytest.mark.parametrize("head", [2, 3])
def test_a_head_must_leave_a_token_to_read_at(head):
    with pytest.raises(InputError, match=f"head: {head} tokens leave nothing of a prompt of 2"):
        build_tree(Prompt((5, 6), ((7,),)), head=head)


@given(prompt=prompts, with_ends=st.booleans(), data=st.data())
def test_every_token_is_read_behind_its_own_path(prompt, with_ends, data):
    head = data.draw(st.integers(0, len(prompt.tokens) - 1))
    tree = build_tree(prompt, head=head, with_ends=with_ends)

    def seen_from(node):
        return tuple(tree.tokens[tree.visible[node]].tolist())

    expected = [
        (*prompt.tokens[head:], *continuation[:end])
        for continuation in prompt.continuations
        for end in range(len(continuation))
    ]
    assert [seen_from(node) for node in tree.read_at] == expected
    assert tree.targets.tolist() == [token for continuation in prompt.continuations for token in continuation]
    if with_ends:
        whole = [(*prompt.tokens[head:], *continuation) for continuation in prompt.continuations]
        assert [seen_from(node) for node in tree.ends] == whole


@given(prompt=prompts, with_ends=st.booleans())
def test_nodes_see_their_ancestors_in_order(prompt, with_ends):
    tree = build_tree(prompt, with_ends=with_ends)

    for node in range(len(tree.tokens)):
        seen = np.flatnonzero(tree.visible[node])
        assert seen[-1] == node
        assert tree.depth[seen].tolist() == list(range(len(seen)))


@given(prompt=prompts, with_ends=st.booleans())
def test_no_path_has_two_nodes(prompt, with_ends):
    tree = build_tree(prompt, with_ends=with_ends)

    seen = [tuple(tree.tokens[row]) for row in tree.visible]
    assert len(set(seen)) == len(seen)


@given(prompt=prompts, data=st.data())
def test_the_count_is_that_of_the_tree_built(prompt, data):
    head = data.draw(st.integers(0, len(prompt.tokens) - 1))

    assert count_nodes(prompt, head=head) == len(build_tree(prompt, head=head).tokens)


@given(prompt=prompts, with_ends=st.booleans())
def test_chains_are_trees_without_branches_and_cover_all(prompt, with_ends):
    chains = split_chains(prompt, with_ends=with_ends)

    assert sorted(index for chain in chains for index in chain) == list(range(len(prompt.continuations)))
    for chain in chains:
        row = Prompt(prompt.tokens, tuple(prompt.continuations[index] for index in chain))
        tree = build_tree(row, with_ends=with_ends)
        np.testing.assert_array_equal(tree.visible, np.tri(len(tree.tokens), dtype=bool))


def test_letters_need_one_chain():
    assert split_chains(Prompt((5, 6), ((7,), (8,), (9,)))) == [[0, 1, 2]]


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ([(1, 2, 3), (1, 2, 4)], 2),
        ([(1, 2, 3), (4, 2, 3)], 0),
        ([(1, 2, 3), (1, 2)], 1),  # the second keeps its last token
        ([(1, 2, 3), (1, 2, 3)], 2),
        ([(1, 2, 3)], 2),
        ([(1,), (1, 2)], 0),
    ],
)
def test_the_common_head_by_hand(own, expected):
    assert common_head([Prompt(tokens, ()) for tokens in own]) == expected


@given(own=st.lists(paths, min_size=1, max_size=5))
def test_the_common_head_is_shared_and_leaves_each_prompt_a_token(own):
    head = common_head([Prompt(tokens, ()) for tokens in own])

    assert len({tokens[:head] for tokens in own}) == 1
    assert all(head < len(tokens) for tokens in own)
    # and no longer one would do
    assert len({tokens[: head + 1] for tokens in own}) > 1 or any(len(tokens) == head + 1 for tokens in own)
