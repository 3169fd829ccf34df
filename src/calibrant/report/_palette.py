"""The colours of the page and of its figures: role -> light and dark tone.

The two series are vermilion and blue of Okabe and Ito (2008), which stay apart in every common kind of colour
blindness; their dark tones are the lighter orange and sky blue of the same set. All text has a contrast of at least 4.5
to the paper. Light tones differ from each other, since a figure's colours are recognised by them (see ``_svg``).
"""

from typing import NamedTuple


class Tone(NamedTuple):
    """One role's colour on light and on dark paper."""

    light: str
    dark: str


PALETTE = {
    "paper": Tone("#ffffff", "#14171a"),
    "panel": Tone("#f5f6f7", "#1d2125"),
    "ink": Tone("#1c2024", "#e7e9ec"),
    "muted": Tone("#5a626b", "#a3abb4"),
    "rule": Tone("#d5d9dd", "#3a4047"),
    "before": Tone("#b84d00", "#f0a04b"),
    "after": Tone("#0068a8", "#62b8ec"),
}
