"""Whether a million of everything is as good as ten thousand."""

import contextlib
import os
import sqlite3

import api
import intake
from gateway import Gateway, Tenants, load
from tools import Goal, Row, Trouble

NAME = "growth"
ABOUT = "the same with a million payments, events, deliveries and notifications stored, and with ten thousand"

SMALL = 10_000
FEW = "with 10,000"


def measure(bench):
    large = 100_000 if bench.is_quick else 1_000_000
    count = 5_000 if bench.is_quick else 15_000
    stores = {size: Store(bench, size, count) for size in (SMALL, large)}
    figures = {size: [] for size in stores}
    for run in range(bench.runs):
        for size, store in stores.items():
            figures[size].append(store.measure(run))
    rows = []
    for name, key in (
            ("notification", "notify_us"), ("create", "create_us"), ("read", "read_us"), ("delivery", "deliver_us"),
            ("p99 of a notification", "notify_p99_us")):
        goal = None if "p99" in name else Goal(1.3, at_least=False, of_ratio=True)
        rows.append(Row(
            f"{name}, with {large:,}", "µs", [run[key] for run in figures[large]], [run[key] for run in figures[SMALL]], FEW,
            goal))
    return rows


class Store:
    """A database that goes on being used, run after run."""

    def __init__(self, bench, size, count):
        self.bench, self.size, self.count = bench, size, count
        self.path = grown(bench, size, bench.runs * count)
        self.notifications = intake.notifications(bench, bench.runs * count)
        self.creates = bench.requests(f"create-grown-{bench.runs * count}", "create", 0, bench.runs * count, intake.TENANTS, "NEW")
        # All over the table, so that each is somewhere else.
        self.reads = api.read_requests(
            bench, self.path, f"read-{size}", f"SELECT id, tenant FROM payments WHERE seq % {max(size // 10_000, 1)} = 0 "
            "ORDER BY (seq * 7919) % 10007")

    def measure(self, run):
        tenants, first = Tenants(intake.TENANTS), run * self.count
        with contextlib.closing(sqlite3.connect(self.path)) as connection, connection:
            tenants.disable_webhooks(connection)
        with Gateway(self.bench, tenants, self.path) as gateway:
            notified = load(self.bench, self.notifications, gateway, intake.SUCCESS, "count", first, self.count)
            created = load(self.bench, self.creates, gateway, "201", "count", first, self.count)
            read = load(self.bench, self.reads, gateway, "200", "again", 0, 2 * self.count)
        with self.bench.sinks(intake.TENANTS) as far:
            delivered = self.bench.product(
                "drain", "--database", self.path, "--ports", far.ports, "--deliveries", self.count)
        if far.seen["answered"] != self.count:
            raise Trouble(f"{self.count} were delivered, and {far.seen['answered']} came")
        return {
            "notify_us": 1e6 / notified["rate"], "create_us": 1e6 / created["rate"], "read_us": 1e6 / read["rate"],
            "deliver_us": 1e6 / delivered["rate"], "notify_p99_us": notified["p99_ms"] * 1000,
        }


def grown(bench, size, open_payments):
    """A database with so many of everything that is done, and payments that are open, `ORDER-0` and so on."""
    path = bench.path(f"grown-{size}.db")
    if os.path.exists(path):
        return path
    bench.product("open", "--database", path, "--tenants", intake.TENANTS, "--payments", open_payments)
    pattern = bench.seed("pattern.db", 1, 1)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        # Whoever loses this file makes another one.
        connection.executescript(
            "PRAGMA journal_mode = DELETE; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -200000;")
        connection.execute("ATTACH ? AS pattern", (pattern,))
        connection.execute("BEGIN")
        connection.execute("CREATE TEMP TABLE numbers (n INTEGER PRIMARY KEY)")
        connection.execute(
            "INSERT INTO numbers WITH RECURSIVE up(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up WHERE n < ?) SELECT n FROM up",
            (size,))
        for table, changes in COPIES.items():
            multiply(connection, table, changes)
        connection.execute(NOTIFICATIONS)
        connection.execute(ATTEMPTS)
        connection.execute("UPDATE delivery_totals SET accepted = accepted + ?1, delivered = delivered + ?1", (size,))
        connection.execute("COMMIT")
        connection.execute("ANALYZE sqlite_schema")
    return path


# The numbers of events begin where those of a real one could not be.
EVENT_SEQ = 1_000_000_000
TENANT = f"'shop-' || (n % {intake.TENANTS})"
PAYMENT = "'pay_' || printf('%026d', n)"
COPIES = {
    "payments": {
        "seq": "NULL", "id": PAYMENT, "tenant": TENANT, "merchant_reference": "'OLD-' || n",
        "created_at_ms": "created_at_ms - 100000000 + n", "updated_at_ms": "updated_at_ms - 100000000 + n"},
    "events": {
        "seq": f"{EVENT_SEQ} + n", "id": "'evt_' || printf('%026d', n)", "tenant": TENANT, "payment": PAYMENT,
        "timestamp_ms": "timestamp_ms - 100000000 + n"},
    "deliveries": {
        "seq": "NULL", "id": "'dlv_' || printf('%026d', n)", "tenant": TENANT, "event": f"{EVENT_SEQ} + n",
        "status": "'delivered'", "attempt_count": "1", "next_attempt_at_ms": "NULL", "ordered_payment": PAYMENT,
        "created_at_ms": "created_at_ms - 100000000 + n"},
}
# Their bodies are short: nothing that is measured reads them.
NOTIFICATIONS = f"""
    INSERT INTO notifications (id, tenant, payment, notify_id, notify_type, provider_status, verdict, explanation,
        received_at_ms, body)
    SELECT 'ntf_' || printf('%026d', n), {TENANT}, {PAYMENT}, printf('%034d', n), 'trade_status_sync', 'TRADE_SUCCESS',
        'applied', 'SIGN equal; the payment is succeeded', 1700000000000 + n, zeroblob(100) FROM numbers"""
ATTEMPTS = """
    INSERT INTO attempts (delivery, number, started_at_ms, duration_ms, outcome, status_code, response_excerpt)
    SELECT d.seq, 1, d.created_at_ms, 20, 'status', 200, x'' FROM deliveries d WHERE d.status = 'delivered'"""


def multiply(connection, table, changes):
    """The pattern's only row of the table once for each number, with these columns made of `n`."""
    columns = [row[1] for row in connection.execute(f"PRAGMA main.table_info({table})")]
    values = ", ".join(changes.get(column, column) for column in columns)
    connection.execute(
        f"INSERT INTO main.{table} ({', '.join(columns)}) SELECT {values} FROM numbers, pattern.{table} ORDER BY n")
