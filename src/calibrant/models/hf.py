"""The transformers adapter: any causal model of that library, on CPU, CUDA or MPS, as a ``LanguageModel``.

A question and its options pass through the model once, packed as a tree under a tree-shaped attention mask, behind a
head (the chat template's beginning) whose keys and values are computed once a run. Logits are computed only at the
nodes where they are read. Models that cannot take such a mask (recurrent ones) are found out on load and get plain
rows without branches instead: slower, equally right.

To read this file: ``score`` packs, ``_forward`` runs, ``_inputs`` and ``_masks`` say who sees whom, ``check`` proves;
``generate`` lives in _hf_generate.py.
"""

import inspect
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
import torch
import transformers
from jinja2 import TemplateError

from calibrant.exceptions import ModelError
from calibrant.models._check import check_model, probe_prompts
from calibrant.models._generation import Completion, GenerationRequest
from calibrant.models._hf_generate import answer_requests
from calibrant.models._hf_tokens import Speller, ending_tokens
from calibrant.models._hooks import HiddenKeeper, keep_rows
from calibrant.models._protocol import HiddenRequest, Message, ModelIdentity, Prompt, Reading
from calibrant.models._tree import Tree, build_tree, split_chains
from calibrant.types import BoolArray, FloatArray, IntArray

_TOLERANCE = {"float32": 1e-3, "bfloat16": 0.5}
"""Nats by which two ways to the same log-probability may differ; a wrong mask is off by far more than either."""

_UNKNOWN_LENGTH = 1 << 20
"""The context of a model whose configuration sets no limit, such as a recurrent one."""


class TransformersModel:
    """A causal model of the transformers library as a ``LanguageModel``.

    Parameters
    ----------
    network : transformers.PreTrainedModel
        In evaluation mode, on its device.
    tokenizer : transformers.PreTrainedTokenizerBase
        Its tokenizer.
    identity : ModelIdentity
        Which model it is.

    Attributes
    ----------
    packed : bool
        Whether questions pass as trees; ``check`` turns it off for models that cannot take them.
    """

    def __init__(
        self,
        network: transformers.PreTrainedModel,
        tokenizer: transformers.PreTrainedTokenizerBase,
        identity: ModelIdentity,
    ) -> None:
        self.identity = identity
        self.packed = True
        self._network = network
        self._tokenizer = tokenizer
        self._config = network.config.get_text_config()
        self._accepts = inspect.signature(network.forward).parameters
        self._opening = _opening_tokens(tokenizer)
        self._head: tuple[tuple[int, ...], list[tuple[torch.Tensor, torch.Tensor]]] = ((), [])
        self._forms: dict[str, list[int]] = {}
        self._spell = Speller(tokenizer)
        self._ends = ending_tokens(network, tokenizer)

    @property
    def n_layers(self) -> int:
        """The number of blocks."""
        return int(self._config.num_hidden_layers)

    @property
    def context_length(self) -> int:
        """The longest path of tokens that the model was built for."""
        return int(getattr(self._config, "max_position_embeddings", None) or _UNKNOWN_LENGTH)

    @property
    def answer_prefix(self) -> str:
        """Nothing after a chat template, a space for a model without one."""
        return "" if self._tokenizer.chat_template else " "

    def render(self, messages: Sequence[Message]) -> str:
        """Return the conversation in the model's chat template, or as Question/Answer lines if it has none."""
        if not self._tokenizer.chat_template:
            form = {"system": "{}\n\n", "user": "Question: {}\nAnswer:", "assistant": " {}\n\n"}
            return "".join(form[message.role].format(message.content) for message in messages)
        turns = [{"role": message.role, "content": message.content} for message in messages]
        try:
            return str(self._tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True))
        except TemplateError as error:
            raise ModelError(f"{self.identity.name}: its chat template refuses the prompt: {error.message}") from error

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the tokens of each text, behind the token that opens a text where the model has one."""
        encoded = self._tokenizer(list(texts), add_special_tokens=False, verbose=False)["input_ids"]
        return [[*self._opening, *ids] for ids in encoded]

    def token_forms(self, text: str) -> tuple[int, ...]:
        """Return every token that reads as ``text`` once the white space around it is taken away."""
        if not self._forms:
            # A tokenizer may know tokens that the network has no row for; those can never be answered.
            known = sorted({token for token in self._tokenizer.get_vocab().values() if token < self._n_tokens})
            for token, form in zip(known, self._tokenizer.batch_decode([[token] for token in known]), strict=True):
                self._forms.setdefault(form.strip(), []).append(token)
        return tuple(self._forms.get(text, ()))

    def score(self, prompts: Sequence[Prompt], *, head: int = 0, hidden: HiddenRequest | None = None) -> list[Reading]:
        """Return one ``Reading`` a prompt, all computed in one batch (or, without trees, in rows of that size)."""
        if not prompts:
            return []
        with_ends = hidden is not None and "last_option" in hidden.positions
        with torch.inference_mode():
            if self.packed:
                trees = [build_tree(prompt, head=head, with_ends=with_ends) for prompt in prompts]
                return self._forward(trees, prompts[0].tokens[:head], hidden)
            chains = [split_chains(prompt, with_ends=with_ends) for prompt in prompts]
            rows = [
                build_tree(Prompt(prompt.tokens, tuple(prompt.continuations[i] for i in chain)), with_ends=with_ends)
                for prompt, own in zip(prompts, chains, strict=True)
                for chain in own
            ]
            # As many rows at a time as there are prompts, so that memory stays within what the batch was planned for.
            step = len(prompts)
            readings = [
                reading
                for start in range(0, len(rows), step)
                for reading in self._forward(rows[start : start + step], (), hidden)
            ]
            return _join_chains(chains, readings, hidden)

    def generate(
        self, conversations: Sequence[Sequence[Message]], request: GenerationRequest | None = None
    ) -> list[list[Completion]]:
        """Return ``request.n`` answers to each conversation; a last turn of the assistant's is gone on with.

        Special tokens that do not end the answer stand in its text by name. Draws depend on the conversation, the seed
        and their number only; the model's numbers depend in their last bits on the batch, which can tip a choice.

        Raises
        ------
        DataError
            If a conversation leaves no room for an answer; nothing was generated.
        """
        return self.generate_each(conversations, [request or GenerationRequest()])[0]

    def generate_each(
        self, conversations: Sequence[Sequence[Message]], requests: Sequence[GenerationRequest]
    ) -> list[list[list[Completion]]]:
        """Return what ``generate`` would for each request in turn, all in the same batches: prompts are read once."""
        with torch.inference_mode():
            return answer_requests(self, conversations, requests)

    def check(self) -> None:
        """Prove the numbers on a few prompts, falling back to plain rows where trees come out wrong.

        Raises
        ------
        ModelError
            If plain rows come out wrong too.
        """
        try:
            self._prove()
        except Exception:  # whatever a network does that was never made for trees
            self.packed = False
            self._prove()
        gap = self._left_padding_gap()
        if not gap <= self._tolerance:
            warnings.warn(
                f"padding on the left changes this model's log-probabilities by {gap:.2g} nats; nothing here pads "
                "there, but the library's own batched generation would be wrong",
                stacklevel=2,
            )

    @property
    def _n_tokens(self) -> int:
        return int(self._config.vocab_size)

    @property
    def _tolerance(self) -> float:
        return _TOLERANCE[self.identity.dtype]

    # ---- One pass through the network ----

    def _forward(self, trees: Sequence[Tree], head: tuple[int, ...], hidden: HiddenRequest | None) -> list[Reading]:
        """Run trees as one batch behind a cached head; trees that are single chains may run unpacked."""
        device = self._network.device
        width = max(len(tree.tokens) for tree in trees)
        # Nodes are counted over the whole batch, row by row; those that predict several tokens are read once.
        reads, place = np.unique(
            np.concatenate([row * width + tree.read_at for row, tree in enumerate(trees)]), return_inverse=True
        )
        targets = np.concatenate([tree.targets for tree in trees])
        keeper = HiddenKeeper(hidden, trees, width)
        inputs = self._inputs(trees, width, head)  # before the hooks, which must not see the head being computed
        with ExitStack() as hooks:
            # Logits only where they are read; what the model does to them after (capping, scaling) stays in force.
            hooks.enter_context(keep_rows(self._network.get_output_embeddings(), torch.tensor(reads, device=device)))
            if hidden is not None:
                hooks.enter_context(keeper.attached(self._blocks(), device))
            logits = self._network(**inputs).logits[0].float()  # (n_reads, n_tokens)
        at = torch.tensor(place, device=device)
        logprobs = logits[at, torch.tensor(targets, device=device)] - torch.logsumexp(logits, dim=-1)[at]
        return keeper.readings(logprobs.cpu().double().numpy())

    def _inputs(
        self, trees: Sequence[Tree], width: int, head: tuple[int, ...], *, remember: bool = False
    ) -> dict[str, Any]:
        """Return the network's arguments for a batch, padded on the right to ``width`` nodes.

        With ``remember`` there is a cache among them even without a head, for what is to follow.
        """
        device = self._network.device
        batch = len(trees)
        ids = np.zeros((batch, width), dtype=np.int64)
        for row, tree in enumerate(trees):
            ids[row, : len(tree.tokens)] = tree.tokens
        inputs: dict[str, Any] = {"input_ids": torch.tensor(ids, device=device), "use_cache": False}
        if not self.packed:
            lengths = np.array([len(tree.tokens) for tree in trees])
            real = np.arange(width) < lengths[:, None]
            return inputs | {"attention_mask": torch.tensor(real, device=device).long()}
        positions = np.zeros((batch, width), dtype=np.int64)
        visible = np.zeros((batch, width, len(head) + width), dtype=bool)
        visible[:, :, : len(head)] = True
        # A padding node sees itself: a row that saw nothing would be NaN and spoil its neighbours.
        visible[:, np.arange(width), len(head) + np.arange(width)] = True
        for row, tree in enumerate(trees):
            n = len(tree.tokens)
            positions[row, :n] = tree.depth + len(head)
            visible[row, :n, len(head) : len(head) + n] = tree.visible
        inputs["position_ids"] = torch.tensor(positions, device=device)
        keys = np.concatenate([np.broadcast_to(np.arange(len(head)), (batch, len(head))), positions], axis=1)
        inputs["attention_mask"] = self._masks(visible, positions, keys)
        if head or remember:
            inputs |= {"use_cache": True, self._cache_name: self._head_cache(head, batch)}
        return inputs

    def _masks(self, visible: BoolArray, positions: IntArray, keys: IntArray) -> torch.Tensor | dict[str, torch.Tensor]:
        """Turn what each node sees into additive masks; layers with a sliding window see only what is near.

        ``visible`` is of shape (batch, nodes, keys); ``positions`` are those of the nodes, ``keys`` of what they see.
        """
        window = getattr(self._config, "sliding_window", None)
        kinds = set(getattr(self._config, "layer_types", None) or ("sliding_attention",))
        if window is None or positions.max() < window or not any("sliding" in kind for kind in kinds):
            return self._additive(visible)
        near = visible & (positions[:, :, None] - keys[:, None, :] < window)
        if len(kinds) == 1:
            return self._additive(near)
        return {kind: self._additive(near if "sliding" in kind else visible) for kind in kinds}

    def _additive(self, visible: BoolArray) -> torch.Tensor:
        """Return 0 where a node sees and the lowest number where not: what every attention here can add."""
        mask = torch.zeros(visible.shape, dtype=self._network.dtype)
        mask.masked_fill_(torch.from_numpy(~visible), torch.finfo(mask.dtype).min)
        return mask[:, None].to(self._network.device)

    def _head_cache(self, head: tuple[int, ...], batch: int) -> object:
        """Return a cache that holds the head for every row; the head itself is computed when it changes."""
        if head and self._head[0] != head:
            cache = transformers.DynamicCache()
            ids = torch.tensor([head], device=self._network.device)
            self._network.base_model(input_ids=ids, use_cache=True, **{self._cache_name: cache})
            self._head = (head, [(layer.keys, layer.values) for layer in cache.layers])
        cache = transformers.DynamicCache()
        for index, (keys, values) in enumerate(self._head[1] if head else ()):
            cache.update(keys.expand(batch, -1, -1, -1), values.expand(batch, -1, -1, -1), index)
        return cache

    @property
    def _cache_name(self) -> str:
        """What this version of the library calls the argument that takes a cache."""
        return "cache" if "cache" in self._accepts else "past_key_values"

    def _blocks(self) -> list[torch.nn.Module]:
        """Return the decoder's blocks: its first list of modules that has as many as the configuration says."""
        for module in self._network.get_decoder().modules():
            if isinstance(module, torch.nn.ModuleList) and len(module) == self.n_layers:
                return list(module)
        raise ModelError(f"{self.identity.name}: found no list of {self.n_layers} blocks to read hidden states from")

    # ---- The proof that the numbers are right ----

    def _prove(self) -> None:
        check_model(self, vocabulary=self._n_tokens, tolerance=self._tolerance, reference=self._plain)
        with self._narrow_window() as narrowed:
            if narrowed:
                check_model(self, vocabulary=self._n_tokens, tolerance=self._tolerance, reference=self._plain)

    @contextmanager
    def _narrow_window(self) -> Iterator[bool]:
        """Make attention windows shorter than the probes, so that the check sees what happens beyond them."""
        names = ("sliding_window", "attention_chunk_size")
        windows = {name: getattr(self._config, name, None) for name in names}
        narrowed = {name: 8 for name, window in windows.items() if window is not None}
        try:
            for name, window in narrowed.items():
                setattr(self._config, name, window)
            self._head = ((), [])
            yield bool(narrowed)
        finally:
            for name in narrowed:
                setattr(self._config, name, windows[name])
            self._head = ((), [])

    def _plain(self, prompt: Prompt) -> list[FloatArray]:
        """Score a prompt in the plainest way: one unpadded row a continuation, nothing cached, masked or left out."""
        results = []
        start = len(prompt.tokens) - 1
        for tokens in prompt.continuations:
            ids = torch.tensor([[*prompt.tokens, *tokens]], device=self._network.device)
            with torch.inference_mode():
                logits = self._network(input_ids=ids, use_cache=False).logits[0, start:-1]
            logprobs = logits.cpu().double().log_softmax(-1)
            results.append(logprobs[torch.arange(len(tokens)), torch.tensor(tokens)].numpy())
        return results

    def _left_padding_gap(self) -> float:
        """Return by how much the next-token log-probabilities change when a prompt is padded on the left."""
        prompts = sorted((prompt.tokens for prompt in probe_prompts(self)), key=len)
        short, long = prompts[0], prompts[-1]
        pad = len(long) - len(short)
        device = self._network.device
        ids = torch.tensor([[long[0]] * pad + list(short), list(long)], device=device)
        mask = torch.tensor([[0] * pad + [1] * len(short), [1] * len(long)], device=device)
        arguments = {"attention_mask": mask, "position_ids": (mask.cumsum(-1) - 1).clamp(min=0)}
        arguments = {name: value for name, value in arguments.items() if name in self._accepts}
        with torch.inference_mode():
            padded = self._network(input_ids=ids, use_cache=False, **arguments)
            alone = self._network(input_ids=ids[:1, pad:], use_cache=False)
        left, right = (out.logits[0, -1].cpu().double().log_softmax(-1) for out in (padded, alone))
        likely = right > right.max() - 10  # nobody reads the rest, and its last digits move
        return float((left - right)[likely].abs().max())


def _opening_tokens(tokenizer: transformers.PreTrainedTokenizerBase) -> list[int]:
    """Return the special tokens that open a text; a chat template brings its own.

    What a tokenizer would add at the end is left out: an answer has to follow.
    """
    if tokenizer.chat_template:
        return []
    bare = tokenizer("a", add_special_tokens=False)["input_ids"]
    dressed = tokenizer("a")["input_ids"]
    return list(dressed[: next(i for i in range(len(dressed)) if dressed[i : i + len(bare)] == bare)])


def _join_chains(
    chains: Sequence[Sequence[Sequence[int]]], readings: Sequence[Reading], hidden: HiddenRequest | None
) -> list[Reading]:
    """Put the readings of plain rows back together, one ``Reading`` a prompt.

    Parameters
    ----------
    chains : sequence of sequence of sequence of int
        For each prompt, for each of its rows, the continuations that were read there.
    readings : sequence of Reading
        One a row.
    hidden : HiddenRequest or None
        What was kept.
    """
    joined, start = [], 0
    for own in chains:
        rows = readings[start : start + len(own)]
        start += len(own)
        logprobs: dict[int, FloatArray] = {}
        for chain, row in zip(own, rows, strict=True):
            logprobs |= dict(zip(chain, row.logprobs, strict=True))
        states = None
        if hidden is not None:
            kept = [row.hidden for row in rows if row.hidden is not None]
            states = kept[0]
            if logprobs:
                # A row holds one state a position; those of the prompt are the same in every row.
                by_name = {"last_prompt": kept[:1], "last_option": kept}
                states = np.stack([row[place] for place, name in enumerate(hidden.positions) for row in by_name[name]])
        joined.append(Reading(tuple(logprobs[i] for i in sorted(logprobs)), states))
    return joined
