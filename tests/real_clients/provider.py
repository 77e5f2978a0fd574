"""An endpoint that answers like OpenAI's: chats with cached and reasoning tokens, streams, embeddings, failures."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODEL = "gpt-4o-mini-2024-07-18"
USAGE = {
    "prompt_tokens": 1200,
    "completion_tokens": 85,
    "total_tokens": 1285,
    "prompt_tokens_details": {"cached_tokens": 1024, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 32, "audio_tokens": 0},
}
ANSWER = {"role": "assistant", "content": "Paris."}


def chat(number: int) -> dict[str, Any]:
    choice = {"index": 0, "finish_reason": "stop", "message": ANSWER, "logprobs": None}
    return {**_head(number, "chat.completion"), "choices": [choice], "usage": USAGE}


def chunks(number: int) -> list[dict[str, Any]]:
    head = _head(number, "chat.completion.chunk")
    said = {"index": 0, "delta": ANSWER, "finish_reason": None}
    end = {"index": 0, "delta": {}, "finish_reason": "stop"}
    return [{**head, "choices": [said]}, {**head, "choices": [end]}, {**head, "choices": [], "usage": USAGE}]


def embedding(model: str) -> dict[str, Any]:
    data = [{"object": "embedding", "index": index, "embedding": [0.1, 0.2, 0.3]} for index in range(2)]
    return {
        "object": "list",
        "model": model,
        "data": data,
        "usage": {"prompt_tokens": 16, "total_tokens": 16},
    }


def _head(number: int, kind: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{number}", "object": kind, "created": 1_700_000_000, "model": MODEL}


class Handler(BaseHTTPRequestHandler):
    answered = 0

    def log_message(self, *args: Any) -> None:
        """Nothing is written to the console of the tests."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        Handler.answered += 1
        if "FAIL" in json.dumps(asked):
            self._send(429, "application/json", json.dumps({"error": {"message": "Rate limit"}}))
        elif self.path.endswith("/embeddings"):
            self._send(200, "application/json", json.dumps(embedding(asked["model"])))
        elif asked.get("stream"):
            lines = [json.dumps(chunk) for chunk in chunks(Handler.answered)] + ["[DONE]"]
            self._send(200, "text/event-stream", "".join(f"data: {line}\n\n" for line in lines))
        else:
            self._send(200, "application/json", json.dumps(chat(Handler.answered)))

    def _send(self, status: int, kind: str, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def serving() -> Iterator[str]:
    """The base URL of an endpoint that lives as long as the block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
