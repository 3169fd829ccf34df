"""A check as the table and the page read it: checked once, then typed."""

from collections.abc import Mapping
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError, model_validator

from calibrant.evaluation._record import Curve, Estimate, Number, Settings
from calibrant.evaluation._transfer_status import TransferStatus
from calibrant.exceptions import InputError


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class TransferRow(_Record):
    """Answers of one kind: of a subject, or with a number of options."""

    label: str
    n: int
    accuracy: Estimate
    mean_confidence: Number
    gap: Estimate
    """Mean confidence minus accuracy: positive where it claims too much."""

    p_value: Number
    p_adjusted: Number
    """Adjusted for all rows of the table."""

    fails: bool


class TransferTest(_Record):
    """What one test makes of perfect calibration."""

    name: str
    statistic: Number
    p_value: Number
    p_adjusted: Number
    reason: str | None = None


class TransferFloor(_Record):
    """The calibration error that chance alone would show."""

    mean: Number
    limit: Number


class Overall(_Record):
    """All answers together."""

    accuracy: Estimate
    mean_confidence: Number
    gap: Estimate
    log_loss: Number
    expected_calibration_error: Number
    noise_floor: TransferFloor
    design_effect: float
    tests: list[TransferTest]
    curve: Curve | None = None
    """Accuracy against confidence; null in a check that was made before it was noted."""


class ConfidenceTest(_Record):
    """Whether raw confidence is distributed as it was where the map was fitted."""

    statistic: Number
    p_value: Number
    n_fitted_on: int
    name: str = ""


class OutOfDomain(_Record):
    """Shares of the questions that look like none that the map was fitted on."""

    outside: float
    unseen_options: float
    beyond: dict[str, float]
    n_options_fitted_on: dict[str, int] = {}
    """Questions with each number of options, where the map was fitted."""

    confidence_test: ConfidenceTest


class ShiftErrors(_Record):
    """How far one of the two confidences is off."""

    log_loss: Number
    expected_calibration_error: Number


class LabelShift(_Record):
    """Shares of right answers, and what re-weighting for the estimated one would do."""

    fitted: float
    supposed: float
    """Mean confidence of the map where it was fitted, which the estimate starts from."""

    estimated: Estimate
    accuracy: float
    map: ShiftErrors
    reweighted: ShiftErrors
    difference: Estimate
    helps: bool


class FittedOn(_Record):
    """What the map was fitted for, and on how much."""

    model: dict[str, object] = {}
    data: dict[str, object] = {}
    n: int | None = None
    n_groups: int | None = None


class TransferProvenance(_Record):
    """What made the check, of whose answers."""

    model: dict[str, object] = {}
    data: dict[str, object] = {}
    versions: dict[str, str] = {}
    command: str = ""
    seconds: Number = None


class Transfer(_Record):
    """A whole check; where nothing was measured, the numbers are null."""

    format: Literal["calibrant/check"]
    version: Literal[1]
    created: AwareDatetime
    status: TransferStatus
    reasons: list[str]
    sentence: str
    method: str
    label: str
    fitted: FittedOn = FittedOn()
    alpha: float | None = None
    """Significance level of the tests, and of each table."""

    max_outside: float | None = None
    """Share of questions out of domain that is allowed."""

    settings: Settings | None = None
    n: int | None
    n_groups: int | None = None
    n_seen: int = 0
    n_unanswerable: int = 0
    n_ungraded: int = 0
    n_unmapped: int = 0
    overall: Overall | None
    subjects: list[TransferRow]
    n_options: list[TransferRow]
    domain: OutOfDomain | None
    label_shift: LabelShift | None
    notes: list[str]
    provenance: TransferProvenance = TransferProvenance()

    @model_validator(mode="after")
    def _measured_or_stale(self) -> "Transfer":
        if (self.n is None) != (self.overall is None) or (
            self.n is None and self.status not in ("stale", "out of domain")
        ):
            raise ValueError("only a check that is stale or out of domain may lack numbers, and it lacks all of them")
        return self


def read_transfer(check: Mapping[str, object]) -> Transfer:
    """Check a check and give it types.

    Parameters
    ----------
    check : Mapping
        What ``check.json`` holds.

    Raises
    ------
    InputError
        If a key is missing or holds something else than it should; the message names the key.
    """
    try:
        return Transfer.model_validate(check)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        if first["type"] == "missing":
            raise InputError(f"The check has no key '{key}'; run `calibrant check` to make it anew.") from error
        place = f"at '{key}'" if key else "as a whole"
        raise InputError(f"The check cannot be used {place}: {first['msg']}.") from error
