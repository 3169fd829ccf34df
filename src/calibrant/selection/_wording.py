"""Numbers → the words of a guarantee."""

import math

import numpy as np


def percent(share: float) -> str:
    """Give a share as a percentage, with a decimal only where whole numbers would hide something.

    Examples
    --------
    >>> percent(0.6189), percent(0.004), percent(0.996), percent(1.0)
    ('62 %', '0.4 %', '99.6 %', '100 %')
    """
    value = 100 * share
    whole = 1 <= value <= 99 or value in (0, 100)
    return f"{value:.0f} %" if whole else f"{value:.1f} %"


def stated(level: float) -> str:
    """Give a level that somebody set, in percent and as it was set.

    Examples
    --------
    >>> stated(0.1), stated(0.975)
    ('10 %', '97.5 %')
    """
    return f"{100 * level:.10g} %"


def supported(risk: float) -> str:
    """Give the least risk that a number of rows supports, rounded up, as less is not supported.

    Examples
    --------
    >>> supported(0.13911), supported(0.05)
    ('14 %', '5 %')
    """
    return f"{math.ceil(1000 * risk - 1e-9) / 10:g} %"


def at_threshold(threshold: float) -> str:
    """Give a threshold with all its digits.

    Examples
    --------
    >>> at_threshold(0.83), at_threshold(0.0)
    ('0.83', '0')
    """
    return np.format_float_positional(threshold, trim="-")


def sample(n: int, n_rows: int) -> str:
    """Say what the guarantee rests on.

    Examples
    --------
    >>> sample(1412, 1412)
    'n = 1,412 questions that no map was fitted on'
    >>> sample(300, 900)
    'n = 300 questions that no map was fitted on, one of each group'
    """
    text = f"n = {n:,} {'question' if n == 1 else 'questions'} that no map was fitted on"
    return text if n == n_rows else f"{text}, one of each group"


def answers(coverage: float, low: float, high: float) -> str:
    """Say how much is answered, and how surely that is known.

    Examples
    --------
    >>> answers(0.62, 0.55, 0.69)
    '62 % of questions (55 % to 69 %)'
    """
    return f"{percent(coverage)} of questions ({percent(low)} to {percent(high)})"
