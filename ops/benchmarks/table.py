"""The table of the last whole run, in README.

    python3 ops/benchmarks/table.py     makes it anew of ops/benchmarks/last.json
"""

import json
import os

RESULTS = "ops/benchmarks/last.json"
README = "README.md"
BEGIN = "<!-- ops/bench writes from here -->\n"
END = "<!-- to here -->\n"


def markdown(report):
    """Every figure that has a goal or a floor."""
    machine = report["machine"]
    lines = [
        f"Measured on {report['date'][:10]} at commit `{report['commit'][:12]}`: {machine['processor']}, {machine['cores']} cores, "
        f"Linux {machine['kernel']}; medians, the load on the same cores.", "",
        "| figure | measured | floor | ratio | goal |", "| --- | --- | --- | --- | --- |"]
    for scenario in report["scenarios"]:
        for row in scenario["rows"]:
            if "goal" in row:
                lines.append(line(scenario["name"], row))
    return "\n".join(lines) + "\n"


def line(scenario, row):
    floor = f"{shown(row['floor']['median'])} ({row['floor']['what']})" if "floor" in row else ""
    ratio = f"{row['ratio']:.2f}" if row.get("ratio") is not None else ""
    goal = f"{row['goal']}: {'met' if row['met'] else '**missed**'}"
    return f"| {scenario}: {row['figure']} | {shown(row['median'])} {row['unit']} | {floor} | {ratio} | {goal} |"


def shown(value):
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def put_into_readme(report):
    with open(README) as file:
        text = file.read()
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    with open(README, "w") as file:
        file.write(before + BEGIN + "\n" + markdown(report) + "\n" + END + after)


if __name__ == "__main__":
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
    with open(RESULTS) as results:
        put_into_readme(json.load(results))
