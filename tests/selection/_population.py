"""Populations whose risk at every threshold is known in closed form."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Smooth:
    """Confidence uniform on [0, 1], and right with the probability confidence ** power: 1 is calibrated, 2 boasts."""

    power: int

    def draw(self, n, rng):
        y_prob = rng.random(n)
        return (rng.random(n) < y_prob**self.power).astype(int), y_prob

    def risk(self, threshold):
        """Share of wrong answers among those given: the mean of p ** k above t is (1 + t + ... + t ** k) / (k + 1)."""
        return 1 - sum(threshold**k for k in range(self.power + 1)) / (self.power + 1)

    def loss(self, threshold):
        """Share of all questions that are answered wrongly."""
        return (1 - threshold) * self.risk(threshold)


@dataclass(frozen=True)
class Tied:
    """A few confidences, falling, each with its share of the questions and its share of wrong answers."""

    levels: tuple[float, ...]
    shares: tuple[float, ...]
    wrong: tuple[float, ...]

    def draw(self, n, rng):
        kind = rng.choice(len(self.levels), size=n, p=self.shares)
        return (rng.random(n) >= np.take(self.wrong, kind)).astype(int), np.take(self.levels, kind)

    def risk(self, threshold):
        given = sum(s for p, s in zip(self.levels, self.shares, strict=True) if p >= threshold)
        return self.loss(threshold) / given if given else 0.0

    def loss(self, threshold):
        rows = zip(self.levels, self.shares, self.wrong, strict=True)
        return sum(s * w for p, s, w in rows if p >= threshold)


# The last two are built to break a promise: risks just above 0.1 from the start, and just above it at the end.
POPULATIONS = {
    "calibrated": Smooth(1),
    "boastful": Smooth(2),
    "tied": Tied((0.9, 0.7, 0.5), (0.3, 0.3, 0.4), (0.03, 0.1, 0.3)),
    "never": Tied((0.9, 0.7, 0.5), (0.3, 0.3, 0.4), (0.102, 0.102, 0.102)),
    "nearly": Tied((0.9, 0.7, 0.5), (0.3, 0.3, 0.4), (0.02, 0.05, 0.203)),
}


def too_often(n_broken, n_draws, chance):
    """Whether a promise was broken more often than its chance allows, by more than 3 Monte-Carlo standard errors."""
    return n_broken / n_draws > chance + 3 * np.sqrt(chance * (1 - chance) / n_draws)
