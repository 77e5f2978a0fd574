"""A local OpenAI-compatible endpoint: a real HTTP server on a thread, with scripted answers."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class FakeEndpoint:
    """`answer(question)` gives a text, or an int status to fail with. `asked` counts questions by text."""

    def __init__(self, answer: Callable[[str], str | int], delay: float = 0.0) -> None:
        self.answer, self.delay = answer, delay
        self.asked: Counter[str] = Counter()
        self.bodies: list[dict[str, Any]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/v1"

    def __enter__(self) -> FakeEndpoint:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                question = body["messages"][-1]["content"]
                endpoint.bodies.append(body)
                endpoint.asked[question] += 1
                time.sleep(endpoint.delay)
                said = endpoint.answer(question)
                self._say(said if isinstance(said, int) else 200, said)

            def _say(self, status: int, said: str | int) -> None:
                choice = {
                    "index": 0,
                    "message": {"role": "assistant", "content": str(said)},
                    "finish_reason": "stop",
                }
                usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
                good = {
                    "id": "x",
                    "object": "chat.completion",
                    "model": "fake-1",
                    "choices": [choice],
                    "usage": usage,
                }
                data = json.dumps(good if status == 200 else {"error": {"message": "out of order"}}).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                pass

        return Handler
