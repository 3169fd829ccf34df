"""What every calibrator offers: the three Protocols, told apart by ``input_kind``."""

from typing import ClassVar, Literal, Protocol, TypeAlias

import numpy.typing as npt

from calibrant.calibrators._evidence import Evidence, EvidenceName
from calibrant.types import FloatArray, OptionLogits


class OptionMap(Protocol):
    """Logits of the options → a probability for each option."""

    input_kind: ClassVar[Literal["logits"]]
    fixed_options: ClassVar[bool]
    """Whether all questions must have the same number of options, in the same order, as in the fit."""

    def fit(
        self, logits: OptionLogits, labels: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None
    ) -> "OptionMap":
        """Learn the map from the logits of the options and the index of the right one."""
        ...

    def predict_proba(self, logits: OptionLogits) -> list[FloatArray]:
        """Give one array a question: the probability of each of its options."""
        ...

    def get_params(self, deep: bool = True) -> dict[str, object]:
        """Give the arguments of the constructor, as scikit-learn does."""
        ...


class ConfidenceMap(Protocol):
    """Confidence in the answer given → the probability that it is right."""

    input_kind: ClassVar[Literal["probabilities"]]

    def fit(
        self, y_prob: npt.ArrayLike, y_true: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None
    ) -> "ConfidenceMap":
        """Learn the map from the confidence in the answers given and their correctness."""
        ...

    def predict(self, y_prob: npt.ArrayLike) -> FloatArray:
        """Give the probability, strictly inside (0, 1), that each answer is right."""
        ...

    def get_params(self, deep: bool = True) -> dict[str, object]:
        """Give the arguments of the constructor, as scikit-learn does."""
        ...


class EvidenceMap(Protocol):
    """All that was read of a question → a probability for each option."""

    input_kind: ClassVar[Literal["evidence"]]
    needs: ClassVar[tuple[EvidenceName, ...]]
    """What the evidence must hold to predict."""
    needs_to_fit: ClassVar[tuple[EvidenceName, ...]]
    """What it must hold to fit."""

    def fit(
        self, evidence: Evidence, labels: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None
    ) -> "EvidenceMap":
        """Learn the map from evidence and the index of the right option, which some maps do not look at."""
        ...

    def predict_proba(self, evidence: Evidence) -> list[FloatArray]:
        """Give one array a question: the probability of each of its options."""
        ...

    def get_params(self, deep: bool = True) -> dict[str, object]:
        """Give the arguments of the constructor, as scikit-learn does."""
        ...


Calibrator: TypeAlias = OptionMap | ConfidenceMap | EvidenceMap
"""Any kind. Its parameters and the attributes that end in ``_`` (numbers and float arrays) are all of its state."""
