"""The transformers adapter: any causal model of that library, on CPU, CUDA or MPS, as a ``LanguageModel``.

A question and its options pass through the model once, packed as a tree under a tree-shaped attention mask, behind a
head (the chat template's beginning) whose keys and values are computed once a run. Logits are computed only at the
nodes where they are read. Models that cannot take such a mask (recurrent ones) are found out on load and get one plain
row an option instead: slower, equally right.
"""

import warnings
from collections.abc import Sequence
from contextlib import ExitStack

import numpy as np
import numpy.typing as npt
import torch
import transformers

from calibrant.exceptions import ModelError
from calibrant.models._check import check_model, probe_prompts
from calibrant.models._hooks import HiddenKeeper, keep_rows
from calibrant.models._protocol import HiddenRequest, Message, ModelIdentity, Prompt, Reading
from calibrant.models._tree import Tree, build_tree
from calibrant.types import BoolArray, FloatArray

_TOLERANCE = {"float32": 1e-3, "bfloat16": 0.5}
"""Nats by which two ways to the same log-probability may differ; a wrong mask is off by far more than either."""


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
        self._network = network
        self._tokenizer = tokenizer
        self._config = network.config.get_text_config()
        self._head: tuple[tuple[int, ...], list[tuple[torch.Tensor, torch.Tensor]]] = ((), [])
        self._forms: dict[str, list[int]] = {}
        self.identity = identity
        self.packed = True

    @property
    def n_layers(self) -> int:
        """The number of blocks."""
        return int(self._config.num_hidden_layers)

    @property
    def context_length(self) -> int:
        """The longest path of tokens that the model was built for."""
        return int(getattr(self._config, "max_position_embeddings", None) or 1 << 20)

    @property
    def answer_prefix(self) -> str:
        """Nothing after a chat template, a space for a model without one."""
        return "" if self._tokenizer.chat_template else " "

    def render(self, messages: Sequence[Message]) -> str:
        """Return the conversation in the model's chat template, or as Question/Answer lines if it has none."""
        if self._tokenizer.chat_template:
            turns = [{"role": message.role, "content": message.content} for message in messages]
            return str(self._tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True))
        form = {"system": "{}\n\n", "user": "Question: {}\nAnswer:", "assistant": " {}\n\n"}
        return "".join(form[message.role].format(message.content) for message in messages)

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the tokens of each text; a chat template brings its special tokens itself."""
        special = not self._tokenizer.chat_template
        return [list(ids) for ids in self._tokenizer(list(texts), add_special_tokens=special)["input_ids"]]

    def token_forms(self, text: str) -> tuple[int, ...]:
        """Return every token that reads as ``text`` once the white space around it is taken away."""
        if not self._forms:
            for token, form in enumerate(self._tokenizer.batch_decode([[i] for i in range(len(self._tokenizer))])):
                self._forms.setdefault(form.strip(), []).append(token)
        return tuple(self._forms.get(text, ()))

    def score(self, prompts: Sequence[Prompt], *, head: int = 0, hidden: HiddenRequest | None = None) -> list[Reading]:
        """Return one ``Reading`` a prompt, all computed in one batch."""
        with_ends = hidden is not None and "last_option" in hidden.positions
        with torch.inference_mode():
            if self.packed:
                trees = [build_tree(prompt, head=head, with_ends=with_ends) for prompt in prompts]
                return self._forward(trees, prompts[0].tokens[:head], hidden)
            rows = [
                build_tree(Prompt(prompt.tokens, (tokens,)), with_ends=with_ends)
                for prompt in prompts
                for tokens in prompt.continuations
            ]
            return _join_rows(prompts, self._forward(rows, (), hidden), hidden)

    def check(self) -> None:
        """Prove the numbers on a few prompts, falling back to plain rows where trees come out wrong."""
        tolerance = _TOLERANCE[self.identity.dtype]
        vocabulary = int(self._config.vocab_size)
        try:
            check_model(self, vocabulary=vocabulary, tolerance=tolerance, reference=self._plain)
        except (ModelError, RuntimeError, ValueError, TypeError, AttributeError):
            self.packed = False
            check_model(self, vocabulary=vocabulary, tolerance=tolerance, reference=self._plain)
        gap = self._left_padding_gap()
        if not gap <= tolerance:
            warnings.warn(
                f"padding on the left changes this model's log-probabilities by {gap:.2g} nats; readouts never pad "
                "there, but batched generation would be wrong",
                stacklevel=2,
            )

    def _forward(self, trees: Sequence[Tree], head: tuple[int, ...], hidden: HiddenRequest | None) -> list[Reading]:
        """Run trees as one batch behind a cached head; trees that are single chains may run unpacked."""
        device = self._network.device
        batch, width = len(trees), max(len(tree.tokens) for tree in trees)
        ids = np.zeros((batch, width), dtype=np.int64)
        positions = np.zeros((batch, width), dtype=np.int64)
        visible = np.zeros((batch, width, len(head) + width), dtype=bool)
        visible[:, :, : len(head)] = True
        # A padding node sees itself: a row that saw nothing would be NaN and spoil its neighbours.
        visible[:, np.arange(width), len(head) + np.arange(width)] = True
        for row, tree in enumerate(trees):
            n = len(tree.tokens)
            ids[row, :n] = tree.tokens
            positions[row, :n] = tree.depth + len(head)
            visible[row, :n, len(head) : len(head) + n] = tree.visible
        reads, place = np.unique(
            np.concatenate([row * width + tree.read_at for row, tree in enumerate(trees)]), return_inverse=True
        )
        targets = np.concatenate([tree.targets for tree in trees])
        arguments: dict[str, object] = {"use_cache": False}
        if self.packed:
            arguments["attention_mask"] = self._masks(visible, positions, len(head))
            if head:
                arguments |= {"cache": self._head_cache(head, batch), "use_cache": True}
        else:
            lengths = np.array([len(tree.tokens) for tree in trees])
            arguments["attention_mask"] = torch.tensor(np.arange(width) < lengths[:, None], device=device).long()
        keeper = HiddenKeeper(hidden, trees, width)
        with ExitStack() as hooks:
            # Logits only where they are read; what the model does to them after (capping, scaling) stays in force.
            hooks.enter_context(keep_rows(self._network.get_output_embeddings(), torch.tensor(reads, device=device)))
            if hidden is not None:
                hooks.enter_context(keeper.attached(self._blocks(), device))
            logits = self._network(
                input_ids=torch.tensor(ids, device=device),
                position_ids=torch.tensor(positions, device=device),
                **arguments,
            ).logits.reshape(len(reads), -1)
        logits = logits.float()
        at = torch.tensor(place, device=device)
        chosen = logits[at, torch.tensor(targets, device=device)] - torch.logsumexp(logits, dim=-1)[at]
        return keeper.readings(chosen.double().cpu().numpy())

    def _masks(
        self, visible: BoolArray, positions: npt.NDArray[np.int64], head: int
    ) -> torch.Tensor | dict[str, torch.Tensor]:
        """Turn what each node sees into additive masks; layers with a sliding window see only what is near."""
        window = getattr(self._config, "sliding_window", None)
        if window is None or positions.max() < window:
            return self._additive(visible)
        keys = np.concatenate([np.broadcast_to(np.arange(head), (len(positions), head)), positions], axis=1)
        near = visible & (positions[:, :, None] - keys[:, None, :] < window)
        kinds = set(getattr(self._config, "layer_types", None) or ())
        if len(kinds) < 2:
            return self._additive(near)
        return {kind: self._additive(near if "sliding" in kind else visible) for kind in kinds}

    def _additive(self, visible: BoolArray) -> torch.Tensor:
        mask = torch.zeros(visible.shape, dtype=self._network.dtype)
        mask.masked_fill_(torch.from_numpy(~visible), torch.finfo(mask.dtype).min)
        return mask[:, None].to(self._network.device)

    def _head_cache(self, head: tuple[int, ...], batch: int) -> object:
        """Return a cache that holds the head for every row; the head itself is computed when it changes."""
        if self._head[0] != head:
            cache = transformers.DynamicCache()
            ids = torch.tensor([head], device=self._network.device)
            self._network.base_model(input_ids=ids, cache=cache, use_cache=True)
            self._head = (head, [(layer.keys, layer.values) for layer in cache.layers])
        cache = transformers.DynamicCache()
        for index, (keys, values) in enumerate(self._head[1]):
            cache.update(keys.expand(batch, -1, -1, -1), values.expand(batch, -1, -1, -1), index)
        return cache

    def _blocks(self) -> list[torch.nn.Module]:
        """Return the model's blocks: the first list of modules that has as many as the configuration says."""
        for module in self._network.modules():
            if isinstance(module, torch.nn.ModuleList) and len(module) == self.n_layers:
                return list(module)
        raise ModelError(f"{self.identity.name}: found no list of {self.n_layers} blocks to read hidden states from")

    def _plain(self, prompt: Prompt) -> list[FloatArray]:
        """Score a prompt in the plainest way: one unpadded row a continuation, all logits."""
        results = []
        for tokens in prompt.continuations:
            ids = torch.tensor([[*prompt.tokens, *tokens]], device=self._network.device)
            with torch.inference_mode():
                logprobs = self._network(input_ids=ids, use_cache=False).logits[0].double().log_softmax(-1)
            start = len(prompt.tokens) - 1
            results.append(np.array([float(logprobs[start + i, token]) for i, token in enumerate(tokens)]))
        return results

    def _left_padding_gap(self) -> float:
        """Return by how much the next-token log-probabilities change when a prompt is padded on the left."""
        short, long = sorted((prompt.tokens for prompt in probe_prompts(self)), key=len)[
            :: len(probe_prompts(self)) - 1
        ]
        pad = len(long) - len(short)
        device = self._network.device
        ids = torch.tensor([[long[0]] * pad + list(short), list(long)], device=device)
        mask = torch.tensor([[0] * pad + [1] * len(short), [1] * len(long)], device=device)
        positions = (mask.cumsum(-1) - 1).clamp(min=0)
        with torch.inference_mode():
            padded = self._network(input_ids=ids, attention_mask=mask, position_ids=positions, use_cache=False)
            alone = self._network(input_ids=ids[:1, pad:], use_cache=False)
        left, right = (out.logits[0, -1].double().log_softmax(-1) for out in (padded, alone))
        likely = right > right.max() - 10  # nobody reads the rest, and its last digits move
        return float((left - right)[likely].abs().max())


def _join_rows(prompts: Sequence[Prompt], rows: Sequence[Reading], hidden: HiddenRequest | None) -> list[Reading]:
    """Put the readings of single continuations back together, one ``Reading`` a prompt."""
    readings, start = [], 0
    for prompt in prompts:
        part = rows[start : start + len(prompt.continuations)]
        start += len(part)
        kept = [row.hidden for row in part if row.hidden is not None]
        states = None
        if hidden is not None:
            # Each row holds all positions for one continuation; those of the prompt are the same in every row.
            rows_of = {"last_prompt": kept[:1], "last_option": kept}
            states = np.stack([row[place] for place, name in enumerate(hidden.positions) for row in rows_of[name]])
        readings.append(Reading(tuple(row.logprobs[0] for row in part), states))
    return readings
