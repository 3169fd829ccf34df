"""A prompt and its continuations as one tree of tokens, in which every common prefix is computed once.

A node is a token that must pass through the model. The tokens of the prompt form a chain; the continuations branch
off its end and share their common beginnings. The last token of a continuation is predicted but never read, so it
needs no node, unless its hidden state is asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calibrant.exceptions import InputError
from calibrant.models._protocol import Prompt
from calibrant.types import BoolArray, IntArray


@dataclass(frozen=True)
class Tree:
    """The nodes of one prompt behind a cached head, and where its answers are read."""

    tokens: IntArray
    """Token of each node, shape (n_nodes,)."""

    depth: IntArray
    """Position of each node in its path, counted from the end of the head, shape (n_nodes,)."""

    visible: BoolArray
    """``visible[i, j]``: node i attends to node j (its ancestors and itself), shape (n_nodes, n_nodes)."""

    read_at: IntArray
    """For each token of each continuation, in order, the node that predicts it."""

    targets: IntArray
    """For each token of each continuation, in order, the token itself."""

    starts: IntArray
    """Where each continuation begins in ``read_at`` and ``targets``."""

    ends: IntArray
    """The node of each continuation's last token; -1 where it has none."""

    n_prompt: int
    """Number of nodes of the prompt's chain; the last of them is the last prompt token."""


def build_tree(prompt: Prompt, *, head: int = 0, with_ends: bool = False) -> Tree:
    """Pack a prompt and its continuations into a tree.

    Parameters
    ----------
    prompt : Prompt
        At least one token of the prompt must lie behind the head, since the first answer token is read there.
    head : int
        So many first tokens are cached and get no node.
    with_ends : bool
        Give the last token of every continuation a node too.

    Examples
    --------
    Two continuations that share their first token: the prompt's two nodes, and one for the shared token.

    >>> tree = build_tree(Prompt((5, 6), ((7, 8), (7, 9))))
    >>> tree.tokens.tolist(), tree.depth.tolist()
    ([5, 6, 7], [0, 1, 2])
    >>> tree.read_at.tolist(), tree.targets.tolist()
    ([1, 2, 1, 2], [7, 8, 7, 9])
    """
    if not head < len(prompt.tokens):
        raise InputError(f"head: {head} tokens leave nothing of a prompt of {len(prompt.tokens)} to read the answer at")
    tokens = list(prompt.tokens[head:])
    n_prompt = len(tokens)
    parent = list(range(-1, n_prompt - 1))
    children: dict[tuple[int, int], int] = {}
    read_at: list[int] = []
    targets: list[int] = []
    starts: list[int] = []
    ends: list[int] = []
    for continuation in prompt.continuations:
        node = n_prompt - 1
        starts.append(len(targets))
        for place, token in enumerate(continuation):
            read_at.append(node)
            targets.append(token)
            if place == len(continuation) - 1 and not with_ends:
                node = -1
                break
            child = children.setdefault((node, token), len(tokens))
            if child == len(tokens):
                tokens.append(token)
                parent.append(node)
            node = child
        ends.append(node)
    n = len(tokens)
    visible = np.tri(n, dtype=bool)
    for node in range(n_prompt, n):
        visible[node] = visible[parent[node]]
        visible[node, node] = True
    depth = visible.sum(axis=1) - 1
    return Tree(
        tokens=np.array(tokens, dtype=np.int64),
        depth=depth,
        visible=visible,
        read_at=np.array(read_at, dtype=np.int64),
        targets=np.array(targets, dtype=np.int64),
        starts=np.array(starts, dtype=np.int64),
        ends=np.array(ends, dtype=np.int64),
        n_prompt=n_prompt,
    )


def count_nodes(prompt: Prompt, *, head: int = 0) -> int:
    """Return the number of nodes of a prompt's tree: what it costs, without building it.

    Examples
    --------
    >>> count_nodes(Prompt((5, 6), ((7, 8), (7, 9))))
    3
    """
    inner = {continuation[:end] for continuation in prompt.continuations for end in range(1, len(continuation))}
    return len(prompt.tokens) - head + len(inner)


def split_chains(prompt: Prompt, *, with_ends: bool = False) -> list[list[int]]:
    """Group a prompt's continuations so that the tree of each group is one chain: a plain row without branches.

    Continuations that differ in their last token only are read along the same row, unless the last token needs a node.

    Examples
    --------
    >>> split_chains(Prompt((5, 6), ((7,), (8,), (7, 9))))
    [[0, 1], [2]]
    """
    if with_ends:
        return [[index] for index in range(len(prompt.continuations))] or [[]]
    groups: dict[tuple[int, ...], list[int]] = {}
    for index, continuation in enumerate(prompt.continuations):
        groups.setdefault(continuation[:-1], []).append(index)
    return list(groups.values()) or [[]]


def common_head(prompts: Sequence[Prompt]) -> int:
    """Return how many first tokens all prompts share, leaving each at least one token of its own.

    Examples
    --------
    >>> common_head([Prompt((1, 2, 3), ()), Prompt((1, 2, 4, 5), ())])
    2
    """
    first = prompts[0].tokens
    shared = min(len(prompt.tokens) for prompt in prompts) - 1
    for prompt in prompts[1:]:
        if prompt.tokens[:shared] != first[:shared]:
            shared = next(i for i in range(shared) if prompt.tokens[i] != first[i])
    return shared
