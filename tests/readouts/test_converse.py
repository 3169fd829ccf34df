import pytest

from calibrant.models import Completion, FakeModel, GenerationRequest, Message
from calibrant.readouts._converse import TOO_LONG, cause, converse

SHORT, LONG = [Message("user", "Is it?")], [Message("user", "Is it? " * 20)]
GREEDY, DRAWN = GenerationRequest(), GenerationRequest(n=3, temperature=1.0)


def test_a_conversation_that_is_too_long_stops_no_other():
    answers = converse(FakeModel(context_length=100, answers={"": "Yes"}), [LONG, SHORT, LONG], [GREEDY, DRAWN])
    assert [[[one.error for one in own] for own in each] for each in answers] == [
        [[TOO_LONG], [None], [TOO_LONG]],
        [[TOO_LONG] * 3, [None] * 3, [TOO_LONG] * 3],
    ]
    assert answers[0][1][0].text == "Yes"


@pytest.mark.parametrize("extra", [0, 1])
def test_a_conversation_fits_where_it_leaves_room_for_one_token(extra):
    n = len(FakeModel().render(SHORT).encode())
    [[[answer]]] = converse(FakeModel(context_length=n + extra, answers={"": "Yes"}), [SHORT], [GREEDY])
    assert (answer.text, answer.finish) == (("Y", "length") if extra else ("", "error"))


def test_nothing_to_ask_asks_nothing():
    class Untouched(FakeModel):
        def generate(self, conversations, request=None):
            raise AssertionError

    assert converse(Untouched(), [], [GREEDY]) == [[]]
    assert converse(Untouched(context_length=1), [SHORT], [GREEDY])[0][0][0].error == TOO_LONG


def test_an_engine_that_answers_requests_together_is_asked_once():
    class Together(FakeModel):
        calls = 0

        def generate_each(self, conversations, requests):
            self.calls += 1
            return [super(Together, self).generate(conversations, request) for request in requests]

    model = Together()
    together = converse(model, [SHORT, LONG], [GREEDY, DRAWN])
    apart = converse(FakeModel(), [SHORT, LONG], [GREEDY, DRAWN])
    texts = [[[[one.text for one in own] for own in each] for each in every] for every in (together, apart)]
    assert texts[0] == texts[1]
    assert model.calls == 1


def test_a_model_that_does_not_count_tokens_is_asked_as_it_is():
    class Server:
        def generate(self, conversations, request=None):
            return [[Completion("Yes", "stop")] * request.n for _ in conversations]

    assert [len(own) for own in converse(Server(), [SHORT, LONG], [DRAWN])[0]] == [3, 3]


def test_an_error_has_a_cause_even_where_none_was_told():
    assert cause(Completion("", "error")) == "unknown"
    assert cause(Completion("", "error", error="timeout")) == "timeout"
    assert cause(Completion("", "length")) is None
