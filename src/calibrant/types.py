"""Array aliases and closed sets of names that every stage shares."""

from collections.abc import Sequence
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]

OptionLogits: TypeAlias = Sequence[npt.ArrayLike] | FloatArray
"""Unnormalised log-probabilities of the options: one sequence a question; the lengths may differ between questions."""

ReadoutKind: TypeAlias = Literal["letter", "cloze"]
"""How option likelihoods are read: by the options' letters, or by the options' own texts."""

SplitName: TypeAlias = Literal["train", "calibration", "test", "guarantee"]
"""The part of the data that a question belongs to. Only ``test`` reports; nothing is chosen or fitted on it.

``guarantee`` is there on request: thresholds with a guarantee are chosen on it, and no map sees it.
"""

BinStrategy: TypeAlias = Literal["uniform", "quantile", "unique"]
"""Bins of equal width, of equal mass, or one for each distinct value."""

BinEdges: TypeAlias = Literal["right", "left"]
"""``right``: bins are (low, high] and 0 falls in the first. ``left``: bins are [low, high) and 1 falls in the last."""

Norm: TypeAlias = Literal["l1", "l2", "max"]
"""How the gaps of the bins are joined into one calibration error."""
