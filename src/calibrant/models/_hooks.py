"""Forward hooks that keep only what is read: rows of the last hidden state for logits, and states of named layers."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise

import numpy as np
import torch

from calibrant.models._protocol import HiddenArray, HiddenRequest, Reading
from calibrant.models._tree import Tree
from calibrant.types import FloatArray


@contextmanager
def keep_rows(module: torch.nn.Module, rows: torch.Tensor) -> Iterator[None]:
    """Let ``module`` see only some positions, counted over the flattened batch, as one batch of one row."""

    def hook(_: torch.nn.Module, arguments: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
        states, *rest = arguments
        return (states.reshape(-1, states.shape[-1])[rows][None], *rest)

    handle = module.register_forward_pre_hook(hook)
    try:
        yield
    finally:
        handle.remove()


@contextmanager
def keep_states(
    blocks: Sequence[torch.nn.Module], layers: Sequence[int], rows: torch.Tensor | None = None
) -> Iterator[dict[int, HiddenArray]]:
    """Give a table of the states of some layers, new after each pass: one row a position of the flattened batch.

    Layer 0 is what enters the first block, layer l what leaves the l-th. With ``rows`` only these positions are kept.
    """
    kept: dict[int, HiddenArray] = {}

    def keep(layer: int, states: torch.Tensor) -> None:
        flat = states.reshape(-1, states.shape[-1])
        kept[layer] = (flat if rows is None else flat[rows]).float().cpu().numpy()

    def entering(_: object, arguments: tuple[torch.Tensor, ...], named: dict[str, torch.Tensor]) -> None:
        keep(0, arguments[0] if arguments else named["hidden_states"])

    def leaving(layer: int) -> Callable[..., None]:
        def hook(_: object, __: object, output: torch.Tensor | tuple[torch.Tensor, ...]) -> None:
            keep(layer, output if isinstance(output, torch.Tensor) else output[0])

        return hook

    handles = []
    for layer in layers:
        if layer == 0:
            handles.append(blocks[0].register_forward_pre_hook(entering, with_kwargs=True))
        else:
            handles.append(blocks[layer - 1].register_forward_hook(leaving(layer)))
    try:
        yield kept
    finally:
        for handle in handles:
            handle.remove()


class HiddenKeeper:
    """Keeps the hidden states that were asked for while a batch of trees passes, and deals results out again.

    Parameters
    ----------
    hidden : HiddenRequest or None
        What to keep; nothing if None.
    trees : sequence of Tree
        The batch.
    width : int
        Nodes a row, padding included.
    """

    def __init__(self, hidden: HiddenRequest | None, trees: Sequence[Tree], width: int) -> None:
        self._hidden = hidden
        self._trees = trees
        self._nodes = [_nodes(tree, hidden) for tree in trees] if hidden else []
        self._rows = [row * width + node for row, nodes in enumerate(self._nodes) for node in nodes]
        self._kept: dict[int, HiddenArray] = {}

    @contextmanager
    def attached(self, blocks: Sequence[torch.nn.Module], device: torch.device) -> Iterator[None]:
        """Watch the blocks while one batch passes."""
        layers = self._hidden.layers if self._hidden else ()
        with keep_states(blocks, layers, torch.tensor(self._rows, device=device)) as self._kept:
            yield

    def readings(self, logprobs: FloatArray) -> list[Reading]:
        """Deal the log-probabilities of the whole batch, and the states kept, out to one ``Reading`` a tree."""
        readings, start, row = [], 0, 0
        for index, tree in enumerate(self._trees):
            own = logprobs[start : start + len(tree.targets)]
            start += len(tree.targets)
            states = None
            if self._hidden is not None:
                stop = row + len(self._nodes[index])
                states = np.stack([self._kept[layer][row:stop] for layer in self._hidden.layers], axis=1)
                row = stop
            bounds = [*tree.starts.tolist(), len(own)]
            readings.append(Reading(tuple(own[a:b] for a, b in pairwise(bounds)), states))
        return readings


def _nodes(tree: Tree, hidden: HiddenRequest) -> list[int]:
    nodes: list[int] = []
    for position in hidden.positions:
        nodes += tree.ends.tolist() if position == "last_option" else [tree.n_prompt - 1]
    return nodes
