"""Counts checks, one line each."""


class Tally:
    def __init__(self) -> None:
        self.passed = 0
        self.failed = 0

    def check(self, claim: str, holds: bool, seen: object = None) -> None:
        """Counts `claim`; `seen` is shown when it does not hold."""
        if holds:
            self.passed += 1
            print(f"ok      {claim}", flush=True)
        else:
            self.failed += 1
            print(f"FAILED  {claim}" + ("" if seen is None else f": {seen}"), flush=True)

    def show(self) -> None:
        print(f"third-party: {self.passed} passed, {self.failed} failed", flush=True)
