"""What the scenarios of ops/bench share: the programs they start and end, and the rows they return."""

import ctypes
import json
import os
import shutil
import signal
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass, field

# One step of a measurement; nothing here takes half as long.
STEP_SECONDS_MAX = 300
DISK_WRITES = 400
DISK_WRITE_BYTES = 4096

# Before any fork: a child may not load libraries.
LIBC = ctypes.CDLL(None)


class Trouble(Exception):
    """Why there are no figures, for the person who waits for them."""


@dataclass
class Goal:
    """A bound of a row's ratio to its floor, or of its figure."""

    bound: float
    at_least: bool
    of_ratio: bool

    @property
    def text(self):
        return f"{'ratio ' if self.of_ratio else ''}{'≥' if self.at_least else '≤'} {self.bound:g}"


@dataclass
class Row:
    """One figure: its runs, and the runs of its floor."""

    figure: str
    unit: str
    runs: list
    floor_runs: list = field(default_factory=list)
    floor_name: str = ""
    goal: Goal | None = None

    @property
    def median(self):
        return statistics.median(self.runs)

    @property
    def floor(self):
        return statistics.median(self.floor_runs) if self.floor_runs else None

    @property
    def ratio(self):
        return self.median / self.floor if self.floor else None

    @property
    def is_met(self):
        if self.goal is None:
            return None
        value = self.ratio if self.goal.of_ratio else self.median
        if value is None:
            return False
        return value >= self.goal.bound if self.goal.at_least else value <= self.goal.bound

    def json(self):
        out = {"figure": self.figure, "unit": self.unit, "median": short(self.median), "runs": [short(run) for run in self.runs]}
        if self.floor_runs:
            floor_runs = [short(run) for run in self.floor_runs]
            out |= {"floor": {"what": self.floor_name, "median": short(self.floor), "runs": floor_runs}}
            out |= {"ratio": None if self.ratio is None else short(self.ratio)}
        if self.goal is not None:
            out |= {"goal": self.goal.text, "met": self.is_met}
        return out


def end_with_parent():
    """In a child: the kernel ends it when this process ends, however it does (prctl(2), PR_SET_PDEATHSIG)."""
    LIBC.prctl(1, signal.SIGKILL)


def interrupt(*_):
    raise KeyboardInterrupt


class Bench:
    """The folder of one run, and all that was started in it."""

    def __init__(self, binaries, parts, is_quick):
        self.tool = os.path.join(os.path.abspath(binaries), "payrelay-bench")
        self.service = os.path.join(os.path.abspath(binaries), "payrelay")
        self.parts = os.path.abspath(parts)
        self.is_quick = is_quick
        self.runs = 1 if is_quick else 3
        self.children = []
        self.folder = None

    def __enter__(self):
        # Beside the build: a disk, where /tmp may be memory, which has nothing to wait for.
        for name in os.listdir(self.parts):
            # What a run that was killed left behind.
            if name.startswith("run-") and not os.path.exists(f"/proc/{name.split('-')[1]}"):
                shutil.rmtree(os.path.join(self.parts, name), ignore_errors=True)
        self.folder = tempfile.mkdtemp(prefix=f"run-{os.getpid()}-", dir=self.parts)
        signal.signal(signal.SIGTERM, interrupt)
        return self

    def __exit__(self, *_):
        for child in self.children:
            if child.poll() is None:
                child.kill()
                child.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def fresh(self, name):
        """A path at which there is nothing."""
        path = self.path(name)
        for end in ("", "-wal", "-shm", ".lock"):
            if os.path.exists(path + end):
                os.unlink(path + end)
        return path

    def fresh_folder(self, name):
        path = self.path(name)
        shutil.rmtree(path, ignore_errors=True)
        os.mkdir(path)
        return path

    def start(self, words, **streams):
        child = subprocess.Popen([str(word) for word in words], text=True, preexec_fn=end_with_parent, **streams)
        self.children.append(child)
        return child

    def run(self, words, stderr=None):
        """Runs a program to its end; answers what it prints as JSON, or None if it prints nothing."""
        child = self.start(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr)
        try:
            out, _ = child.communicate(timeout=STEP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            raise Trouble(f"{' '.join(map(str, words[:2]))} took longer than {STEP_SECONDS_MAX} s")
        self.children.remove(child)
        if child.returncode != 0:
            raise Trouble(f"{' '.join(map(str, words[:2]))} ended with {child.returncode}{self.last_words(stderr)}")
        return json.loads(out) if out else None

    @staticmethod
    def last_words(stderr):
        if stderr is None:
            return ""
        with open(stderr.name, errors="replace") as file:
            lines = file.read().splitlines()
        return ": " + lines[-1] if lines else ""

    def product(self, *words):
        """A run of payrelay-bench; its log goes to a file, as a service's does."""
        with open(self.path("log"), "w") as log:
            return self.run([self.tool, *words], stderr=log)

    def part(self, name, *words):
        return self.run([os.path.join(self.parts, name), *words])

    def floor(self, *words):
        return self.part("floor", *words)

    def requests(self, name, *words):
        """A file of requests, made once in a run of ops/bench."""
        path = self.path(name)
        if not os.path.exists(path):
            with open(path, "wb") as file:
                subprocess.run([os.path.join(self.parts, "requests"), *map(str, words)], stdout=file, check=True)
        return path

    def seed(self, name, endpoints, deliveries):
        path = self.fresh(name)
        self.product("seed", "--database", path, "--endpoints", endpoints, "--deliveries", deliveries)
        return path

    def copy(self, database):
        """A copy that is on the disk, so that nobody measures the writing of it."""
        path = self.fresh("measured.db")
        shutil.copyfile(database, path)
        with open(path, "rb+") as file:
            os.fsync(file.fileno())
        return path

    def sinks(self, count, hang=0, log=None, hang_after_ms=0):
        return Sinks(self, count, hang, log, hang_after_ms)

    def disk_ms(self):
        """How long an append and fdatasync takes here: milliseconds, sorted."""
        took = []
        path = self.fresh("disk")
        with open(path, "wb", buffering=0) as file:
            for _ in range(DISK_WRITES):
                file.write(b"\0" * DISK_WRITE_BYTES)
                since = time.monotonic_ns()
                os.fdatasync(file.fileno())
                took.append((time.monotonic_ns() - since) / 1e6)
        return sorted(took)


class Sinks:
    """A running sink; `with` ends it, and `seen` is then what it saw."""

    def __init__(self, bench, count, hang, log, hang_after_ms):
        self.bench, self.count, self.hang, self.log, self.hang_after_ms = bench, count, hang, log, hang_after_ms

    def __enter__(self):
        words = [os.path.join(self.bench.parts, "sink"), self.count, self.hang]
        words += [self.log, self.hang_after_ms] if self.log else []
        # It ends when its standard input does: with this process at the latest.
        self.child = self.bench.start(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        line = self.child.stdout.readline()
        if not line:
            raise Trouble("sink did not start")
        ports = json.loads(line)["ports"]
        self.ports = ",".join(str(port) for port, _ in ports)
        self.healthy = {port for port, hangs in ports if not hangs}
        return self

    def __exit__(self, *_):
        try:
            out, _ = self.child.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            raise Trouble("sink did not end")
        self.bench.children.remove(self.child)
        self.seen = json.loads(out) if out else {}

    def arrivals(self):
        """When each webhook-id first came to each port, in nanoseconds; once the sinks have ended."""
        first = {}
        with open(self.log) as file:
            for line in file:
                ns, port, event = line.split()
                first.setdefault((event, int(port)), int(ns))
        return first


def short(value):
    """As exact as it was measured, at most."""
    return round(value, 3)


def percentile(values, percent):
    """Of sorted values; the nearest rank."""
    if not values:
        raise Trouble("nothing was measured")
    return values[min(len(values) - 1, max(0, -(-len(values) * percent // 100) - 1))]
