"""All pairs of model and set → the sentence that a reader takes away."""

from collections.abc import Iterable, Sequence

from calibrant.evaluation._survey_record import SurveyCell


def survey_headline(cells: Sequence[SurveyCell], *, level: float) -> str:
    """Say in how many pairs confidence tells right answers from wrong ones, by how much, and how far it is off.

    A pair counts where the adjusted p-value is below 1 - level and the interval excludes 0.

    Parameters
    ----------
    cells : sequence of SurveyCell
        The pairs.
    level : float
        Coverage of the intervals.

    Returns
    -------
    str
        One to three sentences.
    """
    tested = [cell for cell in cells if cell.test.p_adjusted is not None]
    shown = [cell for cell in tested if is_shown(cell, level)]
    higher = [gap for cell in shown if (gap := cell.gap.value) is not None and gap > 0]
    lower = [gap for cell in shown if (gap := cell.gap.value) is not None and gap < 0]
    pairs = "1 pair" if len(cells) == 1 else f"{len(cells)} pairs"
    said = f"In {len(higher) or 'none'} of {pairs} of model and set is confidence shown to be higher in right answers "
    said += f"than in wrong ones{f', by {_points(higher)}' if higher else ''}."
    if lower:
        said += f" In {len(lower)} it is lower, by {_points(-gap for gap in lower)}."
    off = [value for cell in cells if (value := cell.overconfidence.value) is not None]
    if off:
        said += f" Mean confidence minus accuracy is {_points(off)}."
    return said


def is_shown(cell: SurveyCell, level: float) -> bool:
    """Whether right and wrong answers are shown to differ in confidence, with all pairs taken into account."""
    p, low, high = cell.test.p_adjusted, cell.gap.low, cell.gap.high
    return p is not None and p < 1 - level and low is not None and high is not None and not low <= 0 <= high


def _points(values: Iterable[float]) -> str:
    ends = sorted({f"{100 * value:.1f}" for value in values}, key=float)
    texts = [("0.0" if float(end) == 0 else end).replace("-", "−") for end in (ends[0], ends[-1])]
    return f"{texts[0]} points" if texts[0] == texts[1] else f"{texts[0]} to {texts[1]} points"
