"""The published schemas are those of the models, accept what is right, and refuse nothing that validate accepts."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from digo.desired import ConfigError, load_environment
from digo.fleet.file.reader import read_fleet_file
from digo.masking.loader import load_routes
from digo.schemas import KINDS, MODELS, schema_text
from tests.warm.warm_python import warm_python

ROOT = Path(__file__).resolve().parents[2]
PUBLISHED = ROOT / "docs" / "schema"

NUMBER = '"+1 202 555 0101"'
GOOD_AGENTS = [
    "agents: {}",
    f"agents: {{a: {{name: A, follow_me_number: {NUMBER}}}}}",
    f"agents: {{a: {{name: 7, follow_me_number: {NUMBER}, intercom: '0007'}}}}",
    "agents: {a: {name: A, follow_me_number: +12025550101, intercom: 1001}}",
    "agents: {a: {name: A, follow_me_number: ' +1 (202) 555-0101'}}",
    "agents: {a: {name: A, follow_me_number: '(+1) 202 555 0101'}}",
    "agents: {a: {name: A, follow_me_number: 'tel:+1-202-555-0101'}}",
    "agents: {a: {name: A, follow_me_number: '=\"+12025550101\"'}}",
    "agents: {a: {name: A, follow_me_number: '0012025550101'}}",
    "agents: {a: {name: A, follow_me_number: '+1\u2011202\u2011555\u20110101'}}",
    "agents: {a: {name: A, follow_me_number: '\uff0b12025550101'}}",
    f"agents: {{a: {{name: A, follow_me_number: {NUMBER}, formerly: b, absent: true}}}}",
    f"agents: {{a: {{name: A, follow_me_number: {NUMBER}, formerly: [b, c], absent: false}}}}",
    f"agents: {{a: {{name: A, follow_me_number: {NUMBER}, intercom: null}}}}",
    f"agents: {{a: {{name: A, follow_me_number: {NUMBER}, email: a@example.com, login_id: ada, user_role: 3}}}}",
    f"agents: {{a: {{name: A, follow_me_number: {NUMBER}, caller_ids: [{NUMBER}], department: [4, '5']}}}}",
    f"agents: {{a: {{name: A, follow_me_number: {NUMBER}, blocked: true, user_for_cdr: {{type: all}}}}}}",
    f"agents: {{a: {{name: A, follow_me_number: {NUMBER}, agent_group: [night], password_secret: agentPassword}}}}",
]
BAD_AGENTS = [
    "agents: []",
    "agent: {}",
    "{}",
    f"agents: {{a: {{name: '', follow_me_number: {NUMBER}}}}}",
    f"agents: {{a: {{name: ' ', follow_me_number: {NUMBER}}}}}",
    f"agents: {{a: {{name: true, follow_me_number: {NUMBER}}}}}",
    f"agents: {{a: {{follow_me_number: {NUMBER}}}}}",
    "agents: {a: {name: A, follow_me_number: '2025550101'}}",
    "agents: {a: {name: A, follow_me_number: '+1202555010x'}}",
    f"agents: {{a: {{name: A, follow_me_number: {NUMBER}, intercom: '12'}}}}",
    f"agents: {{a: {{name: A, follow_me_number: {NUMBER}, intercom: 12345}}}}",
    f"agents: {{a: {{name: A, follow_me_number: {NUMBER}, intercomm: 1234}}}}",
    f"agents: {{a: {{name: A, follow_me_number: {NUMBER}, formerly: {{}}}}}}",
    f"agents: {{a: {{name: A, follow_me_number: {NUMBER}, absent: 1}}}}",
    f"agents: {{a: {{name: A, follow_me_number: {NUMBER}, blocked: 'true'}}}}",
    f"agents: {{a: {{name: A, follow_me_number: {NUMBER}, caller_ids: {NUMBER}}}}}",
    f"agents: {{a: {{name: A, follow_me_number: {NUMBER}, user_role: admin}}}}",
    f"agents: {{a: {{name: A, follow_me_number: {NUMBER}, user_for_cdr: [all]}}}}",
    f"agents: {{a: {{name: A, follow_me_number: {NUMBER}, email: ' '}}}}",
    f"agents: {{a: {{name: A, follow_me_number: {NUMBER}, password_secret: 'a secret'}}}}",
    f"agents: {{a: {{name: A, follow_me_number: {NUMBER}, password: example}}}}",
]
GOOD_LISTS = [
    "lists: {}",
    "lists: {otp: {id: 4711}}",
    "lists: {otp: {id: 4711, suppress: []}}",
    "lists: {otp: {name: Codes, description: Sent by the login service}}",
    f"lists: {{otp: {{id: a-b, columns: {{p: field_0, n: field_1}}, leads: [{{p: {NUMBER}, n: 5}}]}}}}",
]
BAD_LISTS = [
    "lists: {otp: {}}",
    "lists: {otp: {id: 1, name: Codes}}",
    "lists: {otp: {id: 1, description: Codes}}",
    "lists: {otp: {id: 'a b'}}",
    "lists: {otp: {id: 1, columns: {p: 0}}}",
    "lists: {otp: {id: 1, leads: {}}}",
    "lists: {otp: {id: 1, source: leads.txt}}",
    "lists: {otp: {id: 1, source: x.csv, shards: 0}}",
    "lists: {otp: {id: 1, source: x.csv, duplicates: clone}}",
    "lists: {otp: {id: 1, country: India}}",
    "lists: {otp: {id: 1, suppress: numbers.txt}}",
    "lists: {otp: {id: 1, suppress: [x.csv, 5]}}",
    "lists: {otp: {id: 1, suppress: {x: y.csv}}}",
    "lists: {otp: {id: 1, suppress: null}}",
]
APPROVAL = "guard: deletes, reason: moved, plan: bcdf-ghjk-lmnp-qrst-bcdf-ghjk-lmnp-qrst, expires: '2026-12-01'"
GOOD_APPROVALS = ["approvals: []", f"approvals: [{{{APPROVAL}}}]"]
BAD_APPROVALS = [
    "approvals: {}",
    "approvals: [{guard: deletes}]",
    f"approvals: [{{{APPROVAL.replace('deletes', 'all')}}}]",
    f"approvals: [{{{APPROVAL.replace('bcdf', 'aaaa')}}}]",
    f"approvals: [{{{APPROVAL.replace('2026-12-01', 'never')}}}]",
    f"approvals: [{{{APPROVAL.replace('moved', ' ')}}}]",
]
GOOD_ENVIRONMENTS = [
    "{}",
    "defaults: {lists: {country: IN, columns: {phone: field_0}}}",
    "defaults: {lists: {}}",
    "defaults: {lists: {suppress: [dnd.csv, 'more/*.parquet']}}",
]
BAD_ENVIRONMENTS = [
    "[]",
    "extend: base",
    "extends: []",
    "defaults: {agents: {}}",
    "defaults: {lists: {country: India}}",
    "defaults: {lists: {columns: {phone: 0}}}",
    "defaults: {lists: {id: 1}}",
    "defaults: {lists: {suppress: dnd}}",
]
NUMBERS = f"numbers: [{NUMBER}]"
GOOD_MASKING = [
    "masking: {}",
    f"masking: {{a: {{{NUMBERS}}}}}",
    "masking: {a: {numbers: [+12025550101, ' +1 202 555 0102']}}",
    f"zone: UTC\ncountry_code: 1\nfailover: {{callee: +12025550199}}\nmasking: {{a: {{{NUMBERS}}}}}",
    f"masking: {{a: {{{NUMBERS}, routes: [{{caller: +12025550103, callee: +12025550104}}]}}}}",
    f"masking: {{a: {{{NUMBERS}, pairs: [[+12025550103, '+1 202 555 0104']]}}}}",
    f"masking: {{a: {{{NUMBERS}, default: {{pool: [{{callee: +12025550104}}]}}, anonymous: reject}}}}",
    f"masking: {{a: {{{NUMBERS}, anonymous: {{callee: +12025550104}}}}}}",
    f"zone: UTC\nmasking: {{a: {{{NUMBERS}, windows: [{{days: 'Mon-fri, sat', from: 9:00, to: '24:00', "
    "callee: +12025550104}]}}",
]
BAD_MASKING = [
    "masking: []",
    "masks: {}",
    "masking: {a: {}}",
    "masking: {a: {numbers: []}}",
    "masking: {a: {numbers: ['2025550101']}}",
    f"masking: {{a: {{{NUMBERS}, rutes: []}}}}",
    f"masking: {{a: {{{NUMBERS}, anonymous: refuse}}}}",
    f"masking: {{a: {{{NUMBERS}, anonymous: {{calee: +12025550104}}}}}}",
    f"masking: {{a: {{{NUMBERS}, pairs: [[+12025550103]]}}}}",
    f"masking: {{a: {{{NUMBERS}, routes: [{{callee: +12025550104}}]}}}}",
    f"zone: UTC\nmasking: {{a: {{{NUMBERS}, windows: [{{from: nine, to: '18:00', callee: +12025550104}}]}}}}",
    "country_code: one\nmasking: {}",
]
GROUPS = "groups: {all: {stacks: ['*']}}"
WINDOW = "from: '22:00', to: '5:00', zone: UTC"
GOOD_FLEETS = [
    "groups: {all: {}}",
    "groups: {a: {stacks: ['a-*', '!a-7'], labels: {region: south, tier: [gold, 's*']}}}",
    f"{GROUPS}\nwaves: [{{name: 1, groups: [all], percent: 10, wait: 1h30m}}]",
    f"{GROUPS}\nconcurrency: 8\nworkerConcurrency: 2\nrate: {{ups: 3, per: 1m}}\nrefused: skip\ndatabase: sqlite",
    f"{GROUPS}\nfailures: {{stop: 3}}",
    f"{GROUPS}\nfailures: {{stop: 5%}}",
    f"{GROUPS}\nwindows: [{{{WINDOW}}}, {{groups: [all], days: [mon, 'sat-sun'], {WINDOW}}}]",
    f"{GROUPS}\nwindows: [{{days: mon-fri, {WINDOW}}}]",
    f"{GROUPS}\nenvironment: {{files: ['/run/{{stack}}.env'], variables: {{DIGO_AUTHORIZATION: 'T_{{STACK}}'}}}}",
    f"{GROUPS}\ndatabase: postgresql://digo@db.example/fleet",
    f"{GROUPS}\nnotices: [{{webhook: {{url: 'https://a.example', secretVariable: S}}, 'on': [drift, up]}}]",
    f"{GROUPS}\nnotices: [{{chat: {{service: google-chat, urlVariable: S}}}}, {{issue: {{title: T, label: l}}}}]",
]
BAD_FLEETS = [
    "{}",
    "groups: {}",
    "groups: []",
    "groups: {a: {stacks: '*'}}",
    "groups: {a: {stacks: []}}",
    "groups: {a: {stack: ['*']}}",
    f"{GROUPS}\nwaves: [{{name: a}}]",
    f"{GROUPS}\nwaves: [{{name: a, groups: [all], percent: 101}}]",
    f"{GROUPS}\nwaves: [{{name: a, groups: [all], wait: 10}}]",
    f"{GROUPS}\nconcurrency: 0",
    f"{GROUPS}\nrate: {{ups: 3}}",
    f"{GROUPS}\nfailures: {{stop: many}}",
    f"{GROUPS}\nrefused: ask",
    f"{GROUPS}\nwindows: [{{from: nine, to: '18:00', zone: UTC}}]",
    f"{GROUPS}\nwindows: [{{from: '9:00', to: '18:00'}}]",
    f"{GROUPS}\nenvironment: {{variables: {{DIGO_AUTHORIZATION: 'T-{{STACK}}'}}}}",
    f"{GROUPS}\nenvironment: {{variables: {{DIGO-X: T}}}}",
    f"{GROUPS}\ndatabase: mysql://a/b",
    f"{GROUPS}\nnotices: [{{webhook: {{url: 'ftp://a.example', secretVariable: S}}}}]",
    f"{GROUPS}\nnotices: [{{chat: {{service: irc, urlVariable: S}}}}]",
    f"{GROUPS}\nnotices: [{{issue: {{}}}}]",
]
GOOD = [("agents", one) for one in GOOD_AGENTS] + [("lists", one) for one in GOOD_LISTS]
GOOD += [("approvals", one) for one in GOOD_APPROVALS]
GOOD += [("environment", one) for one in GOOD_ENVIRONMENTS]
GOOD += [
    ("policy", "policy: {country_codes: [1, '+91'], intercoms: [1000-1999, 2001], max_agents: 9}\n"),
    ("policy", "policy: {name_pattern: '[A-Z].*', forbidden_numbers: [+12025550199], required_fields: [field_1]}\n"),
]
GOOD += [("masking", one) for one in GOOD_MASKING]
BAD = [("agents", one) for one in BAD_AGENTS] + [("lists", one) for one in BAD_LISTS]
BAD += [("approvals", one) for one in BAD_APPROVALS]
BAD += [("masking", one) for one in BAD_MASKING]
GOOD += [("fleet", one) for one in GOOD_FLEETS]
BAD += [("fleet", one) for one in BAD_FLEETS]

BAD += [("environment", one) for one in BAD_ENVIRONMENTS]
BAD += [
    ("policy", "policy: {max_agent: 1}\n"),
    ("policy", "policy: {max_agents: many}\n"),
    ("policy", "policy: {intercoms: [1000-99]}\n"),
    ("policy", "policy: {required_fields: [otp]}\n"),
    ("policy", "policy: {country_codes: [[1]]}\n"),
    ("policy", "rules: {}\n"),
]


def schema(kind: str) -> Any:
    return json.loads((PUBLISHED / f"{kind}.json").read_text(encoding="utf-8"))


def accepted(kind: str, text: str) -> bool:
    """By a reader of JSON Schema, for the file as an editor reads it."""
    validator = jsonschema.validators.validator_for(schema(kind))
    return bool(validator(schema(kind)).is_valid(yaml.safe_load(text)))


def valid(folder: Path, kind: str, text: str) -> bool:
    """By us."""
    (folder / f"{kind}.yaml").write_text(text, encoding="utf-8")
    if kind not in ("agents", "lists", "masking", "fleet"):
        (folder / "agents.yaml").write_text("agents: {}")
    try:
        if kind == "fleet":
            read_fleet_file(folder)
        elif kind == "masking":
            load_routes(folder, folder)
        else:
            load_environment(folder, folder)
    except ConfigError:
        return False
    return True


@pytest.mark.parametrize("kind", KINDS)
def test_the_published_schemas_are_those_of_the_models(kind: str) -> None:
    assert (PUBLISHED / f"{kind}.json").read_text(encoding="utf-8") == schema_text(kind), (
        "run `digo schema --write docs/schema`"
    )


@pytest.mark.parametrize("kind", MODELS)
def test_a_schema_is_one_and_explains_each_field(kind: str) -> None:
    published = schema(kind)
    jsonschema.validators.validator_for(published).check_schema(published)
    entries = published if kind in ("environment", "fleet") else published["properties"][kind]
    alone = kind in ("environment", "policy", "fleet")
    entry = entries if alone else entries["items" if kind == "approvals" else "additionalProperties"]
    assert set(entry["properties"]) == {field.alias or name for name, field in MODELS[kind].model_fields.items()}
    assert all(one["description"].endswith(".") for one in entry["properties"].values())


@pytest.mark.parametrize(("kind", "text"), GOOD)
def test_what_is_right_is_accepted_by_both(tmp_path: Path, kind: str, text: str) -> None:
    assert valid(tmp_path, kind, text)
    assert accepted(kind, text)


@pytest.mark.parametrize(("kind", "text"), BAD)
def test_what_is_wrong_is_refused_by_both(tmp_path: Path, kind: str, text: str) -> None:
    assert not valid(tmp_path, kind, text)
    assert not accepted(kind, text)


EXAMPLES = sorted(path for path in (ROOT / "config").glob("*/*.yaml") if path.stem in MODELS)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_examples_are_valid_and_name_their_schema(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert accepted(path.stem, text)
    named = re.match(r"# yaml-language-server: \$schema=(\S+)\n", text)
    assert named, f"{path} names no schema"
    assert (path.parent / named[1]).resolve() == PUBLISHED / f"{path.stem}.json"


def test_the_command_prints_one_and_writes_all(tmp_path: Path) -> None:
    command = [str(warm_python()), "-m", "digo", "schema"]
    printed = subprocess.run([*command, "lists"], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert printed.stdout == schema_text("lists")
    subprocess.run([*command, "--write", str(tmp_path)], cwd=ROOT, check=True, capture_output=True, timeout=60)
    assert {path.name for path in tmp_path.iterdir()} == {f"{kind}.json" for kind in KINDS}
    assert subprocess.run(command, cwd=ROOT, capture_output=True, timeout=60).returncode == 1
