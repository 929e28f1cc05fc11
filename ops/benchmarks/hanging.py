"""Whether merchants whose servers hang delay the others."""

from live import SINKS, product_run
from tools import Goal, Row, percentile

NAME = "hanging"
ABOUT = "new events at a steady rate to 200 sinks, of which 50 accept and never answer, or stop answering"

HANGING = 50
RATE = 1000


def measure(bench):
    # The endpoints' time-out is short, so that time-outs and what follows from them happen while it is measured.
    seconds, timeout_ms = 4, 2000
    fine, hanging, dying = [], [], []
    for _ in range(bench.runs):
        fine.append(product_run(bench, RATE, seconds, timeout_ms=timeout_ms))
        hanging.append(product_run(bench, RATE, seconds, hang=HANGING, timeout_ms=timeout_ms))
        if not bench.is_quick:
            # In the middle of what is looked at, with connections open and requests on them.
            dying.append(product_run(
                bench, RATE, seconds, hang=HANGING, timeout_ms=timeout_ms, hang_after_ms=seconds * 1000 // 2))
    rows = compare("from the start", hanging, fine)
    if dying:
        rows += compare("from the middle", dying, fine)
    return rows


def compare(since, hanging, fine):
    name, rows = "none hanging", []
    for percent, goal in ((50, None), (99, Goal(1.2, at_least=False, of_ratio=True))):
        rows.append(Row(
            f"healthy, committed → at the sink, p{percent}, {since}", "ms",
            [percentile(run["committed"], percent) for run in hanging],
            [percentile(run["committed"], percent) for run in fine], name, goal))
    rows.append(Row(
        f"healthy, not there at the end, {since}", "%", [run["late_percent"] for run in hanging],
        [run["late_percent"] for run in fine], name, Goal(0, at_least=False, of_ratio=False)))
    rows.append(Row(f"requests that were left to hang, {since}", "", [run["hung"] for run in hanging]))
    return rows
