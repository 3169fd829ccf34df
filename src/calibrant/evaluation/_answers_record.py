"""An evaluation of answers as the page and the table read it: checked once, then typed."""

from collections.abc import Mapping
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError, model_validator

from calibrant.evaluation._record import (
    Curve,
    DataSource,
    Estimate,
    Floor,
    FoldScore,
    ModelSource,
    Number,
    Settings,
    Template,
    Verdict,
    WrongAnswer,
)
from calibrant.exceptions import InputError


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class Cost(_Record):
    """What a signal costs besides the answer."""

    readings: float
    """Prompts read without an answer being written, an answer."""

    replies: float
    """Replies written, an answer."""

    passes: Number
    """Forward passes, an answer; null where their number is not told."""


class RawSignal(_Record):
    """A signal as it is."""

    auroc: Estimate
    aurc: Estimate
    mean_confidence: Estimate
    log_loss: Estimate | None
    """Null for a score, which claims to be no probability; so is the Brier score."""

    brier_score: Estimate | None


class MappedSignal(_Record):
    """A signal after its map."""

    log_loss: Estimate
    brier_score: Estimate
    expected_calibration_error: Estimate
    mean_confidence: Estimate
    noise_floor: Floor
    curve: Curve


class SignalMap(_Record):
    """The map of a signal, fitted on train and calibration."""

    name: str | None
    """``none`` where the signal is left as it is; null where no map could be fitted."""

    label: str | None
    n: int
    """Answers that it was fitted on."""

    log_loss: FoldScore | None
    """Cross-validated on them."""

    reason: str | None = None
    """Why there is none."""


class SignalFound(_Record):
    """Everything found of one signal on the test part."""

    own_guess: bool
    """Whether it speaks of a guess of its own, and not of the answer."""

    is_probability: bool
    cost: Cost
    n: int
    """Test answers that have it, and are graded."""

    n_right: int
    missing: dict[str, int]
    """The others, by cause."""

    map: SignalMap
    reason: str | None
    """Why it is not measured; null where it is."""

    accuracy: Estimate | None
    raw: RawSignal | None
    mapped: MappedSignal | None
    difference: Estimate | None
    """Its AUROC minus that of the signal compared with, on the answers that all have."""


class SignalChoiceMade(_Record):
    """How the signal to use was chosen, without the test part."""

    n: int
    best: str | None
    log_loss: dict[str, FoldScore]
    base: FoldScore | None
    """Of saying for each answer how often answers are right."""

    left_out: dict[str, str]


class Grading(_Record):
    """How the answers of the test part were graded."""

    rule: str
    n: int
    n_right: int
    wrong: dict[str, int]
    """Answers that are wrong for a cause of their own, such as a refusal."""

    ungraded: dict[str, int]


class Limits(_Record):
    """From when on a signal is measured."""

    share: float
    right: int
    wrong: int


class Asked(_Record):
    """What the model was asked for."""

    max_tokens: int | None
    samples: int | None
    temperature: Number
    stated: list[str]


class AnswersProvenance(_Record):
    """Where everything came from."""

    model: ModelSource
    data: DataSource | None = None
    template: Template
    examples: int
    splits: dict[str, int]
    seed: int | None = None
    asked: Asked
    asking_seconds: Number
    versions: dict[str, str] = {}
    command: str = ""
    seconds: Number = None


class AnswersEvaluation(_Record):
    """A whole evaluation of answers."""

    format: Literal["calibrant/answers-evaluation"]
    version: Literal[1]
    created: AwareDatetime
    verdict: Verdict
    n: int
    """Test questions with a known answer."""

    n_groups: int
    n_unanswerable: int
    n_unlabelled: int
    n_fitted: int
    """Questions of train and calibration with a known answer."""

    grading: Grading
    equivalence: str
    settings: Settings
    limits: Limits
    chosen: str | None
    choice: SignalChoiceMade
    signals: dict[str, SignalFound]
    compared_with: str | None
    """The signal that ``difference`` is taken from; null where nothing is compared."""

    drawn: list[str]
    """The signals whose reliability is shown."""

    confident_errors: list[WrongAnswer]
    provenance: AnswersProvenance

    @model_validator(mode="after")
    def _names_are_signals(self) -> "AnswersEvaluation":
        for name in (*filter(None, (self.chosen, self.compared_with)), *self.drawn):
            if name not in self.signals:
                raise ValueError(f"'signals' must hold '{name}', which is spoken of")
        for name in self.drawn:
            if self.signals[name].mapped is None:
                raise ValueError(f"'signals' must hold '{name}' with its map, since it is drawn")
        return self

    @property
    def by_cost(self) -> list[tuple[str, SignalFound]]:
        """Every signal with its name, the cheapest first; those whose passes are not told stand last."""

        def price(item: tuple[str, SignalFound]) -> tuple[bool, float, float]:
            cost = item[1].cost
            return cost.passes is None, cost.passes or 0.0, cost.replies

        return sorted(self.signals.items(), key=price)


def read_answers_evaluation(evaluation: Mapping[str, object]) -> AnswersEvaluation:
    """Check an evaluation of answers and give it types.

    Parameters
    ----------
    evaluation : Mapping
        What ``evaluation.json`` holds.

    Returns
    -------
    AnswersEvaluation
        The same, typed.

    Raises
    ------
    InputError
        If a key is missing or holds something else than it should; the message names the key.
    """
    try:
        return AnswersEvaluation.model_validate(evaluation)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        if first["type"] == "missing":
            raise InputError(
                f"The evaluation of answers has no key '{key}'; run `calibrant evaluate` to make it anew."
            ) from error
        place = f"at '{key}'" if key else "as a whole"
        raise InputError(f"The evaluation of answers cannot be used {place}: {first['msg']}.") from error
