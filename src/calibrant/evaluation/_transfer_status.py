"""What a check found → one word, the reasons for it, and the sentence that a user takes away."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from calibrant.artifact import RAW

TransferStatus: TypeAlias = Literal["calibrated", "uncalibrated", "stale", "out of domain"]
"""Whether a map holds."""


@dataclass(frozen=True)
class Findings:
    """What the status rests on."""

    method: str
    """The map, or raw."""

    n: int
    """Answers measured."""

    differing: str
    """In what the model and prompt differ from those that the map holds for; empty where they do not."""

    outside: float | None
    """Share of questions out of domain; None where the artifact does not note its domain."""

    max_outside: float
    """Share that is allowed."""

    p_value: float
    """The smallest p-value of the tests of perfect calibration, adjusted; NaN where none could tell anything."""

    by: str
    """The test that found it."""

    alpha: float
    """What it is held against."""

    confidence: float
    """Mean confidence."""

    accuracy: float
    """Share of right answers."""

    limit: float
    """Calibration error that perfect calibration exceeds by chance with probability alpha."""

    @property
    def refuted(self) -> bool:
        """Whether perfect calibration is refuted; not where nothing could tell."""
        return self.p_value < self.alpha


def decide(found: Findings) -> tuple[TransferStatus, list[str]]:
    """Return the status, and all that speaks against the map; the first of it decides.

    Examples
    --------
    >>> found = Findings("platt", 200, "", 0.02, 0.1, 0.4, "Mean gap", 0.05, 0.7, 0.71, 0.06)
    >>> decide(found)
    ('calibrated', [])
    """
    against: list[tuple[TransferStatus, str]] = []
    if found.method == RAW:
        against.append(("uncalibrated", "raw is no map: this is the model's own confidence"))
    if found.differing:
        against.append(("stale", stale_reason(found.differing)))
    if found.outside is not None and found.outside > found.max_outside:
        against.append(
            (
                "out of domain",
                f"{_percent(found.outside)} of the questions look like none that the map was fitted on; "
                f"{_percent(found.max_outside)} are allowed",
            )
        )
    if found.refuted:
        small = "p < 0.001" if found.p_value < 0.001 else f"p = {found.p_value:.3f}"
        against.append(
            (
                "uncalibrated",
                f"perfect calibration is refuted ({found.by}: {small}, adjusted): it is {_percent(found.confidence)} "
                f"sure on average and right {_percent(found.accuracy)} of the time",
            )
        )
    return (against[0][0] if against else "calibrated"), [reason for _, reason in against]


def stale_reason(differing: str) -> str:
    """Say that the artifact was fitted for something else."""
    return f"the artifact was fitted for something else: {differing}"


def sentence_of(status: TransferStatus, reasons: list[str], found: Findings) -> str:
    """Say what the status rests on; "calibrated" is never said without how little it means.

    Examples
    --------
    >>> found = Findings("platt", 200, "", 0.02, 0.1, 0.4, "Mean gap", 0.05, 0.7, 0.71, 0.06)
    >>> print(sentence_of("calibrated", [], found))
    calibrated: not refuted with 200 answers; a calibration error of more than about 6.0 points would have been seen.
    """
    if status != "calibrated":
        return f"{status}: {'; '.join(reasons)}."
    answers = "answer" if found.n == 1 else "answers"
    return (
        f"calibrated: not refuted with {found.n:,} {answers}; a calibration error of more than about "
        f"{100 * found.limit:.1f} points would have been seen."
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
