"""Deliveries as fast as they go, from a store in which they are due, to one endpoint and to many."""

from bench_tools import Goal, Row, Trouble

NAME = "deliveries"
ABOUT = "due deliveries (read, signed, posted, recorded) to sinks that answer at once"

# What the product lets be in flight to one endpoint, and over all its connections; the floor gets the same.
IN_FLIGHT_ONE = 32
IN_FLIGHT_MANY = 256
LIBCURL = "bare libcurl"


def measure(bench):
    deliveries = 10_000 if bench.is_quick else 30_000
    rows = []
    rows += compare(bench, "1 sink", 1, IN_FLIGHT_ONE, deliveries)
    rows += compare(bench, "200 sinks", 200, IN_FLIGHT_MANY, deliveries)
    if not bench.is_quick:
        rows += compare(bench, "200 sinks, no log lines", 200, IN_FLIGHT_MANY, deliveries, log="warning")
    return rows


def compare(bench, name, sinks, in_flight, deliveries, log="info"):
    seeded = bench.seed("seeded.db", sinks, deliveries)
    runs, floors = [], []
    for _ in range(bench.runs):
        database, sample = bench.copy(seeded), bench.fresh("sample")
        with bench.sinks(sinks) as far:
            runs.append(bench.product(
                "drain", "--database", database, "--ports", far.ports, "--deliveries", deliveries, "--sample", sample,
                "--log", log))
        if far.seen["answered"] != deliveries:
            raise Trouble(f"{deliveries} were delivered, and {far.seen['answered']} came")
        with bench.sinks(sinks) as far:
            floors.append(bench.floor(sample, far.ports, in_flight, "count", deliveries))
    return [
        Row(f"rate, {name}", "/s", [run["rate"] for run in runs], [floor["rate"] for floor in floors], LIBCURL,
            Goal(0.4, at_least=True, of_ratio=True)),
        Row(f"CPU for one, {name}", "µs", [run["cpu_ns"] / 1000 for run in runs], [floor["cpu_us"] for floor in floors],
            LIBCURL),
        Row(f"in flight, {name}", "", [run["in_flight_max"] for run in runs]),
    ]
