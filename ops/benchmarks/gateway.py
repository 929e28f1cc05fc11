"""`payrelay serve` under load: its files, its process, and what loads it."""

import hashlib
import json
import os
import re
import signal
import subprocess
import time
import urllib.request
from dataclasses import dataclass

from tools import Trouble

# Requests in flight, one on each connection.
CONNECTIONS = 256
START_SECONDS_MAX = 60
STOP_SECONDS_MAX = 40
# Linux' USER_HZ.
TICKS_A_SECOND = 100
# Where a webhook endpoint would be that is disabled from the start.
NOWHERE = "https://shop.invalid/webhook"


@dataclass
class Tenants:
    """The merchants of a run, `shop-0` and so on; requests.c makes their keys of their numbers as this does."""

    count: int
    # The port of Alipay's side, which confirms each notification; none where none is to be confirmed.
    alipay_port: int | None = None
    # RSA key files of the merchants, one each, and Alipay's public one; none with MD5.
    private_keys: list | None = None
    alipay_key: str | None = None
    # The ports of the webhooks, taken in turn; with none the endpoints are disabled, and what is due to them is held.
    sink_ports: list | None = None
    # Whether notifications come; if not, the files are as a merchant's are, and nothing in them is warned of.
    is_loaded: bool = True

    def webhook(self, number):
        return f"http://127.0.0.1:{self.sink_ports[number % len(self.sink_ports)]}/webhook" if self.sink_ports else NOWHERE

    def text(self, number):
        keys = f'  sign_type: MD5\n  keys: ["{number:032}"]\n'
        if self.private_keys:
            keys = (f"  sign_type: RSA\n  private_key: file:{self.private_keys[number]}\n"
                    f"  alipay_public_keys: [file:{self.alipay_key}]\n")
        # Nobody is ever asked at Alipay itself, whatever the product may find to ask.
        alipay = "  gateway_url: https://127.0.0.1:9/gateway.do\n"
        if self.alipay_port:
            alipay = f"  gateway_url: http://127.0.0.1:{self.alipay_port}/gateway.do\n"
        elif self.is_loaded:
            alipay += "  notify_verify: false\n"
        nearby = "  allow_http: true\n  allow_private_network: true\n" if self.sink_ports else ""
        return (
            f'name: Shop {number}\nalipay:\n  partner: "2088{number:012}"\n{keys}{alipay}'
            f"products: [web/instant]\n"
            f"api_keys:\n  - {{label: bench, sha256: {hashlib.sha256(api_key(number).encode()).hexdigest()}}}\n"
            f"webhook:\n  url: {self.webhook(number)}\n  secrets: [whsec_{secret(number)}]\n{nearby}")

    def write(self, folder):
        os.makedirs(folder, exist_ok=True)
        for number in range(self.count):
            with open(os.path.join(folder, f"shop-{number}.yaml"), "w") as file:
                file.write(self.text(number))

    def disable_webhooks(self, connection):
        """In a database: what is made for the endpoints is kept, and nothing is sent."""
        digest = hashlib.sha256(NOWHERE.encode()).hexdigest()
        connection.executemany(
            "INSERT OR REPLACE INTO endpoint_states (tenant, endpoint, hold_reason, hold_since_ms, hold_detail, failure_count,"
            " failed_events, open_count, url_digest, revision) VALUES (?, 'default', 'disabled', 0, 'measured', 0, '[]', 0, ?, 1)",
            [(f"shop-{number}", digest) for number in range(self.count)])


def api_key(number):
    return f"sk_bench_{number:06}"


def secret(number):
    # 24 bytes of base64.
    return f"{number:032}"


class Gateway:
    """A running `payrelay serve`; `with` ends it."""

    def __init__(self, bench, tenants, database, log_level="info"):
        self.bench, self.tenants, self.database, self.log_level = bench, tenants, database, log_level

    def __enter__(self):
        folder = self.folder = self.bench.fresh_folder("gateway")
        self.tenants.write(os.path.join(folder, "tenants"))
        config = os.path.join(folder, "payrelay.yaml")
        with open(config, "w") as file:
            file.write(
                "listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\npublic_url: http://127.0.0.1:0\ntenants: tenants\n"
                f"store: sqlite:{self.database}\nlog: {{level: {self.log_level}, format: json}}\n")
        # A service's log goes to a file, or to what reads as fast.
        self.log = os.path.join(folder, "log")
        self.began = time.monotonic()
        with open(self.log, "w") as log:
            self.child = self.bench.start(
                [self.bench.service, "serve", "--config", config], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=log)
        self.wait_until_it_listens()
        return self

    def wait_until_it_listens(self):
        deadline = time.monotonic() + START_SECONDS_MAX
        with open(self.log) as log:
            rest = ""
            while time.monotonic() < deadline:
                rest += log.read()
                found = re.search(r'"listening".*?"public_port":(\d+),"admin_port":(\d+)', rest)
                if found:
                    self.start_ms = (time.monotonic() - self.began) * 1000
                    self.port, self.admin_port = map(int, found.groups())
                    return
                if self.child.poll() is not None:
                    raise Trouble(f"payrelay serve ended with {self.child.returncode}: {self.last_line()}")
                time.sleep(0.002)
        raise Trouble("payrelay serve did not come up")

    def last_line(self):
        with open(self.log, errors="replace") as file:
            lines = file.read().splitlines()
        return lines[-1] if lines else "it said nothing"

    def __exit__(self, kind, *_):
        if kind is not None:
            # Whatever went wrong is told; this is only cleared away.
            self.child.kill()
        self.child.send_signal(signal.SIGTERM)
        try:
            self.child.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            raise Trouble("payrelay serve did not end")
        self.bench.children.remove(self.child)
        if kind is None and self.child.returncode != 0:
            raise Trouble(f"payrelay serve ended with {self.child.returncode}: {self.last_line()}")

    def cpu_seconds(self):
        return cpu_seconds(self.child.pid)

    def resident_kb(self):
        return resident_kb(self.child.pid)

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.admin_port}{path}", timeout=30) as answer:
            return answer.read().decode()

    def metric(self, name):
        """The sum of all series whose line begins so."""
        values = [float(line.rsplit(" ", 1)[1]) for line in self.get("/metrics").splitlines() if line.startswith(name)]
        return sum(values)


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND


def resident_kb(pid):
    with open(f"/proc/{pid}/status") as file:
        for line in file:
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    raise Trouble("/proc cannot be read")


class Part:
    """A running part that prints its port in one line of JSON and serves until its input ends."""

    def __init__(self, bench, *words):
        self.bench, self.words = bench, words

    def __enter__(self):
        words = [os.path.join(self.bench.parts, self.words[0]), *self.words[1:]]
        self.child = self.bench.start(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        line = self.child.stdout.readline()
        if not line:
            raise Trouble(f"{self.words[0]} did not start")
        self.said = json.loads(line)
        self.port = self.said.get("port")
        return self

    def __exit__(self, *_):
        self.child.stdin.close()
        try:
            self.child.wait(30)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        self.child.stdout.close()
        self.bench.children.remove(self.child)

    def cpu_seconds(self):
        return cpu_seconds(self.child.pid)


def load(bench, requests, server, answer, *mode, connections=CONNECTIONS):
    """What load.c says, and the server's processor time for one request in microseconds."""
    before = server.cpu_seconds()
    said = bench.part("load", requests, server.port, connections, answer, *mode)
    said["cpu_us"] = (server.cpu_seconds() - before) * 1e6 / said["requests"]
    return said


def bare_server(bench, requests, answer, answer_bytes, count, connections=CONNECTIONS):
    """The floor: the same requests to libmicrohttpd alone."""
    with Part(bench, "mhd", answer_bytes) as server:
        # So that a run is not over before it has begun.
        return load(bench, requests, server, answer, "again", 0, max(count, 100_000), connections=connections)


def bare_server_by_wrk(bench):
    """The floor once more, as wrk sees it: whether our own load is what is measured."""
    with Part(bench, "mhd", 0) as server:
        out = subprocess.run(
            ["wrk", "-t1", f"-c{CONNECTIONS}", "-d2s", f"http://127.0.0.1:{server.port}/"], capture_output=True, text=True,
            check=True).stdout
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1))
