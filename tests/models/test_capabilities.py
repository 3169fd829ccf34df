"""What a server takes and gives is found out by asking, whatever way it has of refusing."""

import httpx
import pytest
from tests.models._pretend import Pretended

from calibrant.exceptions import ModelError
from calibrant.models._capabilities import Capabilities, detect
from calibrant.models._http import Server
from calibrant.models._openai_dialect import Chat, Completions

ALL = Capabilities(top_logprobs=5, mode="raw")
"""Of a pretended server that refuses nothing: it has five words to tell."""


def found(pretended, dialect=None, **options):
    server = Server(
        "http://test/v1", **{"retries": 0, "first_wait": 1e-4} | options, transport=httpx.MockTransport(pretended)
    )
    return detect(server, dialect or Chat(), "tiny", {})


@pytest.mark.parametrize("dialect", [Chat(), Completions()])
def test_a_server_that_can_do_all_is_asked_twice(dialect):
    pretended = Pretended()

    assert found(pretended, dialect) == ALL
    assert len(pretended.asked) == 2


@pytest.mark.parametrize("owner", ["vllm", "sglang", "llamacpp"])
def test_an_engine_that_says_what_it_is(owner):
    assert found(Pretended(owner=owner)).engine == owner


@pytest.mark.parametrize("names_fields", [True, False])
@pytest.mark.parametrize("status", [400, 422])
@pytest.mark.parametrize(
    ("refuses", "missing"),
    [
        (("logprobs",), {"top_logprobs": 0, "mode": "none"}),
        (("top_logprobs",), {"top_logprobs": 0, "mode": "none"}),
        (("n",), {"n": False}),
        (("seed",), {"seed": False}),
        (("stop",), {"stop": False}),
        (("top_p",), {"top_p": False}),
        (("max_tokens",), {"limit": "max_completion_tokens"}),
        (("logprobs", "n", "seed"), {"top_logprobs": 0, "mode": "none", "n": False, "seed": False}),
    ],
)
def test_what_is_refused_is_done_without_and_nothing_else_is(refuses, missing, status, names_fields):
    pretended = Pretended(refuses=refuses, status=status, names_fields=names_fields)

    assert found(pretended) == Capabilities(**{"top_logprobs": 5, "mode": "raw"} | missing)


@pytest.mark.parametrize("names_fields", [True, False])
@pytest.mark.parametrize("dialect", [Chat(), Completions()])
def test_a_server_that_allows_five(dialect, names_fields):
    pretended = Pretended(most=5, names_fields=names_fields)

    assert found(pretended, dialect) == ALL
    assert max(body.get("top_logprobs", body["logprobs"]) for body in pretended.asked[-1:]) == 5


def test_a_server_that_gives_fewer_than_it_takes():
    assert found(Pretended(gives=2)).top_logprobs == 2


def test_a_server_that_takes_the_field_and_gives_nothing():
    assert found(Pretended(logprobs=False)) == Capabilities(top_logprobs=0, mode="none")


def test_a_server_that_fails_where_it_should_refuse():
    assert found(Pretended(refuses=("logprobs",), status=500)).top_logprobs == 0


def test_a_server_that_gives_one_answer_whatever_is_asked():
    assert not found(Pretended(n=False)).n


def test_log_probabilities_after_the_temperature_are_told_from_those_before():
    assert found(Pretended(processed=True)).mode == "processed"
    assert found(Pretended(gives=1)).mode == "unknown"


def test_a_server_that_draws_no_samples():
    pretended = Pretended(draws=False)

    assert not found(pretended).draws
    assert len(pretended.asked) == 4


def test_what_it_takes_is_what_is_sent():
    options = {"max_tokens": 9, "temperature": 0.7, "n": 3, "seed": 4, "stop": ("\n",)}

    assert Capabilities().fields(Chat(), **options) == {
        "max_tokens": 9,
        "temperature": 0.7,
        "n": 3,
        "seed": 4,
        "stop": ["\n"],
        "top_p": 1,
        "logprobs": True,
        "top_logprobs": 20,
    }
    assert Capabilities().fields(Chat(), **options | {"stop": tuple("abcdef")})["stop"] == ["a", "b", "c", "d"]
    bare = Capabilities(top_logprobs=0, n=False, seed=False, stop=False, top_p=False, limit="max_completion_tokens")
    assert bare.fields(Chat(), **options) == {"max_completion_tokens": 9, "temperature": 0.7}
    assert not bare.logprobs


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (httpx.Response(400), r"refuses even the simplest request \(status 400\)"),
        (httpx.Response(401), "refuses the key"),
        (httpx.Response(404), "no such path or model"),
        (httpx.Response(429), r"does not answer \(rate limit"),
        (httpx.Response(429, json={"error": {"code": "insufficient_quota"}}), r"does not answer \(quota"),
        (httpx.Response(503), r"does not answer \(server error"),
        (httpx.ConnectError("no"), r"does not answer \(connection"),
        (httpx.ReadTimeout("no"), r"does not answer \(timeout"),
        (httpx.Response(200, content=b"<html>"), r"does not answer \(unreadable"),
    ],
)
def test_a_server_that_does_not_answer_at_all_is_named(trouble, said):
    with pytest.raises(ModelError, match=f"the server at http://test/v1.* {said}"):
        found(Pretended(failing=lambda _: trouble))


def test_a_limit_of_requests_is_not_taken_for_a_refusal():
    pretended = Pretended(failing=lambda _: httpx.Response(429))

    with pytest.raises(ModelError):
        found(pretended)
    assert len(pretended.asked) == 1


def test_a_server_that_is_not_there_is_asked_once():
    calls = []

    def gone(request):
        calls.append(1)
        raise httpx.ConnectError("no")

    with pytest.raises(ModelError, match="is it running, and is the address right"):
        found(gone)
    assert len(calls) == 1


def test_a_server_without_a_list_of_models_is_asked_all_the_same():
    pretended = Pretended()

    assert found(lambda request: httpx.Response(404) if request.method == "GET" else pretended(request)) == ALL
