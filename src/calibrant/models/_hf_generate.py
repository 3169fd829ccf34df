"""Free answers from a transformers model: our own loop over the network, which no row stays in longer than it must.

A prompt is read once for all answers to it, behind the head that all prompts share. The answers of a batch then grow
together, one token a pass; those that are over make way at once, and their place in the cache goes to another. A model
that trees do not suit (see hf.py) answers one row at a time.

To read this file: ``answer_requests`` plans, ``_read_packed`` reads prompts, ``_grow`` is the loop, ``_choose`` takes
tokens from logits; _hf_passes.py runs the network.
"""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from calibrant.exceptions import InputError
from calibrant.models._answer import Answer, answer_generator, check_room, open_answer
from calibrant.models._generation import Completion, GenerationRequest
from calibrant.models._hf_passes import LonePasses, PackedPasses, Passes
from calibrant.models._hooks import keep_rows, keep_states
from calibrant.models._protocol import HiddenArray, Message, Prompt
from calibrant.models._tree import build_tree, common_head

if TYPE_CHECKING:
    from calibrant.models.hf import TransformersModel

BATCH_TOKENS = 8192
"""Tokens that a batch of answers may hold in its cache, prompts and room to grow included."""


@dataclass(eq=False)
class _Row:
    """One answer on its way."""

    place: tuple[int, int]
    """Which request, which conversation."""

    request: GenerationRequest
    """What was asked."""

    answer: Answer
    """What has been said."""

    n_prompt: int
    """Tokens of the conversation."""

    rng: np.random.Generator | None
    """None takes the likeliest token."""

    newest: int = 0
    """The token that passes next."""

    n_passed: int = 0
    """Tokens of the answer that have passed through the network."""

    def goes_on(self) -> bool:
        """Whether the newest token must pass: for the next one, or because its own hidden state was asked for."""
        if self.answer.finish is None:
            return True
        asked = self.answer.positions() if self.request.layers else []
        return any(at is not None and at >= self.n_passed for at in asked)

    def keep(self, kept: dict[int, HiddenArray], index: int) -> None:
        """Keep the states of the token that passed just now (-1: the prompt), and drop those of no more use."""
        if not self.request.layers:
            return
        answer = self.answer
        answer.states[self.n_passed - 1] = np.stack([kept[layer][index] for layer in self.request.layers])
        if answer.finish is None:
            first = answer.first_needed
            answer.states = {at: states for at, states in answer.states.items() if at <= 0 or at >= first}


def answer_requests(
    model: "TransformersModel", conversations: Sequence[Sequence[Message]], requests: Sequence[GenerationRequest]
) -> list[list[list[Completion]]]:
    """Return for each request, for each conversation, its answers."""
    layers = sorted({layer for request in requests for layer in request.layers})
    if layers and not 0 <= layers[0] <= layers[-1] <= model.n_layers:
        raise InputError(f"layers: this model has layers 0 to {model.n_layers}; got {layers}")
    if not conversations or not requests:
        return [[] for _ in requests]
    texts = [open_answer(model, messages) for messages in conversations]
    prompts = [tuple(tokens) for tokens in model.encode(texts)]
    # What opens every text is no conversation yet.
    check_room([len(tokens) if text else 0 for text, tokens in zip(texts, prompts, strict=True)], model.context_length)
    rows: list[list[_Row]] = [
        [
            _Row(
                place=(which, at),
                request=request,
                answer=Answer(request, model._spell, ends=model._ends, room=model.context_length - len(prompts[at])),
                n_prompt=len(prompts[at]),
                rng=answer_generator(text, index, request.seed) if request.temperature else None,
            )
            for which, request in enumerate(requests)
            for index in range(request.n if request.temperature else 1)
        ]
        for at, text in enumerate(texts)
    ]
    head = prompts[0][: common_head([Prompt(tokens, ()) for tokens in prompts])] if len(set(prompts)) > 1 else ()
    answers: list[list[list[Completion]]] = [[[] for _ in conversations] for _ in requests]
    for batch in _plan(prompts, rows):
        _answer_batch(model, [prompts[at] for at in batch], [rows[at] for at in batch], head, layers)
        for row in (row for at in batch for row in rows[at]):
            which, at = row.place
            copies = 1 if row.rng else row.request.n
            answers[which][at] += [row.answer.completion(row.n_prompt)] * copies
    return answers


def _plan(prompts: Sequence[Sequence[int]], rows: Sequence[Sequence[_Row]]) -> list[list[int]]:
    """Cut conversations into batches of similar length, each within the budget of tokens; the longest come first."""
    batches: list[list[int]] = []
    size = n_rows = 0
    for at in sorted(range(len(prompts)), key=lambda at: (-len(prompts[at]), at)):
        n_rows += len(rows[at])
        if batches and n_rows * size <= BATCH_TOKENS:
            batches[-1].append(at)
            continue
        batches.append([at])
        n_rows = len(rows[at])
        # The first of a batch is its longest, and all others are padded to it.
        size = len(prompts[at]) + max((row.request.max_tokens for row in rows[at]), default=0)
    return batches


def _answer_batch(
    model: "TransformersModel",
    prompts: Sequence[tuple[int, ...]],
    rows: Sequence[Sequence[_Row]],
    head: tuple[int, ...],
    layers: Sequence[int],
) -> None:
    """Let all answers to some conversations grow to their ends."""
    if model.packed:
        for passes, logits, batch in _read_packed(model, prompts, rows, head, layers):
            _grow(model, passes, logits, batch, layers)
        return
    for prompt, own in zip(prompts, rows, strict=True):
        read = LonePasses(model)
        at = torch.tensor([len(prompt) - 1], device=model._network.device)
        with keep_states(model._blocks() if layers else (), layers, at) as kept:
            logits = read.step(prompt)
        for row in own:
            row.keep(kept, 0)
            _grow(model, read if row is own[-1] else copy.deepcopy(read), logits, [row], layers)


def _grow(
    model: "TransformersModel", passes: Passes, logits: torch.Tensor, rows: list[_Row], layers: Sequence[int]
) -> None:
    """Let a batch of answers grow, a token a pass, until the last of them is over."""
    _choose(logits, rows)
    with keep_states(model._blocks() if layers else (), layers) as kept:
        while True:
            order = _close_ranks([row.goes_on() for row in rows])
            if not order:
                return
            if len(order) < len(rows):
                passes.keep(order)
                rows = [rows[index] for index in order]
            logits = passes.step([row.newest for row in rows])
            for index, row in enumerate(rows):
                row.n_passed += 1
                row.keep(kept, index)
            growing = [index for index, row in enumerate(rows) if row.answer.finish is None]
            if growing:
                _choose(logits[growing] if len(growing) < len(rows) else logits, [rows[index] for index in growing])


def _close_ranks(stays: Sequence[bool]) -> list[int]:
    """Return who stands where once some have left: who stays in front keeps the place, the last ones fill the gaps.

    Examples
    --------
    >>> _close_ranks([True, False, True, False, True])
    [0, 4, 2]
    """
    n = sum(stays)
    movers = [index for index in range(n, len(stays)) if stays[index]]
    return [index if stays[index] else movers.pop() for index in range(n)]


def _choose(logits: torch.Tensor, rows: Sequence[_Row]) -> None:
    """Take each row's next token from its logits, shape (rows, tokens), and note the model's own numbers."""
    # The library's own log_softmax is off by some 1e-5 in float32, always to one side, which adds up over an answer.
    logprobs = logits - logits.logsumexp(-1, keepdim=True)
    probs = logprobs.exp()
    entropies = -(probs * logprobs.clamp(min=torch.finfo(logprobs.dtype).min)).sum(-1)  # 0 times minus infinity is 0
    tokens = logits.argmax(-1)
    drawn = [index for index, row in enumerate(rows) if row.rng is not None]
    if drawn:
        tokens[drawn] = _draw(logits, probs, [rows[index] for index in drawn], drawn)
    n_top = max(row.request.top_logprobs for row in rows)
    values, likeliest = logprobs.topk(min(n_top, logprobs.shape[-1])) if n_top else (logprobs[:, :0], tokens[:, None])
    chosen = logprobs.gather(-1, tokens[:, None])[:, 0]
    for row, token, logprob, entropy, others, theirs in zip(
        rows, *(part.tolist() for part in (tokens, chosen, entropies, likeliest, values)), strict=True
    ):
        row.newest = token
        row.answer.add(token, logprob, entropy, list(zip(others, theirs, strict=False))[: row.request.top_logprobs])


def _draw(logits: torch.Tensor, probs: torch.Tensor, rows: Sequence[_Row], at: list[int]) -> torch.Tensor:
    """Draw tokens by inverting each row's own cumulative distribution at a number of the row's own generator."""
    temperatures = [row.request.temperature for row in rows]
    if any(temperature != 1 for temperature in temperatures):
        probs = (logits[at] / torch.tensor(temperatures, device=logits.device)[:, None]).softmax(-1)
    elif len(at) < len(probs):
        probs = probs[at]
    exact = torch.float32 if probs.device.type == "mps" else torch.float64  # that device knows no other
    reached = probs.cumsum(-1, dtype=exact)
    numbers = torch.tensor([row.rng.random() for row in rows if row.rng], device=probs.device, dtype=exact)
    # To the right of ties: a token of probability zero is never drawn.
    drawn = torch.searchsorted(reached, numbers[:, None] * reached[:, -1:], right=True)[:, 0]
    return drawn.clamp(max=probs.shape[-1] - 1)


def _read_packed(
    model: "TransformersModel",
    prompts: Sequence[tuple[int, ...]],
    rows: Sequence[Sequence[_Row]],
    head: tuple[int, ...],
    layers: Sequence[int],
) -> Iterator[tuple[PackedPasses, torch.Tensor, list[_Row]]]:
    """Read prompts as one batch, then give their answers as many at a time as the budget allows."""
    trees = [build_tree(Prompt(tokens, ()), head=len(head)) for tokens in prompts]
    width = max(len(tree.tokens) for tree in trees)
    ends = [place * width + tree.n_prompt - 1 for place, tree in enumerate(trees)]
    at = torch.tensor(ends, device=model._network.device)
    inputs = model._inputs(trees, width, head, remember=True)
    cache = inputs[model._cache_name]
    with (
        keep_rows(model._network.get_output_embeddings(), at),
        keep_states(model._blocks() if layers else (), layers, at) as kept,
    ):
        logits = model._network(**inputs).logits[0].float()
    pairs = [(row, owner) for owner, own in enumerate(rows) for row in own]
    for row, owner in pairs:
        row.keep(kept, owner)
    room = max(row.answer.most for row, _ in pairs)
    step = max(1, BATCH_TOKENS // (len(head) + width + room))
    for start in range(0, len(pairs), step):
        batch = [row for row, _ in pairs[start : start + step]]
        lengths = [row.n_prompt for row in batch]
        owners = torch.tensor([owner for _, owner in pairs[start : start + step]], device=logits.device)
        yield PackedPasses(model, cache, owners, lengths, room), logits[owners], batch
