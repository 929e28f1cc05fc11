"""How soon an event is at its endpoint, at a steady rate."""

from tools import Goal, Row, percentile

NAME = "live"
ABOUT = "new events at a steady rate, one after the other to 200 sinks that answer at once"

SINKS = 200
IN_FLIGHT = 256
FLOOR_SECONDS = 2
# Connections are made and statements prepared in the first second.
WARM_UP_NS = 1_000_000_000


def measure(bench):
    return at_rate(bench, 1000, 3 if bench.is_quick else 4)


def at_rate(bench, rate, seconds):
    runs = [delays(bench, rate, seconds) for _ in range(bench.runs)]
    rows = []
    for percent in (50, 99):
        floor = [percentile(run["floor"], percent) for run in runs]
        with_disk = [percentile(run["floor"], percent) + percentile(run["disk"], percent) for run in runs]
        rows.append(Row(
            f"committed → at the sink, p{percent}, {rate}/s", "ms", [percentile(run["committed"], percent) for run in runs],
            floor, "bare libcurl"))
        rows.append(Row(
            f"handed over → at the sink, p{percent}, {rate}/s", "ms", [percentile(run["asked"], percent) for run in runs],
            with_disk, "fdatasync + libcurl"))
    rows.append(Row(
        f"not there at the end, {rate}/s", "%", [run["late_percent"] for run in runs],
        goal=Goal(0, at_least=False, of_ratio=False)))
    rows.append(Row(
        f"CPU to make, keep and deliver one, {rate}/s", "µs", [run["cpu_us"] for run in runs], [run["floor_cpu_us"] for run in runs],
        "bare libcurl"))
    return rows


def delays(bench, rate, seconds):
    """Milliseconds, sorted, of one run and of the floor after it."""
    run = product_run(bench, rate, seconds)
    log, stamps = bench.fresh("arrivals"), bench.fresh("floor-stamps")
    with bench.sinks(SINKS, log=log) as far:
        floor = bench.floor(run["sample"], far.ports, IN_FLIGHT, "rate", rate, FLOOR_SECONDS, stamps)
    arrivals = far.arrivals()
    with open(stamps) as file:
        begun = [(int(ns), (event, int(port))) for ns, port, event in map(str.split, file)]
    first = begun[0][0]
    run["floor"] = sorted((arrivals[key] - ns) / 1e6 for ns, key in begun if ns - first > WARM_UP_NS)
    run["floor_cpu_us"] = floor["cpu_us"]
    run["disk"] = bench.disk_ms()
    return run


def product_run(bench, rate, seconds, hang=0, timeout_ms=15_000, hang_after_ms=0):
    """One run of the product: the delays to the sinks that answer to the end, in milliseconds, sorted.

    What has not arrived a second after the last event was made counts as arriving then, and in `late_percent`.
    """
    database, stamps, log = bench.fresh("live.db"), bench.fresh("stamps"), bench.fresh("arrivals")
    sample = bench.fresh("sample")
    with bench.sinks(SINKS, hang, log, hang_after_ms) as far:
        run = bench.product(
            "live", "--database", database, "--ports", far.ports, "--rate", rate, "--seconds", seconds,
            "--stamps", stamps, "--timeout-ms", timeout_ms, "--sample", sample)
    arrivals = far.arrivals()
    # What the store refused never arrives.
    asked, committed, late = [], [], run["refused"]
    with open(stamps) as file:
        for line in file:
            asked_ns, committed_ns, port, event = line.split()
            if int(port) not in far.healthy or int(asked_ns) < run["began_ns"] + WARM_UP_NS:
                continue
            arrived_ns = arrivals.get((event, int(port)))
            late += arrived_ns is None
            arrived_ns = arrived_ns or run["ended_ns"]
            asked.append((arrived_ns - int(asked_ns)) / 1e6)
            # The worker may have sent it before the generator was told that it is kept.
            committed.append(max(0, arrived_ns - int(committed_ns)) / 1e6)
    return {
        "asked": sorted(asked), "committed": sorted(committed), "late_percent": 100 * late / (len(asked) + run["refused"]),
        "sample": sample, "cpu_us": run["cpu_ns"] / 1000, "hung": far.seen["unanswered"],
    }
