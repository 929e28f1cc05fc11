"""Verifies a webhook that `payrelay demo --webhook-out FILE` wrote with PyPI's standardwebhooks, and says what came of it.

Usage: verify_webhook.py FILE. The exit status is 0 only if the library takes the webhook and refuses it with one byte changed.
"""

import json
import sys
from importlib.metadata import version

from standardwebhooks import Webhook, WebhookVerificationError


def is_accepted(library: Webhook, body: str, headers: dict[str, str]) -> bool:
    try:
        library.verify(body, headers)
    except WebhookVerificationError:
        return False
    return True


def main(path: str) -> int:
    with open(path, encoding="utf-8") as file:
        webhook = json.load(file)
    library = Webhook(webhook["secret"])
    body, headers = webhook["body"], webhook["headers"]
    changed = body.replace('"amount":12050', '"amount":12051', 1)
    if changed == body:
        print("the webhook has no amount of 12050 that could be changed", file=sys.stderr)
        return 1
    taken, refused = is_accepted(library, body, headers), not is_accepted(library, changed, headers)
    print(f"\nThe same webhook, checked with a library that is not ours (standardwebhooks {version('standardwebhooks')} of PyPI):")
    print(f"  as it was sent: {'accepted' if taken else 'REFUSED'}; with one byte changed: {'refused' if refused else 'ACCEPTED'}")
    return 0 if taken and refused else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
