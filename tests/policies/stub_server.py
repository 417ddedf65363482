"""A server for tests that speaks the OpenAI protocol strictly, and fails in every way that real ones do.

It refuses what it doesn't know, counts what it is asked, and writes text that depends on prompt and seed alone, so
that a test can tell whether a request was lost or counted twice.
"""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from stub_model import Written, complete, continuation, spell, taken, tokenize
from stub_protocol import MODEL, Behaviour, Refusal, check, grammar_of, prompt_tokens, read_prompt

__all__ = ["Behaviour", "Call", "StubServer", "serving"]


@dataclass
class Call:
    """One call that came in: its body, the fault it met, and whether its answer went out whole."""

    path: str
    body: dict[str, Any]
    fault: str | None = None
    whole: bool = False
    cut_by_client: bool = False


class StubServer(ThreadingHTTPServer):
    """The server; ``calls`` are those that ask for text, in the order they came."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, behaviour: Behaviour) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.behaviour = behaviour
        self.calls: list[Call] = []
        self.lock = threading.Lock()
        self.draws = itertools.count(1)
        self.busy = self.busiest = 0

    @property
    def target(self) -> str:
        return f"{MODEL}@http://127.0.0.1:{self.server_port}/v1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news."""

    def whole(self) -> list[bool]:
        """Of each call whether its answer went out whole; handlers that have just sent one may still be at work."""
        until = time.monotonic() + 10
        while self.busy and time.monotonic() < until:
            time.sleep(0.01)
        return [call.whole for call in self.calls]

    def forget(self) -> None:
        """Count anew."""
        with self.lock:
            self.calls.clear()
            self.busiest = 0


@contextmanager
def serving(behaviour: Behaviour | None = None) -> Iterator[StubServer]:
    """A running server."""
    server = StubServer(behaviour or Behaviour())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: StubServer

    def log_message(self, format: str, *args: Any) -> None:
        """Silence."""

    @property
    def behaviour(self) -> Behaviour:
        return self.server.behaviour

    def do_GET(self) -> None:
        if self.path == "/v1/models":
            owner = "vllm" if self.behaviour.vllm else "tests"
            self.send_json(200, {"object": "list", "data": [{"id": MODEL, "object": "model", "owned_by": owner}]})
        else:
            self.send_json(404, {"detail": "Not Found"})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        try:
            self.check_key()
            if self.path == "/tokenize" and self.behaviour.vllm:
                self.send_json(200, {"tokens": prompt_tokens(body)})
            elif self.path == "/detokenize" and self.behaviour.vllm:
                self.send_json(200, {"prompt": spell(body["tokens"]).decode("utf-8", "replace")})
            elif self.path in ("/v1/chat/completions", "/v1/completions"):
                self.generate(body)
            else:
                raise Refusal(404, f"there is no {self.path}")
        except Refusal as refusal:
            self.send_json(refusal.status, {"error": {"message": refusal.message, "code": refusal.status}})
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def check_key(self) -> None:
        key = self.behaviour.key
        given = self.headers.get("Authorization")
        if key is not None and given != f"Bearer {key}":
            raise Refusal(401, f"wrong key: {given}")

    # --- answering ------------------------------------------------------------------------------------------------

    def generate(self, body: dict[str, Any]) -> None:
        server, behaviour = self.server, self.behaviour
        with server.lock:
            number = len(server.calls)
            call = Call(self.path, body)
            server.calls.append(call)
            call.fault = fault = behaviour.faults.popleft() if behaviour.faults else behaviour.fault_of(number)
            server.busy += 1
            server.busiest = max(server.busiest, server.busy)
        try:
            if fault is not None and self.fault(fault):
                return
            job = Job(self.server, self.path, body)
            (self.stream if body.get("stream") and behaviour.streams else self.answer)(job, call)
        except (BrokenPipeError, ConnectionResetError):
            call.cut_by_client = True
            raise
        finally:
            with server.lock:
                server.busy -= 1

    def fault(self, fault: str) -> bool:
        """Fail before the answer; whether that was all. The other faults come while the answer is sent."""
        name, _, value = fault.partition(":")
        if name.isdigit():
            self.send_json(int(name), {"error": {"message": f"fault {name}"}}, {"Retry-After": value} if value else {})
        elif name == "quota":
            self.send_json(429, {"error": {"message": "nothing left", "code": "insufficient_quota"}})
        elif name == "redirect":
            self.send_json(307, {}, {"Location": "http://elsewhere.example/v1"})
        elif name == "drop":
            self.close_connection = True
        elif name == "slow":
            time.sleep(float(value))
            return False
        elif name == "no-json":
            self.send_bytes(200, b"<html>busy</html>", "application/json")
        else:
            return False
        return True

    def answer(self, job: Job, call: Call) -> None:
        if call.fault == "empty":
            self.send_json(200, {"choices": []})
            return
        self.send_json(200, job.whole())
        call.whole = True

    def stream(self, job: Job, call: Call) -> None:
        name, _, value = (call.fault or "").partition(":")
        events = job.events()  # before the headers: it may refuse
        broken_at = None
        if name in ("cut", "end"):  # never after the last piece: an answer that came whole is no fault
            broken_at = min(int(value), job.piece_count - 1)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for number, event in enumerate(events):
            if number == broken_at:
                if name == "end":  # a proper end of the stream, but not of the answer
                    self.wfile.write(b"0\r\n\r\n")
                self.close_connection = True
                return
            if name == "stall" and number == 2:
                time.sleep(float(value))
            if name == "malformed" and number == 1:
                event = event[: len(event) // 2]
            if name == "error" and number == 1:
                event = json.dumps({"error": {"message": "out of memory", "code": 500}}).encode()
            if name == "empty":
                event = b'{"choices": []}'
            time.sleep(self.behaviour.pause)
            self.send_pieces(b": keep-alive\r\n\r\n" if number == 1 else b"")
            self.send_pieces(b"data: " + event + b"\n\n")
        call.whole = name not in ("malformed", "error", "empty")
        self.send_pieces(b"data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def send_pieces(self, data: bytes) -> None:
        """In chunks of a few bytes, which cut characters."""
        size = self.behaviour.pieces
        for start in range(0, len(data), size):
            piece = data[start : start + size]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))

    def send_json(self, status: int, value: Any, headers: dict[str, str] | None = None) -> None:
        self.send_bytes(status, json.dumps(value, ensure_ascii=False).encode(), "application/json", headers)

    def send_bytes(self, status: int, data: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)


class Job:
    """A call for text: checked, and answered."""

    def __init__(self, server: StubServer, path: str, body: dict[str, Any]) -> None:
        self.behaviour, self.body, self.chat = server.behaviour, body, path == "/v1/chat/completions"
        check(self.behaviour, body, self.chat)
        self.prompt, self.written, self.size = read_prompt(self.behaviour, body, self.chat)
        if self.size > self.behaviour.window:
            raise Refusal(
                400, f"This model's maximum context length is {self.behaviour.window} tokens, not {self.size}."
            )
        self.honours = self.behaviour.extras == "honoured"
        number = body.get("n", 1) if self.behaviour.n == "honoured" else 1
        self.written_out = [self.draw(self.seed(server, index)) for index in range(number)]

    def seed(self, server: StubServer, index: int) -> int | None:
        if self.body.get("temperature", 1) == 0:
            return None
        if self.behaviour.seed == "honoured" and "seed" in self.body:
            return int(self.body["seed"]) + index
        return -next(server.draws)

    def draw(self, seed: int | None) -> Written:
        limit, stops = self.body[self.behaviour.limit_field], self.body.get("stop", ())
        said = self.behaviour.script(self.body["messages"]) if self.chat else None
        if said is not None:
            return taken(tokenize(said), limit, stops)
        bound = grammar_of(self.behaviour, self.body)
        return continuation(self.prompt, self.written, seed, limit, stops, bound)

    def shown(self, written: Written) -> str:
        """The text as it is sent: without the stop string, unless that was asked for and is honoured."""
        keep = self.honours and self.body.get("include_stop_str_in_output")
        return written.text if keep or not written.stop else written.text[: -len(written.stop)]

    def pieces(self, index: int) -> list[dict[str, Any]]:
        """The choice in pieces, the last of which has its end."""
        written = self.written_out[index]
        text, made = self.shown(written), []
        before = 0
        for number in range(1, len(written.ids) + 1):
            end = min(len(text), len(complete(spell(written.ids[:number]))))
            made.append(self.piece(index, text[before:end], written.ids[number - 1 : number]))
            before = end
        ending = {"finish_reason": written.finish, **({"stop_reason": written.stop} if self.honours else {})}
        made[-1].update(ending)
        return made

    def piece(self, index: int, text: str, ids: tuple[int, ...]) -> dict[str, Any]:
        piece: dict[str, Any] = {"index": index, "finish_reason": None}
        piece.update({"delta": {"content": text}} if self.chat else {"text": text})
        if self.body.get("logprobs") and self.behaviour.logprobs == "honoured":
            values = [-0.5 - each % 7 / 10 for each in ids]
            spelled = [spell([each]) for each in ids]
            tokens = [each.decode("utf-8", "replace") for each in spelled]
            content = [
                {"token": token, "logprob": value, "bytes": list(data), "top_logprobs": []}
                for token, value, data in zip(tokens, values, spelled, strict=True)
            ]
            piece["logprobs"] = {"content": content} if self.chat else {"tokens": tokens, "token_logprobs": values}
        if self.body.get("return_token_ids") and self.honours:
            piece["token_ids"] = list(ids)
        return piece

    @property
    def piece_count(self) -> int:
        """In how many events the choices are sent; a count of the tokens may follow them."""
        return sum(len(written.ids) for written in self.written_out)

    def events(self) -> list[bytes]:
        made = [{"choices": [piece]} for index in range(len(self.written_out)) for piece in self.pieces(index)]
        if self.behaviour.counts and self.body.get("stream_options", {}).get("include_usage"):
            made.append({"choices": [], "usage": self.usage()})  # type: ignore[dict-item]
        return [json.dumps(each, ensure_ascii=False).encode() for each in made]

    def whole(self) -> dict[str, Any]:
        choices = []
        for index in range(len(self.written_out)):
            pieces = self.pieces(index)
            text = self.shown(self.written_out[index])
            choice = {
                **pieces[-1],
                **({"message": {"role": "assistant", "content": text}} if self.chat else {"text": text}),
            }
            choice.pop("delta", None)
            choices.append(choice)
        return {"choices": choices, **({"usage": self.usage()} if self.behaviour.counts else {})}

    def usage(self) -> dict[str, Any]:
        return {
            "prompt_tokens": self.size,
            "completion_tokens": sum(len(written.ids) for written in self.written_out),
            "prompt_tokens_details": {"cached_tokens": self.size // 2},
        }
