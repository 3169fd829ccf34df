"""Probability → answer, hedge or abstain at a stated risk; several options → the set that holds the right one.

Everything here is fitted on questions that no map was fitted on and that nothing else was chosen on, drawn as those to
come will be: the part ``guarantee``. What a result promises stands in its ``sentence``.
"""

from calibrant.selection._bands import Bands, select_bands
from calibrant.selection._content import as_content
from calibrant.selection._control import ControlledRisk, control_risk
from calibrant.selection._options import SetScore
from calibrant.selection._sets import ConformalSets
from calibrant.selection._threshold import Tested, Threshold, select_threshold

__all__ = [
    "Bands",
    "ConformalSets",
    "ControlledRisk",
    "SetScore",
    "Tested",
    "Threshold",
    "as_content",
    "control_risk",
    "select_bands",
    "select_threshold",
]
