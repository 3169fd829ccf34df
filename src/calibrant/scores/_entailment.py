"""Two answers → whether each follows from the other, as an NLI cross-encoder sees it."""

from collections.abc import Sequence

import torch

from calibrant.exceptions import ModelError
from calibrant.scores._encoder import load_encoder


class EntailmentJudge:
    """Judges that two answers mean the same where each entails the other.

    The question stands before both answers, since a short answer says little alone. A pair that is longer than the
    model reads is not judged.

    Parameters
    ----------
    source : str
        A folder or hub id of a cross-encoder for natural language inference.
    strict : bool
        Whether both directions must be entailments; else it is enough that neither is a contradiction and not both are
        neutral.
    """

    def __init__(self, source: str, strict: bool) -> None:
        self.strict = strict
        self._encoder = load_encoder(source, "classification")
        labels = {int(number): str(label).lower() for number, label in self._encoder.network.config.id2label.items()}
        self._entailment = _find(labels, "entail", source)
        self._contradiction = -1 if strict else _find(labels, "contra", source)

    def __call__(self, question: str, pairs: Sequence[tuple[str, str]]) -> list[bool | None]:
        """Return whether each pair means the same; None where it is too long."""
        both = [
            (f"{question} {premise}", f"{question} {hypothesis}")
            for pair in pairs
            for premise, hypothesis in (pair, pair[::-1])
        ]
        fits = [length <= self._encoder.longest for length in self._encoder.lengths(both)]
        classes = iter(self.classify([texts for texts, fitting in zip(both, fits, strict=True) if fitting]))
        found = [next(classes) if fitting else None for fitting in fits]
        return [self._join(there, back) for there, back in zip(found[::2], found[1::2], strict=True)]

    def classify(self, pairs: Sequence[tuple[str, str]]) -> list[int]:
        """Return the likeliest class of each premise and hypothesis."""
        classes = [0] * len(pairs)
        for places, batch in self._encoder.batches(pairs):
            with torch.inference_mode():
                likeliest = self._encoder.network(**batch).logits.argmax(-1).tolist()
            for place, number in zip(places, likeliest, strict=True):
                classes[place] = number
        return classes

    def _join(self, there: int | None, back: int | None) -> bool | None:
        if there is None or back is None:
            return None
        if self.strict:
            return there == back == self._entailment
        return self._contradiction not in (there, back) and self._entailment in (there, back)


def _find(labels: dict[int, str], start: str, source: str) -> int:
    for number, label in labels.items():
        if label.startswith(start):
            return number
    raise ModelError(
        f"model {source!r}: it names no class {start}..., only {', '.join(labels.values())}; "
        "a cross-encoder for natural language inference is needed"
    )
