"""A comparison as the page and the table read it: checked once, then typed."""

from collections.abc import Mapping
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError, model_validator

from calibrant.evaluation._record import Curve, Estimate, Floor, Metrics, Number, Settings
from calibrant.exceptions import InputError


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class Ends(_Record):
    """Both ends of an interval."""

    low: Number
    high: Number


class _Pair(_Record):
    a: str
    b: str


class Difference(_Pair):
    """A metric of ``b`` minus that of ``a``, both on the same questions."""

    metric: str
    value: Number
    standard_error: Number
    low: Number
    """Lower end of the simultaneous interval."""

    high: Number
    """Upper end of the simultaneous interval."""

    p_value: Number
    """Adjusted for the whole family."""

    pointwise: Ends
    """The interval that this difference would have alone."""

    n_undefined: int
    verdict: str
    """Which one is better, or that no difference is shown."""

    favours: Literal["a", "b"] | None
    """The better one; null where no difference is shown, and for overconfidence, of which neither sign is better."""

    resolution: Number
    """Half the width of the simultaneous interval: a true difference of this size is shown about half the time."""

    reason: str | None = None


class Spread(_Pair):
    """A difference of which only the movement under resampling is known: no verdict follows from it."""

    metric: str
    value: Number
    low: Number
    high: Number


class Agreement(_Pair):
    """On how many questions two methods were right."""

    both_right: int
    only_a: int
    only_b: int
    both_wrong: int


class GainCell(_Record):
    """The questions of which the same became: their mean confidence before and after a change of the model."""

    name: Literal["both_right", "gained", "lost", "both_wrong"]
    """Right before and after, right only after, right only before, or never right."""

    n: int
    before: Number
    after: Number
    change: Number
    """What these questions add to the change of the mean confidence over all; the four cells sum to it."""


class Gain(_Pair):
    """What a model gained in confidence and in accuracy, where ``a`` is before a change and ``b`` after it."""

    sentence: str
    confidence: Estimate
    """Change of the mean confidence."""

    accuracy: Estimate
    share: Estimate
    """Share of a rise in confidence that no rise in accuracy matches; null where confidence did not rise."""

    n_undefined: int
    """Resamples in which mean confidence did not rise: the interval of the share takes them as beyond an end of it."""

    cells: list[GainCell]


class ComparedFile(_Record):
    """Where the answers of one method come from, and what of them does not count."""

    name: str
    format: str
    facts: dict[str, object]
    n_rows: int
    n_unmatched: int
    n_ungraded: int
    n_unparsed: int


class ComparedMethod(_Record):
    """Everything measured of one method."""

    label: str
    file: ComparedFile
    metrics: Metrics
    overconfidence: Estimate
    noise_floor: Floor
    curve: Curve


class ComparisonProvenance(_Record):
    """What made it."""

    versions: dict[str, str]
    command: str
    seconds: Number


class Comparison(_Record):
    """A whole comparison."""

    format: Literal["calibrant/comparison"]
    version: Literal[1]
    created: AwareDatetime
    headline: str
    n: int
    n_groups: int | None
    """Groups that were resampled whole; null where questions were."""

    matched_by: Literal["id", "row"]
    reference: str | None
    """The method that all others are compared with; null where all pairs are."""

    settings: Settings
    notes: list[str]
    methods: dict[str, ComparedMethod]
    n_family: int
    """Differences whose intervals hold together."""

    differences: list[Difference]
    spreads: list[Spread]
    agreements: list[Agreement]
    gain: Gain | None = None
    """Where the two methods are one model before and after a change."""

    provenance: ComparisonProvenance

    @model_validator(mode="after")
    def _names_are_methods(self) -> "Comparison":
        parts: list[_Pair] = [*self.differences, *self.spreads, *self.agreements]
        parts += [self.gain] if self.gain else []
        for part in parts:
            for name in (part.a, part.b):
                if name not in self.methods:
                    raise ValueError(f"'methods' must hold '{name}', which is compared")
        return self


def read_comparison(comparison: Mapping[str, object]) -> Comparison:
    """Check a comparison and give it types.

    Parameters
    ----------
    comparison : Mapping
        What ``comparison.json`` holds.

    Returns
    -------
    Comparison
        The same, typed.

    Raises
    ------
    InputError
        If a key is missing or holds something else than it should; the message names the key.
    """
    try:
        return Comparison.model_validate(comparison)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        if first["type"] == "missing":
            raise InputError(f"The comparison has no key '{key}'; run `calibrant compare` to make it anew.") from error
        place = f"at '{key}'" if key else "as a whole"
        raise InputError(f"The comparison cannot be used {place}: {first['msg']}.") from error
