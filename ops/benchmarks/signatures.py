"""What a notification costs before anything is stored."""

import urllib.parse

import intake
from tools import Goal, Row

NAME = "signatures"
ABOUT = "a notification of 25 fields: read, sorted and verified with MD5, on one core"

LENGTH_BYTES = 4
KEY_BYTES = 32


def measure(bench):
    count = 100_000 if bench.is_quick else 300_000
    body, canonical_bytes = notification(bench)
    runs, floors = [], []
    for _ in range(bench.runs):
        runs.append(bench.product("read", "--body", body, "--key", f"{0:032}", "--count", count)["ns"] / 1000)
        floors.append(bench.part("crypto", "md5", canonical_bytes, count)["ns"] / 1000)
    return [
        Row("read, sort, MD5", "µs", runs, floors, "MD5 alone", Goal(3, at_least=False, of_ratio=True)),
        Row("read, sort, MD5, by itself", "µs", runs, goal=Goal(5, at_least=False, of_ratio=False)),
    ]


def notification(bench):
    """The body of the first one, in a file, and how many bytes are signed."""
    with open(intake.notifications(bench, 1), "rb") as file:
        body = file.read()[LENGTH_BYTES:].split(b"\r\n\r\n", 1)[1]
    path = bench.path("notification")
    with open(path, "wb") as file:
        file.write(body)
    fields = urllib.parse.parse_qsl(body.decode(), strict_parsing=True)
    signed = "&".join(f"{name}={value}" for name, value in sorted(fields) if name not in ("sign", "sign_type"))
    return path, len(signed.encode()) + KEY_BYTES
