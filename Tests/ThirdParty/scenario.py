"""The checks, in the order of a payment's life."""

import base64
import hashlib
import json
import os
import secrets
import subprocess
import types
import urllib.parse
from unittest import mock

import alipay as alipay_library
import standardwebhooks
import svix.webhooks

from peers import Answer, Backend, PlayedAlipay, Post, Program, call
from readme import first_block
from tally import Tally

SUBJECTS = [
    "Blue mug",
    "三体 (1-3) 全集",
    "🦄 emoji 👩‍👩‍👧 und Umlaute äöü",
    "+ % & = # ' \" < > \\",
    "%E4%B8%89+%2B&amp;",
    "a=1&b=2&c=0",
    "two trailing spaces  ",
]

# Whose code verifies a webhook, and what it raises when it does not believe one.
WEBHOOK_LIBRARIES = {"standardwebhooks": standardwebhooks.Webhook, "svix": svix.webhooks.Webhook}
REFUSALS = (standardwebhooks.WebhookVerificationError, svix.webhooks.WebhookVerificationError)
HEADER_TOKEN = "Bearer third-party-" + secrets.token_hex(16)


class Contract:
    """A partner/key contract with Alipay, and the library's view of it."""

    def __init__(self, partner: str, email: str) -> None:
        self.partner = partner
        self.email = email
        self.key = secrets.token_hex(16)
        self.library = alipay_library.Alipay(pid=partner, key=self.key, seller_email=email)

    def sign(self, fields: dict[str, str]) -> str:
        """The signature that the library's own code makes; it signs what it is given, `sign` and `sign_type` left out."""
        method = self.library.get_sign_method()
        return method({name: value for name, value in fields.items() if name not in ("sign", "sign_type")})


class Scenario:
    def __init__(self, payrelay: str, folder: str, backend: Backend, played: PlayedAlipay, tally: Tally) -> None:
        self.payrelay = payrelay
        self.folder = folder
        self.backend = backend
        self.played = played
        self.tally = tally
        # `plain` takes the signature alone; `sure` has each notification confirmed, by the Alipay that is played here;
        # `full` lives with the simulator, which does everything by itself.
        self.plain = Contract("2088001159940003", "plain@shop.example")
        self.sure = Contract("2088101122136241", "sure@shop.example")
        self.full = Contract("2088201122136242", "full@shop.example")
        # `sure` is in the middle of a change of secrets: each of the two, by itself, has to do.
        self.secrets = {"plain": [new_secret()], "sure": [new_secret(), new_secret()], "full": [new_secret()]}
        self.programs: list[Program] = []
        self.simulator_url = ""
        self.url = ""

    @property
    def contracts(self) -> dict[str, Contract]:
        return {"plain": self.plain, "sure": self.sure, "full": self.full}

    def run(self, readme: str) -> None:
        self.start()
        self.check_urls()
        self.check_other_urls()
        self.check_simulator()
        self.check_notifications("plain")
        self.check_notifications("sure")
        self.check_simulated_notification()
        self.check_webhooks(readme)
        self.check_pull(readme)
        self.check_end()

    # Starting and ending

    def start(self) -> None:
        accounts = [f"--account={c.partner}:{c.key}:{c.email}" for c in self.contracts.values()]
        simulator = self._run(["simulate", "--listen", "127.0.0.1:0", "--log", "warning", *accounts])
        gateway = simulator.wait_for_log(lambda line: line.split()[-1] if line.startswith("simulated Alipay at ") else None)
        self.simulator_url = gateway.removesuffix("/gateway.do")
        self._write_configuration(gateway)
        environment = {f"KEY_{name.upper()}": contract.key for name, contract in self.contracts.items()}
        environment["HOOK_TOKEN"] = HEADER_TOKEN
        service = self._run(["serve", "--config", f"{self.folder}/payrelay.yaml"], environment)
        self.url = f"http://127.0.0.1:{service.wait_for_log(public_port)}"

    def stop(self) -> None:
        for program in reversed(self.programs):
            program.stop()

    def show_logs(self) -> None:
        for program in self.programs:
            print(f"--- {' '.join(program.process.args[1:3])}\n{program.output()}")

    def _run(self, words: list[str], environment: dict[str, str] | None = None) -> Program:
        program = Program([self.payrelay, *words], f"{self.folder}/{words[0]}.log", environment)
        self.programs.append(program)
        return program

    def _write_configuration(self, simulated_gateway: str) -> None:
        os.makedirs(f"{self.folder}/tenants/secrets")
        self._write("payrelay.yaml", "listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\npublic_url: http://127.0.0.1:0\nstore: sqlite:payrelay.db\nlog: {format: json}\n")
        gateways = {"plain": simulated_gateway, "sure": f"{self.played.url}/gateway.do", "full": simulated_gateway}
        for name, contract in self.contracts.items():
            files = [f"secrets/{name}-{index}.whsec" for index in range(len(self.secrets[name]))]
            for file, secret in zip(files, self.secrets[name]):
                self._write(f"tenants/{file}", secret + "\n")
            self._write(
                f"tenants/{name}.yaml",
                f"""\
name: {name}
alipay:
  partner: "{contract.partner}"
  seller_email: {contract.email}
  keys: [env:KEY_{name.upper()}]
  gateway_url: {gateways[name]}
  notify_verify: {"false" if name == "plain" else "true"}
  services: {{refund: {"password" if name == "full" else "no_password"}}}
products: [web/instant, web/escrow, web/buyer_choice, mobile_web/instant]
api_keys:
  - {{label: test, sha256: {hashlib.sha256(api_key(name).encode()).hexdigest()}}}
webhook:
  url: {self.backend.url}/hooks/{name}
  secrets: [{", ".join("file:" + file for file in files)}]
  headers: {{X-Shop: {name}, Authorization: env:HOOK_TOKEN}}
  allow_http: true
  allow_private_network: true
""",
            )

    def _write(self, name: str, text: str) -> None:
        with open(f"{self.folder}/{name}", "w", encoding="utf-8", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(text)

    # The merchants' API

    def api(self, method: str, path: str, tenant: str, body: dict | None = None) -> Answer:
        headers = {"Authorization": f"Bearer {api_key(tenant)}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        return call(method, self.url + path, None if body is None else json.dumps(body).encode(), headers)

    def create(self, tenant: str, reference: str, subject: str, **more: object) -> dict:
        body = {"merchant_reference": reference, "amount": 12050, "currency": "CNY", "subject": subject, "channel": "web", **more}
        answer = self.api("POST", "/v1/payments", tenant, body)
        if answer.status != 201:
            raise RuntimeError(f"create answered {answer.status} {answer.text}")
        return json.loads(answer.body)

    def status(self, tenant: str, payment: dict) -> str:
        return json.loads(self.api("GET", f"/v1/payments/{payment['id']}", tenant).body)["status"]

    # Our signed URLs

    def check_urls(self) -> None:
        for index, subject in enumerate(SUBJECTS):
            payment = self.create("full", f"URL-{index}", subject, description=subject + " 描述", return_url="https://shop.example/thanks")
            checkout = call("GET", f"{self.url}/checkout/{payment['id']}")
            self.tally.check(f"the checkout sends the buyer on: {subject!r}", checkout.status == 302, checkout.status)
            for name, url in [("provider_url", payment["next_action"]["provider_url"]), ("checkout", checkout.headers["location"])]:
                fields = query_fields(url)
                expected = self.full.sign(fields)
                self.tally.check(f"alipay computes the sign of our {name}: {subject!r}", fields["sign"] == expected, (fields["sign"], expected))
                self.tally.check(f"our {name} says the same: {subject!r}", fields["subject"] == subject, fields["subject"])

    def check_other_urls(self) -> None:
        """Escrow, the buyer's choice, mobile pages: with options, a receiver and whatever else goes on the wire."""
        shipping = {
            "options": [{"carrier_type": "express", "fee": 1000, "paid_by": "buyer"}, {"carrier_type": "ems", "fee": 0, "paid_by": "seller"}],
            "receiver": {"name": "张三", "address": "北京 & 上海", "zip": "100000", "phone": "+86 138"},
        }
        products = {
            "create_partner_trade_by_buyer": {"settlement": "escrow", "shipping": shipping},
            "trade_create_by_buyer": {"settlement": "buyer_choice", "shipping": shipping},
            "alipay.wap.create.direct.pay.by.user": {"channel": "mobile_web"},
            "create_direct_pay_by_user": {"provider_options": {"paymethod": "bankPay", "defaultbank": "ICBCB2C", "extra_common_param": "cart 8812"}},
        }
        for service, more in products.items():
            payment = self.create("full", f"MORE-{service.replace('.', '-')}", SUBJECTS[1], **more)
            url = payment["next_action"]["provider_url"]
            fields = query_fields(url)
            self.tally.check(f"{service} is what is asked for", fields["service"] == service, fields["service"])
            self.tally.check(f"alipay computes the sign of our {service}", fields["sign"] == self.full.sign(fields), fields)
            page = call("GET", url)
            self.tally.check(f"the simulator takes our {service}", page.status == 200, page.text)

    def check_simulator(self) -> None:
        """The simulator is our own work too; the library's URLs and its check of notifications hold it to account."""
        library = self.full.library
        for index, subject in enumerate(SUBJECTS):
            order = {
                "out_trade_no": f"LIB-{index}", "subject": subject, "total_fee": "120.50",
                "notify_url": f"{self.backend.url}/notify/{index}", "return_url": "https://shop.example/thanks",
            }
            with mock.patch.object(library, "GATEWAY_URL", f"{self.simulator_url}/gateway.do", create=True):
                page = call("GET", library.create_direct_pay_by_user_url(**order))
            trade = self.simulated_trade(f"LIB-{index}")
            self.tally.check(f"the simulator takes a URL that alipay signed: {subject!r}", page.status == 200 and trade is not None, page.text)
            call("POST", f"{self.simulator_url}/simulator/trades/{trade}/pay")
            fields = form_fields(self.backend.next(f"/notify/{index}").body)
            self.tally.check(f"alipay computes the sign of the simulator's notification: {subject!r}", fields["sign"] == self.full.sign(fields))

    def simulated_trade(self, reference: str) -> str | None:
        answer = call("GET", f"{self.simulator_url}/simulator/trades?out_trade_no={reference}")
        trades = json.loads(answer.body)["data"]
        return trades[0]["trade_no"] if trades else None

    # Notifications that the library signs

    def check_notifications(self, tenant: str) -> None:
        contract = self.contracts[tenant]
        for index, subject in enumerate(SUBJECTS):
            payment = self.create(tenant, f"NOTE-{index}", subject)
            body = self.notification(contract, payment)
            for what, spoilt in flipped(body):
                answer = call("POST", f"{self.url}/notify/{tenant}", spoilt)
                self.tally.check(f"{tenant}: a notification with one byte of {what} flipped is not accepted: {subject!r}", (answer.status, answer.body) == (200, b"fail"), answer.text)
            self.tally.check(f"{tenant}: and the payment stays unpaid: {subject!r}", self.status(tenant, payment) == "requires_action")
            answer = call("POST", f"{self.url}/notify/{tenant}", body)
            self.tally.check(f"{tenant}: a notification that alipay signed is accepted: {subject!r}", (answer.status, answer.body) == (200, b"success"), answer.text)
            self.tally.check(f"{tenant}: and the payment succeeded: {subject!r}", self.status(tenant, payment) == "succeeded")
            if tenant == "sure":
                asked = [fields for fields in self.played.asked if fields.get("notify_id") == form_fields(body)["notify_id"]]
                expected = {"service": "notify_verify", "partner": contract.partner, "notify_id": form_fields(body)["notify_id"]}
                self.tally.check(f"{tenant}: Alipay was asked whether it is genuine: {subject!r}", expected in asked, asked)
        if tenant == "sure":
            self.check_unconfirmed(contract)

    def check_unconfirmed(self, contract: Contract) -> None:
        payment = self.create("sure", "FORGED-1", "signed with the key, but not by Alipay")
        body = self.notification(contract, payment, is_genuine=False)
        answer = call("POST", f"{self.url}/notify/sure", body)
        self.tally.check("sure: a good signature that Alipay does not confirm is not accepted", answer.body == b"fail", answer.text)
        self.tally.check("sure: and the payment stays unpaid", self.status("sure", payment) == "requires_action")

    def notification(self, contract: Contract, payment: dict, is_genuine: bool = True) -> bytes:
        notify_id = secrets.token_hex(17)
        if is_genuine:
            self.played.sent.add(notify_id)
        fields = {
            "notify_time": "2026-11-22 10:00:05", "notify_type": "trade_status_sync", "notify_id": notify_id,
            "out_trade_no": payment["merchant_reference"], "subject": payment["subject"], "payment_type": "1",
            "trade_no": "20261122" + str(secrets.randbelow(10**20)).zfill(20), "trade_status": "TRADE_SUCCESS", "total_fee": "120.50",
            "gmt_create": "2026-11-22 09:59:58", "gmt_payment": "2026-11-22 10:00:03", "price": "120.50", "quantity": "1",
            "seller_email": contract.email, "seller_id": contract.partner, "buyer_email": "b@example.com",
            "buyer_id": "2088102000000001", "is_total_fee_adjust": "N", "use_coupon": "N", "discount": "0.00",
        }
        return urllib.parse.urlencode({**fields, "sign": contract.sign(fields), "sign_type": "MD5"}).encode()

    def check_simulated_notification(self) -> None:
        """The whole trip: the simulator notifies PayRelay by itself and confirms what it sent."""
        payment = self.create("full", "TRIP-1", SUBJECTS[3])
        page = call("GET", payment["next_action"]["provider_url"])
        self.tally.check("full: the simulator takes our URL", page.status == 200, page.status)
        call("POST", f"{self.simulator_url}/simulator/trades/{self.simulated_trade('TRIP-1')}/pay")
        post = self.backend.next("/hooks/full")
        self.tally.check("full: the payment succeeded", self.status("full", payment) == "succeeded")
        for name, library in self.libraries("full"):
            event = library.verify(post.body, post.headers)
            self.tally.check(f"full: {name} accepts the webhook", event["data"]["id"] == payment["id"], event)
        answer = self.api("POST", f"/v1/payments/{payment['id']}/refunds", "full", {"amount": 5000, "reason": "torn 封面"})
        refund = json.loads(answer.body)
        self.tally.check("full: a refund with password waits for the merchant's staff", refund["status"] == "pending", refund)
        fields = query_fields(refund["next_action"]["url"])
        self.tally.check("alipay computes the sign of our refund page", fields["sign"] == self.full.sign(fields), fields)
        page = call("GET", refund["next_action"]["url"])
        self.tally.check("the simulator takes our refund page", page.status == 200, page.text)

    # Our webhooks

    def libraries(self, tenant: str) -> list[tuple[str, object]]:
        """Each library with each of the tenant's secrets, and what to call the two."""
        return [
            (name if index == 0 else f"{name} with the other secret", library(secret))
            for name, library in WEBHOOK_LIBRARIES.items()
            for index, secret in enumerate(self.secrets[tenant])
        ]

    def check_webhooks(self, readme: str) -> None:
        snippet = readme_function(readme)
        for tenant in ["plain", "sure"]:
            for index, subject in enumerate(SUBJECTS):
                post = self.backend.next(f"/hooks/{tenant}")
                for name, library in self.libraries(tenant):
                    self.check_webhook(f"{tenant}: {name}", library, post, f"NOTE-{index}", subject)
            self.check_headers(tenant, post)
            event = json.loads(post.body)
            for secret in self.secrets[tenant]:
                same = snippet(post.body, post.headers, secret) == event
                self.tally.check(f"{tenant}: the README's Python accepts a webhook", same)
            refused = is_refused(lambda: snippet(post.body + b" ", post.headers, self.secrets[tenant][0]))
            self.tally.check(f"{tenant}: the README's Python refuses a changed one", refused)
            for name, library in WEBHOOK_LIBRARIES.items():
                strangers = [library(text) for other, texts in self.secrets.items() if other != tenant for text in texts]
                refused = all(is_refused(lambda: stranger.verify(post.body, post.headers)) for stranger in strangers)
                self.tally.check(f"{tenant}: {name} refuses it with another tenant's secret", refused)

    def check_webhook(self, who: str, library, post: Post, reference: str, subject: str) -> None:
        event = library.verify(post.body, post.headers)
        data = event["data"]
        self.tally.check(f"{who} accepts the webhook: {subject!r}", event["type"] == "payment.succeeded", event)
        same = (data["merchant_reference"], data["subject"], data["amount_paid"]) == (reference, subject, 12050)
        self.tally.check(f"{who} reads in it what was paid: {subject!r}", same, data)
        for what, body, headers in flipped_webhooks(post.body, post.headers):
            refused = is_refused(lambda: library.verify(body, headers))
            self.tally.check(f"{who} refuses one flipped byte of the {what}: {subject!r}", refused)

    def check_headers(self, tenant: str, post: Post) -> None:
        headers = {name.lower(): value for name, value in post.headers.items()}
        count = len(headers["webhook-signature"].split(" "))
        self.tally.check(f"{tenant}: there is one signature for each secret", count == len(self.secrets[tenant]), headers)
        own = {name for name in headers if name.startswith(("webhook-", "svix-"))}
        self.tally.check(f"{tenant}: the headers are those of Standard Webhooks", own == {"webhook-id", "webhook-timestamp", "webhook-signature"}, own)
        sent = (headers.get("x-shop"), headers.get("authorization"))
        self.tally.check(f"{tenant}: the headers of the tenant's file come too", sent == (tenant, HEADER_TOKEN))

    def check_pull(self, readme: str) -> None:
        """The README's loop of curl and jq, in pages of three so that there are several."""
        loop = first_block(readme, "bash", "last-event").replace("limit=100", "limit=3")
        folder = f"{self.folder}/pulled"
        os.mkdir(folder)
        answer = self.api("GET", "/v1/events?limit=100", "plain")
        expected = [event["id"] for event in json.loads(answer.body)["data"]]
        environment = {**os.environ, "URL": self.url, "KEY": api_key("plain")}
        for run in ["once", "and not twice"]:
            subprocess.run(["bash", "-u", "-c", loop], cwd=folder, env=environment, timeout=60)
            with open(f"{folder}/events.jsonl", encoding="utf-8") as file:
                pulled = [json.loads(line)["id"] for line in file]
            self.tally.check(f"the README's loop pulls every event, {run}", pulled == expected and len(expected) > 6, (pulled, expected))

    def check_end(self) -> None:
        statuses = [program.stop() for program in reversed(self.programs)]
        self.tally.check("SIGTERM ends both programs with exit status 0", statuses == [0, 0], statuses)
        shown = [name for name, key in self._secret_texts() if any(key in program.output() for program in self.programs)]
        self.tally.check("no key, secret or API key is in a log", not shown, shown)

    def _secret_texts(self) -> list[tuple[str, str]]:
        keys = [(f"key of {name}", contract.key) for name, contract in self.contracts.items()]
        secret_texts = [(f"secret of {name}", text) for name, texts in self.secrets.items() for text in texts]
        return keys + secret_texts + [(f"API key of {name}", api_key(name)) for name in self.contracts] + [("header", HEADER_TOKEN)]


# Pieces


def new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def api_key(tenant: str) -> str:
    return f"sk_{tenant}_third_party_check"


def public_port(line: str) -> int | None:
    try:
        return json.loads(line).get("public_port")
    except ValueError:
        return None


def query_fields(url: str) -> dict[str, str]:
    return form_fields(urllib.parse.urlsplit(url).query.encode())


def form_fields(body: bytes) -> dict[str, str]:
    return dict(urllib.parse.parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict"))


def flip(text: bytes, at: int) -> bytes:
    """One byte changed into another that may stand in the same place."""
    old = text[at : at + 1]
    new = b"1" if old == b"0" else b"0" if old.isdigit() else b"A" if old.isupper() and old != b"A" else b"B" if old.isupper() else b"b" if old == b"a" else b"a"
    return text[:at] + new + text[at + 1 :]


def flipped(body: bytes) -> list[tuple[str, bytes]]:
    """The body with one byte changed: in the signature, and in what is signed."""
    names = [b"sign", b"total_fee", b"trade_status", b"subject", b"notify_id"]
    pairs = b"&" + body
    return [(name.decode(), flip(body, pairs.index(b"&" + name + b"=") + len(name) + 1)) for name in names]


def flipped_webhooks(body: bytes, headers: dict[str, str]) -> list[tuple[str, bytes, dict[str, str]]]:
    lower = {name.lower(): value for name, value in headers.items()}

    def with_flipped(name: str, at: int) -> dict[str, str]:
        return {**lower, name: flip(lower[name].encode(), at % len(lower[name])).decode()}

    # A message is good if any one of its signatures is.
    flipped_entries = [flip(entry.encode(), 10).decode() for entry in lower["webhook-signature"].split(" ")]
    at = body.index(b'"amount_paid":') + len(b'"amount_paid":')
    return [
        ("body", flip(body, at), lower),
        ("webhook-id", body, with_flipped("webhook-id", -1)),
        ("webhook-timestamp", body, with_flipped("webhook-timestamp", -1)),
        ("webhook-signature", body, {**lower, "webhook-signature": " ".join(flipped_entries)}),
    ]


def is_refused(body) -> bool:
    try:
        body()
    except REFUSALS:
        return True
    return False


def readme_function(path: str):
    """The function of the README's Python example, as it stands there."""
    module = types.ModuleType("readme_example")
    exec(compile(first_block(path, "python"), path, "exec"), module.__dict__)
    return module.read_event
