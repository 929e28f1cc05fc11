"""What it takes of memory: at rest, for connections that do nothing, and for webhooks that wait."""

import contextlib
import sqlite3
import time

import api
import growth
import intake
from gateway import Gateway, Part, Tenants
from tools import Goal, Row, Trouble

NAME = "memory"
ABOUT = "resident memory of `payrelay serve`: idle, with idle connections, and with webhooks that wait"

IDLE_MB_MAX = 40
CONNECTION_KB_MAX = 10
CONNECTIONS = 9_990
SETTLE_SECONDS = 1
LOOK_SECONDS = 0.1


def measure(bench):
    return at_rest(bench) + with_queue(bench)


def at_rest(bench):
    open_payments = intake.seed(bench, 15_000 if bench.is_quick else 120_000)
    requests = api.read_requests(bench, open_payments, "read-idle", "SELECT id, tenant FROM payments LIMIT 1000")
    idle, each = [], []
    for _ in range(bench.runs):
        with Gateway(bench, Tenants(intake.TENANTS), bench.copy(open_payments)) as gateway:
            time.sleep(SETTLE_SECONDS)
            idle.append(gateway.resident_kb() / 1024)
            # What the first requests need once, whoever comes after them.
            with Part(bench, "load", requests, gateway.port, 100, "200", "hold"):
                before = gateway.resident_kb()
            with Part(bench, "load", requests, gateway.port, CONNECTIONS, "200", "hold"):
                time.sleep(SETTLE_SECONDS)
                each.append((gateway.resident_kb() - before) / CONNECTIONS)
    return [
        Row(f"idle, {intake.TENANTS} tenants", "MB", idle, goal=Goal(IDLE_MB_MAX, at_least=False, of_ratio=False)),
        Row(f"one of {CONNECTIONS:,} idle connections", "KB", each,
            goal=Goal(CONNECTION_KB_MAX, at_least=False, of_ratio=False)),
    ]


def with_queue(bench):
    """The most that was resident in some seconds of delivering, with a long queue and with a short one, which must not be over
    before that, or it would be a rest that is measured."""
    small, large, seconds = (50_000, 100_000, 2) if bench.is_quick else (100_000, 1_000_000, 5)
    peaks = {small: [], large: []}
    for _ in range(bench.runs):
        for size in peaks:
            peaks[size].append(peak_mb(bench, size, seconds))
    return [Row(
        f"{large:,} webhooks wait", "MB", peaks[large], peaks[small], f"{small:,} wait",
        Goal(1.2, at_least=False, of_ratio=True))]


def peak_mb(bench, size, seconds):
    path = growth.grown(bench, size, bench.runs * (5_000 if bench.is_quick else 15_000))
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        # All of them in the first run, those that the one before has delivered in the next.
        connection.execute(
            "UPDATE deliveries SET status = 'pending', next_attempt_at_ms = created_at_ms WHERE status = 'delivered'")
        connection.execute("DELETE FROM endpoint_states")
    with bench.sinks(intake.TENANTS) as far:
        tenants = Tenants(intake.TENANTS, sink_ports=far.ports.split(","))
        with Gateway(bench, tenants, path) as gateway:
            until, peak = time.monotonic() + seconds, 0
            while time.monotonic() < until:
                peak = max(peak, gateway.resident_kb())
                time.sleep(LOOK_SECONDS)
    if far.seen["answered"] >= size:
        raise Trouble(f"all {size:,} webhooks were delivered before {seconds} s were over")
    return peak / 1024
