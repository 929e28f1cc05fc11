"""The rest of ops/bench: runs scenarios, prints a table, writes the figures as JSON.

A run of everything is kept in ops/benchmarks/last.json, and README shows its table (table.py).

A scenario is a module with NAME, ABOUT (one line) and `measure(bench)`, which returns rows (tools.Row). One more is one more
file here and one more word in SCENARIOS.
"""

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
import time

import api
import backlog
import deliveries
import growth
import hanging
import intake
import live
import memory
import mixed
import signatures
import table
import tenants
from tools import Bench, Trouble

SCENARIOS = [signatures, intake, api, deliveries, live, hanging, growth, memory, tenants, mixed]
# Run when they are named: with them a run of everything would take more than ten minutes.
BY_NAME = [backlog]


def main():
    options = read_options()
    if options.list:
        for scenario in SCENARIOS + BY_NAME:
            print(f"{scenario.NAME:<12} {scenario.ABOUT}{' (by name only)' if scenario in BY_NAME else ''}")
        return 0
    chosen = [s for s in SCENARIOS + BY_NAME if s.NAME in options.scenarios] if options.scenarios else SCENARIOS
    os.umask(0o077)
    began, broken = time.monotonic(), []
    report = {**circumstances(), "quick": options.quick, "scenarios": []}
    with Bench(binaries=options.binaries, parts=options.parts, is_quick=options.quick) as bench:
        for scenario in chosen:
            print(f"\n{scenario.NAME}: {scenario.ABOUT}", flush=True)
            since = time.monotonic()
            try:
                rows = scenario.measure(bench)
            except Trouble as trouble:
                broken.append(scenario.NAME)
                print(f"  not measured: {trouble}")
                continue
            seconds = time.monotonic() - since
            print_table(rows)
            print(f"  ({seconds:.0f} s)", flush=True)
            report["scenarios"].append(
                {"name": scenario.NAME, "about": scenario.ABOUT, "seconds": round(seconds, 1), "rows": [r.json() for r in rows]})
    report["seconds"] = round(time.monotonic() - began, 1)
    # The last word on how fast it is: all of it, in full.
    is_whole = not options.scenarios and not options.quick and not broken
    path = options.json or (table.RESULTS if is_whole else ".build/bench/last.json")
    write(report, path)
    if path == table.RESULTS:
        table.put_into_readme(report)
    missed = [row["figure"] for s in report["scenarios"] for row in s["rows"] if row.get("met") is False]
    print(f"\n{report['seconds']:.0f} s on {report['machine']['processor']}, {report['machine']['cores']} cores; {path}")
    print("every goal is met" if not missed else "missed: " + "; ".join(missed))
    if broken:
        print("not measured: " + ", ".join(broken))
    return 1 if broken else 0


def read_options():
    names = [scenario.NAME for scenario in SCENARIOS + BY_NAME]
    parser = argparse.ArgumentParser(prog="ops/bench")
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=f"only these of {', '.join(names)}")
    parser.add_argument("--quick", action="store_true", help="less of everything, in less than 90 seconds")
    parser.add_argument("--list", action="store_true", help="print the scenarios' names")
    parser.add_argument(
        "--json", metavar="FILE", help=f"where the figures go for a program; {table.RESULTS} if everything is run in full")
    parser.add_argument("--binaries", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--parts", required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    for name in options.scenarios:
        if name not in names:
            parser.error(f"there is no scenario {name}; there are {', '.join(names)}")
    return options


def circumstances():
    """When, of what and on what."""
    def git(*words):
        return subprocess.run(["git", *words], capture_output=True, text=True).stdout.strip()

    with open("/proc/cpuinfo") as file:
        models = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    with open("/proc/meminfo") as file:
        memory_kb = int(file.readline().split()[1])
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "commit": git("rev-parse", "HEAD") + ("+" if git("status", "--porcelain") else ""),
        "machine": {
            "processor": models[0] if models else platform.machine(),
            "cores": os.cpu_count(),
            "memory_mb": memory_kb // 1024,
            "kernel": platform.release(),
        },
    }


def print_table(rows):
    lines = [("figure", "median", "runs", "floor", "", "ratio", "goal")]
    for row in rows:
        floor = (shown(row.floor), row.floor_name) if row.floor is not None else ("", "")
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        goal = "" if row.goal is None else f"{row.goal.text}: {'met' if row.is_met else 'MISSED'}"
        spread = "" if len(row.runs) < 2 else f"{shown(min(row.runs))} … {shown(max(row.runs))}"
        lines.append((row.figure, f"{shown(row.median)} {row.unit}", spread, *floor, ratio, goal))
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    for line in lines:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())


def shown(value):
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def write(report, path):
    folder = os.path.dirname(path)
    if folder:
        os.makedirs(folder, exist_ok=True)
    with open(path, "w") as file:
        json.dump(report, file, indent=1, ensure_ascii=False)
        file.write("\n")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
