import pytest
from tests.evaluation.test_survey import said, survey

from calibrant.evaluation import is_shown


def test_gaps_that_are_shown_are_counted_with_their_range():
    record = survey(said("a", gap=0.2, sure=0.6), said("b", gap=0.1, sure=0.7, seed=1), said("c", sure=0.8, seed=2))
    assert [is_shown(cell, 0.95) for cell in record.cells] == [True, True, False]
    gaps = sorted(f"{100 * cell.gap.value:.1f}" for cell in record.cells[:2])
    assert record.headline == (
        "In 2 of 3 pairs of model and set is confidence shown to be higher in right answers than in wrong ones, by "
        f"{gaps[0]} to {gaps[1]} points. Mean confidence minus accuracy is 10.0 to 30.0 points."
    )


def test_a_gap_the_wrong_way_round_is_said():
    record = survey(said("a", gap=-0.2, right=0.5, sure=0.5))
    assert record.headline.startswith("In none of 1 pair of model and set is confidence shown to be higher")
    assert "In 1 it is lower, by " in record.headline
    assert record.headline.endswith("Mean confidence minus accuracy is 0.0 points.")


def test_nothing_shown():
    record = survey(said("a", sure=0.4, right=0.5))
    assert record.headline == (
        "In none of 1 pair of model and set is confidence shown to be higher in right answers than in wrong ones. Mean "
        "confidence minus accuracy is −10.0 points."
    )


@pytest.mark.parametrize(
    ("p", "low", "high", "shown"),
    [
        (0.04, 0.1, 0.2, True),
        (0.06, 0.1, 0.2, False),
        (0.04, -0.1, 0.2, False),
        (None, None, None, False),
        (0.04, -0.2, -0.1, True),
    ],
)
def test_shown_takes_a_small_p_and_an_interval_without_0(p, low, high, shown):
    cell = survey(said("a")).cells[0]
    changed = cell.model_copy(
        update={
            "test": cell.test.model_copy(update={"p_adjusted": p}),
            "gap": cell.gap.model_copy(update={"low": low, "high": high}),
        }
    )
    assert is_shown(changed, 0.95) is shown
