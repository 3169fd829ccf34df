"""A model behind a server, as one that answers: nothing is lost, failures have causes, and no number is made up."""

import json
import logging
import math
import traceback

import httpx
import numpy as np
import pytest
from tests.models._pretend import FIRST, Pretended, Raw, misbehaving

from calibrant.exceptions import CalibrantError, DataError, InputError, ModelError
from calibrant.models import AnsweringModel, GenerationRequest, Message, OpenAIModel
from calibrant.models.openai import read_letters
from calibrant.predictions._token_logprobs import Token
from calibrant.settings import settings

KEY = "sk-verysecret-0123456789"


def ask(*texts):
    return [[Message("user", text)] for text in texts]


def served(handler=None, **options):
    options = {"api_key": KEY, "first_wait": 1e-4, "retries": 2} | options
    return OpenAIModel("http://test/v1", "tiny", transport=httpx.MockTransport(handler or Pretended()), **options)


def sent(pretended, text):
    """The requests that held a text, without those that found out what the server can do."""
    return [body for body in pretended.asked if text in json.dumps(body, ensure_ascii=False)]


def test_answers_come_in_the_order_of_the_conversations():
    model: AnsweringModel = served()
    found = model.generate(ask(*(f"number {i}" for i in range(50))), GenerationRequest(top_logprobs=2))

    assert [[answer.text for answer in answers] for answers in found] == [[f"A: number {i}"] for i in range(50)]
    answer = found[7][0]
    assert (answer.finish, answer.error, answer.tokens, answer.n_prompt_tokens) == (
        "stop",
        None,
        ("A", ": number 7"),
        8,
    )
    np.testing.assert_allclose(answer.logprobs, [math.log(0.5), np.nan])
    assert answer.top[0] == (("A", pytest.approx(math.log(0.5))), (" A", pytest.approx(math.log(0.2))))
    assert answer.entropies is None
    assert answer.hidden is None


def test_a_request_says_what_was_asked():
    pretended = Pretended()
    request = GenerationRequest(max_tokens=9, temperature=0.5, n=2, stop=("\n",), seed=3)
    served(pretended, extra={"top_k": 0}).generate(ask("Hm?"), request)

    (body,) = sent(pretended, "Hm?")
    assert isinstance(body.pop("seed"), int)
    assert body == {
        "model": "tiny",
        "messages": [{"role": "user", "content": "Hm?"}],
        "max_tokens": 9,
        "temperature": 0.5,
        "n": 2,
        "stop": ["\n"],
        "top_p": 1,
        "logprobs": True,
        "top_logprobs": 5,
        "top_k": 0,
    }


def test_the_older_completions_get_lines_and_may_go_on_with_an_answer():
    pretended = Pretended()
    begun = [Message("user", "Hm?"), Message("assistant", "Well")]
    found = served(pretended, api="completions").generate([begun])

    assert found[0][0].text == "A: Question: Hm?\nAnswer: Well"
    assert len(found[0][0].tokens) == 2


def test_the_likeliest_answer_is_asked_for_once():
    pretended = Pretended()
    found = served(pretended).generate(ask("Hm?"), GenerationRequest(n=3))

    assert [answer.text for answer in found[0]] == ["A: Hm?"] * 3
    (body,) = sent(pretended, "Hm?")
    assert "n" not in body


@pytest.mark.parametrize("n", [True, False])
def test_several_answers_are_several_whether_the_server_knows_of_n_or_not(n):
    pretended = Pretended(n=n)
    model = served(pretended)
    found = model.generate(ask("Hm?", "Ha?"), GenerationRequest(n=4, temperature=1.0))

    assert [len({answer.text for answer in answers}) for answers in found] == [4, 4]
    assert len(sent(pretended, "Hm?")) == (1 if n else 4)
    again = served(Pretended(n=n)).generate(ask("Ha?", "Hm?"), GenerationRequest(n=4, temperature=1.0))
    assert [answer.text for answer in again[1]] == [answer.text for answer in found[0]]
    other = model.generate(ask("Hm?"), GenerationRequest(n=4, temperature=1.0, seed=1))
    assert not {answer.text for answer in other[0]} & {answer.text for answer in found[0]}


def test_a_server_that_draws_nothing_gives_no_samples():
    model = served(Pretended(draws=False))

    with pytest.raises(ModelError, match="the same answer whatever the temperature"):
        model.generate(ask("Hm?"), GenerationRequest(n=3, temperature=1.0))
    assert model.generate(ask("Hm?"))[0][0].text == "A: Hm?"


def test_a_server_without_log_probabilities_still_answers():
    for pretended in (Pretended(logprobs=False), Pretended(refuses=("logprobs",))):
        model = served(pretended)
        (answer,) = model.generate(ask("Hm?"), GenerationRequest(top_logprobs=3))[0]

        assert (answer.text, answer.tokens, answer.logprobs, answer.top) == ("A: Hm?", None, None, None)
        assert model.identity.logprobs == "none"
        assert model.statistics.answers_without_logprobs == 1
        with pytest.raises(ModelError, match=r"no log-probabilities.*P\(True\).*samples.*stated number"):
            model.letter_probabilities(ask("Hm?"), "AB")


@pytest.mark.parametrize("text", ["", "Wien ist schön.", "東京です", "الجواب هو أ", "🙂"])
def test_empty_answers_and_other_scripts(text):
    (answer,) = served(Pretended(reply=lambda _: text)).generate(ask("Hm?"))[0]

    assert (answer.text, answer.finish, answer.error) == (text, "stop", None)


@pytest.mark.parametrize(
    ("trouble", "cause"),
    [
        (httpx.ConnectError("no"), "connection"),
        (httpx.ReadTimeout("no"), "timeout"),
        (httpx.Response(200, content=b'{"choices": [{"mess'), "cut off"),
        (httpx.Response(429), "rate limit"),
        (httpx.Response(429, json={"error": {"code": "insufficient_quota"}}), "quota"),
        (httpx.Response(500), "server error"),
        (httpx.Response(400), "bad request"),
        (httpx.Response(400, json={"error": {"code": "context_length_exceeded"}}), "too long"),
        (httpx.Response(200, json={"choices": []}), "unreadable"),
        (httpx.Response(200, json={"error": "overloaded"}), "unreadable"),
    ],
)
def test_one_that_fails_does_not_lose_the_others(trouble, cause):
    model = served(Pretended(failing=lambda prompt: trouble if prompt == "bad" else None))
    found = model.generate(ask("one", "bad", "two", "three"), GenerationRequest(n=2, temperature=1.0))

    assert [[answer.error for answer in answers] for answers in found] == [[None] * 2, [cause] * 2, *[[None] * 2] * 2]
    failed = found[1][0]
    assert (failed.text, failed.finish, failed.tokens, failed.logprobs) == ("", "error", None, None)
    assert model.statistics.errors == {cause: 1}
    assert model.statistics.answers == 6


def test_an_answer_held_back_is_not_an_error():
    refused = httpx.Response(400, json={"error": {"code": "content_filter"}})
    (answer,) = served(Pretended(failing=lambda prompt: refused if prompt == "bad" else None)).generate(ask("bad"))[0]

    assert (answer.text, answer.finish, answer.error) == ("", "filter", "refused")


def test_samples_that_came_before_a_failure_are_kept():
    pretended = Pretended(n=False)
    pretended.failing = lambda prompt: httpx.Response(400) if len(sent(pretended, "Hm?")) > 2 else None
    found = served(pretended).generate(ask("Hm?"), GenerationRequest(n=4, temperature=1.0))[0]

    assert [answer.error for answer in found] == [None, None, "bad request", "bad request"]


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_wrong_key_or_model_stops_the_run_at_once(status):
    pretended = Pretended(failing=lambda prompt: httpx.Response(status) if prompt.startswith("number") else None)

    with pytest.raises(ModelError, match=f"status {status}"):
        served(pretended, max_concurrency=2).generate(ask(*(f"number {i}" for i in range(300))))
    assert len(sent(pretended, "number")) <= 4


def test_what_cannot_be_asked_is_refused_before_anything_is():
    pretended = Pretended()
    model = served(pretended)

    with pytest.raises(InputError, match=r"layers: a server gives no hidden states; got \[3\]"):
        model.generate(ask("Hm?"), GenerationRequest(layers=(3,)))
    with pytest.raises(DataError, match=r"conversations\[1\]: it has no text"):
        model.generate([*ask("Hm?"), []])
    with pytest.raises(InputError, match="letters must be at least one, no two the same"):
        model.letter_probabilities(ask("Hm?"), "AA")
    assert model.generate([]) == []
    assert model.letter_probabilities([], "AB") == []
    assert pretended.asked == []
    with pytest.raises(InputError, match="api must be one of chat, completions; got 'responses'"):
        served(api="responses")
    with pytest.raises(InputError, match="model must be the server's name"):
        OpenAIModel("http://test/v1", "")


def test_a_chat_goes_on_with_an_assistants_turn_only_where_that_is_known_to_work():
    begun = [Message("user", "Hm?"), Message("assistant", "Well")]

    with pytest.raises(ModelError, match=r"conversations\[1\] ends with an assistant's turn.*api='completions'"):
        served().generate([*ask("Hm?"), begun])
    pretended = Pretended(owner="vllm")
    served(pretended).generate([*ask("Ha?"), begun])
    assert sent(pretended, "Well")[0]["continue_final_message"] is True
    assert "continue_final_message" not in sent(pretended, "Ha?")[0]


# ---- Letters ----


def test_letters_are_summed_over_their_forms_and_the_rest_is_counted():
    (answer,) = served().letter_probabilities(ask("Hm?"), "ABCD")

    np.testing.assert_allclose(np.exp(answer.logprobs), [0.7, 0.1, 0.05, 0.0], atol=1e-6)
    assert answer.mass == pytest.approx(0.85, abs=1e-6)
    assert answer.missing == pytest.approx(1 - sum(FIRST.values()), abs=1e-6)
    assert answer.error is None


def test_a_short_list_leaves_letters_out_and_says_how_much_is_missing():
    (answer,) = served(Pretended(gives=2)).letter_probabilities(ask("Hm?"), "AB")

    assert answer.logprobs[1] == -math.inf
    assert answer.missing == pytest.approx(0.3, abs=1e-6)


@pytest.mark.parametrize(("processed", "temperature"), [(False, 0.0), (True, 1.0)])
def test_letters_are_asked_for_at_the_temperature_that_leaves_them_alone(processed, temperature):
    pretended = Pretended(processed=processed)
    (answer,) = served(pretended).letter_probabilities(ask("Hm?"), "AB")

    (body,) = sent(pretended, "Hm?")
    assert (body["temperature"], body["max_tokens"]) == (temperature, 1)
    np.testing.assert_allclose(np.exp(answer.logprobs), [0.7, 0.1], atol=1e-6)


def test_a_letter_that_fails_does_not_lose_the_others():
    def failing(prompt):
        empty = {"choices": [{"message": {"content": ""}, "logprobs": {"content": []}}]}
        return {"bad": httpx.Response(400), "empty": httpx.Response(200, json=empty)}.get(prompt)

    model = served(Pretended(failing=failing))
    found = model.letter_probabilities(ask("bad", "good", "empty"), "AB")

    assert [answer.error for answer in found] == ["bad request", None, "no log-probs"]
    assert found[0].logprobs is None
    assert found[2].logprobs is None
    assert model.statistics.errors == {"bad request": 1, "no log-probs": 1}


def test_forms_of_a_letter():
    forms = {"A": 0.1, " A": 0.1, "(A": 0.1, "A)": 0.1, "**A": 0.1, "▁A": 0.1, "An": 0.1, "a": 0.1, "AA": 0.1}
    token = Token("A", math.log(0.1), {word: math.log(share) for word, share in forms.items()})

    assert np.exp(read_letters(token, "A"))[0] == pytest.approx(0.6)
    assert read_letters(token, ["yes"])[0] == -math.inf


# ---- Identity, counts, secrets ----


def test_who_it_is():
    identity = served(Pretended(owner="vllm", processed=True)).identity

    assert (identity.name, identity.source) == ("tiny", "http://test/v1#tiny")
    assert identity.weights == "server:http://test/v1#tiny"
    assert (identity.dtype, identity.engine, identity.logprobs) == ("unknown", "vllm", "processed")


def test_what_it_came_to():
    tries = []

    def failing(prompt):
        tries.append(prompt)
        return httpx.Response(503) if prompt == "one" and tries.count("one") == 1 else None

    model = served(Pretended(failing=failing))
    assert model.statistics.requests == 0
    model.generate(ask("one", "three"))

    found = model.statistics
    assert (found.requests, found.retries, found.errors, found.answers) == (3, {"server error": 1}, {}, 2)
    assert (found.prompt_tokens, found.completion_tokens) == (3 + 5, 6)
    assert (found.answers_without_logprobs, found.missing_tokens) == (0, 2)
    assert found.missing_mass == pytest.approx(0.1, abs=1e-6)
    assert found.models == {"tiny-1": 2}


def test_the_key_comes_from_the_environment_unless_it_is_given(monkeypatch):
    keys = []

    def handler(request):
        keys.append(request.headers.get("authorization"))
        return Pretended()(request)

    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    settings.cache_clear()
    try:
        for given in (None, "other", ""):
            served(handler, api_key=given).generate(ask("Hm?"))
        assert KEY not in repr(settings())
    finally:
        monkeypatch.undo()
        settings.cache_clear()

    assert set(keys[:4]) == {f"Bearer {KEY}"}
    assert set(keys[4:8]) == {"Bearer other"}
    assert set(keys[8:]) == {None}


def test_neither_key_nor_prompt_is_shown(caplog):
    caplog.set_level(logging.DEBUG)
    prompt = "the patient is called Rumpelstiltskin"
    echo = {"error": {"message": f"{KEY} {prompt}", "param": prompt, "code": KEY}}
    for status in (400, 401, 403, 404, 408, 422, 429, 500):
        reply = httpx.Response(status, json=echo)
        for trouble in (lambda text, reply=reply: reply if text == prompt else None, lambda _, reply=reply: reply):
            model = served(Pretended(failing=trouble))
            try:
                shown = repr(model.generate(ask(prompt)))
            except CalibrantError as error:
                shown = "".join(traceback.format_exception(error)) + repr(error)
            shown += repr(model) + str(model.statistics) + str(model._server)
            assert KEY not in shown
            assert "Rumpel" not in shown
    assert "HTTP Request" in caplog.text
    assert KEY not in caplog.text
    assert "Rumpel" not in caplog.text


# ---- A real socket ----


def test_a_real_server_in_a_bad_mood_loses_nothing():
    """Of 40 conversations each meets some trouble at first, three at every try."""
    trouble = [
        Raw(status=429, headers={"retry-after": "0"}),
        Raw(status=500),
        Raw(mute=True),
        Raw(cut=True, body=b'{"choices"'),
        Raw(status=408),
    ]
    seen = {}

    def script(number, body):
        prompt = body["messages"][-1]["content"]
        seen[prompt] = seen.get(prompt, -1) + 1
        if prompt.startswith("number") and (seen[prompt] == 0 or prompt in ("number 3", "number 11", "number 28")):
            return trouble[int(prompt.split()[1]) % 5]
        choice = {"message": {"content": prompt + str(body["seed"])}, "finish_reason": "stop"}
        return Raw(body=json.dumps({"choices": [choice]}).encode())

    with misbehaving(script) as url:
        model = OpenAIModel(url, "tiny", api_key="", retries=2, first_wait=1e-3, timeout=5)
        found = model.generate(ask(*(f"number {i}" for i in range(40))))

    assert {i: answers[0].error for i, answers in enumerate(found) if answers[0].error} == {
        3: "cut off",
        11: "server error",
        28: "cut off",
    }
    assert all(answers[0].text.startswith(f"number {i}") for i, answers in enumerate(found) if not answers[0].error)
    assert model.statistics.errors == {"cut off": 2, "server error": 1}
    assert sum(model.statistics.retries.values()) == 37 + 3 * 2
