import pytest

from calibrant.language import _context as context


@pytest.mark.parametrize(
    "before",
    [
        "Confidence: ",
        "**Confidence:** ",
        "Confidence (     ): ",
        '{"confidence": ',
        "confidence_score = ",
        "Confidence:\n\n**",
        "Probability:",
        "Confidence: about ",
    ],
)
def test_labels(before):
    assert context.is_labelled(before)


@pytest.mark.parametrize("before", ["", "Answer: ", "Uncertainty: ", "Confidence: high\n", "Confidence: of 30 people "])
def test_no_labels(before):
    assert not context.is_labelled(before)


def test_other_words_may_stand_between_only_loosely():
    assert not context.is_labelled("Confidence: as of the census ")
    assert context.is_labelled("Confidence: as of the census ", loosely=True)
    assert not context.is_named("The chance of rain in Peru is ", "")
    assert context.is_named("The chance of rain in Peru is ", "", loosely=True)
    assert not context.is_named("I have confidence. In Peru ", "", loosely=True)


@pytest.mark.parametrize("after", [" confident", " probability", ") confidence", " level of confidence"])
def test_a_name_may_follow(after):
    assert context.is_named("", after)


@pytest.mark.parametrize("after", [" sure", " likely", " certain", " chances"])
def test_some_words_name_only_what_shows_its_scale(after):
    assert context.is_named("", after, loosely=True)
    assert not context.is_named("", after)


@pytest.mark.parametrize("after", [" people", " surely", " of the sure", ", sure"])
def test_not_every_word_names(after):
    assert not context.is_named("", after, loosely=True)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("I'm not ", " sure"),
        ("I don't think it is ", " likely"),
        ("never ", " sure"),
        ("", " chance that I am wrong"),
        ("", " likely to be incorrect"),
        ("It is ", " not"),
        ("Uncertainty: ", ""),
        ("an error of about ", ""),
    ],
)
def test_denied(before, after):
    assert context.is_denied(before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Not Paris. ", " sure"),
        ("It is not Paris, ", " sure"),
        ("not Paris but Lyon ", " sure"),
        ("", " sure that it is not Paris"),
        ("", ".\nNot Paris"),
        ("", " sure that the others are wrong"),
        ("a small risk, so ", ""),
        ("nothing ", ""),
    ],
)
def test_not_denied(before, after):
    assert not context.is_denied(before, after)


def test_lessened_and_graded():
    assert context.is_lessened("less ")
    assert context.is_lessened("no ")
    assert not context.is_lessened("unless ")
    assert context.is_graded("very ")
    assert not context.is_graded("every ")


def test_shares_and_margins():
    assert context.is_quantity(" of the surface")
    assert not context.is_quantity(" of the time")
    assert context.is_margin("90%, give or take about ")
    assert not context.is_margin("give it ")


@pytest.mark.parametrize(
    ("text", "alone"), [("90", True), ("**90**.", True), ("I'd say 90", True), ("is Paris 90", False)]
)
def test_alone(text, alone):
    start = text.index("90")

    assert context.is_alone(text, start, start + 2) == alone


def test_not_alone_where_words_follow():
    assert not context.is_alone("90 people", 0, 2)
