"""Derivatives of a convex loss in 1 / T → the best temperature within its bounds."""

from collections.abc import Callable

import numpy as np

from calibrant.exceptions import InputError

# A Newton step shorter than this share of 1 / T is the last: the error after it is about its square.
_LAST_STEP = 1e-7
# Where bisection stops: rounding in the derivative moves the root by about as much.
_TOLERANCE = 1e-12


def check_bounds(bounds: tuple[float, float]) -> None:
    """Raise ``InputError`` unless the bounds of the temperature are positive, finite and 1 lies within."""
    least, greatest = bounds
    if not 0 < least <= 1 <= greatest < np.inf:
        raise InputError(f"bounds must hold 0 < least <= 1 <= greatest; got {bounds}. Try (0.05, 1000.0).")


def solve_temperature(
    derivatives: Callable[[float], tuple[float, float]], bounds: tuple[float, float]
) -> tuple[float, bool]:
    """Find the best temperature within bounds, and say whether a bound held it.

    ``derivatives`` gives the first and the second derivative of a convex loss at an inverse temperature. Where no
    temperature is better than another, it is 1.
    """
    least, greatest = bounds
    low, high = 1 / greatest, 1 / least
    inverse = 1.0
    slope, curvature = derivatives(inverse)
    if slope == 0:
        falls_to_the_end, rises_from_the_start = derivatives(high)[0] <= 0, derivatives(low)[0] >= 0
        if falls_to_the_end == rises_from_the_start:  # flat, or the least loss lies at T = 1 itself
            return 1.0, False
        return float(least if falls_to_the_end else greatest), True
    # Newton's steps, and bisection where they leave the bracket or grow short too slowly. An end is looked at only when
    # the first step fails: each look takes as long as a step.
    below, above = (inverse, high) if slope < 0 else (low, inverse)
    end_is_known, step_before = False, np.inf
    while slope != 0:
        guess = inverse - slope / curvature if curvature > 0 else np.inf
        if below < guess < above and abs(guess - inverse) <= step_before / 2:
            last = _LAST_STEP
        else:
            if not end_is_known:
                end = high if slope < 0 else low
                if derivatives(end)[0] * np.sign(slope) >= 0:
                    return float(least if slope < 0 else greatest), True
                end_is_known = True
            guess, last = (below + above) / 2, _TOLERANCE
        if abs(guess - inverse) <= last * inverse:
            return 1 / guess, False
        inverse, step_before = guess, abs(guess - inverse)
        slope, curvature = derivatives(inverse)
        below, above = (inverse, above) if slope < 0 else (below, inverse)
    return 1 / inverse, False
