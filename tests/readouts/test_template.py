import pytest

from calibrant.data import Question
from calibrant.exceptions import InputError
from calibrant.models import Message
from calibrant.readouts import PromptTemplate

ICE = Question(id="ice", question="Is ice cold?", choices=("no", "yes"), answer=1)
SKY = Question(id="sky", question="What is the sky?", choices=("blue", "green", "red"), answer=0)


def said(template, question=ICE, kind="cloze"):
    return template.messages(question, kind)[-1].content


def test_letters_are_asked_for_with_the_options_listed():
    assert said(PromptTemplate(), SKY, "letter") == (
        "What is the sky?\n\nA. blue\nB. green\nC. red\n\nAnswer with the letter of the right option."
    )


def test_cloze_asks_the_question_alone():
    assert said(PromptTemplate(), SKY, "cloze") == "What is the sky?"


def test_a_template_of_ones_own_sees_all_four():
    text = "{{ kind }}|{{ question }}|{{ choices | join(',') }}|{% for l, c in options %}{{ l }}={{ c }};{% endfor %}"

    assert said(PromptTemplate(text)) == "cloze|Is ice cold?|no,yes|A=no;B=yes;"


def test_a_line_feed_at_the_end_of_a_file_is_not_said():
    assert said(PromptTemplate("{{ question }}\n")) == "Is ice cold?"


def test_texts_are_put_in_as_they_are():
    odd = Question(id="odd", question='Is {{ 1 < 2 & "x" }} so?', choices=("<b>", "{% if %}"), answer=0)

    assert said(PromptTemplate("{{ question }} {{ choices[1] }}"), odd) == 'Is {{ 1 < 2 & "x" }} so? {% if %}'


@pytest.mark.parametrize("kind", ["letter", "cloze"])
def test_examples_are_turns_of_user_and_assistant(kind):
    shown, question = PromptTemplate("{{ question }}", (ICE,)), SKY

    assert shown.messages(question, kind) == [
        Message("user", "Is ice cold?"),
        Message("assistant", {"letter": "B", "cloze": "yes"}[kind]),
        Message("user", "What is the sky?"),
    ]


@pytest.mark.parametrize(
    "example",
    [
        Question(id="x", question="Who?", answer=("Ada",)),
        Question(id="x", question="Is it?", choices=("no", "yes")),
        Question(id="x", question="Is it?", choices=("no", "yes"), answerable=False),
    ],
)
def test_an_example_without_a_right_option_is_refused(example):
    with pytest.raises(InputError, match="examples: question 'x' has no options with a right one to show"):
        PromptTemplate(examples=(example,))


def test_a_syntax_error_names_its_line():
    with pytest.raises(InputError, match=r"template, line 2: .*endfor"):
        PromptTemplate("{{ question }}\n{% endfor %}")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{ answer }}", "'answer' is undefined"),
        ("{{ question.text }}", "no attribute 'text'"),
        ("{{ 1 / 0 }}", "division by zero"),
        ("{{ question + 1 }}", "can only concatenate str"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{% for i in range(10 ** 9) %}{% endfor %}", "Range too big"),
    ],
)
def test_a_template_that_fails_says_why_and_what_it_may_see(text, message):
    with pytest.raises(
        InputError, match=rf"question 'ice': .*{message}.* \(it sees question, choices, options and kind"
    ):
        said(PromptTemplate(text))


@pytest.mark.parametrize("text", ["", " \n ", "{% if kind == 'letter' %}{{ question }}{% endif %}"])
def test_a_template_that_asks_nothing_is_refused(text):
    with pytest.raises(InputError, match="it leaves nothing to ask of question 'ice'"):
        said(PromptTemplate(text))


def many(n):
    return Question(id="many", question="Which?", choices=tuple(f"option {i}" for i in range(n)), answer=0)


def test_there_are_letters_for_26_options():
    assert "\nZ. option 25\n" in said(PromptTemplate(), many(26), "letter")


def test_more_options_than_letters_are_refused():
    with pytest.raises(InputError, match="question 'many': 27 options are more than there are letters; use the cloze"):
        said(PromptTemplate(), many(27), "letter")


def test_cloze_takes_any_number_of_options():
    assert said(PromptTemplate("{{ choices | length }}"), many(27), "cloze") == "27"


def test_a_question_without_choices_is_refused():
    with pytest.raises(InputError, match="question 'free' has no choices"):
        said(PromptTemplate(), Question(id="free", question="Who?", answer=("Ada",)))


def test_the_hash_is_of_words_and_examples():
    hashes = [
        PromptTemplate().sha256,
        PromptTemplate("{{ question }}").sha256,
        PromptTemplate(examples=(ICE,)).sha256,
        PromptTemplate(examples=(SKY,)).sha256,
        PromptTemplate(examples=(ICE, SKY)).sha256,
        PromptTemplate(examples=(SKY, ICE)).sha256,
    ]

    assert len(set(hashes)) == len(hashes)
    assert PromptTemplate().sha256 == hashes[0]


def test_what_no_model_sees_is_not_in_the_hash():
    renamed = ICE.model_copy(update={"id": "other", "group": "g"})

    assert PromptTemplate(examples=(renamed,)).sha256 == PromptTemplate(examples=(ICE,)).sha256
