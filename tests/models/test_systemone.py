"""A server of typed decisions: the real one of a wheel, and pretended ones that err."""

import importlib.util
import json
import math
import re
import socket
import subprocess
import sys
import time

import httpx
import numpy as np
import pytest

from calibrant.exceptions import InputError, ModelError
from calibrant.models import SystemOneModel
from calibrant.models.systemone import FLOOR, option_names

PLANET = ("Which of these is a planet?", ["Oak", "Mars", "Copper"])


def served(handler, path="systemone", **options):
    options = {"api_key": "", "first_wait": 1e-4, "retries": 1} | options
    return SystemOneModel(f"http://test/v1/{path}", transport=httpx.MockTransport(handler), **options)


def systemone(probabilities, **more):
    answer = {"type": "choice", "choice": "Mars", "probabilities": probabilities, "confidence": 0.99}
    return httpx.Response(200, json={"model": "jev-1", "answers": {"answer": answer}, **more})


def decisions(*pairs):
    told = [{"value": value, "probability": share} for value, share in pairs]
    answer = {"type": "choice", "name": "answer", "choice": "Mars", "confidence": 0.9, "probabilities": told}
    return httpx.Response(200, json={"model": "gpt", "answers": [answer]})


def one(reply, path="systemone"):
    (answer,) = served(lambda _: reply, path).option_probabilities([PLANET])
    return answer


@pytest.fixture(scope="module")
def sparrow():
    """The address of sparrow-decider, which serves the model in its wheel."""
    if importlib.util.find_spec("sparrow_decider") is None:
        pytest.skip("sparrow-decider is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", "from sparrow_decider.cli import main; main()", "serve", "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            assert server.poll() is None, "sparrow-decider ended"
            try:
                httpx.get(f"http://127.0.0.1:{port}/", trust_env=False)
                break
            except httpx.ConnectError:
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}/v1/systemone"
    finally:
        server.terminate()
        server.wait()


def test_a_real_server(sparrow):
    model = SystemOneModel(sparrow, api_key="")
    questions = [
        PLANET,
        (PLANET[0], PLANET[1][::-1]),
        ("What is the capital of Austria?", ["Wien", "東京", "Wien"]),
        *[(f"What is {i} plus {i}?", [str(2 * i), str(2 * i + 1)]) for i in range(1, 30)],
    ]
    found = model.option_probabilities(questions)

    for (_, options), answer in zip(questions, found, strict=True):
        assert answer.error is None
        assert answer.logprobs.shape == (len(options),)
        assert math.isclose(np.exp(answer.logprobs).sum(), 1)
    # The same question the other way round: nearly the same answer, in the order of the options.
    np.testing.assert_allclose(found[0].logprobs, found[1].logprobs[::-1], atol=0.7)
    assert PLANET[1][int(found[0].logprobs.argmax())] == "Mars"
    assert model.statistics.answers == len(questions)
    assert list(model.statistics.models) == ["sparrow-nano-general-v1.1"]
    assert model.identity.engine == "systemone"


def test_a_real_server_has_only_the_paths_it_has(sparrow):
    model = SystemOneModel(re.sub("systemone$", "decisions", sparrow), api_key="")

    with pytest.raises(ModelError, match=r"/v1/decisions has no such path.*status 404"):
        model.option_probabilities([PLANET])


def test_what_is_sent_to_system_one():
    bodies = []

    def handler(request):
        bodies.append(json.loads(request.content))
        return systemone({"Oak": 0.1, "Mars": 0.7, "Copper": 0.2})

    (answer,) = served(handler).option_probabilities([PLANET])

    criteria = {"Oak": None, "Mars": None, "Copper": None}
    question = {"type": "choice", "criteria": criteria}
    assert bodies == [{"model": "jev-latest", "state": PLANET[0], "questions": {"answer": question}}]
    assert list(bodies[0]["questions"]["answer"]["criteria"]) == PLANET[1]
    np.testing.assert_allclose(np.exp(answer.logprobs), [0.1, 0.7, 0.2])


def test_what_is_sent_to_decisions():
    bodies = []

    def handler(request):
        bodies.append(json.loads(request.content))
        return decisions(("Copper", 0.2), ("Mars", 0.7), ("Oak", 0.1))

    (answer,) = served(handler, "decisions").option_probabilities([PLANET])

    (body,) = bodies
    assert body["input"] == PLANET[0]
    assert body["questions"][0]["choices"] == [{"value": "Oak"}, {"value": "Mars"}, {"value": "Copper"}]
    assert body["questions"][0]["instructions"]
    np.testing.assert_allclose(np.exp(answer.logprobs), [0.1, 0.7, 0.2])


def test_options_that_are_alike_get_letters():
    bodies = []

    def handler(request):
        bodies.append(json.loads(request.content)["questions"]["answer"]["criteria"])
        return systemone({"A": 0.5, "B": 0.25, "C": 0.25})

    (answer,) = served(handler).option_probabilities([("?", ["Ice", "Steam", "Ice"])])

    assert bodies == [{"A": "Ice", "B": "Steam", "C": "Ice"}]
    np.testing.assert_allclose(np.exp(answer.logprobs), [0.5, 0.25, 0.25])
    assert list(option_names(["x"] * 27))[-1] == "27"
    assert option_names(["x", " "]) == {"A": "x", "B": " "}


def test_a_rounded_zero_is_no_certainty():
    answer = one(systemone({"Oak": 0, "Mars": 1.0, "Copper": 0}))

    np.testing.assert_allclose(np.exp(answer.logprobs), np.array([FLOOR, 1, FLOOR]) / (1 + 2 * FLOOR))


def test_rounding_is_put_right():
    answer = one(systemone({"Oak": 0.33, "Mars": 0.33, "Copper": 0.33}))

    np.testing.assert_allclose(np.exp(answer.logprobs), [1 / 3] * 3)


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"Oak": 0.5, "Mars": 0.5},
        {"Oak": 0.5, "Mars": 0.5, "Iron": 0.0},
        {"Oak": 0.5, "Mars": 0.7, "Copper": -0.2},
        {"Oak": 0.5, "Mars": 0.1, "Copper": 0.1},
        {"Oak": None, "Mars": 0.5, "Copper": 0.5},
        {"Oak": "much", "Mars": 0.5, "Copper": 0.5},
        "Mars",
        None,
    ],
)
def test_what_are_no_probabilities_of_the_options_is_unreadable(told):
    answer = one(systemone(told))

    assert (answer.logprobs, answer.error) == (None, "unreadable")


@pytest.mark.parametrize(
    ("reply", "path", "cause"),
    [
        (httpx.Response(200, json={"answers": [{"type": "refusal", "name": "answer"}]}), "decisions", "refused"),
        (httpx.Response(200, json={"answers": {}}), "systemone", "unreadable"),
        (httpx.Response(200, json={}), "decisions", "unreadable"),
        (httpx.Response(422, json={"detail": []}), "systemone", "bad request"),
        (httpx.Response(413), "systemone", "too long"),
        (httpx.Response(400, json={"detail": {"error_type": "max_tokens_exceeded"}}), "systemone", "too long"),
        (httpx.Response(529), "systemone", "server error"),
        (httpx.Response(429), "decisions", "rate limit"),
    ],
)
def test_causes(reply, path, cause):
    model = served(lambda _: reply, path)
    (answer,) = model.option_probabilities([PLANET])

    assert (answer.logprobs, answer.error) == (None, cause)
    assert model.statistics.errors == {cause: 1}


def test_one_that_fails_does_not_lose_the_others():
    def handler(request):
        state = json.loads(request.content)["state"]
        return httpx.Response(500) if state == "bad" else systemone({"a": 0.25, "b": 0.75}, usage={"input_tokens": 4})

    model = served(handler)
    found = model.option_probabilities([(text, ["a", "b"]) for text in ("one", "bad", "two")])

    assert [answer.error for answer in found] == [None, "server error", None]
    assert (model.statistics.answers, model.statistics.prompt_tokens) == (2, 8)
    assert model.statistics.models == {"jev-1": 2}
    assert model.option_probabilities([]) == []


def test_a_wrong_key_stops_the_run():
    with pytest.raises(ModelError, match="refuses the key"):
        one(httpx.Response(401))


@pytest.mark.parametrize("n", [0, 1, 256])
def test_a_number_of_options_that_cannot_be_asked_is_refused(n):
    with pytest.raises(InputError, match=rf"questions\[1\]: a question needs 2 to 255 options; got {n}"):
        served(lambda _: httpx.Response(500)).option_probabilities([PLANET, ("?", [str(i) for i in range(n)])])


def test_an_address_that_ends_otherwise_is_refused():
    with pytest.raises(InputError, match="url must end in /systemone or /decisions; got http://test/v1"):
        SystemOneModel("http://me:hidden@test/v1")
    with pytest.raises(InputError, match="model must be the server's name"):
        SystemOneModel("http://test/v1/decisions", "")
