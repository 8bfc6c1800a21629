"""A door in front of an S3 server that answers some requests itself, as S3 does on a bad day, and passes on the others."""

import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

KEPT = ("content-length", "content-type", "etag", "last-modified", "content-range")


@dataclass
class Answer:
    """What is answered, the first `times` that a request of this method has `part` in its path."""

    method: str
    part: str
    status: int
    code: str
    message: str = ""
    times: int = 10**9
    given: int = 0

    def body(self) -> bytes:
        return f"<Error><Code>{self.code}</Code><Message>{self.message}</Message></Error>".encode()


@dataclass
class FrontDoor:
    """The door; use it in a `with` block. `before` is called with the path of each request that is passed on."""

    behind: str
    answers: list[Answer] = field(default_factory=list)
    cut: str | None = None
    before: Callable[[str], None] = print

    def __enter__(self) -> Self:
        door = self
        self.before = lambda path: None

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                door._serve(self)

            do_HEAD = do_GET  # noqa: N815 - the base class calls it so

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self.endpoint = f"http://127.0.0.1:{self._server.server_address[1]}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _serve(self, request: BaseHTTPRequestHandler) -> None:
        for answer in self.answers:
            if answer.method == request.command and answer.part in request.path and answer.given < answer.times:
                answer.given += 1
                self._send(request, answer.status, {"content-type": "application/xml"}, answer.body())
                return
        self.before(request.path)
        passed = {name: value for name, value in request.headers.items() if name.lower() not in ("host", "connection")}
        asked = urllib.request.Request(self.behind + request.path, headers=passed, method=request.command)
        try:
            with urllib.request.urlopen(asked) as found:
                self._send(request, found.status, dict(found.headers), found.read())
        except urllib.error.HTTPError as error:
            self._send(request, error.code, dict(error.headers), error.read())

    def _send(self, request: BaseHTTPRequestHandler, status: int, headers: dict[str, str], body: bytes) -> None:
        request.send_response(status)
        kept = {name.lower(): value for name, value in headers.items() if name.lower() in KEPT}
        if request.command != "HEAD":
            kept["content-length"] = str(len(body))
        for name, value in kept.items():
            request.send_header(name, value)
        request.end_headers()
        if request.command != "HEAD":
            if self.cut and self.cut in request.path and status < 300:
                self.cut = None
                request.wfile.write(body[: len(body) // 2])
                request.close_connection = True
                return
            request.wfile.write(body)
