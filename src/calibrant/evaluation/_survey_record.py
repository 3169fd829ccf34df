"""A survey as the page and the table read it: checked once, then typed."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

from pydantic import AwareDatetime, BaseModel, ConfigDict, NonNegativeInt, ValidationError, model_validator

from calibrant.evaluation._record import Estimate, Floor, Number
from calibrant.evaluation._survey_cell import ConfidenceSource
from calibrant.exceptions import InputError
from calibrant.types import BinEdges, BinStrategy, Norm

ConfidenceMeasure: TypeAlias = Literal["mean_confidence", "right"]
"""Confidence in all answers, or in the right ones only."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class Side(_Record):
    """Confidence in the right answers, or in the wrong ones."""

    n: NonNegativeInt
    mean: Estimate
    sd: Number


class Tested(_Record):
    """Welch's t-test of both sides."""

    statistic: Number
    df: Number
    p_value: Number
    p_adjusted: Number = None
    """Holds for all pairs of model and set together; null for a subject, which is not tested."""


class _Means(_Record):
    """What is measured of some answers."""

    n: NonNegativeInt
    """Answers whose option and confidence could both be read."""

    intervals: Literal["closed form", "bootstrap over groups"]
    accuracy: Estimate
    mean_confidence: Estimate
    overconfidence: Estimate
    """Mean confidence minus accuracy."""

    right: Side
    wrong: Side
    gap: Estimate
    """Confidence in right answers minus that in wrong ones."""

    test: Tested


class SubjectMeans(_Means):
    """The same of one subject."""

    subject: str


class SurveyCell(_Means):
    """Everything measured of one model on one set."""

    model: str
    data: str
    source: ConfidenceSource
    n_asked: NonNegativeInt
    causes: dict[str, int]
    parsed: Estimate
    """Share of the questions asked that count."""

    expected_calibration_error: Estimate
    noise_floor: Floor
    subjects: list[SubjectMeans]
    asked: dict[str, object]


class ModelCorrelation(_Record):
    """How confidence goes with accuracy over the models; where ``value`` is null, ``reason`` says why."""

    source: ConfidenceSource
    data: str | None
    """The set; null for the mean over all sets."""

    measure: ConfidenceMeasure
    n_models: NonNegativeInt
    value: Number
    low: Number
    high: Number
    p_value: Number
    reason: str | None = None


class SurveySettings(_Record):
    """How the numbers were measured."""

    n_bins: int
    strategy: BinStrategy
    edges: BinEdges
    norm: Norm
    n_boot: int
    level: float
    n_draws: int
    seed: int
    fewest_models: int


class SurveyProvenance(_Record):
    """What made it."""

    versions: dict[str, str]
    command: str
    seconds: Number


class Survey(_Record):
    """A whole survey."""

    format: Literal["calibrant/survey"]
    version: Literal[1]
    created: AwareDatetime
    headline: str
    settings: SurveySettings
    notes: list[str]
    models: dict[str, dict[str, object]]
    data: dict[str, dict[str, object]]
    cells: list[SurveyCell]
    correlations: list[ModelCorrelation]
    provenance: SurveyProvenance

    @model_validator(mode="after")
    def _names_are_there(self) -> "Survey":
        if not self.cells:
            raise ValueError("'cells' must hold at least one pair of model and set")
        for cell in self.cells:
            for name, key in ((cell.model, "models"), (cell.data, "data")):
                if name not in getattr(self, key):
                    raise ValueError(f"'{key}' must hold '{name}', which is measured")
        return self


def read_survey(survey: Mapping[str, object]) -> Survey:
    """Check a survey and give it types.

    Parameters
    ----------
    survey : Mapping
        What ``survey.json`` holds.

    Returns
    -------
    Survey
        The same, typed.

    Raises
    ------
    InputError
        If a key is missing or holds something else than it should; the message names the key.
    """
    try:
        return Survey.model_validate(survey)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        if first["type"] == "missing":
            raise InputError(f"The survey has no key '{key}'; run `calibrant survey` to make it anew.") from error
        place = f"at '{key}'" if key else "as a whole"
        raise InputError(f"The survey cannot be used {place}: {first['msg']}.") from error
