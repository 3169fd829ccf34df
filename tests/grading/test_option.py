import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibrant.grading import read_option

CITIES = ("Lyon", "Paris", "Nice", "Guinea-Bissau City")


@pytest.mark.parametrize(
    "text",
    [
        "B",
        "b",
        "B.",
        "(B)",
        "(b)",
        "[B]",
        "**B**",
        "B)",
        "B:",
        " B \n",
        "B. Paris",
        "B) Paris",
        "(B) Paris",
        "B - Paris",
        "b) Paris",
        "**B. Paris**",
        "B\nBecause it is the capital.",
        "B because it is the capital",
        "B is correct.",
        "Option B",
        "Option B is the right one.",
        "Answer: B",
        "answer: b",
        "The answer is B",
        "The answer is (B).",
        "The answer is **B**",
        "The correct answer is option B, as everybody knows.",
        "The answer to this question is B.",
        "The answer is B Paris",
        r"So \boxed{B}.",
        "I choose B.",
        "B. Paris\n\nThe correct answer is B.",
        "A is tempting. The answer is B.",
        "Paris",
        "paris.",
        "It is Paris.",
        "The capital of France is Paris, a city on the Seine.",
        "It is Paris, not Lyon.",
        "The right one is (B).",
        "I'd say **B**",
    ],
)
def test_the_second(text):
    assert read_option(text, CITIES) == (1, None)


@pytest.mark.parametrize(
    "text",
    [
        "A or B",
        "A, B",
        "A and B",
        "(A) or (B)",
        "The answer is A or B.",
        "The answer is A. Or rather, the answer is B.",
        "Paris or Lyon",
        "A. Lyon\nB. Paris\nC. Nice",
        "A. Lyon B. Paris C. Nice",
        "B. Lyon",  # the letter says one thing, the text another
        "The answer is B. Lyon",
        "Not (A) but (B)",
        "A. Paris",
        "A. Guinea-Bissau City",
        "B. Paris\n\nThe correct answer is A.",
    ],
)
def test_more_than_one(text):
    assert read_option(text, CITIES) == (None, "several options")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "E",
        "(E)",
        "The answer is E.",
        "E. Rome",
        "Rome",
        "A big city",
        "I think it is Rome.",
        "The answer is a city.",
        "The answer is A city in Italy.",
        "It is not Paris",
        "It isn't Paris.",
        "Parisian",
        "I do not know.",
        "Hepatitis B-cell count",
        "Guinea",
        "?",
    ],
)
def test_none(text):
    assert read_option(text, CITIES) == (None, "no option")


def test_yes_and_no():
    assert read_option("No, it is not.", ("yes", "no", "maybe")) == (1, None)
    assert read_option("Yes.", ("yes", "no", "maybe")) == (0, None)
    assert read_option("Maybe, but not yes", ("yes", "no", "maybe")) == (2, None)


def test_a_name_within_a_longer_one_does_not_count():
    states = ("Guinea", "Papua New Guinea", "Equatorial Guinea")
    assert read_option("It is Papua New Guinea.", states) == (1, None)
    assert read_option("It is Guinea.", states) == (0, None)
    assert read_option("Guinea, or Papua New Guinea", states) == (None, "several options")


def test_options_that_look_like_letters():
    groups = ("B", "A", "AB", "0")
    assert read_option("A", groups) == (None, "several options")  # the letter is B's, the text is A's
    assert read_option("AB", groups) == (2, None)
    assert read_option("D", groups) == (3, None)


def test_an_initial_is_no_letter():
    germs = ("S. aureus", "E. coli", "C. difficile", "K. pneumoniae")
    assert read_option("C. difficile", germs) == (2, None)
    assert read_option("C. difficile is the cause.", germs) == (2, None)
    assert read_option("E. coli causes it.", germs) == (1, None)
    assert read_option("The answer is C. difficile", germs) == (2, None)
    moved = ("C. difficile", "E. coli", "K. pneumoniae", "S. aureus")
    assert read_option("C. difficile is the cause.", moved) == (0, None)
    assert read_option("It is due to a lack of vitamin C.", ("iron", "vitamin C", "zinc")) == (1, None)


def test_case_tells_options_apart_where_nothing_else_does():
    genes = ("TT", "Tt", "tt")
    assert [read_option(text, genes)[0] for text in genes] == [0, 1, 2]
    assert read_option("tT", genes) == (None, "several options")


def test_other_scripts():
    assert read_option("東京です", ("京都", "東京")) == (1, None)
    assert read_option("Это Москва.", ("Москва", "Киев")) == (0, None)


options = st.lists(st.text("ABCde 12.", min_size=1, max_size=6).filter(str.strip), min_size=2, max_size=5)
replies = st.text("ABCDEabcdeI.():, \n*12", max_size=15) | st.text(max_size=20)
framed = st.builds(str.__add__, st.sampled_from(["", "The answer is ", "Answer: ", "Option ", "("]), replies)


@given(framed, options)
def test_never_an_option_that_is_not_there(text, choices):
    option, cause = read_option(text, choices)
    assert (option is None) != (cause is None)
    assert option is None or 0 <= option < len(choices)


@given(
    st.integers(0, 4), st.sampled_from(["{}", "({})", "{}.", "Answer: {}", "The answer is {}.", "**{}**", "{}) xyz"])
)
def test_every_letter_is_read_alike(index, form):
    choices = ("north", "south", "east", "west", "up")
    assert read_option(form.format("ABCDE"[index]), choices) == (index, None)


@given(st.permutations(["Lyon", "Paris", "Nice", "Bonn"]), st.integers(0, 3))
def test_an_option_s_own_text_is_found_wherever_it_stands(choices, index):
    assert read_option(choices[index], choices) == (index, None)
    assert read_option(f"I think that it is {choices[index]}.", choices) == (index, None)
