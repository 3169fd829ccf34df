"""Every text can be read on the paper and on a panel, by light and by dark."""

import itertools

import pytest

from calibrant.report._palette import PALETTE

TEXT = ("ink", "muted", "before", "after")


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_by_hand():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize(("role", "ground"), list(itertools.product(TEXT, ("paper", "panel"))))
def test_contrast(role, ground):
    assert contrast(PALETTE[role].light, PALETTE[ground].light) >= 4.5
    assert contrast(PALETTE[role].dark, PALETTE[ground].dark) >= 4.5


def test_a_light_tone_names_its_role():
    assert len({tone.light for tone in PALETTE.values()}) == len(PALETTE)
