from collections import Counter
from random import Random

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from calibrant.data import Question, split_questions
from calibrant.data._duplicates import duplicate_key
from calibrant.exceptions import InputError

FRACTIONS = (0.5, 0.2, 0.3)


def make(n, *, group=str, subject=lambda _: "all", text=str, prefix=""):
    return [
        Question(id=f"{prefix}{i}", question=f"q {text(i)}", group=f"g{group(i)}", subject=subject(i)) for i in range(n)
    ]


def parts_of(splits):
    return splits.train, splits.calibration, splits.test


def split_or_reject(questions, **settings):
    """Too few groups is an error, and no example."""
    try:
        return split_questions(questions, **settings)
    except InputError:
        reject()


def keys(questions):
    return {question.group for question in questions} | {duplicate_key(question) for question in questions}


@st.composite
def question_sets(draw, min_size=3, max_size=40):
    """Any grouping over any pattern of duplicates."""
    rows = st.tuples(*[st.integers(0, 40)] * 2, st.sampled_from("xyz"))
    drawn = draw(st.lists(rows, min_size=min_size, max_size=max_size))
    return make(
        len(drawn), group=lambda i: drawn[i][0], text=lambda i: drawn[i][1], subject=lambda i: drawn[i][2], prefix="p"
    )


def test_independent_questions_come_out_at_the_fractions():
    splits = split_questions(make(100))

    assert [len(part) for part in parts_of(splits)] == [50, 20, 30]


def test_every_subject_comes_out_at_the_fractions():
    splits = split_questions(make(300, subject=lambda i: "abc"[i % 3]))

    for part, fraction in zip(parts_of(splits), FRACTIONS, strict=True):
        for n in Counter(question.subject for question in part).values():
            assert n == pytest.approx(100 * fraction, abs=2)


def test_rare_subjects_do_not_all_go_to_one_part():
    splits = split_questions(make(100, subject=str))

    assert [len(part) for part in parts_of(splits)] == [50, 20, 30]


def test_groups_that_span_subjects_are_stratified_as_well():
    splits = split_questions(make(600, group=lambda i: i // 4, subject=lambda i: "abcd"[i % 4]))

    for part, fraction in zip(parts_of(splits), FRACTIONS, strict=True):
        for n in Counter(question.subject for question in part).values():
            assert n == pytest.approx(150 * fraction, abs=3)


@given(question_sets(), st.integers(0, 9))
def test_no_group_and_no_duplicate_is_in_two_parts(questions, random_state):
    splits = split_or_reject(questions, random_state=random_state)
    parts = parts_of(splits)

    assert all(parts)
    assert sorted(q.id for part in parts for q in part) == sorted(q.id for q in questions)
    assert all(keys(a).isdisjoint(keys(b)) for a, b in [parts[:2], parts[1:], parts[::2]])


@given(question_sets(), st.integers(0, 9))
def test_the_order_of_the_input_does_not_matter(questions, random_state):
    mixed = Random(random_state).sample(questions, len(questions))

    assert split_or_reject(mixed) == split_or_reject(questions)


def test_a_chain_of_groups_and_duplicates_stays_together():
    # a-b share a group, b-c are duplicates, c-d share a group.
    chain = [
        Question(id="a", question="one", group="g"),
        Question(id="b", question="two", group="g"),
        Question(id="c", question="Two!", group="h"),
        Question(id="d", question="three", group="h"),
    ]
    splits = split_questions(chain + make(20))

    assert any({"a", "b", "c", "d"} <= {question.id for question in part} for part in parts_of(splits))


def test_the_seed_changes_the_split_and_only_the_seed():
    questions = make(60)

    assert split_questions(questions, random_state=1) == split_questions(questions, random_state=1)
    assert split_questions(questions, random_state=1) != split_questions(questions, random_state=2)


def test_one_large_group_leaves_no_part_empty():
    splits = split_questions(make(102, group=lambda i: max(0, i - 99)))

    assert sorted(len(part) for part in parts_of(splits)) == [1, 1, 100]


def test_too_few_groups_are_refused():
    with pytest.raises(InputError, match="3 parts need at least 3 groups, got 2"):
        split_questions(make(50, group=lambda i: i % 2))


def test_the_same_id_twice_is_refused():
    with pytest.raises(InputError, match="questions: ids must be unique, got '0' twice"):
        split_questions(make(3) + make(2))


@pytest.mark.parametrize("fractions", [(0.5, 0.5, 0.0), (0.5, 0.2, 0.2), (0.5, 0.5), (1.5, -0.7, 0.2)])
def test_fractions_are_checked(fractions):
    with pytest.raises(InputError, match="fractions: three or four positive numbers with sum 1 are needed, got"):
        split_questions(make(9), fractions=fractions)


def test_an_official_test_part_stays_as_it_is():
    official = make(30, group=lambda i: f"t{i}", text=lambda i: f"t{i}", prefix="t")

    first, second = (split_questions(make(70), test=official, random_state=seed) for seed in (0, 1))

    assert set(first.test) == set(official)
    assert first.test == second.test
    assert first.train != second.train
    assert (len(first.train), len(first.calibration), first.dropped) == (50, 20, ())


def test_what_is_tied_to_the_official_test_part_is_dropped():
    official = [Question(id="t", question="Q 0", group="x"), Question(id="u", question="other", group="g1")]

    # 0 is a duplicate of t and brings its group (0, 10); 1 and 11 have the group of u.
    splits = split_questions(make(20, group=lambda i: i % 10), test=official)

    assert {question.id for question in splits.dropped} == {"0", "10", "1", "11"}
    assert len(splits.train) + len(splits.calibration) == 16
    assert len(splits.test) == 2


@given(question_sets(min_size=5), question_sets(min_size=1, max_size=10))
def test_nothing_leaks_into_an_official_test_part(questions, official):
    official = [question.model_copy(update={"id": "t" + question.id}) for question in official]
    splits = split_or_reject(questions, test=official)

    assert len(splits.test) == len(official)
    assert keys(splits.test).isdisjoint(keys(splits.train) | keys(splits.calibration))
    assert keys(splits.train).isdisjoint(keys(splits.calibration))
    assert len(splits.train) + len(splits.calibration) + len(splits.dropped) == len(questions)


def test_the_same_question_in_both_is_dropped():
    questions = make(10)

    splits = split_questions(questions, test=questions[:3])

    assert splits.dropped == tuple(questions[:3])


def test_one_id_for_two_questions_is_refused():
    with pytest.raises(InputError, match="the id '0' is another question in questions"):
        split_questions(make(10), test=[Question(id="0", question="else")])


def test_an_empty_official_test_part_is_refused():
    with pytest.raises(InputError, match="the official test part is empty"):
        split_questions(make(10), test=[])


def test_a_test_part_that_swallows_everything_is_refused():
    with pytest.raises(InputError, match="10 of the 10 questions share a group with the test part"):
        split_questions(make(10), test=make(10, prefix="t"))


def test_a_fourth_part_on_request():
    asked = [Question(id=f"{i:03}", question=f"What is {i} + 1?", group=f"g{i // 2}") for i in range(200)]
    parts = split_questions(asked, fractions=(0.4, 0.16, 0.24, 0.2))
    sizes = [len(part) for part in (parts.train, parts.calibration, parts.test, parts.guarantee)]
    assert sizes == [80, 32, 48, 40]
    assert not {q.group for q in parts.guarantee} & {q.group for q in parts.train + parts.calibration + parts.test}
    official = [Question(id=f"t{i}", question=f"What is {i} - 1?") for i in range(5)]
    shared = split_questions(asked, fractions=(0.4, 0.16, 0.24, 0.2), test=official)
    assert len(shared.test) == 5
    assert len(shared.guarantee) == pytest.approx(200 * 0.2 / 0.76, abs=2)
