"""A server on the loopback that behaves as badly as models' servers do.

What it does is chosen by the model's name in the request, so one server serves a whole
room: `openai/429` and `openai/speaks` may sit side by side. The names are the keys of
`BEHAVIOURS`; a name that is not there is a model that the server does not have (404).
`door_server` yields the server, which remembers everything it was asked.
"""

import json
import socket
import struct
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any, TypeAlias

WORDS = ("the ", "left ", "door, ", "I ", "say.")
SPEECH = "".join(WORDS)
KEY = "sk-live-0123456789abcdefghij"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, as it came."""

    path: str
    headers: dict[str, str]
    """Names in lower case."""
    body: dict[str, Any]
    at: float
    """`time.monotonic()`."""

    @property
    def model(self) -> str:
        """The model's name, which is also the behaviour's."""
        return str(self.body.get("model", ""))


@dataclass(slots=True)
class Door:
    """A running server."""

    port: int
    asked: list[Asked] = field(default_factory=list[Asked])
    """Every request for a reply, oldest first."""
    left: list[float] = field(default_factory=list[float])
    """When, by `time.monotonic()`, a client was seen to hang up on a reply."""
    at_once: int = 0
    """How many replies are being given right now."""
    most_at_once: int = 0
    """How many there ever were at once."""
    closing: Event = field(default_factory=Event)
    lock: Lock = field(default_factory=Lock)

    @property
    def base_url(self) -> str:
        """Where an OpenAI client finds it."""
        return f"http://127.0.0.1:{self.port}/v1"

    def model(self, behaviour: str) -> str:
        """Model id for `Compatible`."""
        return f"{self.base_url}#{behaviour}"

    def times(self, behaviour: str) -> int:
        """How often `behaviour` was asked."""
        with self.lock:
            return sum(asked.model == behaviour for asked in self.asked)

    def wait_until_asked(self, seconds: float = 2.0) -> bool:
        """Return whether a request has come, in time."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with self.lock:
                if self.asked:
                    return True
            time.sleep(0.005)
        return False

    def wait_until_left(self, seconds: float = 2.0) -> float:
        """Return when a client was first seen to hang up; infinity if none was in time."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with self.lock:
                if self.left:
                    return self.left[0]
            time.sleep(0.005)
        return float("inf")


class Knock(BaseHTTPRequestHandler):
    """Answers one connection."""

    door: Door
    wbufsize = 0
    timeout = 30

    def do_GET(self) -> None:
        """List the models."""
        if not self.path.endswith("/models"):
            self.fail(404, {"error": {"message": "no such path"}})
            return
        listed = [{"id": name, "object": "model"} for name in BEHAVIOURS]
        self.answer(200, json.dumps({"object": "list", "data": listed}).encode())

    def do_POST(self) -> None:
        """Behave as the model's name says."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        headers = {name.lower(): value for name, value in self.headers.items()}
        with self.door.lock:
            self.door.asked.append(Asked(self.path, headers, body, time.monotonic()))
            self.door.at_once += 1
            self.door.most_at_once = max(self.door.most_at_once, self.door.at_once)
        try:
            if not self.path.endswith("/chat/completions"):
                self.fail(404, {"detail": "Not Found"})
            elif body.get("model") in BEHAVIOURS:
                BEHAVIOURS[body["model"]](self)
            else:
                self.fail(404, {"error": {"message": f"model {body.get('model')!r} not found"}})
        except (BrokenPipeError, ConnectionResetError):
            with self.door.lock:
                self.door.left.append(time.monotonic())
        finally:
            with self.door.lock:
                self.door.at_once -= 1

    @property
    def nth(self) -> int:
        """1 when this behaviour is asked for the first time."""
        with self.door.lock:
            name = self.door.asked[-1].model
        return self.door.times(name)

    def answer(
        self, status: int, data: bytes, kind: str = "application/json", **headers: str
    ) -> None:
        """Give a whole answer."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def fail(self, status: int, body: Any, **headers: str) -> None:
        """Give an error as JSON."""
        self.answer(status, json.dumps(body).encode(), **headers)

    def begin(self, kind: str = "text/event-stream") -> None:
        """Begin a stream whose end is the end of the connection."""
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()

    def write(self, text: str | bytes) -> None:
        """Write as it stands."""
        self.wfile.write(text.encode() if isinstance(text, str) else text)

    def event(self, payload: Any) -> None:
        """Write one event."""
        self.write(f"data: {json.dumps(payload)}\n\n")

    def delta(self, finish: str | None = None, **delta: Any) -> None:
        """Write one piece of a reply."""
        self.event(chunk(delta, finish))

    def usage(self, tokens_in: int = 11, tokens_out: int = 5) -> None:
        """Write the chunk that tells what the reply took."""
        total = tokens_in + tokens_out
        used = {"prompt_tokens": tokens_in, "completion_tokens": tokens_out}
        self.event(chunk({}, None, usage={**used, "total_tokens": total}, choices=[]))

    def end(self, finish: str = "stop") -> None:
        """End a reply as it should be ended."""
        self.delta(finish)
        self.usage()
        self.write("data: [DONE]\n\n")

    def wait(self, seconds: float = 30.0) -> None:
        """Do nothing, until it is time to close or the client has gone."""
        until = time.monotonic() + seconds
        self.connection.setblocking(False)
        try:
            while time.monotonic() < until and not self.door.closing.wait(0.005):
                try:
                    if self.connection.recv(1, socket.MSG_PEEK) == b"":
                        raise BrokenPipeError
                except BlockingIOError:
                    continue
        finally:
            self.connection.setblocking(True)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


Behaviour: TypeAlias = Callable[[Knock], None]


def chunk(delta: dict[str, Any], finish: str | None, **more: Any) -> dict[str, Any]:
    """Return one chunk in the shape every compatible server uses."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    head = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "door"}
    return {**head, "choices": [choice], **more}


def speaks(knock: Knock) -> None:
    knock.begin()
    knock.delta(role="assistant", content="")
    for word in WORDS:
        knock.delta(content=word)
    knock.end()


def failing(status: int, message: str, **more: Any) -> Behaviour:
    def fail(knock: Knock) -> None:
        knock.fail(status, {"error": {"message": message, **more}})

    return fail


def slow_down(after: str) -> Behaviour:
    def fail(knock: Knock) -> None:
        knock.fail(429, {"error": {"message": "slow down"}}, Retry_After=after)

    return fail


def flaky(failures: int) -> Behaviour:
    def answer(knock: Knock) -> None:
        if knock.nth <= failures:
            knock.fail(503, {"error": {"message": "resting"}}, Retry_After="0")
        else:
            speaks(knock)

    return answer


def writing(*texts: str | bytes) -> Behaviour:
    def answer(knock: Knock) -> None:
        knock.begin()
        for text in texts:
            knock.write(text)

    return answer


def saying(*deltas: dict[str, Any], finish: str = "stop") -> Behaviour:
    def answer(knock: Knock) -> None:
        knock.begin()
        for delta in deltas:
            knock.delta(**delta)
        knock.end(finish)

    return answer


def cut(knock: Knock) -> None:
    """End the connection cleanly, but in the middle of the reply."""
    knock.begin()
    for word in WORDS[:2]:
        knock.delta(content=word)


def cut_tag(knock: Knock) -> None:
    """End the connection where a tag may have begun."""
    knock.begin()
    knock.delta(content="the left <th")


def cut_inside(knock: Knock) -> None:
    """End the connection cleanly, but in the middle of an event."""
    cut(knock)
    knock.write(b'data: {"choices": [{"del')


def cut_chunked(knock: Knock) -> None:
    """Promise another chunk and go."""
    knock.protocol_version = "HTTP/1.1"
    knock.send_response(200)
    knock.send_header("Content-Type", "text/event-stream")
    knock.send_header("Transfer-Encoding", "chunked")
    knock.end_headers()
    for word in WORDS[:2]:
        data = f"data: {json.dumps(chunk({'content': word}, None))}\n\n".encode()
        knock.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
    knock.write(b"100\r\ndata: {")
    knock.close_connection = True


def reset(knock: Knock) -> None:
    """Break the connection the hard way."""
    cut(knock)
    time.sleep(0.05)
    linger = struct.pack("ii", 1, 0)
    knock.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    knock.connection.close()


def hang(knock: Knock) -> None:
    """Take the request and never begin."""
    knock.wait()


def stall(knock: Knock) -> None:
    """Begin, and stop in the middle."""
    knock.begin()
    for word in WORDS[:2]:
        knock.delta(content=word)
    knock.wait()


def drip(knock: Knock) -> None:
    """Write a word every 10 ms, for as long as somebody reads."""
    knock.begin()
    for _ in range(3000):
        knock.delta(content="drop ")
        knock.wait(0.01)
    knock.end()


def lingering(knock: Knock) -> None:
    """Give the whole reply and forget to hang up."""
    knock.begin()
    knock.delta(content=SPEECH)
    knock.delta("stop")
    knock.wait()


def big(knock: Knock) -> None:
    """Write 10 MB of speech."""
    knock.begin()
    event = f"data: {json.dumps(chunk({'content': 'x' * 50_000}, None))}\n\n".encode()
    for _ in range(200):
        knock.write(event)
    knock.end()


def long_line(knock: Knock) -> None:
    """Write 10 MB of speech in one event."""
    knock.begin()
    knock.delta(content="x" * 10_000_000)
    knock.end()


def endless_line(knock: Knock) -> None:
    """Write a line that has no end, up to 200 MB."""
    knock.begin()
    knock.write(b"data: ")
    for _ in range(200):
        knock.write(b"x" * 1_000_000)


def error_inside(knock: Knock) -> None:
    """Answer 200, and break inside the stream."""
    knock.begin()
    for word in WORDS[:2]:
        knock.delta(content=word)
    knock.event({"error": {"message": "the server is overloaded", "code": 503}})


def error_first(knock: Knock) -> None:
    """Answer 200 with nothing but an error in the stream."""
    knock.begin()
    knock.event({"error": {"message": "slow down", "type": "rate_limit_error", "code": 429}})


def plain(knock: Knock) -> None:
    """Answer in one piece of JSON although a stream was asked for."""
    said = {"role": "assistant", "content": SPEECH}
    choice = {"index": 0, "message": said, "finish_reason": "stop"}
    used = {"prompt_tokens": 11, "completion_tokens": 5, "total_tokens": 16}
    whole = {"id": "c1", "object": "chat.completion", "created": 1, "model": "door"}
    knock.answer(200, json.dumps({**whole, "choices": [choice], "usage": used}).encode())


def no_options(knock: Knock) -> None:
    """Refuse `stream_options`, as some servers do; speak without."""
    with knock.door.lock:
        body = knock.door.asked[-1].body
    if "stream_options" in body:
        knock.fail(400, {"error": {"message": "Unsupported parameter: 'stream_options'"}})
    else:
        speaks(knock)


def no_seed(knock: Knock) -> None:
    """Refuse `seed`; speak without."""
    with knock.door.lock:
        body = knock.door.asked[-1].body
    if "seed" in body:
        knock.fail(400, {"error": {"message": "Unrecognized request argument: seed"}})
    else:
        speaks(knock)


def no_temperature(knock: Knock) -> None:
    """Refuse `temperature`, as some models do; speak without."""
    with knock.door.lock:
        body = knock.door.asked[-1].body
    if "temperature" in body:
        knock.fail(400, {"error": {"message": "Unsupported value: 'temperature' must be 1"}})
    else:
        speaks(knock)


def without_done(knock: Knock) -> None:
    """End as `transformers serve` does."""
    knock.begin()
    for word in WORDS:
        knock.delta(content=word)
    knock.delta("stop")


def web_page(knock: Knock) -> None:
    """Answer as a wrong address does."""
    knock.answer(200, b"<!doctype html>\n<html><body>Welcome!</body></html>", "text/html")


BEHAVIOURS: dict[str, Behaviour] = {
    "speaks": speaks,
    "gpt-4o-mini": speaks,  # a name with a price
    "400": failing(400, "messages.2: unknown field 'colour'"),
    "401": failing(401, f"Incorrect API key provided: {KEY}\nsecond line"),
    "402": failing(402, "Insufficient credits. Add more at example.test"),
    "403": failing(403, "your key may not use this model"),
    "404": failing(404, "The model `404` does not exist"),
    "429": slow_down("7"),
    "429-date": slow_down("Wed, 21 Oct 2099 07:28:00 GMT"),
    "429-quota": failing(429, "You exceeded your current quota", code="insufficient_quota"),
    "500": failing(500, "\x1b[31mthe server\x07 broke\x1b[0m"),
    "503": failing(503, "resting"),
    "long": failing(400, "This model's maximum context length is 8 tokens"),
    "policy": failing(400, "refused by the content management policy", code="content_filter"),
    "empty": saying(),
    "silent": writing(),
    "garbage": writing(b"data: {\xff\xfe not json\n\n", b"data: <html>\n\n"),
    "noise": writing(bytes(range(256)) * 20),
    "page": web_page,
    "cut": cut,
    "cut-inside": cut_inside,
    "cut-tag": cut_tag,
    "half-tag": saying({"content": "the left <th"}),
    "cut-chunked": cut_chunked,
    "reset": reset,
    "hang": hang,
    "stall": stall,
    "drip": drip,
    "lingering": lingering,
    "big": big,
    "long-line": long_line,
    "endless-line": endless_line,
    "think": saying(
        {"content": "<th"},
        {"content": "ink>which "},
        {"content": "door?</thi"},
        {"content": "nk>\n\nthe left "},
        {"content": "door"},
    ),
    "reasons": saying({"reasoning_content": "which door?"}, {"content": "the left door"}),
    "only-thinks": saying({"content": "<think>which door"}, finish="length"),
    "length": saying({"content": "the left"}, finish="length"),
    "filtered": saying(finish="content_filter"),
    "error-inside": error_inside,
    "error-first": error_first,
    "plain": plain,
    "no-options": no_options,
    "no-seed": no_seed,
    "no-temperature": no_temperature,
    "without-done": without_done,
    "flaky-1": flaky(1),
    "flaky-2": flaky(2),
    "flaky-9": flaky(9),
}
"""What the server can do, by model name."""


@contextmanager
def door_server() -> Generator[Door, None, None]:
    """Run a server on a free port of the loopback for as long as the block lasts."""

    class Ours(Knock): ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Ours)
    server.daemon_threads = True
    Ours.door = Door(server.server_port)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield Ours.door
    finally:
        Ours.door.closing.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


def closed_port() -> int:
    """Return a port of the loopback where nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def words_of(asked: Asked) -> Iterator[str]:
    """Yield the text of every message of a request."""
    for message in asked.body["messages"]:
        content = message["content"]
        if isinstance(content, str):
            yield content
        else:
            yield from (part["text"] for part in content if part["type"] == "text")
