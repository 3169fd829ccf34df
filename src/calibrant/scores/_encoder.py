"""From a folder or hub id to a transformers encoder that reads texts in batches."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import torch
import transformers

from calibrant.exceptions import ModelError
from calibrant.models._hf_load import device_of, explained, quiet
from calibrant.settings import settings

Texts: TypeAlias = str | tuple[str, str]
"""One text, or two that are read together."""

_BATCH = 32


@dataclass(frozen=True)
class Encoder:
    """A network with its tokenizer, on its device."""

    network: transformers.PreTrainedModel
    """It gets tokens and a mask."""

    tokenizer: transformers.PreTrainedTokenizerBase
    """It makes them."""

    @property
    def longest(self) -> int:
        """The most tokens that are read at once."""
        return int(min(self.tokenizer.model_max_length, self.network.config.max_position_embeddings))

    def lengths(self, texts: Sequence[Texts]) -> list[int]:
        """Return how many tokens each text has, special ones included."""
        return [len(tokens) for tokens in self._tokens(texts, None)["input_ids"]] if texts else []

    def batches(
        self, texts: Sequence[Texts], longest: int | None = None
    ) -> Iterator[tuple[list[int], Mapping[str, torch.Tensor]]]:
        """Give the texts in batches of similar length: their places, and what the network gets."""
        if not texts:
            return
        tokens = self._tokens(texts, longest)
        order = sorted(range(len(texts)), key=lambda place: len(tokens["input_ids"][place]))
        for start in range(0, len(order), _BATCH):
            places = order[start : start + _BATCH]
            padded = self.tokenizer.pad(
                {name: [rows[place] for place in places] for name, rows in tokens.items()}, return_tensors="pt"
            )
            yield places, {name: values.to(self.network.device) for name, values in padded.items()}

    def _tokens(self, texts: Sequence[Texts], longest: int | None) -> Mapping[str, list[list[int]]]:
        first = [text if isinstance(text, str) else text[0] for text in texts]
        second = [text[1] for text in texts if not isinstance(text, str)]
        with quiet():  # it would warn of texts that are too long, which the caller sees to
            tokens: Mapping[str, list[list[int]]] = self.tokenizer(
                first, second or None, truncation=longest is not None, max_length=longest
            )
        return tokens


def load_encoder(source: str, kind: Literal["embedding", "classification"]) -> Encoder:
    """Load an encoder from a folder or a hub id, and refuse one of which a part is not in its files.

    Raises
    ------
    ModelError
        If there is none, or it has no head of the kind that is needed.
    """
    auto = transformers.AutoModel if kind == "embedding" else transformers.AutoModelForSequenceClassification
    name, _, revision = source.partition("@")
    options = {"revision": revision} if revision else {}
    local = Path(source).exists()
    with quiet() if local else nullcontext(), explained(f"model {source!r} cannot be loaded"):
        tokenizer = transformers.AutoTokenizer.from_pretrained(
            source if local else name, trust_remote_code=False, **options
        )
        network, found = auto.from_pretrained(
            source if local else name,
            dtype=torch.float32,
            trust_remote_code=False,
            output_loading_info=True,
            ignore_mismatched_sizes=True,
            **options,
        )
    absent = sorted(found["missing_keys"]) + sorted(key for key, *_ in found["mismatched_keys"])
    # What pools for another task is not used here, and many encoders are published without it.
    absent = [key for key in absent if kind == "classification" or not key.startswith("pooler.")]
    if absent:
        raise ModelError(
            f"model {source!r}: {len(absent)} of its weights are not in its files or of another shape, "
            f"such as {absent[0]}; is it a model for {kind}?"
        )
    return Encoder(network.to(device_of(settings().device)).eval(), tokenizer)
