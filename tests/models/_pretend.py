"""A pretended server that speaks OpenAI's dialect, well or badly, and a real one that misbehaves as it is told."""

import json
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

FIRST = {"A": 0.5, " A": 0.2, "(B": 0.1, "C": 0.05, "Apple": 0.05}
"""What may stand at the first place of every answer; 0.1 is on tokens that are never told."""


@dataclass
class Pretended:
    """What a server of this kind does to each request; hand it to ``httpx.MockTransport``."""

    refuses: tuple[str, ...] = ()
    """Fields that it will not take."""
    status: int = 400
    """With which it refuses."""
    names_fields: bool = True
    """Whether it says which field it was."""
    most: int = 20
    """The largest number of likeliest tokens that may be asked for."""
    gives: int = 20
    """So many it gives, whatever is asked."""
    logprobs: bool = True
    n: bool = True
    draws: bool = True
    processed: bool = False
    owner: str = "someone"
    reply: Callable[[str], str] = lambda prompt: f"A: {prompt}"
    failing: Callable[[str], httpx.Response | Exception | None] = lambda prompt: None
    """What comes of a conversation in place of an answer."""
    asked: list[dict] = field(default_factory=list)
    """The bodies that came."""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json={"data": [{"id": "tiny", "owned_by": self.owner}]})
        body = json.loads(request.content)
        self.asked.append(body)
        chat = "messages" in body
        prompt = body["messages"][-1]["content"] if chat else body["prompt"]
        for name in self.refuses:
            if name in body:
                return self._refuse(name)
        top = body.get("top_logprobs" if chat else "logprobs") or 0
        if top > self.most:
            return self._refuse("top_logprobs" if chat else "logprobs")
        if (failed := self.failing(prompt)) is not None:
            if isinstance(failed, Exception):
                raise failed
            return failed
        n = body.get("n", 1) if self.n else 1
        choices = [self._choice(body, prompt, index, min(top, self.gives), chat) for index in range(n)]
        usage = {"prompt_tokens": len(prompt), "completion_tokens": 3 * n}
        return httpx.Response(200, json={"model": "tiny-1", "choices": choices, "usage": usage})

    def _refuse(self, name: str) -> httpx.Response:
        said = {"message": "This field is not supported.", "param": name} if self.names_fields else {"message": "No."}
        return httpx.Response(self.status, json={"error": said})

    def _choice(self, body: dict, prompt: str, index: int, top: int, chat: bool) -> dict:
        drawn = f" {body.get('seed', len(self.asked))}-{index}" if self.draws and body["temperature"] else ""
        text = self.reply(prompt) + drawn
        power = 1 / body["temperature"] if self.processed and body["temperature"] else 1.0
        told = {word: round(math.log(share) * power, 6) for word, share in list(FIRST.items())[:top]}
        entries = [{"token": text[:1], "logprob": math.log(0.5), "bytes": None, "top": told}]
        entries.append({"token": text[1:], "logprob": -9999.0, "bytes": None, "top": {}})
        if chat:
            for entry in entries:
                told = entry.pop("top")
                entry["top_logprobs"] = [{"token": word, "logprob": value} for word, value in told.items()]
            logprobs = {"content": entries}
        else:
            logprobs = {
                "tokens": [entry["token"] for entry in entries],
                "token_logprobs": [entry["logprob"] for entry in entries],
                "top_logprobs": [entry["top"] for entry in entries],
            }
        asked = body.get("logprobs") and self.logprobs
        content = {"message": {"role": "assistant", "content": text}} if chat else {"text": text}
        return {"index": index, "finish_reason": "stop", "logprobs": logprobs if asked else None, **content}


@dataclass
class Raw:
    """What a misbehaving server sends."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    """Promise more bytes than are sent, then hang up."""
    mute: bool = False
    """Hang up without a word."""
    pause: float = 0.0
    """Seconds before every tenth of the body."""


@contextmanager
def misbehaving(script: Callable[[int, dict], Raw]) -> Iterator[str]:
    """Run a server in a thread that does to its n-th request what a script says; give its address."""
    count = iter(range(10**6))
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            with lock:
                number = next(count)
            raw = script(number, body)
            if raw.mute:
                self.close_connection = True
                return
            self.send_response(raw.status)
            for name, value in raw.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(raw.body) + 100 * raw.cut))
            self.end_headers()
            step = max(1, len(raw.body) // 10)
            try:
                for start in range(0, len(raw.body), step):
                    time.sleep(raw.pause)
                    self.wfile.write(raw.body[start : start + step])
                    self.wfile.flush()
            except OSError:
                pass
            self.close_connection = raw.cut

        def do_GET(self):
            self.send_response(404)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
