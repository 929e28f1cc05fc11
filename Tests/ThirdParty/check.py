"""Checks PayRelay against libraries that nobody here wrote: PyPI's `alipay` (partner/key), `standardwebhooks` and `svix`, and
its JSON Schemas with `jsonschema`.

Usage: check.py PAYRELAY README. It starts the built program as `payrelay simulate` and `payrelay serve` on free ports of
127.0.0.1, with one tenant that confirms notifications and one that does not, and ends both by their process ids. One line per
check; the last line counts them. The exit status is 0 only if every check passed.
"""

import os
import pathlib
import signal
import sys
import tempfile
import traceback

from peers import Backend, PlayedAlipay, Watchdog
from scenario import Scenario
from schemas import Schemas
from tally import Tally

DEADLINE_SECONDS = 180


def main(payrelay: str, readme: str) -> int:
    # SIGTERM unwinds like Ctrl-C, so that the programs are ended as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    tally = Tally()
    Schemas(pathlib.Path(readme).resolve().parent, tally).run()
    with tempfile.TemporaryDirectory(prefix="payrelay-third-party-") as folder:
        with Backend() as backend, PlayedAlipay() as alipay, Watchdog(DEADLINE_SECONDS):
            scenario = Scenario(payrelay, folder, backend, alipay, tally)
            try:
                scenario.run(os.path.abspath(readme))
            except Exception as error:
                traceback.print_exc()
                tally.check(f"the checks ran to their end ({type(error).__name__}: {error})", False)
                scenario.show_logs()
            finally:
                scenario.stop()
    tally.show()
    return 0 if tally.failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
