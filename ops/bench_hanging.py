"""Whether merchants whose servers hang delay the others."""

from bench_live import SINKS, product_run
from bench_tools import Goal, Row, percentile

NAME = "hanging"
ABOUT = "new events at a steady rate to 200 sinks, of which 50 accept and never answer"

HANGING = 50
RATE = 1000
# Short, so that time-outs and what follows from them happen while it is measured.
TIMEOUT_MS = 5000


def measure(bench):
    seconds = 7 if bench.is_quick else 18
    hanging, fine = [], []
    for _ in range(bench.runs):
        fine.append(product_run(bench, RATE, seconds, timeout_ms=TIMEOUT_MS))
        hanging.append(product_run(bench, RATE, seconds, hang=HANGING, timeout_ms=TIMEOUT_MS))
    name = "none hanging"
    rows = []
    for percent, goal in ((50, None), (99, Goal(1.2, at_least=False, of_ratio=True))):
        rows.append(Row(
            f"healthy, committed → at the sink, p{percent}", "ms", [percentile(run["committed"], percent) for run in hanging],
            [percentile(run["committed"], percent) for run in fine], name, goal))
    rows.append(Row(
        "healthy, not arrived at the end", "%", [100 * run["late"] / run["count"] for run in hanging],
        [100 * run["late"] / run["count"] for run in fine], name, Goal(0, at_least=False, of_ratio=False)))
    rows.append(Row("requests that were left to hang", "", [run["hung"] for run in hanging]))
    return rows
