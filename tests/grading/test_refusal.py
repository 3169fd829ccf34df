import pytest

from calibrant.grading import is_refusal


@pytest.mark.parametrize(
    "text",
    [
        "I don't know.",
        "I don’t know",
        "I do not know who painted it.",
        "I really don't know the answer to that.",
        "I'm sorry, but I don't know the answer.",
        "I am sorry, I cannot answer this question.",
        "Sorry, I can't help with that.",
        "Unfortunately, I am unable to provide that information.",
        "As an AI language model, I cannot verify this.",
        "As an AI, I don't have access to current data.",
        "I have no information about this person.",
        "I'm not sure.",
        "I am not familiar with a country of that name.",
        "There is not enough information to answer.",
        "Cannot be determined.",
        "It is unknown.",
        "Unknown",
        "IDK",
        "Do not know",
        "No idea!",
        "Je ne sais pas.",
        "Ich weiß es nicht.",
        "No lo sé.",
        "Я не знаю.",
        "わかりません。",
        "我不知道。",
    ],
)
def test_these_decline(text):
    assert is_refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Paris",
        "I'm not sure, but I think it is Paris.",
        "I don't know, maybe Paris?",
        "I do not know for certain, but the answer is probably 42.",
        "The Unknown Soldier",
        "No",
        "Nobody knows",
        "I Can't Get No Satisfaction",
        "I know it: Paris.",
        "Socrates said: I know that I know nothing.",
        "Paris. I cannot say more.",
        "sorry",
        "Не знаю, но Москва",
    ],
)
def test_these_do_not(text):
    assert not is_refusal(text)
