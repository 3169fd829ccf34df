"""Gates: what an evaluation must reach for the command to exit with status 0."""

from dataclasses import dataclass

from calibrant.evaluation import Evaluation
from calibrant.exceptions import InputError


@dataclass(frozen=True)
class Gates:
    """The limits asked for; None asks for nothing.

    Raises
    ------
    InputError
        If a limit is not a share between 0 and 1.
    """

    max_ece: float | None = None
    """The calibration error may be no larger."""

    min_accuracy: float | None = None
    """The share of right answers may be no smaller."""

    def __post_init__(self) -> None:
        for option, limit in (("--max-ece", self.max_ece), ("--min-accuracy", self.min_accuracy)):
            if limit is not None and not 0 <= limit <= 1:
                raise InputError(f"{option} must lie between 0 and 1, as in 0.1 for ten points; got {limit:g}")

    def failures(self, evaluation: Evaluation) -> list[str]:
        """Say which gates fail, a sentence each; a number that is undefined fails.

        The limit is held against the number itself. Where chance alone would exceed the limit, the sentence says so:
        a perfectly calibrated model fails such a gate too, and more answers are needed to tell.
        """
        method = evaluation.after
        failed = []
        error, accuracy = method.metrics.expected_calibration_error.value, method.metrics.accuracy.value
        if self.max_ece is not None and error is None:
            failed.append(f"the ECE is undefined, so --max-ece {self.max_ece:g} is not met")
        elif self.max_ece is not None and error is not None and error > self.max_ece:
            text = f"the ECE of {error:.4f} is above --max-ece {self.max_ece:g}"
            limit = method.noise_floor.limit
            if limit is not None and limit > self.max_ece:
                text += (
                    f"; with {evaluation.n:,} answers even a perfectly calibrated model can show {limit:.4f} "
                    "by chance (95th percentile), so this gate needs more answers or a higher limit"
                )
            failed.append(text)
        if self.min_accuracy is not None and accuracy is None:
            failed.append(f"the accuracy is undefined, so --min-accuracy {self.min_accuracy:g} is not met")
        elif self.min_accuracy is not None and accuracy is not None and accuracy < self.min_accuracy:
            failed.append(f"the accuracy of {accuracy:.4f} is below --min-accuracy {self.min_accuracy:g}")
        return failed
