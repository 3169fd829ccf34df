"""Every choice that the numbers of an evaluation depend on."""

from dataclasses import dataclass
from typing import TypedDict

from calibrant.exceptions import InputError
from calibrant.types import BinEdges, BinStrategy


class Bins(TypedDict):
    """The arguments of every binned metric."""

    n_bins: int
    strategy: BinStrategy
    edges: BinEdges


@dataclass(frozen=True)
class EvaluationSettings:
    """Every choice that the numbers depend on; all of it stands in the evaluation."""

    n_bins: int = 15
    """Bins of the calibration errors and the reliability diagram."""

    strategy: BinStrategy = "uniform"
    """Bins of equal width or of equal mass."""

    edges: BinEdges = "right"
    """Which edge belongs to a bin."""

    n_boot: int = 1000
    """Bootstrap resamples."""

    level: float = 0.95
    """Coverage of the intervals."""

    n_draws: int = 1000
    """Simulations of the noise floor."""

    seed: int = 0
    """Seed of the bootstrap and of the noise floor, not negative."""

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise InputError(f"seed must not be negative; got {self.seed}")

    @property
    def bins(self) -> Bins:
        """The arguments of every binned metric."""
        return {"n_bins": self.n_bins, "strategy": self.strategy, "edges": self.edges}
