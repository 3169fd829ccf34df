import pytest

from calibrant.language._tags import find_answer_tag, find_confidence_tag


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("<confidence>0.7</confidence>", "0.7"),
        ("< Confidence > 0.7 </ CONFIDENCE >", " 0.7 "),
        ("<probability>0.7</probability>", "0.7"),
        ('<confidence unit="percent">70</confidence>', "70"),
        ("<confidence>0.5</confidence> no, <confidence>0.7</confidence>", "0.7"),
        ("<confidence>0.5</confidence> and <confidence>0.7", "0.5"),
        ("<answer>1</answer><confidence>0.7", "0.7"),
        ("<confidence></confidence>", ""),
    ],
)
def test_the_last_that_was_closed_else_the_last(text, content):
    start, inside = find_confidence_tag(text)

    assert inside == content
    assert text[start : start + len(inside)] == content


@pytest.mark.parametrize("text", ["", "confidence 0.7", "<confident>0.7</confident>", "<answer>7</answer>"])
def test_none_where_there_is_none(text):
    assert find_confidence_tag(text) is None


def test_the_last_answer_over_several_lines():
    assert find_answer_tag("<answer>1</answer> so <answer>\n12\n</answer>") == "\n12\n"
    assert find_answer_tag("the answer is 12") is None
