"""What the questions that maps were fitted on look like to the model, and which new ones look like none of them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError, model_validator
from scipy.stats import kstwo

from calibrant.artifact._artifact import Artifact
from calibrant.exceptions import ArtifactError
from calibrant.scores import margin, max_probability, negative_entropy
from calibrant.types import BoolArray, FloatArray, OptionLogits

_KEY = "domain"

_TAIL = 0.001
"""What is cut off at either end of a feature: one strange answer must not make everything look familiar."""

_N_QUANTILES = 201

_HAIR = 1e-9
"""A value at an end lies inside, whatever its last digits."""


class FeatureRange(BaseModel):
    """The values of one feature among what was fitted on."""

    model_config = ConfigDict(frozen=True)

    min: FiniteFloat
    low: FiniteFloat
    """The 0.1 % quantile."""
    high: FiniteFloat
    """The 99.9 % quantile."""
    max: FiniteFloat


class Domain(BaseModel):
    """What a manifest notes of the questions that maps were fitted on."""

    model_config = ConfigDict(frozen=True)

    n_options: dict[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]]
    """Number of options → how many questions had it."""

    features: dict[str, FeatureRange]
    """Raw confidence, margin and normalised entropy."""

    confidence_quantiles: Annotated[list[FiniteFloat], Field(min_length=_N_QUANTILES, max_length=_N_QUANTILES)]
    """Of raw confidence, from the smallest to the largest in steps of half a percent; each is a value that occurred."""

    mean_confidence: dict[str, Annotated[float, Field(ge=0, le=1)]] = {}
    """Map → its mean confidence: the share of right answers that it supposes."""

    @model_validator(mode="after")
    def _check(self) -> "Domain":
        if self.features.keys() != _features([[0.0, 0.0]]).keys() or not self.n_options:
            raise ValueError("it must have options and the features of this version")
        if sorted(self.confidence_quantiles) != self.confidence_quantiles:
            raise ValueError("its quantiles must rise")
        return self

    @property
    def n(self) -> int:
        """How many questions were fitted on."""
        return sum(self.n_options.values())


@dataclass(frozen=True, eq=False)
class Outside:
    """Which questions lie outside a domain, and by what; each array of shape (n_questions,)."""

    unseen_options: BoolArray
    """Its number of options never occurred."""

    beyond: Mapping[str, BoolArray]
    """Feature → its value lies beyond the 0.1 % or the 99.9 % quantile."""

    @property
    def any(self) -> BoolArray:
        """Outside by at least one of them."""
        found: BoolArray = np.logical_or.reduce([self.unseen_options, *self.beyond.values()])
        return found


@dataclass(frozen=True)
class QuantileTest:
    """How far two distributions are apart, of which one is known by its quantiles."""

    statistic: float
    """The largest gap between the distribution functions that the quantiles prove, in [0, 1]."""

    p_value: float
    """Probability of at least such a gap between samples of one population; small = different."""


def note_domain(logprobs: OptionLogits, mean_confidence: Mapping[str, float] | None = None) -> dict[str, object]:
    """Return what a manifest keeps of how the questions that maps are fitted on look to the model.

    Parameters
    ----------
    logprobs : sequence of n_questions array-likes of shape (n_options,)
        Option log-probabilities of the questions fitted on.
    mean_confidence : mapping of str to float, optional
        The mean confidence of each map on them.

    Examples
    --------
    >>> noted = note_domain([[np.log(3), 0.0], [0.0, 0.0], [0.0, 0.0, 0.0]])["domain"]
    >>> noted["n_options"], [round(noted["features"]["margin"][end], 3) for end in ("min", "max")]
    ({'2': 2, '3': 1}, [0.0, 0.5])
    """
    features = _features(logprobs)
    counts = Counter(len(np.atleast_1d(row)) for row in logprobs)
    ends = {"min": 0.0, "low": _TAIL, "high": 1 - _TAIL, "max": 1.0}
    steps = np.linspace(0, 1, _N_QUANTILES)
    return {
        _KEY: {
            # JSON has no numbers for keys.
            "n_options": {str(k): counts[k] for k in sorted(counts)},
            "features": {
                name: {end: float(np.quantile(values, share)) for end, share in ends.items()}
                for name, values in features.items()
            },
            "confidence_quantiles": np.quantile(features["confidence"], steps, method="inverted_cdf").tolist(),
            "mean_confidence": dict(mean_confidence or {}),
        }
    }


def read_domain(artifact: Artifact) -> Domain | None:
    """Return what an artifact notes of what it was fitted on; None if it is of a version that noted nothing.

    Raises
    ------
    ArtifactError
        If what it notes cannot be used.
    """
    noted = artifact.manifest.get(_KEY)
    if noted is None:
        return None
    try:
        return Domain.model_validate(noted)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, (_KEY, *first["loc"])))
        raise ArtifactError(f"the artifact's {place} cannot be used ({first['msg']}): fit it again") from None


def find_outside(domain: Domain, logprobs: OptionLogits) -> Outside:
    """Say which questions look like none of those that the maps were fitted on.

    What lies inside may be new all the same: only the number of options and three summaries of the model's own numbers
    are looked at, nothing of what a question is about.

    Examples
    --------
    >>> noted = note_domain([[1.0, 0.0], [2.0, 0.0], [3.0, 0.0]])
    >>> domain = read_domain(Artifact({}, "raw", noted))
    >>> find_outside(domain, [[2.5, 0.0], [9.0, 0.0], [2.0, 0.0, -9.0]]).any.tolist()
    [False, True, True]
    """
    sizes = np.array([len(np.atleast_1d(row)) for row in logprobs])
    beyond = {}
    for name, values in _features(logprobs).items():
        known = domain.features[name]
        beyond[name] = (values < known.low - _HAIR) | (values > known.high + _HAIR)
    return Outside(~np.isin(sizes, list(domain.n_options)), beyond)


def compare_confidence(
    domain: Domain, logprobs: OptionLogits, *, n_groups: int | None = None, n_fitted_groups: int | None = None
) -> QuantileTest:
    """Whether raw confidence is distributed as it was where the maps were fitted; a small p-value = otherwise.

    The two-sample test of Kolmogorov and Smirnov. Of the questions fitted on, 201 quantiles are known, which bound
    their distribution function from both sides; the gap counted is the one that holds within these bounds, so that the
    p-value errs upwards. Questions of a group may be alike, and each group then counts as one.

    Parameters
    ----------
    domain : Domain
        What was fitted on.
    logprobs : sequence of n_questions array-likes of shape (n_options,)
        Option log-probabilities of the new questions.
    n_groups, n_fitted_groups : int, optional
        Groups among the new questions and those fitted on; default: as many as questions.

    Examples
    --------
    >>> domain = read_domain(Artifact({}, "raw", note_domain([[x / 99, 0.0] for x in range(100)])))
    >>> compare_confidence(domain, [[x / 99, 0.0] for x in range(100)]).p_value
    1.0
    >>> compare_confidence(domain, [[5.0, 0.0]] * 100).statistic
    1.0
    """
    here = np.sort(max_probability(logprobs))
    known = np.array(domain.confidence_quantiles)
    values = np.unique(known)
    n_steps = _N_QUANTILES - 1
    # P(value or less) was at least that of the last quantile which is no larger, and less than that of the next.
    reached = np.searchsorted(known, values, side="right") - 1
    before = np.searchsorted(known, values, side="left")
    gap = max(
        _distance(_share(here, values, "right"), reached / n_steps, np.minimum(reached + 1, n_steps) / n_steps),
        _distance(_share(here, values, "left"), np.maximum(before - 1, 0) / n_steps, before / n_steps),
    )
    n, n_fitted = n_groups or here.size, n_fitted_groups or domain.n
    return QuantileTest(gap, float(kstwo.sf(gap, max(1, round(n * n_fitted / (n + n_fitted))))))


def _share(here: FloatArray, values: FloatArray, side: str) -> FloatArray:
    """Return the share of the new values that are no larger (right), or smaller (left), a value."""
    # The hair keeps values equal that another machine made.
    hair = _HAIR if side == "right" else -_HAIR
    share: FloatArray = np.searchsorted(here, values + hair, side="right" if hair > 0 else "left") / here.size
    return share


def _distance(share: FloatArray, low: FloatArray, high: FloatArray) -> float:
    """Return how far the farthest share lies outside its bounds."""
    return float(np.maximum(np.maximum(low - share, share - high), 0.0).max())


def _features(logprobs: OptionLogits) -> dict[str, FloatArray]:
    # With a single option the entropy is 0, whatever it is divided by.
    most = np.log([max(2, len(np.atleast_1d(row))) for row in logprobs])
    return {
        "confidence": max_probability(logprobs),
        "margin": margin(logprobs),
        "entropy": -negative_entropy(logprobs) / most,
    }
