"""One server, asked with JSON over HTTP: retries, a limit, causes that can be counted, and no secret in any message.

What a server says in an error is read only for the names of fields: it may repeat a prompt or a key, so none of it is
shown.
"""

import json
import random
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import TypeVar

import httpx

from calibrant.exceptions import InputError, ModelError
from calibrant.models._pace import Pace, backoff, retry_after
from calibrant.models._tally import Cause, Tally
from calibrant.predictions._log import Record, as_dict, as_list

Item = TypeVar("Item")
Result = TypeVar("Result")

_LARGEST_REPLY = 1 << 26
"""Bytes of a reply beyond which it is not read on."""

_RETRIED: frozenset[Cause] = frozenset({"connection", "timeout", "cut off", "rate limit", "server error"})

_DOWN = 3
"""Requests in a row that met no server, after which the next ones are tried once only."""

_TOO_LONG = re.compile(r"context[ _](?:length|window|size)|too long|max_tokens_exceeded", re.IGNORECASE)
_QUOTA = re.compile(r"insufficient_quota|billing", re.IGNORECASE)
_FILTERED = re.compile(r"content[ _](?:filter|policy|management)", re.IGNORECASE)

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class RequestError(Exception):
    """A request was given up; never leaves the package.

    Parameters
    ----------
    cause : Cause
        Why.
    status : int, optional
        What the server said, if it said something.
    fields : frozenset of str
        Fields of the request that its explanation names.
    """

    def __init__(self, cause: Cause, status: int | None = None, fields: frozenset[str] = frozenset()) -> None:
        super().__init__(cause if status is None else f"{cause} (status {status})")
        self.cause: Cause = cause
        self.status = status
        self.fields = fields


class _Try(Exception):  # noqa: N818 - not an error yet
    """One try failed; whether it is the last is decided by who made it."""

    def __init__(self, error: RequestError, wait: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.wait = wait


class Server:
    """A server to be asked, from many threads at once.

    Parameters
    ----------
    url : str
        Where its paths begin. A name and a password in it are used and shown nowhere.
    api_key : str
        Sent as bearer token; empty for none.
    timeout : float
        Seconds for a whole reply.
    max_concurrency : int
        Requests under way at once, at most.
    retries : int
        Tries after the first.
    seed : int
        Of the jitter in the waits between tries.
    first_wait : float
        Seconds before the second try; twice as long before each further one.
    transport : httpx.BaseTransport, optional
        What carries the requests, in tests.

    Attributes
    ----------
    url : str
        Without credentials.
    tally : Tally
        What was sent and what came of it.
    """

    def __init__(
        self,
        url: str,
        *,
        api_key: str = "",
        timeout: float = 120.0,
        max_concurrency: int = 8,
        retries: int = 4,
        seed: int = 0,
        first_wait: float = 0.5,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        parsed = _parse(url)
        if not (timeout > 0 and max_concurrency >= 1 and retries >= 0):
            raise InputError(
                "timeout must be above 0, max_concurrency at least 1 and retries at least 0; "
                f"got {timeout:g}, {max_concurrency} and {retries}"
            )
        self.url = str(parsed.copy_with(username=None, password=None)).rstrip("/")
        self.tally = Tally()
        self._timeout = timeout
        self._retries = retries
        self._wait = first_wait
        self._rng = random.Random(seed)
        self._pace = Pace(max_concurrency)
        self._workers = max_concurrency
        self._halt = threading.Event()
        self._fatal = ""
        self._n_down = 0
        key = _check_key(api_key)
        self._client = httpx.Client(
            headers={"authorization": f"Bearer {key}"} if key else {},
            auth=httpx.BasicAuth(parsed.username, parsed.password) if parsed.username and not key else None,
            timeout=httpx.Timeout(timeout, connect=min(timeout, 10.0)),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=max_concurrency),
            # A proxy is never on the way to this machine itself.
            trust_env=parsed.host not in _LOOPBACK,
            transport=transport,
        )

    def __repr__(self) -> str:
        return f"Server({self.url!r})"

    def get(self, path: str) -> Record:
        """Return what the server shows at a path; see ``post``. That nothing is there is no reason to stop."""
        return self._ask("GET", path)

    def post(self, path: str, body: Mapping[str, object]) -> Record:
        """Return the server's reply to a body.

        Raises
        ------
        RequestError
            If this request fails, its retries included.
        ModelError
            If every other one would fail as well: the key is refused, or the model is not there.
        """
        return self._ask("POST", path, body)

    def map(self, function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        """Return the function's results in the order of the items; an error stops what is not done, at once."""
        if not items:
            return []
        pool = ThreadPoolExecutor(min(self._workers, len(items)), thread_name_prefix="calibrant-server")
        try:
            futures = [pool.submit(function, item) for item in items]
            done, _ = wait(futures, return_when=FIRST_EXCEPTION)
            for error in filter(None, (future.exception() for future in futures if future in done)):
                raise error
            return [future.result() for future in futures]
        except BaseException:
            # Those that wait for another try wake up; later runs have their own.
            self._halt.set()
            self._halt = threading.Event()
            raise
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _ask(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Record:
        content = None if body is None else json.dumps(body, ensure_ascii=True).encode()
        halt = self._halt
        n_slow = 0
        for attempt in range(self._retries + 1):
            try:
                with self._pace.turn(halt):
                    if self._fatal:
                        raise ModelError(self._fatal)
                    if halt.is_set():
                        raise RequestError("connection")
                    self.tally.add(requests=1)
                    reply = self._try(method, path, content)
            except _Try as failed:
                error, cause = failed.error, failed.error.cause
                self._n_down = self._n_down + 1 if cause == "connection" else 0
                # What was too slow for us once will mostly be so again; a server's own 408 is another thing.
                n_slow += cause == "timeout" and error.status is None
                pause = failed.wait or backoff(attempt, self._wait, self._rng)
                if cause == "rate limit":
                    self._pace.slow_down(pause)
                given_up = n_slow > 1 or self._n_down > _DOWN * (self._retries + 1)
                error.fields &= frozenset(body or ())
                if cause not in _RETRIED or attempt == self._retries or given_up:
                    self.tally.count("errors", cause)
                    raise error from None
                self.tally.count("retries", cause)
                halt.wait(pause)
            else:
                self._n_down = 0
                self._pace.speed_up()
                return reply
        raise AssertionError("the last try returns or raises")

    def _try(self, method: str, path: str, content: bytes | None) -> Record:
        deadline = time.monotonic() + self._timeout
        headers = {"content-type": "application/json"} if content is not None else {}
        status = 0
        data = bytearray()
        # Whatever httpx raises holds the request, and that holds the key: nothing is chained to it.
        try:
            with self._client.stream(method, self.url + path, content=content, headers=headers) as response:
                status, answered = response.status_code, response.headers
                for chunk in response.iter_bytes():
                    data += chunk
                    if time.monotonic() > deadline:
                        raise _Try(RequestError("timeout"))
                    if len(data) > _LARGEST_REPLY:
                        raise _Try(RequestError("unreadable"))
        except httpx.ConnectTimeout:
            raise _Try(RequestError("connection")) from None
        except httpx.TimeoutException:
            raise _Try(RequestError("timeout")) from None
        except httpx.HTTPError:
            raise _Try(RequestError("cut off" if status else "connection")) from None
        if status in (401, 403):
            raise self._stop(f"refuses the key (status {status}); give the right one as api_key or OPENAI_API_KEY")
        if status == 404 and method == "POST":
            raise self._stop("has no such path or model (status 404); check the address and the model's name", path)
        if status >= 300:
            raise _Try(_failure(status, bytes(data)), retry_after(answered, time.time()))
        return _read(bytes(data))

    def _stop(self, what: str, path: str = "") -> ModelError:
        self._fatal = f"the server at {self.url}{path} {what}"
        return ModelError(self._fatal)


def _parse(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, TypeError):
        parsed = httpx.URL("")
    if parsed.scheme not in ("http", "https") or not parsed.host or parsed.query or parsed.fragment:
        # What was given may hold a password: it is not shown.
        raise InputError(
            "the address of a server must be http(s)://host[:port]/path, without a query or fragment, such as "
            "http://127.0.0.1:8000/v1; got another form"
        )
    return parsed


def _check_key(key: str) -> str:
    key = key.strip()
    # The HTTP library would show it.
    if not all("!" <= character <= "~" for character in key):
        raise InputError(
            "api_key (or OPENAI_API_KEY) must be of ASCII letters, digits and signs; the one given holds others (it "
            "is not shown)"
        )
    return key


def _read(data: bytes) -> Record:
    try:
        reply = json.loads(data.decode(errors="replace"))
    except (ValueError, RecursionError):
        begun = not data.strip() or data.lstrip().startswith(b"{")
        raise _Try(RequestError("cut off" if begun else "unreadable")) from None
    if not isinstance(reply, dict):
        raise _Try(RequestError("unreadable"))
    return reply


def _failure(status: int, data: bytes) -> RequestError:
    said = _explanation(data)
    cause: Cause = "bad request"
    if status == 408:
        cause = "timeout"
    elif status == 429:
        cause = "quota" if _QUOTA.search(said) else "rate limit"
    elif status >= 500:
        cause = "server error"
    elif _FILTERED.search(said):
        cause = "refused"
    elif status == 413 or _TOO_LONG.search(said):
        cause = "too long"
    return RequestError(cause, status, frozenset(re.findall(r"[a-z_]+", said)))


def _explanation(data: bytes) -> str:
    """Return what a server says of an error, without what it repeats of the request."""
    try:
        body = as_dict(json.loads(data))
    except (ValueError, RecursionError):
        return ""
    error = body.get("error")
    parts = [error, body.get("message"), body.get("detail")]
    found = [as_dict(part).get(name) for part in parts for name in ("message", "param", "code", "type", "error_type")]
    for item in map(as_dict, as_list(body.get("detail"))):
        found += [item.get("msg"), *as_list(item.get("loc"))]
    return " ".join(text for text in [*parts, *found] if isinstance(text, str))
