"""What a server said to a question with options: how likely each is, or why that is not known."""

import math
from dataclasses import dataclass

from calibrant.models._tally import Cause
from calibrant.types import FloatArray


@dataclass(frozen=True, eq=False)
class OptionAnswer:
    """The options of one question, as a server sees them; higher is more likely."""

    logprobs: FloatArray | None
    """Natural-log probability of each option, shape (n_options,); None where there is an error. Minus infinity is an
    option that was not among the tokens told: it is less likely than any that were."""

    mass: float = math.nan
    """Probability that the options hold together."""

    missing: float = math.nan
    """Probability of everything that was not told; an option that was not told holds no more than this."""

    error: Cause | None = None
    """Why there is no answer."""
