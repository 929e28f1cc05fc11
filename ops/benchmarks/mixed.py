"""Everything at once, for as long as it takes to see a queue grow."""

import contextlib
import json
import os
import statistics
import subprocess
import time

from gateway import Gateway, Tenants
from tools import Goal, Row, Trouble

NAME = "mixed"
ABOUT = "100 tenants: payments are created, notified and their webhooks delivered, at half of what goes at most"

TENANTS = 100
# Notifications come so long after the payments they are about.
LAG_SECONDS = 2
LOOK_SECONDS = 0.5
CONNECTIONS = 64
QUEUES = {
    "waiting for the store": lambda gateway: gateway.metric("payrelay_store_queue_depth"),
    "webhooks that wait": lambda gateway: gateway.metric("payrelay_events_total") - delivered(gateway),
}


def measure(bench):
    orders = 5_000 if bench.is_quick else 15_000
    seconds = 6 if bench.is_quick else 60
    most = [fastest(bench, orders) for _ in range(bench.runs)]
    rate = sorted(most)[len(most) // 2] // 2
    runs = [at_half(bench, rate, seconds) for _ in range(bench.runs)]

    def all_of(key):
        return [run[key] for run in runs]

    rows = [
        Row("orders from creation to webhook, at most", "/s", most),
        Row(f"create at {rate}/s, p99", "ms", all_of("create_ms")),
        Row(f"notification at {rate}/s, p99", "ms", all_of("notify_ms"), goal=Goal(20, at_least=False, of_ratio=False)),
        Row("the last webhook after the last notification", "s", all_of("waited"), goal=Goal(1, at_least=False, of_ratio=False)),
        Row("memory, last third", "MB", all_of("memory_last"), all_of("memory_middle"), "middle third"),
    ]
    for name in QUEUES:
        last, middle = all_of(f"{name}, last"), [max(length, 1) for length in all_of(f"{name}, middle")]
        # A second's worth is no growth; more, and more than in the middle, is.
        rows.append(Row(
            f"{name}, last third", "", last, middle, "middle third",
            Goal(max(rate, 2 * statistics.median(middle)), at_least=False, of_ratio=False)))
    return rows


@contextlib.contextmanager
def world(bench):
    """A gateway, and the sinks of its merchants."""
    with bench.sinks(TENANTS) as far:
        with Gateway(bench, Tenants(TENANTS, sink_ports=far.ports.split(",")), bench.fresh("mixed.db")) as gateway:
            yield gateway


def fastest(bench, orders):
    """How many orders a second go all the way: as many as can be are created and notified, until the last webhook is taken."""
    creates = bench.requests(f"mixed-create-{orders}", "create", 0, orders, TENANTS, "ORDER")
    notifications = bench.requests(f"mixed-notify-{orders}", "notify", "md5", 0, orders, TENANTS, "ORDER")
    with world(bench) as gateway:
        began = time.monotonic()
        bench.part("load", creates, gateway.port, CONNECTIONS, "201", "count", 0, orders)
        bench.part("load", notifications, gateway.port, CONNECTIONS, "200 success", "count", 0, orders)
        wait_until_delivered(gateway, orders)
        seconds = time.monotonic() - began
    return int(orders / seconds)


def wait_until_delivered(gateway, orders):
    deadline = time.monotonic() + 120
    while delivered(gateway) < orders:
        if time.monotonic() > deadline:
            raise Trouble(f"only {delivered(gateway):.0f} of {orders} webhooks were delivered")
        time.sleep(0.02)


def delivered(gateway):
    return gateway.metric('payrelay_deliveries_total{result="delivered"}')


def at_half(bench, rate, seconds):
    """What it takes at a steady rate, and how long the queues are meanwhile."""
    orders = rate * seconds
    creates = bench.requests(f"mixed-create-{orders}", "create", 0, orders, TENANTS, "ORDER")
    notifications = bench.requests(f"mixed-notify-{orders}", "notify", "md5", 0, orders, TENANTS, "ORDER")
    with world(bench) as gateway:
        looks = {name: [] for name in QUEUES}
        memory = []
        runs = [begin(bench, creates, gateway, "201", rate, seconds)]
        time.sleep(LAG_SECONDS)
        runs.append(begin(bench, notifications, gateway, "200 success", rate, seconds))
        while any(run.poll() is None for run in runs):
            for name, length in QUEUES.items():
                looks[name].append(length(gateway))
            memory.append(gateway.resident_kb() / 1024)
            time.sleep(LOOK_SECONDS)
        created, notified = (end(bench, run) for run in runs)
        waited = time.monotonic()
        wait_until_delivered(gateway, orders)
        waited = time.monotonic() - waited
    figures = {
        "create_ms": created["p99_ms"], "notify_ms": notified["p99_ms"], "waited": waited,
        "memory_middle": mean(middle_third(memory)), "memory_last": mean(last_third(memory))}
    for name, lengths in looks.items():
        figures |= {f"{name}, middle": mean(middle_third(lengths)), f"{name}, last": mean(last_third(lengths))}
    return figures


def begin(bench, requests, gateway, answer, rate, seconds):
    words = [os.path.join(bench.parts, "load"), requests, gateway.port, CONNECTIONS, answer, "rate", 0, rate, seconds]
    return bench.start(words, stdout=subprocess.PIPE)


def end(bench, child):
    out, _ = child.communicate()
    bench.children.remove(child)
    if child.returncode != 0:
        raise Trouble(f"load ended with {child.returncode}")
    return json.loads(out)


def middle_third(values):
    return values[len(values) // 3:2 * len(values) // 3] or [0]


def last_third(values):
    return values[2 * len(values) // 3:] or [0]


def mean(values):
    return sum(values) / len(values)
