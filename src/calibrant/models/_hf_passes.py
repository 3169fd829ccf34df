"""Passes through a transformers network, a token a row at a time, and what the network remembers between them."""

import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import torch
import transformers
from transformers.cache_utils import DynamicLayer

from calibrant.types import IntArray

if TYPE_CHECKING:
    from calibrant.models.hf import TransformersModel


class PackedPasses:
    """Rows behind prompts of different lengths: padding lies between a prompt and its answer, and no token sees it.

    Parameters
    ----------
    model : TransformersModel
        Whose network runs.
    cache : transformers.Cache
        The prompts, padded on the right.
    owners : torch.Tensor
        The prompt behind which each row goes on.
    lengths : sequence of int
        The tokens of that prompt.
    room : int
        Tokens to come, at most.
    """

    def __init__(
        self,
        model: "TransformersModel",
        cache: transformers.Cache,
        owners: torch.Tensor,
        lengths: Sequence[int],
        room: int,
    ) -> None:
        self._model = model
        self._layers = [_RoomyLayer(layer.keys, layer.values, owners, room) for layer in cache.layers]
        self._cache = transformers.DynamicCache()
        self._cache.layers = self._layers
        self._width: int = cache.get_seq_length()
        # A prompt fills the first columns of its row, one a position.
        self._next: IntArray = np.array(lengths, dtype=np.int64)
        self._keys: IntArray = np.tile(np.arange(self._width + room), (len(lengths), 1))
        self._visible = self._keys < self._next[:, None]

    def keep(self, order: Sequence[int]) -> None:
        """Go on with some rows, in this order; see ``_close_ranks``."""
        for layer in self._layers:
            layer.keep(order)
        index = list(order)
        self._next, self._keys, self._visible = self._next[index], self._keys[index], self._visible[index]

    def step(self, tokens: Sequence[int]) -> torch.Tensor:
        """Let one token a row pass, and return the logits of the next, shape (rows, tokens)."""
        self._keys[:, self._width] = self._next
        self._visible[:, self._width] = True
        self._width += 1
        device = self._model._network.device
        positions = self._next[:, None]
        masks = self._model._masks(self._visible[:, None, : self._width], positions, self._keys[:, : self._width])
        inputs = {
            "input_ids": torch.tensor(tokens, device=device)[:, None],
            "position_ids": torch.tensor(positions, device=device),
            "attention_mask": masks,
            "use_cache": True,
            self._model._cache_name: self._cache,
        }
        self._next = self._next + 1
        logits: torch.Tensor = self._model._network(**inputs).logits[:, -1].float()
        return logits


class _RoomyLayer(DynamicLayer):  # type: ignore[misc]
    """A layer of the cache with room for what is to come: a new token is written, the old ones are not copied.

    Parameters
    ----------
    keys, values : torch.Tensor
        Of the prompts, shape (prompts, heads, tokens, width).
    owners : torch.Tensor
        The prompt of each row.
    room : int
        Tokens to come, at most.
    """

    def __init__(self, keys: torch.Tensor, values: torch.Tensor, owners: torch.Tensor, room: int) -> None:
        super().__init__()
        self.is_initialized = True
        self.device, self.dtype = keys.device, keys.dtype
        self._n: int = keys.shape[-2]
        self._shelves = []
        for part in (keys, values):
            shelf = part.new_empty((len(owners), part.shape[1], self._n + room, part.shape[3]))
            shelf[:, :, : self._n] = part[owners]
            self._shelves.append(shelf)
        self._show()

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *_: object, **__: object
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Write the states of new tokens, and return those of all."""
        start, self._n = self._n, self._n + key_states.shape[-2]
        for shelf, states in zip(self._shelves, (key_states, value_states), strict=True):
            shelf[:, :, start : self._n] = states
        self._show()
        return self.keys, self.values

    def keep(self, order: Sequence[int]) -> None:
        """Go on with some rows, in this order; only those that change their place are copied."""
        moved = [(place, index) for place, index in enumerate(order) if place != index]
        for which, shelf in enumerate(self._shelves):
            for place, index in moved:
                shelf[place, :, : self._n] = shelf[index, :, : self._n]
            self._shelves[which] = shelf[: len(order)]
        self._show()

    def _show(self) -> None:
        self.keys, self.values = (shelf[:, :, : self._n] for shelf in self._shelves)


class LonePasses:
    """One row behind its prompt, with whatever the network remembers of it.

    Parameters
    ----------
    model : TransformersModel
        Whose network runs.
    memory : object
        Its cache, of whatever kind; None before anything has passed.
    """

    def __init__(self, model: "TransformersModel", memory: object = None) -> None:
        self._model = model
        self._memory = memory

    def __deepcopy__(self, memo: dict[int, object]) -> "LonePasses":
        return LonePasses(self._model, copy.deepcopy(self._memory, memo))

    def keep(self, order: Sequence[int]) -> None:
        """Nobody else is here to leave."""

    def step(self, tokens: Sequence[int]) -> torch.Tensor:
        """Let tokens of the row pass, and return the logits of the next, shape (1, tokens)."""
        name = self._model._cache_name
        ids = torch.tensor([list(tokens)], device=self._model._network.device)
        out = self._model._network(input_ids=ids, use_cache=True, **{name: self._memory})
        self._memory = out[name]
        logits: torch.Tensor = out.logits[:, -1].float()
        return logits


Passes: TypeAlias = PackedPasses | LonePasses
"""Both take the next token of each row, and let rows leave."""
