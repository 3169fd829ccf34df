import numpy as np
import pytest
from numpy.testing import assert_array_equal

from calibrant.calibrators import Evidence
from calibrant.calibrators._evidence_checks import check_beside, check_evidence, check_logprobs, check_orders
from calibrant.exceptions import InputError

LOGPROBS = [[0.0, -1.0], [0.0, -2.0, -3.0]]


def test_evidence_is_given_back_as_it_is():
    evidence = Evidence(LOGPROBS, context=LOGPROBS)
    assert check_evidence(evidence, ("context",), "context") is evidence


@pytest.mark.parametrize("given", [LOGPROBS, np.zeros((2, 2)), None, "text"])
def test_plain_logits_are_no_evidence(given):
    with pytest.raises(InputError, match=rf"^evidence must be an Evidence, .*context; got {type(given).__name__}\. "):
        check_evidence(given, ("context",), "context")


def test_what_is_needed_must_be_there():
    with pytest.raises(InputError, match=r"^the map 'daca' needs base, not at hand: .*--base"):
        check_evidence(Evidence(LOGPROBS, context=LOGPROBS), ("context", "base"), "daca")


@pytest.mark.parametrize(
    ("logprobs", "says"),
    [
        ([], "logits must not be empty"),
        ([[0.0, -np.inf], [0.0, 1.0]], "got -inf at row 0, option 1"),
        ([[0.0, 1.0], [np.nan, 1.0]], "got nan at row 1, option 0"),
        ([[0.0, 1.0], [1.0]], "at row 1"),
    ],
)
def test_logprobs_are_checked_as_logits_are(logprobs, says):
    with pytest.raises(InputError, match=rf"^logprobs of the evidence: .*{says}"):
        check_logprobs(Evidence(logprobs))


@pytest.mark.parametrize("name", ["context", "base"])
def test_a_column_is_laid_out_like_the_logprobs(name):
    evidence = Evidence(LOGPROBS, **{name: [[1, 2], [3, 4, 5]]})
    assert_array_equal(check_beside(evidence, name, check_logprobs(evidence)).values, [1.0, 2, 3, 4, 5])


@pytest.mark.parametrize("name", ["context", "base"])
def test_a_column_must_be_of_the_same_options(name):
    # As many numbers in all, but not in each question.
    evidence = Evidence([*LOGPROBS, [0.0, 1.0]], **{name: [[0.0, 1.0], [0.0, 1.0], [0.0, 1.0, 2.0]]})
    with pytest.raises(InputError, match=rf"^{name} must have as many options .* so 3 at row 1; got 2\. "):
        check_beside(evidence, name, check_logprobs(evidence))


def test_a_column_must_be_finite():
    evidence = Evidence(LOGPROBS, context=[[0.0, 1.0], [0.0, np.nan, 1.0]])
    with pytest.raises(InputError, match=r"^context of the evidence: .*got nan at row 1, option 1\."):
        check_beside(evidence, "context", check_logprobs(evidence))


@pytest.mark.parametrize("whole", [False, True])
def test_orders_are_one_square_a_question(whole):
    orders = np.arange(8.0).reshape(2, 2, 2)
    evidence = Evidence([[0.0, -1.0]] * 2, orders=orders if whole else orders.tolist())
    found = check_orders(evidence, check_logprobs(evidence))
    assert_array_equal(found, orders)


@pytest.mark.parametrize(
    ("order", "says"),
    [
        (np.zeros((2, 3)), r"must have shape \(3, 3\) at row 1, .*got 2 rows of 3 to 3"),
        (np.zeros((3, 2)), r"must have shape \(3, 3\) at row 1, .*got 3 rows of 2 to 2"),
        (np.zeros((4, 4)), r"must have shape \(3, 3\) at row 1, .*got 4 rows of 4 to 4"),
        (np.zeros(3), r"of the evidence, at row 1: "),
        (0.5, r"of the evidence, at row 1: "),
        (None, r"of the evidence, at row 1: "),
        ([], r"of the evidence, at row 1: "),
        ([[0.0, 1.0], [0.0]], r"of the evidence, at row 1: "),
        (
            [[0.0, 1.0, 2.0], [0.0, np.inf, 2.0], [0.0, 1.0, 2.0]],
            r"of the evidence, at row 1: .*inf at row 1, option 1",
        ),
    ],
)
def test_orders_must_be_all_of_them(order, says):
    evidence = Evidence(LOGPROBS, orders=[np.zeros((2, 2)), order])
    with pytest.raises(InputError, match=rf"^orders {says}"):
        check_orders(evidence, check_logprobs(evidence))
