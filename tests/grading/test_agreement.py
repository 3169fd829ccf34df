import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.metrics import cohen_kappa_score

from calibrant.exceptions import InputError
from calibrant.grading import judge_agreement

NAN = math.nan


def rows(hits, misses, false_alarms, rejected, passed=0, failed=0):
    """Labelled rows by their four kinds, and rows without a label."""
    by_judge = [1] * hits + [0] * misses + [1] * false_alarms + [0] * rejected + [1] * passed + [0] * failed
    given_ = [1] * (hits + misses) + [0] * (false_alarms + rejected) + [NAN] * (passed + failed)
    return by_judge, given_


def test_by_hand():
    # 40 of 50 right ones passed, 45 of 50 wrong ones rejected, 15 of 100 others passed.
    agreement = judge_agreement(*rows(40, 10, 5, 45, 15, 85), n_boot=200)
    assert (agreement.n, agreement.n_right, agreement.n_judged, agreement.n_unjudged) == (100, 50, 200, 0)
    assert agreement.accuracy.value == 0.85
    # By chance 0.45 · 0.5 + 0.55 · 0.5 = 0.5.
    assert agreement.kappa.value == pytest.approx(0.35 / 0.5)
    assert agreement.kappa.low < 0.7 < agreement.kappa.high
    assert (agreement.sensitivity.value, agreement.specificity.value) == (0.8, 0.9)
    assert agreement.judged_accuracy.value == 0.3
    assert agreement.corrected_accuracy.value == pytest.approx((0.3 + 0.9 - 1) / 0.7)


def test_shares_have_exact_intervals():
    agreement = judge_agreement(*rows(40, 10, 5, 45, 15, 85), n_boot=10, level=0.9)
    for share, k, n in [
        ("accuracy", 85, 100),
        ("sensitivity", 40, 50),
        ("specificity", 45, 50),
        ("judged_accuracy", 60, 200),
    ]:
        ends = binomtest(k, n).proportion_ci(0.9, method="exact")
        own = getattr(agreement, share)
        assert (own.low, own.high) == pytest.approx((ends.low, ends.high))


def test_the_corrected_interval_by_hand():
    agreement = judge_agreement(*rows(40, 10, 5, 45, 15, 85), n_boot=10)
    # Lang and Reiczigel's steps, at z² = 3.8415: one of each kind to 40/50 and 45/50, z²/2 to 60/200.
    z2 = 3.841458820694124
    q, n = (60 + z2 / 2) / (200 + z2), 200 + z2
    se, sp = 41 / 52, 46 / 52
    p = (q + sp - 1) / (se + sp - 1)
    var_se, var_sp = se * (1 - se) / 52, sp * (1 - sp) / 52
    centre = p + 2 * z2 * (p * var_se - (1 - p) * var_sp)
    half = math.sqrt(z2 * (q * (1 - q) / n + p**2 * var_se + (1 - p) ** 2 * var_sp)) / (se + sp - 1)
    own = agreement.corrected_accuracy
    assert (own.low, own.high) == pytest.approx((centre - half, centre + half))


def test_a_judge_without_errors():
    agreement = judge_agreement(*rows(20, 0, 0, 20, 30, 30), n_boot=50)
    for name in ("accuracy", "kappa", "sensitivity", "specificity"):
        assert getattr(agreement, name).value == 1
    assert agreement.sensitivity.low == pytest.approx(0.025 ** (1 / 20))
    corrected = agreement.corrected_accuracy
    assert corrected.value == agreement.judged_accuracy.value == 0.5
    # Twenty of each kind do not show that it makes none.
    assert corrected.high - corrected.low > agreement.judged_accuracy.high - agreement.judged_accuracy.low


def test_a_judge_that_passes_everything_corrects_nothing():
    agreement = judge_agreement(*rows(10, 0, 10, 0), n_boot=50)
    assert (agreement.sensitivity.value, agreement.specificity.value) == (1, 0)
    assert agreement.kappa.value == 0
    assert math.isnan(agreement.corrected_accuracy.value)
    assert math.isnan(agreement.corrected_accuracy.low)


def test_a_judge_that_is_worse_than_chance_corrects_nothing():
    agreement = judge_agreement(*rows(1, 9, 9, 1), n_boot=50)
    assert agreement.kappa.value == pytest.approx(-0.8)
    assert math.isnan(agreement.corrected_accuracy.value)


@pytest.mark.parametrize("counts", [(10, 2, 0, 0), (0, 0, 3, 7)])
def test_labels_of_one_kind(counts):
    agreement = judge_agreement(*rows(*counts), n_boot=50)
    of_right, of_wrong = agreement.sensitivity, agreement.specificity
    missing = of_wrong if counts[0] else of_right
    assert math.isnan(missing.value)
    assert math.isnan(missing.low)
    assert agreement.kappa.value == 0  # labels that never vary share nothing with the judge
    assert math.isnan(agreement.corrected_accuracy.value)


def test_two_graders_that_always_say_one_thing_have_no_kappa():
    agreement = judge_agreement([1, 1, 1], [1, 1, 1], n_boot=20)
    assert agreement.accuracy.value == 1
    assert math.isnan(agreement.kappa.value)
    assert agreement.kappa.n_undefined == 20


def test_the_estimate_stays_between_0_and_1():
    assert judge_agreement(*rows(9, 1, 2, 8, 0, 100), n_boot=5).corrected_accuracy.value == 0
    assert judge_agreement(*rows(9, 1, 2, 8, 100, 0), n_boot=5).corrected_accuracy.value == 1


def test_what_the_judge_did_not_grade_is_counted_apart():
    agreement = judge_agreement([1, NAN, 0, NAN, 1], [1, 1, 0, NAN, NAN], n_boot=5)
    assert (agreement.n, agreement.n_unjudged, agreement.n_judged) == (2, 1, 3)


def test_a_judge_that_is_hardly_better_than_chance_leaves_any_accuracy_possible():
    # 1 of 1 and 1 of 5 become 2 of 3 and 2 of 7 with their pseudo-counts: less than chance.
    corrected = judge_agreement(*rows(1, 0, 4, 1), n_boot=5).corrected_accuracy
    assert (corrected.value, corrected.low, corrected.high) == (pytest.approx(1 / 6), 0, 1)
    # 2 of 3 and 2 of 6 are chance itself.
    assert judge_agreement(*rows(1, 0, 3, 1), n_boot=5).corrected_accuracy.high == 1


counts = st.integers(0, 30)


@given(counts, counts, counts, counts)
def test_kappa_is_that_of_scikit_learn(hits, misses, false_alarms, rejected):
    by_judge, labels = rows(hits, misses, false_alarms, rejected)
    if len(set(by_judge) | set(labels)) < 2:
        return
    assert judge_agreement(by_judge, labels, n_boot=1).kappa.value == pytest.approx(
        cohen_kappa_score(by_judge, labels), abs=1e-12
    )


@given(st.integers(1, 30), counts, counts, st.integers(1, 30))
def test_where_all_is_labelled_the_corrected_accuracy_is_that_of_the_labels(hits, misses, false_alarms, rejected):
    by_judge, labels = rows(hits, misses, false_alarms, rejected)
    corrected = judge_agreement(by_judge, labels, n_boot=1).corrected_accuracy.value
    if not math.isnan(corrected):
        assert corrected == pytest.approx(np.mean(labels))


def test_the_corrected_interval_covers_and_the_judged_one_does_not():
    rng = np.random.default_rng(0)
    accuracy, sensitivity, specificity, n = 0.4, 0.9, 0.75, 600
    covered = naive = 0
    for _ in range(200):
        right = rng.random(n) < accuracy
        by_judge = np.where(right, rng.random(n) < sensitivity, rng.random(n) >= specificity).astype(float)
        labels = np.where(np.arange(n) < 150, right, NAN)
        agreement = judge_agreement(by_judge, labels, n_boot=1)
        covered += agreement.corrected_accuracy.low <= accuracy <= agreement.corrected_accuracy.high
        naive += agreement.judged_accuracy.low <= accuracy <= agreement.judged_accuracy.high
    # At 95 % a count of 200 is below 180 with a chance of one in a thousand.
    assert covered >= 180
    assert naive < 100


def test_groups_are_drawn_whole():
    by_judge, labels = rows(10, 5, 5, 10)
    one = judge_agreement(by_judge * 4, labels * 4, groups=list(range(30)) * 4, n_boot=300).kappa
    alone = judge_agreement(by_judge, labels, n_boot=300).kappa
    apart = judge_agreement(by_judge * 4, labels * 4, n_boot=300).kappa
    # Copies tell nothing new.
    assert (one.low, one.high) == pytest.approx((alone.low, alone.high))
    assert apart.high - apart.low < 0.7 * (one.high - one.low)


@pytest.mark.parametrize(
    ("by_judge", "labels", "message"),
    [
        ([1, 0], [1], "by_judge and given must have one entry an answer; got 2 and 1"),
        ([1, 0.5], [1, 0], "by_judge, row 1: 1, 0 or NaN is needed; got 0.5"),
        ([1, 0], [1, 2], "given, row 1: 1, 0 or NaN is needed; got 2"),
        (["yes"], [1], "by_judge must be numbers: 1, 0, or NaN where there is no grade"),
        ([[1]], [1], "by_judge must have one entry an answer; got an array of shape (1, 1)"),
        ([NAN, 1], [1, NAN], "given: no answer has both a label and a grade of the judge; label some that it graded"),
        ([], [], "given: no answer has both a label and a grade of the judge; label some that it graded"),
    ],
)
def test_arguments_are_checked(by_judge, labels, message):
    with pytest.raises(InputError) as caught:
        judge_agreement(by_judge, labels)
    assert str(caught.value) == message


def test_groups_are_checked():
    with pytest.raises(InputError, match=r"^groups must have one entry an answer, so 2"):
        judge_agreement([1, 0], [1, 0], groups=[1])
