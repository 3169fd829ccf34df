"""The evaluation as the report reads it: checked once, then typed.

Keys that the report does not show are ignored, so that an evaluation may say more. A number that is null (or NaN) is
undefined, and is shown as such.
"""

import math
from collections.abc import Mapping
from typing import Annotated, Literal, TypeVar

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    FiniteFloat,
    NonNegativeInt,
    ValidationError,
    model_validator,
)

from calibrant.exceptions import InputError
from calibrant.types import BinEdges, BinStrategy, Norm


def _nan_to_null(value: object) -> object:
    return None if isinstance(value, float) and math.isnan(value) else value


def _null_to_nan(value: object) -> object:
    return math.nan if value is None else value


Number = Annotated[FiniteFloat | None, BeforeValidator(_nan_to_null)]
Numbers = list[Annotated[float, BeforeValidator(_null_to_nan)]]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


R = TypeVar("R", bound=_Record)


class Estimate(_Record):
    """A number with its interval; where ``value`` is null, ``reason`` may say why."""

    value: Number
    low: Number
    high: Number
    reason: str | None = None


class Verdict(_Record):
    """The sentence at the head of the page and how many answers it rests on."""

    sentence: str
    n: NonNegativeInt


class Settings(_Record):
    """How the numbers were measured."""

    n_bins: int
    strategy: BinStrategy
    edges: BinEdges
    norm: Norm
    n_boot: int
    level: float
    n_draws: int
    seed: int
    log_loss_eps: float


class FoldScore(_Record):
    """A cross-validated log loss."""

    mean: Number
    standard_error: Number


class HypothesisTest(_Record):
    """A test of calibration; where ``p_value`` is null, ``reason`` may say why."""

    name: str
    statistic: Number
    p_value: Number
    reason: str | None = None


class Classes(_Record):
    """What the probabilities of all options tell, where a file holds them."""

    n: int
    n_options: list[int]
    """The numbers of options that occur."""

    log_loss: Estimate
    brier_score: Estimate
    classwise_calibration_error: Estimate | None
    """Where all questions have the same number of options."""

    n_zero_mass: int
    """Questions whose right option got no probability at all."""


class Choice(_Record):
    """How the map was chosen, without the test part."""

    by: str
    n: int
    log_loss: dict[str, FoldScore]


class Metrics(_Record):
    """The panel of one method."""

    log_loss: Estimate
    brier_score: Estimate
    expected_calibration_error: Estimate
    debiased_calibration_error: Estimate
    auroc: Estimate
    aurc: Estimate
    accuracy: Estimate
    mean_confidence: Estimate


class Floor(_Record):
    """The calibration error that chance alone shows."""

    mean: Number
    limit: Number
    p_value: Number


class OtherEdges(_Record):
    """The calibration error under the other edge convention."""

    edges: BinEdges
    value: Number
    differs: bool


class Curve(_Record):
    """A reliability curve, one entry a bin."""

    low: Numbers
    high: Numbers
    count: list[int]
    confidence: Numbers
    accuracy: Numbers
    accuracy_low: Numbers
    accuracy_high: Numbers

    @model_validator(mode="after")
    def _same_length(self) -> "Curve":
        return _check_lengths(self)


class RiskCoverage(_Record):
    """A risk-coverage curve, one entry a threshold."""

    coverage: Numbers
    risk: Numbers

    @model_validator(mode="after")
    def _same_length(self) -> "RiskCoverage":
        return _check_lengths(self)


class Subject(_Record):
    """The results of one subject."""

    subject: str
    n: int
    accuracy: Estimate
    mean_confidence: Estimate
    expected_calibration_error: Number


class Unanswerable(_Record):
    """What the method claims on questions that have no answer."""

    n: int
    mean_confidence: Number


class Method(_Record):
    """Everything measured of one method."""

    label: str
    metrics: Metrics
    noise_floor: Floor
    other_edges: OtherEdges | None
    curve: Curve
    risk_coverage: RiskCoverage
    subjects: list[Subject]
    unanswerable: Unanswerable | None = None
    more: dict[str, Estimate] = {}
    """More metrics with their intervals: see ``panel_metrics``."""

    tests: list[HypothesisTest] = []
    """Tests whose hypothesis is perfect calibration."""

    classes: Classes | None = None
    n_changed: NonNegativeInt | None = None
    """Measured answers that are others than without the map; null where nobody counted."""


class WrongAnswer(_Record):
    """One wrong answer of high confidence."""

    id: str
    subject: str | None
    question: str
    answer: str
    right: str
    confidence: Number
    calibrated: Number


class Readout(_Record):
    """How the options' likelihoods were read, and why so."""

    kind: str
    requested: str
    choice: dict[str, float] | None
    label_mass: Number


class ModelSource(_Record):
    """Which model ran, and on what."""

    name: str
    source: str | None
    weights: str | None
    dtype: str | None
    device: str | None
    engine: str | None
    engine_version: str | None


class DataSource(_Record):
    """Which questions were asked."""

    source: str
    sha256: str | None
    n: int
    n_duplicates: int


class Template(_Record):
    """The prompt."""

    text: str
    sha256: str | None


class PredictionsSource(_Record):
    """How a file of predictions was read."""

    format: str
    facts: dict[str, object]


class Provenance(_Record):
    """Where everything came from: a model that was read, or a file of predictions."""

    model: ModelSource | None = None
    predictions: PredictionsSource | None = None
    data: DataSource
    template: Template | None = None
    examples: int | None = None
    splits: dict[str, int] | None = None
    seed: int | None = None
    fitted_on: int | None = None
    versions: dict[str, str]
    command: str
    seconds: Number


class Evaluation(_Record):
    """A whole evaluation."""

    format: Literal["calibrant/evaluation"]
    version: Literal[1]
    created: AwareDatetime
    verdict: Verdict
    n: int
    n_groups: int
    n_unanswerable: int
    n_ungraded: int
    n_unparsed: int = 0
    """Answers whose confidence could not be read; they count in no number."""

    n_ties: int
    notes: list[str] = []
    """What a reader of the numbers should know, warnings first."""

    settings: Settings
    chosen: str
    choice: Choice | None = None
    methods: dict[str, Method]
    differences: dict[str, dict[str, Estimate]]
    confident_errors: list[WrongAnswer] = []
    readout: Readout | None = None
    provenance: Provenance

    @model_validator(mode="after")
    def _has_both_ends(self) -> "Evaluation":
        for name in ("raw", self.chosen):
            if name not in self.methods:
                raise ValueError(f"'methods' must hold '{name}'; it holds {', '.join(self.methods) or 'none'}")
        return self

    @property
    def before(self) -> Method:
        """The raw confidence."""
        return self.methods["raw"]

    @property
    def after(self) -> Method:
        """The chosen map, which may be raw itself."""
        return self.methods[self.chosen]

    @property
    def ends(self) -> list[Method]:
        """Raw and the chosen map; raw alone where no map was chosen."""
        return [self.before] if self.chosen == "raw" else [self.before, self.after]

    @property
    def changed(self) -> str:
        """A sentence on the maps that changed answers, and how many; empty where none did."""
        counts = [(method.label, method.n_changed) for method in self.methods.values() if method.n_changed]
        if not counts:
            return ""
        answers = f"{self.n:,} {'answer' if self.n == 1 else 'answers'}"
        (label, n), *others = counts
        return ", ".join([f"{label} changed {n:,} of {answers}", *(f"{label} {n:,}" for label, n in others)]) + "."


def read_evaluation(evaluation: Mapping[str, object]) -> Evaluation:
    """Check an evaluation and give it types.

    Parameters
    ----------
    evaluation : Mapping
        What ``evaluation.json`` holds.

    Returns
    -------
    Evaluation
        The same, typed.

    Raises
    ------
    InputError
        If a key is missing or holds something else than it should; the message names the key.
    """
    try:
        return Evaluation.model_validate(evaluation)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        if first["type"] == "missing":
            raise InputError(f"The evaluation has no key '{key}'; run `calibrant evaluate` to make it anew.") from error
        place = f"at '{key}'" if key else "as a whole"
        raise InputError(f"The evaluation cannot be used {place}: {first['msg']}.") from error


def _check_lengths(record: R) -> R:
    lengths = {name: len(values) for name, values in record}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"these must have the same length: {lengths}")
    return record
