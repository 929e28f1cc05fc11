"""Whether a long backlog is as good as a short one: as fast, and in no more memory."""

from tools import Goal, Row, Trouble

NAME = "backlog"
ABOUT = "a backlog to 200 sinks drains, and one a tenth as long beside it"

SINKS = 200
# Until the half, SQLite's caches fill, 24 MB in all.
PERCENTS = (10, 50, 90)


def measure(bench):
    long = 20_000 if bench.is_quick else 50_000
    short = long // 10
    runs = {}
    for deliveries in (short, long):
        seeded = bench.seed("seeded.db", SINKS, deliveries)
        runs[deliveries] = []
        for _ in range(bench.runs):
            database = bench.copy(seeded)
            with bench.sinks(SINKS) as far:
                runs[deliveries].append(bench.product(
                    "drain", "--database", database, "--ports", far.ports, "--deliveries", deliveries))
            if far.seen["answered"] != deliveries:
                raise Trouble(f"{deliveries} were delivered, and {far.seen['answered']} came")
    name = f"of {short:,}"
    rows = [
        Row(f"rate, {long:,}", "/s", [run["rate"] for run in runs[long]], [run["rate"] for run in runs[short]], name),
        Row(f"CPU for one, {long:,}", "µs", [run["cpu_ns"] / 1000 for run in runs[long]],
            [run["cpu_ns"] / 1000 for run in runs[short]], name),
    ]
    for percent in PERCENTS:
        key = f"resident_kb_{percent}"
        rows.append(Row(
            f"peak memory at {percent} %, {long:,}", "MB", [run[key] / 1024 for run in runs[long]],
            [run[key] / 1024 for run in runs[short]], name))
    rows.append(Row(
        "peak memory, 90 % against 50 %", "MB", [run["resident_kb_90"] / 1024 for run in runs[long]],
        [run["resident_kb_50"] / 1024 for run in runs[long]], "at 50 %", Goal(1.1, at_least=False, of_ratio=True)))
    return rows
