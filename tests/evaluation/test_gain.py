import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibrant.evaluation import Answers, EvaluationSettings, compare_predictions, read_comparison
from calibrant.evaluation._gain import _ends, confidence_gain, unmatched_share
from calibrant.exceptions import InputError
from calibrant.predictions import Predictions

QUICK = EvaluationSettings(n_boot=300, n_draws=20)


def compare(before, after, **options):
    files = {"A": Predictions(*before, **options), "B": Predictions(*after)}
    return compare_predictions(files, before_after=True, settings=QUICK, quiet=True)


def gain_of(*columns, **options):
    return compare(*columns, **options)["gain"]


def model(seed, n=400, claim=0.0, skill=0.6):
    """A model that is right in a share ``skill`` of the questions and claims that much more than it."""
    rng = np.random.default_rng(seed)
    right = (rng.random(n) < skill).astype(float)
    return right, np.clip(rng.normal(skill + claim, 0.05, n), 0.01, 0.99)


@pytest.mark.parametrize(
    ("confidence", "accuracy", "share"),
    [
        (0.2, 0.2, 0.0),  # every point of confidence came with a point of accuracy
        (0.2, 0.0, 1.0),
        (0.2, 0.05, 0.75),
        (0.2, -0.1, 1.5),
        (0.2, 0.3, -0.5),
        (0.0, 0.1, None),
        (-0.2, -0.2, None),
    ],
)
def test_the_share_by_hand(confidence, accuracy, share):
    found = float(unmatched_share(confidence, accuracy))
    assert np.isnan(found) if share is None else found == pytest.approx(share)


def test_one_question_of_each_kind_by_hand():
    """Right twice, gained, lost, wrong twice: accuracy stands still, and confidence rises by 0.15."""
    before = np.array([1.0, 0, 1, 0]), np.array([0.6, 0.5, 0.7, 0.4])
    after = np.array([1.0, 1, 0, 0]), np.array([0.8, 0.7, 0.5, 0.8])
    gain = gain_of(before, after)
    assert gain["confidence"]["value"] == pytest.approx(0.15)
    assert gain["accuracy"]["value"] == 0
    assert gain["share"]["value"] == pytest.approx(1.0)
    assert [(cell["name"], cell["n"]) for cell in gain["cells"]] == [
        ("both_right", 1),
        ("gained", 1),
        ("lost", 1),
        ("both_wrong", 1),
    ]
    assert [cell["before"] for cell in gain["cells"]] == [0.6, 0.5, 0.7, 0.4]
    assert [cell["after"] for cell in gain["cells"]] == [0.8, 0.7, 0.5, 0.8]
    assert [cell["change"] for cell in gain["cells"]] == pytest.approx([0.05, 0.05, -0.05, 0.1])


def test_a_cell_without_questions_has_no_mean():
    gain = gain_of((np.ones(20), np.full(20, 0.5)), (np.ones(20), np.full(20, 0.6)))
    empty = gain["cells"][3]
    assert (empty["n"], empty["before"], empty["after"], empty["change"]) == (0, None, None, 0)


def test_confidence_for_nothing_and_its_interval():
    right, said = model(0)
    gain = gain_of((right, said), (right, said + 0.1))
    assert gain["share"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    sentence = (
        "From A to B mean confidence changed by +10.0 points and accuracy by 0.0: of the confidence gained, 100 % is "
        "not matched by accuracy (95 % interval 100 to 100 %)."
    )
    assert gain["sentence"] == sentence


def test_the_interval_holds_the_share_and_narrows_with_more_questions():
    widths = []
    for n in (400, 3600):
        before, after = model(1, n, skill=0.5), model(2, n, skill=0.6, claim=0.1)
        share = gain_of(before, after)["share"]
        assert share["low"] < share["value"] < share["high"]
        widths.append(share["high"] - share["low"])
    # The truth is 0.1 accuracy for 0.2 confidence: half of it.
    assert share["low"] < 0.5 < share["high"]
    assert widths[1] < widths[0] / 2


def test_an_independent_bootstrap_gives_the_same_interval():
    before, after = model(3, skill=0.5), model(4, skill=0.55, claim=0.1)
    share = gain_of(before, after)["share"]
    rng, found = np.random.default_rng(9), []
    for _ in range(3000):
        rows = rng.integers(400, size=400)
        rise = after[1][rows].mean() - before[1][rows].mean()
        found.append(1 - (after[0][rows].mean() - before[0][rows].mean()) / rise)
    low, high = np.quantile(found, [0.025, 0.975])
    assert (share["low"], share["high"]) == pytest.approx((low, high), abs=0.15 * (high - low))


@pytest.mark.parametrize(
    ("flips", "said"),
    [
        (-40, "none of the confidence gained is matched by accuracy, which fell (share 200 %; 95 % interval "),
        (20, "of the confidence gained, 50 % is not matched by accuracy (95 % interval "),
        (60, "all of the confidence gained is matched by accuracy (share −50 %; 95 % interval "),
    ],
)
def test_the_sentence_says_what_a_share_beyond_0_and_1_means(flips, said):
    right = np.tile([1.0, 0.0], 200)
    after = right.copy()
    after[np.flatnonzero(right == (flips < 0))[: abs(flips)]] = flips > 0
    gain = gain_of((right, np.full(400, 0.5)), (after, np.full(400, 0.6)))
    assert said in gain["sentence"]


def test_no_rise_no_share():
    right, said = model(0)
    gain = gain_of((right, said), (right, said - 0.1))
    assert gain["share"] == {"value": None, "low": None, "high": None, "reason": "mean confidence did not rise"}
    assert gain["n_undefined"] == QUICK.n_boot
    assert gain["sentence"].endswith("no confidence was gained of which a share could be without accuracy.")


def test_a_rise_that_chance_explains_has_a_share_and_no_interval():
    right, said = model(0)
    noise = np.random.default_rng(0).normal(0, 0.1, 400)
    gain = gain_of((right, said), (right, np.clip(said + noise - noise.mean() + 0.001, 0, 1)))
    assert gain["confidence"]["low"] < 0 < gain["confidence"]["value"] < gain["confidence"]["high"]
    reason = "the rise in mean confidence is not shown to differ from 0"
    assert gain["share"] == {"value": 1.0, "low": None, "high": None, "reason": reason}
    assert gain["sentence"].endswith(
        "100 % is not matched by accuracy (no interval, since the gain itself is not shown to differ from 0)."
    )
    assert 0 < gain["n_undefined"] < QUICK.n_boot


def test_resamples_without_a_rise_lie_beyond_the_end_by_hand():
    """Of 41 resamples 40 have shares from 1.25 to 11, and one has no rise."""
    rise = np.linspace(0.01, 0.4, 40)
    shares = np.sort(1 + 0.1 / rise)
    draws = np.array([*zip(rise, np.full(40, -0.1), strict=True), (-0.01, -0.1)])
    assert _ends(draws, 0.99) == (pytest.approx(1.25), np.inf)
    assert _ends(draws, 0.95) == (pytest.approx(shares[1]), pytest.approx(11))
    # Where accuracy rose by more than confidence, the share falls without end.
    shares = np.sort(1 - 0.5 / rise)
    assert _ends(draws * [1, -5], 0.99) == (-np.inf, pytest.approx(-0.25))
    assert _ends(draws * [1, -5], 0.95) == (pytest.approx(-49), pytest.approx(shares[-2]))


def test_groups_are_resampled_whole():
    before, after = model(1, 80, skill=0.5), model(2, 80, skill=0.6, claim=0.1)
    five = [tuple(np.repeat(column, 5) for column in side) for side in (before, after)]
    groups = [str(row) for row in np.repeat(np.arange(80), 5)]
    alone, grouped = gain_of(*five)["share"], gain_of(*five, group=groups)["share"]
    assert alone["value"] == pytest.approx(grouped["value"])
    assert grouped["high"] - grouped["low"] > 1.6 * (alone["high"] - alone["low"])


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=30))
def test_the_cells_add_up_to_the_change(rows):
    a_right, b_right, a_said, b_said = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    answers = {"A": Answers(a_right, a_said), "B": Answers(b_right, b_said)}
    still = {name: {"accuracy": np.zeros(40), "mean_confidence": np.zeros(40)} for name in "AB"}
    gain = confidence_gain(("A", "B"), answers, still, level=0.95)
    cells = {cell["name"]: cell for cell in gain["cells"]}
    assert sum(cell["n"] for cell in gain["cells"]) == len(rows)
    assert sum(cell["change"] for cell in gain["cells"]) == pytest.approx(gain["confidence"]["value"], abs=1e-9)
    assert (cells["gained"]["n"] - cells["lost"]["n"]) / len(rows) == pytest.approx(gain["accuracy"]["value"])


def test_it_is_said_of_two_methods_only_and_only_where_asked():
    right, said = model(0)
    files = {name: Predictions(right, said) for name in "ABC"}
    with pytest.raises(InputError, match="before_after takes two methods, before and after; got 3: A, B, C"):
        compare_predictions(files, before_after=True, settings=QUICK, quiet=True)
    del files["C"]
    assert "gain" not in compare_predictions(files, settings=QUICK, quiet=True)


def test_the_record_reads_it_and_older_records_without_it():
    found = compare(model(1), model(2, claim=0.1))
    record = read_comparison(found)
    assert record.gain is not None
    assert record.gain.share.value == found["gain"]["share"]["value"]
    assert [cell.name for cell in record.gain.cells] == ["both_right", "gained", "lost", "both_wrong"]
    assert read_comparison({key: value for key, value in found.items() if key != "gain"}).gain is None
    with pytest.raises(InputError, match="'methods' must hold 'Z'"):
        read_comparison({**found, "gain": {**found["gain"], "a": "Z"}})
