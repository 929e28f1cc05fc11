"""Deliveries as fast as they go, from a store in which they are due, to one endpoint and to many."""

from tools import Goal, Row, Trouble

NAME = "deliveries"
ABOUT = "due deliveries (read, signed, posted, recorded) to sinks that answer at once"

# As many transfers as floor makes.
IN_FLIGHT_MAX = 4096
LIBCURL = "bare libcurl"


def measure(bench):
    deliveries = 10_000 if bench.is_quick else 30_000
    return compare(bench, "1 sink", 1, deliveries) + compare(bench, "200 sinks", 200, deliveries)


def compare(bench, name, sinks, deliveries):
    """The product, and then bare libcurl with as many requests in flight as the product had at most."""
    seeded = bench.seed("seeded.db", sinks, deliveries)
    runs, floors = [], []
    for _ in range(bench.runs):
        database, sample = bench.copy(seeded), bench.fresh("sample")
        with bench.sinks(sinks) as far:
            runs.append(bench.product(
                "drain", "--database", database, "--ports", far.ports, "--deliveries", deliveries, "--sample", sample))
        if far.seen["answered"] != deliveries:
            raise Trouble(f"{deliveries} were delivered, and {far.seen['answered']} came")
        with bench.sinks(sinks) as far:
            in_flight = min(runs[-1]["in_flight_max"], IN_FLIGHT_MAX)
            floors.append(bench.floor(sample, far.ports, in_flight, "count", deliveries))
    return [
        Row(f"rate, {name}", "/s", [run["rate"] for run in runs], [floor["rate"] for floor in floors], LIBCURL,
            Goal(0.4, at_least=True, of_ratio=True)),
        Row(f"CPU for one, {name}", "µs", [run["cpu_ns"] / 1000 for run in runs], [floor["cpu_us"] for floor in floors],
            LIBCURL),
        Row(f"in flight, {name}", "", [run["in_flight_max"] for run in runs]),
    ]
