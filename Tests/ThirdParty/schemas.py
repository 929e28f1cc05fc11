"""Checks the JSON Schemas of `ops/` with PyPI's `jsonschema` against files that PayRelay takes and files that it refuses."""

import copy
import pathlib
import re
from typing import Any

import jsonschema
import yaml

from tally import Tally

TENANT = """
name: Bookshop
alipay:
  partner: "2088101122136241"
  keys: [env:BOOKSHOP_ALIPAY_KEY]
products: [web/instant]
api_keys: [{label: backend, sha256: 5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8}]
webhook: {url: "https://bookshop.example/hooks", secrets: [file:secrets/bookshop.whsec]}
"""
SERVICE = "public_url: https://pay.example\n"

# What is put where into a file that is good, so that it is no more.
WRONG_TENANTS = [
    ("an unknown key", ["colour"], "red"),
    ("an unknown key in a section", ["alipay", "partnr"], "2088101122136241"),
    ("an unknown key in an entry of a list", ["api_keys", 0, "lable"], "backend"),
    ("a list for a text", ["name"], ["Bookshop"]),
    ("a text for a list", ["products"], "web/instant"),
    ("a text for a section", ["alipay"], "2088101122136241"),
    ("nothing", ["name"], None),
    ("an empty text", ["name"], ""),
    ("a text for true or false", ["alipay", "notify_verify"], "yes"),
    ("another word", ["alipay", "sign_type"], "RSA2"),
    ("another word in a list", ["products"], ["web/instnat"]),
    ("an empty list", ["alipay", "keys"], []),
    ("too long a list", ["alipay", "keys"], ["env:A"] * 6),
    ("a number out of range", ["webhook", "max_in_flight"], 513),
    ("a fraction", ["limits"], {"requests_per_second": 1.5}),
    ("a number without a unit", ["webhook", "timeout"], 15),
    ("another unit", ["webhook", "timeout"], "15sec"),
    ("neither a preset nor a list", ["webhook", "schedule"], "often"),
    ("a delay without a unit", ["webhook", "schedule"], ["0s", 5]),
    ("too many headers", ["webhook", "headers"], {f"X-{number}": "x" for number in range(21)}),
]
WRONG_SERVICES = [
    ("an unknown key", ["listn"], "127.0.0.1:8080"),
    ("another word", ["log"], {"level": "warn"}),
    ("half of a section", ["tls"], {"key": "file:tls.key"}),
    ("a time without a unit", ["retention"], {"attempts": 30}),
    ("a text for a list", ["trusted_proxies"], "127.0.0.1/32"),
]


class CoreLoader(yaml.SafeLoader):
    """YAML 1.2's core schema, as editors read it: `yes` and dates are texts."""


CoreLoader.yaml_implicit_resolvers = {}
for tag, pattern, first in [
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", "-+0123456789."),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
]:
    CoreLoader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), list(first))
# Their texts begin with 0 at times, which is no octal.
CoreLoader.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(loader.construct_scalar(node)))


def load(text: str) -> Any:
    return yaml.load(text, CoreLoader)


def without_need(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema for a part of a file: no key has to be there."""
    return {name: value for name, value in schema.items() if name not in ("required", "anyOf")}


class Schemas:
    def __init__(self, root: pathlib.Path, tally: Tally) -> None:
        self.root = root
        self.tally = tally
        self.tenant = load((root / "ops/tenant.schema.json").read_text("utf-8"))
        self.service = load((root / "ops/payrelay.schema.json").read_text("utf-8"))

    def run(self) -> None:
        for name, schema in [("tenant", self.tenant), ("payrelay", self.service)]:
            try:
                jsonschema.Draft202012Validator.check_schema(schema)
                self.tally.check(f"{name}.schema.json is a schema of draft 2020-12", True)
            except jsonschema.SchemaError as error:
                self.tally.check(f"{name}.schema.json is a schema of draft 2020-12", False, error.message)
        self.check_good("tenants/*.yaml", self.tenant)
        self.check_good("Tests/TenantsTests/Fixtures/*.good.yaml", self.tenant)
        self.check_good("Tests/AppTests/Fixtures/service/*.good.yaml", self.service)
        self.check_good("Tests/AlipayTests/Fixtures/*.good.yaml", without_need(self.tenant))
        self.check_good("Tests/WebhooksTests/Fixtures/*.good.yaml", without_need(self.tenant))
        for name in ["missing", "unknown-keys", "wrong-types"]:
            self.check_bad(f"Tests/TenantsTests/Fixtures/{name}.bad.yaml", self.tenant)
            self.check_bad(f"Tests/AppTests/Fixtures/service/{name}.bad.yaml", self.service)
        self.check_wrong(TENANT, WRONG_TENANTS, self.tenant)
        self.check_wrong(SERVICE, WRONG_SERVICES, self.service)
        for key in ["name", "alipay", "products", "api_keys", "webhook"]:
            file = {name: value for name, value in load(TENANT).items() if name != key}
            self.tally.check(f"the schema refuses a tenant without {key}", self.errors(file, self.tenant) != [])

    @staticmethod
    def errors(file: Any, schema: dict[str, Any]) -> list[str]:
        validator = jsonschema.Draft202012Validator(schema)
        return [f"{list(error.path)}: {error.message}" for error in validator.iter_errors(file)]

    def check_good(self, pattern: str, schema: dict[str, Any]) -> None:
        files = sorted(self.root.glob(pattern))
        self.tally.check(f"there are files {pattern}", files != [])
        for file in files:
            errors = self.errors(load(file.read_text("utf-8")), schema)
            self.tally.check(f"the schema takes {file.relative_to(self.root)}", errors == [], errors)

    def check_bad(self, name: str, schema: dict[str, Any]) -> None:
        errors = self.errors(load((self.root / name).read_text("utf-8")), schema)
        self.tally.check(f"the schema refuses {name}", errors != [])

    def check_wrong(self, good: str, wrong: list[tuple[str, list[Any], Any]], schema: dict[str, Any]) -> None:
        self.tally.check("the schema takes a file with nothing wrong", self.errors(load(good), schema) == [])
        for what, path, value in wrong:
            file = copy.deepcopy(load(good))
            place = file
            for key in path[:-1]:
                place = place[key]
            place[path[-1]] = value
            claim = f"the schema refuses {what}: {'.'.join(map(str, path))}"
            self.tally.check(claim, self.errors(file, schema) != [])
