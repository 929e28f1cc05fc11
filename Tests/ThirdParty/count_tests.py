"""Prints "N passed M" for a report that `swift test --xunit-output` wrote: how many tests passed and how many failed.

Usage: count_tests.py REPORT STATUS. A run whose exit status is not 0 has at least one failure, with or without a report.
"""

import sys
import xml.etree.ElementTree as ElementTree


def main(path: str, status: str) -> None:
    try:
        cases = list(ElementTree.parse(path).iter("testcase"))
    except (OSError, ElementTree.ParseError):
        cases = []
    failed = sum(1 for case in cases if case.find("failure") is not None)
    passed = len(cases) - failed
    if failed == 0 and (status != "0" or passed == 0):
        failed = 1
    print(f"{passed} passed {failed}")


if __name__ == "__main__":
    main(*sys.argv[1:])
