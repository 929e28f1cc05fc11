"""Notifications of Alipay's, from the socket to the durable row and the answer `success`."""

import os
import sqlite3
import subprocess

from gateway import Gateway, Part, Tenants, bare_server, bare_server_by_wrk, load
from tools import Goal, Row, Trouble

NAME = "intake"
ABOUT = "notifications of open payments, each once: verified, journalled and applied with event and delivery, durable, `success`"

TENANTS = 32
# One RSA key each.
RSA_TENANTS = 16
SUCCESS = "200 success"
BARE = "bare libmicrohttpd"
CONFIRM_MS = 5
# Enough for what is under way while Alipay's side takes its time.
CONFIRMING_CONNECTIONS = 128


def measure(bench):
    count = 15_000 if bench.is_quick else 40_000
    open_payments = seed(bench, count if bench.is_quick else 120_000)
    rows, md5_rate, fastest = unconfirmed(bench, open_payments, count)
    rows += at_half(bench, open_payments, fastest)
    rows += confirmed(bench, open_payments, count // 2)
    rows += with_rsa(bench, open_payments, count // 3, md5_rate)
    return rows


def seed(bench, payments):
    """A database of open payments of merchants whose webhooks are held back, so that what comes in is measured alone."""
    path = bench.path("open.db")
    if not os.path.exists(path):
        bench.product("open", "--database", path, "--tenants", TENANTS, "--payments", payments)
        with sqlite3.connect(path) as connection:
            Tenants(TENANTS).disable_webhooks(connection)
        connection.close()
    return path


def notifications(bench, count):
    return bench.requests(f"notify-{count}", "notify", "md5", 0, count, TENANTS, "ORDER")


def unconfirmed(bench, open_payments, count):
    requests = notifications(bench, count)
    runs, floors = [], []
    for _ in range(bench.runs):
        with Gateway(bench, Tenants(TENANTS), bench.copy(open_payments)) as gateway:
            runs.append(load(bench, requests, gateway, SUCCESS, "count", 0, count))
            check_all_applied(gateway, count)
        floors.append(bare_server(bench, requests, SUCCESS, 0, count))
    rates = [run["rate"] for run in runs]
    by_wrk = [bare_server_by_wrk(bench) for _ in range(bench.runs)]
    rows = [
        Row("the floor, by our load and by wrk", "/s", [floor["rate"] for floor in floors], by_wrk, "wrk, GET"),
        Row("rate, MD5", "/s", rates, [floor["rate"] for floor in floors], BARE, Goal(15_000, at_least=True, of_ratio=False)),
        Row("rate, MD5, beside the floor", "/s", rates, [floor["rate"] for floor in floors], BARE,
            Goal(0.25, at_least=True, of_ratio=True)),
        Row("CPU for one, MD5", "µs", [run["cpu_us"] for run in runs], [floor["cpu_us"] for floor in floors], BARE),
    ]
    return rows, rates, sorted(rates)[len(rates) // 2]


def at_half(bench, open_payments, fastest):
    """Half of what went at most, whatever the answers do."""
    rate, seconds = fastest // 2, 2 if bench.is_quick else 5
    requests = notifications(bench, min(rate * seconds, 15_000 if bench.is_quick else 120_000))
    seconds = min(seconds, (15_000 if bench.is_quick else 120_000) / rate)
    runs, disks = [], []
    for _ in range(bench.runs):
        with Gateway(bench, Tenants(TENANTS), bench.copy(open_payments)) as gateway:
            runs.append(load(bench, requests, gateway, SUCCESS, "rate", 0, rate, seconds))
        disks.append(bench.disk_ms())
    rows = []
    for percent, key, goal in ((50, "p50_ms", None), (99, "p99_ms", Goal(20, at_least=False, of_ratio=False))):
        rows.append(Row(
            f"answer at half of that rate, p{percent}", "ms", [run[key] for run in runs],
            [disk[len(disk) * percent // 100] for disk in disks], f"fdatasync, p{percent}", goal))
    rows.append(Row("answer at half of that rate, longest", "ms", [run["max_ms"] for run in runs]))
    return rows


def confirmed(bench, open_payments, count):
    """Each confirmed with Alipay, which takes its time."""
    requests = notifications(bench, count)
    runs, floors = [], []
    for _ in range(bench.runs):
        with Part(bench, "confirm", "true", CONFIRM_MS) as alipay:
            tenants = Tenants(TENANTS, alipay_port=alipay.port)
            with Gateway(bench, tenants, bench.copy(open_payments)) as gateway:
                runs.append(load(
                    bench, requests, gateway, SUCCESS, "count", 0, count, connections=CONFIRMING_CONNECTIONS))
                check_all_applied(gateway, count)
        with Part(bench, "confirm", "true", CONFIRM_MS) as alipay:
            floors.append(bench.floor(confirmation(bench), alipay.port, CONFIRMING_CONNECTIONS, "count", count))
    return [
        Row(f"rate, confirmed in {CONFIRM_MS} ms", "/s", [run["rate"] for run in runs], [floor["rate"] for floor in floors],
            "bare libcurl GETs", Goal(0.5, at_least=True, of_ratio=True)),
        Row(f"CPU for one, confirmed in {CONFIRM_MS} ms", "µs", [run["cpu_us"] for run in runs],
            [floor["cpu_us"] for floor in floors], "bare libcurl GETs"),
    ]


def confirmation(bench):
    """A request like the product's, for the floor."""
    path = bench.path("confirmation")
    with open(path, "w") as file:
        file.write(f"GET /gateway.do?service=notify_verify&partner=2088000000000000&notify_id={'0' * 35}\n")
    return path


def with_rsa(bench, open_payments, count, md5_rates):
    """With RSA keys each has to be confirmed: Alipay signs for all merchants with one key. Its side answers at once here."""
    keys = rsa_keys(bench)
    requests = bench.requests(f"notify-rsa-{count}", "notify", f"rsa:{keys[0]}", 0, count, RSA_TENANTS, "ORDER")
    open_payments = spread(bench, open_payments, RSA_TENANTS)
    runs, floors = [], []
    for _ in range(bench.runs):
        with Part(bench, "confirm", "true", 0) as alipay:
            tenants = Tenants(
                RSA_TENANTS, alipay_port=alipay.port, private_keys=keys[1:], alipay_key=keys[0] + ".pub")
            with Gateway(bench, tenants, bench.copy(open_payments)) as gateway:
                # A merchant has 16 confirmations under way at most.
                runs.append(load(
                    bench, requests, gateway, SUCCESS, "count", 0, count, connections=CONFIRMING_CONNECTIONS))
                check_all_applied(gateway, count)
        floors.append(1e9 / bench.part("crypto", "verify", keys[0], 10_000)["ns"])
    rates = [run["rate"] for run in runs]
    # Whichever is lower is the one that counts.
    floor, name = (md5_rates, "MD5, unconfirmed")
    if sum(floors) / len(floors) < sum(md5_rates) / len(md5_rates):
        floor, name = (floors, "libcrypto verify alone")
    return [
        Row("rate, RSA-2048, confirmed at once", "/s", rates, floor, name, Goal(0.5, at_least=True, of_ratio=True)),
        Row("rate, RSA-2048, beside libcrypto", "/s", rates, floors, "libcrypto verify alone"),
        Row("CPU for one, RSA-2048", "µs", [run["cpu_us"] for run in runs], [1e6 / floor for floor in floors],
            "libcrypto verify alone"),
    ]


def rsa_keys(bench):
    """Alipay's key, with its public half beside it, and one of each merchant."""
    folder = os.path.join(bench.parts, "keys")
    os.makedirs(folder, exist_ok=True)
    paths = [os.path.join(folder, f"{number}.pem") for number in range(RSA_TENANTS + 1)]
    for path in paths:
        if not os.path.exists(path):
            subprocess.run(["openssl", "genrsa", "-out", path + ".new", "2048"], check=True, capture_output=True)
            os.rename(path + ".new", path)
    subprocess.run(["openssl", "rsa", "-in", paths[0], "-pubout", "-out", paths[0] + ".pub"], check=True, capture_output=True)
    return paths


def spread(bench, open_payments, tenants):
    """The same payments, of fewer merchants."""
    path = bench.path(f"open-{tenants}.db")
    if not os.path.exists(path):
        os.rename(bench.copy(open_payments), path)
        with sqlite3.connect(path) as connection:
            connection.execute(
                "UPDATE payments SET tenant = 'shop-' || (CAST(substr(merchant_reference, 7) AS INTEGER) % ?)", (tenants,))
        connection.close()
    return path


def check_all_applied(gateway, count):
    applied = sum(
        float(line.rsplit(" ", 1)[1]) for line in gateway.get("/metrics").splitlines()
        if line.startswith("payrelay_notifications_total") and 'verdict="applied"' in line)
    if applied != count:
        raise Trouble(f"{count} were answered `success`, and {applied:.0f} are applied")
