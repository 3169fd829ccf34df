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
    unanswerable: Unanswerable | None


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


class Provenance(_Record):
    """Where everything came from."""

    model: ModelSource
    data: DataSource
    template: Template
    examples: int
    splits: dict[str, int]
    seed: int
    fitted_on: int
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
    n_ties: int
    settings: Settings
    chosen: str
    choice: Choice
    methods: dict[str, Method]
    differences: dict[str, dict[str, Estimate]]
    confident_errors: list[WrongAnswer]
    readout: Readout
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
