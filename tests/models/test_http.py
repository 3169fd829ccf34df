"""One server, asked: what is tried again, what is given up, what stops everything, and what is never shown."""

import logging
import threading
import time
import traceback

import httpx
import pytest
from tests.models._pretend import Raw, misbehaving

from calibrant.exceptions import CalibrantError, InputError, ModelError
from calibrant.models._http import RequestError, Server

KEY = "sk-verysecret-0123456789"
PROMPT = "the patient is called Rumpelstiltskin"
GOOD = httpx.Response(200, json={"ok": 1})


def server(handler, **options):
    options = {"api_key": KEY, "first_wait": 1e-4, "retries": 4, "max_concurrency": 4} | options
    return Server("http://test/v1", transport=httpx.MockTransport(handler), **options)


def real(url, **options):
    return Server(url, **{"api_key": KEY, "first_wait": 1e-3, "retries": 2, "timeout": 5.0, **options})


def in_turn(*replies):
    """Reply with these in turn, the last for ever."""
    left = list(replies)

    def handler(request):
        reply = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(reply, Exception):
            raise reply
        return reply

    return handler


def failed(asked, path="/x"):
    with pytest.raises(RequestError) as caught:
        asked.post(path, {"prompt": PROMPT})
    return caught.value


def test_a_good_reply_is_one_request():
    seen = []

    def handler(request):
        seen.append((str(request.url), request.headers["authorization"], request.content))
        return GOOD

    asked = server(handler)

    assert asked.post("/chat", {"a": "é"}) == {"ok": 1}
    assert seen == [("http://test/v1/chat", f"Bearer {KEY}", b'{"a": "\\u00e9"}')]
    assert asked.tally.statistics().requests == 1


def test_without_a_key_none_is_sent():
    def handler(request):
        assert "authorization" not in request.headers
        return GOOD

    assert server(handler, api_key="").post("/x", {}) == {"ok": 1}


@pytest.mark.parametrize(
    ("trouble", "cause"),
    [
        (httpx.Response(429), "rate limit"),
        (httpx.Response(408), "timeout"),
        (httpx.Response(500), "server error"),
        (httpx.Response(503), "server error"),
        (httpx.Response(529), "server error"),
        (httpx.ConnectError("no"), "connection"),
        (httpx.ConnectTimeout("no"), "connection"),
        (httpx.RemoteProtocolError("no"), "connection"),
        (httpx.Response(200, content=b'{"choices": [{"mess'), "cut off"),
        (httpx.Response(200, content=b""), "cut off"),
    ],
)
def test_what_may_fare_better_is_tried_again_and_given_up_in_the_end(trouble, cause):
    healed = server(in_turn(trouble, trouble, GOOD))
    assert healed.post("/x", {}) == {"ok": 1}
    assert healed.tally.statistics().retries == {cause: 2}
    assert healed.tally.statistics().errors == {}

    lost = server(in_turn(trouble))
    assert failed(lost).cause == cause
    found = lost.tally.statistics()
    assert (found.requests, found.retries, found.errors) == (5, {cause: 4}, {cause: 1})


@pytest.mark.parametrize(
    ("reply", "cause"),
    [
        (httpx.Response(400), "bad request"),
        (httpx.Response(422, json={"detail": [{"loc": ["body", "n"], "msg": "no", "input": PROMPT}]}), "bad request"),
        (httpx.Response(307, headers={"location": "http://elsewhere/"}), "bad request"),
        (httpx.Response(413), "too long"),
        (httpx.Response(400, json={"error": {"message": "maximum context length is 8"}}), "too long"),
        (httpx.Response(400, json={"error": {"code": "context_length_exceeded"}}), "too long"),
        (httpx.Response(400, json={"error": {"code": "content_filter", "message": "no"}}), "refused"),
        (httpx.Response(429, json={"error": {"code": "insufficient_quota"}}), "quota"),
        (httpx.Response(200, content=b"<html>Sign in</html>"), "unreadable"),
        (httpx.Response(200, json=[1]), "unreadable"),
        (httpx.Response(200, content=b"[" * 100_000), "unreadable"),
    ],
)
def test_what_would_fare_no_better_is_tried_once(reply, cause):
    asked = server(in_turn(reply))

    assert failed(asked).cause == cause
    assert asked.tally.statistics().requests == 1


def test_what_was_too_slow_twice_is_given_up():
    asked = server(in_turn(httpx.ReadTimeout("slow")))

    assert failed(asked).cause == "timeout"
    assert asked.tally.statistics().requests == 2


def test_the_fields_that_a_server_names_are_kept_and_what_it_repeats_is_not():
    detail = [{"loc": ["body", "seed"], "msg": "extra", "input": {"logit_bias": 1}}]
    asked = server(in_turn(httpx.Response(422, json={"detail": detail})))

    with pytest.raises(RequestError) as caught:
        asked.post("/x", {"seed": 1, "logit_bias": {}, "messages": []})

    assert caught.value.fields == {"seed"}


@pytest.mark.parametrize("status", [401, 403, 404])
def test_what_nothing_else_will_pass_stops_everything(status):
    calls = []

    def handler(request):
        calls.append(1)
        return httpx.Response(status, json={"error": {"message": f"{KEY} {PROMPT}"}})

    asked = server(handler, max_concurrency=2)

    with pytest.raises(ModelError, match=f"the server at http://test/v1.*status {status}"):
        asked.map(lambda _: asked.post("/x", {}), range(500))
    assert len(calls) <= 4
    with pytest.raises(ModelError):
        asked.post("/x", {})


def test_a_page_that_is_not_there_stops_nothing():
    asked = server(lambda request: httpx.Response(404) if request.method == "GET" else GOOD)

    with pytest.raises(RequestError):
        asked.get("/models")
    assert asked.post("/x", {}) == {"ok": 1}


def test_a_refused_key_wakes_those_that_wait():
    both = threading.Barrier(2)

    def handler(request):
        both.wait(5)
        if b"first" in request.content:
            return httpx.Response(429, headers={"retry-after": "50"})
        time.sleep(0.05)
        return httpx.Response(401)

    asked = server(handler, max_concurrency=2)
    started = time.monotonic()
    with pytest.raises(ModelError):
        asked.map(lambda name: asked.post("/x", {"name": name}), ["first", "second"])
    while any(thread.name.startswith("calibrant-server") for thread in threading.enumerate()):
        assert time.monotonic() - started < 10
        time.sleep(0.01)


def test_results_come_in_the_order_of_the_items_and_at_most_so_many_at_once():
    active, most = [], []

    def handler(request):
        active.append(1)
        most.append(len(active))
        time.sleep(0.002 if b"7" in request.content else 0.0005)
        active.pop()
        return httpx.Response(200, content=request.content)

    asked = server(handler, max_concurrency=4)
    found = asked.map(lambda i: asked.post("/x", {"i": i})["i"], range(60))

    assert found == list(range(60))
    assert max(most) <= 4
    assert asked.map(lambda _: None, []) == []


def test_a_bug_is_not_swallowed():
    with pytest.raises(ZeroDivisionError):
        server(in_turn(GOOD)).map(lambda i: 1 // i, [1, 0, 1])


def test_a_wish_to_wait_is_honoured_and_slows_down_all():
    storm = httpx.Response(429, headers={"retry-after": "0.1"})
    asked = server(in_turn(storm, storm, GOOD), first_wait=30.0)
    started = time.monotonic()

    assert asked.post("/x", {}) == {"ok": 1}
    assert 0.2 <= time.monotonic() - started < 5
    assert asked._pace.limit == 2  # 4, 2, 1, and one good reply


def test_a_server_that_is_gone_is_not_waited_for_each_time():
    asked = server(in_turn(httpx.ConnectError("gone")))
    for _ in range(20):
        failed(asked)

    assert asked.tally.statistics().requests <= 3 * 5 + 20
    assert asked.tally.statistics().errors == {"connection": 20}


# ---- A real socket ----


def test_a_server_that_is_down():
    with misbehaving(lambda *_: Raw()) as url:
        pass
    asked = real(url)

    assert failed(asked).cause == "connection"
    assert asked.tally.statistics().requests == 3


def test_a_server_that_hangs_up():
    with misbehaving(lambda number, _: Raw(mute=number < 2, body=b'{"ok": 1}')) as url:
        asked = real(url)
        assert asked.post("/x", {}) == {"ok": 1}
    assert asked.tally.statistics().retries == {"connection": 2}


def test_a_reply_that_breaks_off():
    with misbehaving(lambda number, _: Raw(cut=number < 2, body=b'{"ok": 1}')) as url:
        asked = real(url)
        assert asked.post("/x", {}) == {"ok": 1}
    assert asked.tally.statistics().retries == {"cut off": 2}


def test_a_reply_that_drips_is_not_waited_for_longer_than_allowed():
    with misbehaving(lambda *_: Raw(pause=0.1, body=b'{"ok": "yes it is, but slow"}')) as url:
        asked = real(url, timeout=0.25)
        started = time.monotonic()
        assert failed(asked).cause == "timeout"
        # Two tries: each byte came in time, the whole did not.
        assert time.monotonic() - started < 1.5


# ---- Addresses and secrets ----


@pytest.mark.parametrize(
    "url",
    [
        "",
        "host/v1",
        "ftp://host/v1",
        "http://",
        "http:///v1",
        "http://host/v1?key=hidden",
        "http://h:x/v1",
        "http://h/#hidden",
    ],
)
def test_an_address_that_is_none_is_refused_and_not_shown(url):
    with pytest.raises(InputError, match="must be http") as caught:
        Server(url)
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    "wrong", [{"timeout": 0.0}, {"max_concurrency": 0}, {"retries": -1}, {"timeout": float("nan")}]
)
def test_limits_that_are_none_are_refused(wrong):
    with pytest.raises(InputError, match="timeout must be above 0"):
        Server("http://host", **wrong)


def test_credentials_in_the_address_are_used_and_not_shown():
    def handler(request):
        assert request.url.userinfo == b""
        return httpx.Response(200, json={"auth": request.headers["authorization"]})

    asked = Server("http://me:p%40ss@test/v1/", api_key="", transport=httpx.MockTransport(handler))

    assert asked.url == "http://test/v1"
    assert asked.post("/x", {})["auth"] == "Basic bWU6cEBzcw=="  # me:p@ss
    assert "ss" not in repr(asked)


@pytest.mark.parametrize("key", ["sk-hidden\nmore", "sk hidden", "sk-hiddén", "sk-hidden\x00"])
def test_a_key_that_cannot_be_sent_is_refused_and_not_shown(key):
    with pytest.raises(InputError, match="api_key") as caught:
        Server("http://host", api_key=key)
    assert "hidd" not in str(caught.value)


def test_space_around_a_key_is_no_part_of_it():
    asked = server(
        lambda request: httpx.Response(200, json={"auth": request.headers["authorization"]}), api_key=" k \n"
    )

    assert asked.post("/x", {})["auth"] == "Bearer k"


def test_neither_key_nor_prompt_is_shown_whatever_happens(caplog):
    caplog.set_level(logging.DEBUG)
    echo = {"error": {"message": f"Incorrect key {KEY} for {PROMPT}", "code": KEY}, "detail": PROMPT}
    troubles = [httpx.Response(status, json=echo) for status in (400, 401, 403, 404, 408, 413, 422, 429, 500, 529)]
    troubles += [httpx.Response(200, content=f'{{"{PROMPT}'.encode()), httpx.Response(200, content=PROMPT.encode())]
    kinds = (httpx.ConnectError, httpx.ReadTimeout, httpx.RemoteProtocolError, httpx.LocalProtocolError)
    troubles += [kind(f"{KEY} {PROMPT}") for kind in kinds]
    for trouble in troubles:
        asked = server(in_turn(trouble), retries=1)
        with pytest.raises((RequestError, CalibrantError)) as caught:
            asked.post("/x", {"prompt": PROMPT})
        shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + repr(asked)
        shown += repr(vars(caught.value)) + str(asked.tally.statistics())
        for secret in (KEY, PROMPT, "Rumpelstiltskin"):
            assert secret not in shown
    assert "HTTP Request" in caplog.text
    assert KEY not in caplog.text
    assert PROMPT not in caplog.text
