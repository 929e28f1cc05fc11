"""Who PayRelay talks to here: the programs under test, a merchant's backend, and an Alipay that confirms what it is told to."""

import http.client
import http.server
import os
import queue
import signal
import subprocess
import threading
import time
import urllib.parse
from dataclasses import dataclass

PATIENCE_SECONDS = 20


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")


def call(method: str, url: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Answer:
    """One HTTP request; a redirect is an answer like any other."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=PATIENCE_SECONDS)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, body, headers or {})
        response = connection.getresponse()
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())
    finally:
        connection.close()


class Program:
    """A command of payrelay that runs until it is told to stop."""

    running: list["Program"] = []

    def __init__(self, words: list[str], log_path: str, environment: dict[str, str] | None = None) -> None:
        self.log_path = log_path
        self._log = open(log_path, "wb")
        self.process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=self._log, stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
        )
        Program.running.append(self)

    def wait_for_log(self, find):
        """What `find` makes of the first line of output it does not answer None for."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            with open(self.log_path, encoding="utf-8") as log:
                for line in log:
                    found = find(line)
                    if found is not None:
                        return found
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise RuntimeError(f"{self.process.args[1]} did not start: {self.output()}")

    def output(self) -> str:
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()

    def stop(self, patience_seconds: float = 40) -> int:
        """SIGTERM, and SIGKILL for one that does not obey; answers the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(patience_seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._log.close()
        if self in Program.running:
            Program.running.remove(self)
        return self.process.returncode


class Watchdog:
    """Ends the programs when the checks hang, so that nothing waits for ever."""

    def __init__(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def _end(self) -> None:
        for program in list(Program.running):
            program.process.kill()

    def __enter__(self) -> "Watchdog":
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()


@dataclass(frozen=True)
class Post:
    """A request that somebody posted to us."""

    path: str
    headers: dict[str, str]
    body: bytes


class _Server:
    """An HTTP server on a free port of 127.0.0.1, ended with the `with` block."""

    def __init__(self) -> None:
        peer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._reply(peer.get(self.path))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                headers = {name: value for name, value in self.headers.items()}
                self._reply(peer.post(Post(self.path, headers, body)))

            def _reply(self, text: str | None) -> None:
                body = (text or "").encode("utf-8")
                self.send_response(200 if text is not None else 404)
                self.send_header("Content-Type", "text/plain")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def get(self, path: str) -> str | None:
        return None

    def post(self, post: Post) -> str | None:
        return None

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class Backend(_Server):
    """A merchant's backend: takes everything that is posted, and keeps it in a line for each path."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._lines: dict[str, queue.Queue[Post]] = {}

    def post(self, post: Post) -> str | None:
        self._line(post.path).put(post)
        return "success"

    def next(self, path: str) -> Post:
        """The next post to `path`, waited for."""
        return self._line(path).get(timeout=PATIENCE_SECONDS)

    def _line(self, path: str) -> "queue.Queue[Post]":
        with self._lock:
            return self._lines.setdefault(path, queue.Queue())


class PlayedAlipay(_Server):
    """Alipay's `notify_verify`, played: `true` for the notify_ids that were sent, `false` for others."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: set[str] = set()
        self.asked: list[dict[str, str]] = []

    def get(self, path: str) -> str | None:
        fields = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(path).query))
        self.asked.append(fields)
        if fields.get("service") != "notify_verify":
            return None
        return "true" if fields.get("notify_id") in self.sent else "false"
