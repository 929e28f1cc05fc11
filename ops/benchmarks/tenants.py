"""Whether it matters how many merchants there are."""

import hashlib
import os
import time
import urllib.error
import urllib.request

import api
import intake
from gateway import Gateway, Tenants, api_key, load
from tools import Goal, Row, Trouble

NAME = "tenants"
ABOUT = "the start with many tenants' files, what each takes, and how soon a changed file counts"

MANY = 10_000
EFFECT_SECONDS_MAX = 10
# In so long nothing uses the processor.
IDLE_SECONDS = 0.3


def measure(bench):
    open_payments = intake.seed(bench, 15_000 if bench.is_quick else 120_000)
    requests = api.read_requests(bench, open_payments, "read-tenants", "SELECT id, tenant FROM payments WHERE seq % 10 = 0")
    count = 20_000 if bench.is_quick else 60_000
    starts, many_starts, each, few_us, many_us, effects = [], [], [], [], [], []
    for _ in range(bench.runs):
        with Gateway(bench, Tenants(1000, is_loaded=False), bench.copy(open_payments)) as gateway:
            starts.append(gateway.start_ms)
        with Gateway(bench, Tenants(intake.TENANTS, is_loaded=False), bench.copy(open_payments)) as gateway:
            few_kb = gateway.resident_kb()
            few_us.append(1e6 / load(bench, requests, gateway, "200", "again", 0, count)["rate"])
        with Gateway(bench, Tenants(MANY, is_loaded=False), bench.copy(open_payments)) as gateway:
            many_starts.append(gateway.start_ms)
            each.append((gateway.resident_kb() - few_kb) / (MANY - intake.TENANTS))
            wait_until_idle(gateway)
            many_us.append(1e6 / load(bench, requests, gateway, "200", "again", 0, count)["rate"])
            effects.append(change_one(gateway))
    return [
        Row("start, 1,000 tenants", "ms", starts, goal=Goal(300, at_least=False, of_ratio=False)),
        Row(f"start, {MANY:,} tenants", "ms", many_starts, goal=Goal(2000, at_least=False, of_ratio=False)),
        Row(f"memory of each, {MANY:,} tenants", "KB", each, goal=Goal(20, at_least=False, of_ratio=False)),
        Row(f"read, {MANY:,} tenants", "µs", many_us, few_us, f"{intake.TENANTS} tenants",
            Goal(1.1, at_least=False, of_ratio=True)),
        Row(f"a changed file counts, {MANY:,} tenants", "ms", effects, goal=Goal(200, at_least=False, of_ratio=False)),
    ]


def wait_until_idle(gateway):
    """After its start the service looks for mistakes in each tenant's keys, which is no part of a request."""
    before = -1
    while gateway.cpu_seconds() > before:
        before = gateway.cpu_seconds()
        time.sleep(IDLE_SECONDS)


def change_one(gateway):
    """Gives the last tenant another API key; milliseconds from there until the new one is known."""
    number = MANY - 1
    path = os.path.join(gateway.folder, "tenants", f"shop-{number}.yaml")
    old, new = (hashlib.sha256(key.encode()).hexdigest() for key in (api_key(number), api_key(MANY)))
    with open(path + ".new", "w") as file:
        file.write(gateway.tenants.text(number).replace(old, new))
    began = time.monotonic()
    os.rename(path + ".new", path)
    request = urllib.request.Request(
        f"http://127.0.0.1:{gateway.port}/v1/events?limit=1", headers={"Authorization": f"Bearer {api_key(MANY)}"})
    while time.monotonic() < began + EFFECT_SECONDS_MAX:
        try:
            with urllib.request.urlopen(request, timeout=10):
                return (time.monotonic() - began) * 1000
        except urllib.error.HTTPError as error:
            if error.code != 401:
                raise Trouble(f"a request was answered {error.code}") from error
        time.sleep(0.002)
    raise Trouble(f"a changed file did not count in {EFFECT_SECONDS_MAX} s")
