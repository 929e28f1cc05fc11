"""What merchants call most: a payment is created, and read."""

import sqlite3
import struct

import intake
from gateway import Gateway, Tenants, api_key, bare_server, load
from tools import Goal, Row

NAME = "api"
ABOUT = "POST /v1/payments with references of their own, and GET /v1/payments/{id} of stored ones"

# As the product's answers.
CREATED_BYTES = 1400
READ_BYTES = 1400


def measure(bench):
    count = 15_000 if bench.is_quick else 40_000
    return creates(bench, count) + reads(bench, count)


def creates(bench, count):
    open_payments = intake.seed(bench, count if bench.is_quick else 120_000)
    requests = bench.requests(f"create-{count}", "create", 0, count, intake.TENANTS, "NEW")
    runs, floors = [], []
    for _ in range(bench.runs):
        with Gateway(bench, Tenants(intake.TENANTS), bench.copy(open_payments)) as gateway:
            runs.append(load(bench, requests, gateway, "201", "count", 0, count))
        floors.append(bare_server(bench, requests, "200", CREATED_BYTES, count))
    rates, floor_rates = [run["rate"] for run in runs], [floor["rate"] for floor in floors]
    return [
        Row("rate, create", "/s", rates, floor_rates, intake.BARE, Goal(12_000, at_least=True, of_ratio=False)),
        Row("rate, create, beside the floor", "/s", rates, floor_rates, intake.BARE, Goal(0.2, at_least=True, of_ratio=True)),
        Row("CPU for one, create", "µs", [run["cpu_us"] for run in runs], [floor["cpu_us"] for floor in floors], intake.BARE),
    ]


def reads(bench, count):
    open_payments = intake.seed(bench, count if bench.is_quick else 120_000)
    requests = read_requests(bench, open_payments, "read", "SELECT id, tenant FROM payments WHERE seq % 6 = 0")
    runs, floors = [], []
    with Gateway(bench, Tenants(intake.TENANTS), bench.copy(open_payments)) as gateway:
        for _ in range(bench.runs):
            runs.append(load(bench, requests, gateway, "200", "again", 0, 2 * count))
            floors.append(bare_server(bench, requests, "200", READ_BYTES, count))
    return [
        Row("rate, read", "/s", [run["rate"] for run in runs], [floor["rate"] for floor in floors], intake.BARE,
            Goal(0.4, at_least=True, of_ratio=True)),
        Row("CPU for one, read", "µs", [run["cpu_us"] for run in runs], [floor["cpu_us"] for floor in floors], intake.BARE),
    ]


def read_requests(bench, database, name, query):
    """A file of GETs (see load.c) of the payments that the query gives the id and the tenant of."""
    path = bench.path(name)
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    with open(path, "wb") as file:
        for payment, tenant in connection.execute(query):
            key = api_key(int(tenant.removeprefix("shop-")))
            request = (
                f"GET /v1/payments/{payment} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\nUser-Agent: shop/1.0\r\n"
                f"Authorization: Bearer {key}\r\n\r\n").encode()
            file.write(struct.pack("<I", len(request)) + request)
    connection.close()
    return path
