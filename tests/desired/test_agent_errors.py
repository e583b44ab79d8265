"""What is wrong with agents.yaml, in the exact words and at the exact place: a small file for each kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.desired.environments import problems

LONG = "x" * 201

# What the file says as a whole, then what an entry says.
SHAPES = {
    "empty": (
        "",
        ["agents.yaml:1:1: the file is empty; it begins with `agents:` (`agents: {}` wants none)"],
    ),
    "comment only": (
        "# nothing\n",
        ["agents.yaml:1:1: the file is empty; it begins with `agents:` (`agents: {}` wants none)"],
    ),
    "null doc": (
        "---\n...\n",
        ["agents.yaml:2:1: the file is empty; it begins with `agents:` (`agents: {}` wants none)"],
    ),
    "list root": (
        "- a\n",
        ["agents.yaml:1:1: the file is a list; it begins with `agents:` (`agents: {}` wants none)"],
    ),
    "text root": (
        "agents\n",
        ["agents.yaml:1:1: the file is a text; it begins with `agents:` (`agents: {}` wants none)"],
    ),
    "empty map": (
        "{}\n",
        ["agents.yaml:1:1: agents: is missing"],
    ),
    "null agents": (
        "agents:\n",
        ["agents.yaml:1:1: agents: has no value; write `{}` to want none"],
    ),
    "agents list": (
        "agents:\n  - name: A\n",
        ["agents.yaml:1:1: agents: a mapping of keys is due here, not a list; its entries have keys in place of `- `"],
    ),
    "wrong key": (
        "agent:\n  a: {}\n",
        ["agents.yaml:1:1: agent: unknown key; did you mean `agents`?"],
    ),
    "other key": (
        "agents: {}\nzzz: 1\n",
        ["agents.yaml:2:1: zzz: unknown key; the file has one key, `agents`"],
    ),
    "entry null": (
        "agents:\n  a:\n",
        ["agents.yaml:2:5: agents.a: has no value"],
    ),
    "entry text": (
        "agents:\n  a: text\n",
        ["agents.yaml:2:6: agents.a: a mapping is due here, not a text"],
    ),
    "missing both": (
        "agents:\n  a: {}\n",
        ["agents.yaml:2:3: agents.a.follow_me_number: is missing", "agents.yaml:2:3: agents.a.name: is missing"],
    ),
    "unknown near": (
        'agents:\n  a:\n    name: A\n    follow_me_number: "+1 202 555 0101"\n    intrcom: 1001\n',
        ["agents.yaml:5:5: agents.a.intrcom: unknown key; did you mean `intercom`?"],
    ),
    "unknown far": (
        'agents:\n  a:\n    name: A\n    follow_me_number: "+1 202 555 0101"\n    zebra: 1\n',
        [
            "agents.yaml:5:5: agents.a.zebra: unknown key; known here: name, follow_me_number, intercom, email, "
            "login_id, user_role, caller_ids, agent_group, department, time_group, failover_destinations, "
            "route_call_through, assign_extension, block_web_login, login_based_calling, international_outbound, "
            "designation, user_for_cdr, blocked, disabled, password_secret, formerly, absent"
        ],
    ),
    "intercom short": (
        'agents:\n  a:\n    name: A\n    follow_me_number: "+1 202 555 0101"\n    intercom: 101\n',
        ["agents.yaml:5:15: agents.a.intercom: an intercom is exactly four digits"],
    ),
    "intercom bool": (
        'agents:\n  a:\n    name: A\n    follow_me_number: "+1 202 555 0101"\n    intercom: yes\n',
        ["agents.yaml:5:15: agents.a.intercom: YAML reads this as true or false; write it in quotes"],
    ),
    "intercom list": (
        'agents:\n  a:\n    name: A\n    follow_me_number: "+1 202 555 0101"\n    intercom: [1001]\n',
        ["agents.yaml:5:15: agents.a.intercom: a plain text is due here, not a list"],
    ),
    "name null": (
        'agents:\n  a: {name: , follow_me_number: "+12025550101"}\n',
        ["agents.yaml:2:13: agents.a.name: it has no value"],
    ),
    "name empty": (
        'agents:\n  a: {name: " ", follow_me_number: "+12025550101"}\n',
        ["agents.yaml:2:13: agents.a.name: a name cannot be empty"],
    ),
    "name bool": (
        'agents:\n  a: {name: no, follow_me_number: "+12025550101"}\n',
        ["agents.yaml:2:13: agents.a.name: YAML reads this as true or false; write it in quotes"],
    ),
    "name ctrl": (
        'agents:\n  a: {name: "A\\tB", follow_me_number: "+12025550101"}\n',
        ["agents.yaml:2:13: agents.a.name: a name has no control characters"],
    ),
    "name map": (
        'agents:\n  a: {name: {x: 1}, follow_me_number: "+12025550101"}\n',
        ["agents.yaml:2:13: agents.a.name: a plain text is due here, not a mapping"],
    ),
}

FIELDS_OF_USERS = {
    "caller ids as a text": (
        'agents:\n  a: {name: A, follow_me_number: "+12025550101", caller_ids: "+12025550102"}\n',
        [
            "agents.yaml:2:62: agents.a.caller_ids: a list is due here, not a text; each of its items begins with "
            "`- `, or all of them are in `[…]`"
        ],
    ),
    "caller id without country": (
        'agents:\n  a: {name: A, follow_me_number: "+12025550101", caller_ids: ["2025550102"]}\n',
        [
            "agents.yaml:2:62: agents.a.caller_ids: write it with + and the country code, such as "
            "+1 for the United States or +91 for India"
        ],
    ),
    "role": (
        'agents:\n  a: {name: A, follow_me_number: "+12025550101", user_role: admin}\n',
        ["agents.yaml:2:61: agents.a.user_role: it has to be a whole number of at most 18 digits"],
    ),
    "one login twice": (
        "agents:\n"
        '  a: {name: A, follow_me_number: "+12025550101", login_id: desk}\n'
        '  b: {name: B, follow_me_number: "+12025550102", login_id: desk}\n'
        '  c: {name: C, follow_me_number: "+12025550103", login_id: desk, absent: true}\n',
        ["agents.yaml:3:60: agents.b.login_id: `a` has the same login_id; it is already at agents.yaml:2:60"],
    ),
    "one login in two spellings": (
        "agents:\n"
        '  a: {name: A, follow_me_number: "+12025550101", login_id: desk}\n'
        '  b: {name: B, follow_me_number: "+12025550102", login_id: Desk}\n',
        ["agents.yaml:3:60: agents.b.login_id: `a` has the same login_id; it is already at agents.yaml:2:60"],
    ),
    "flag": (
        'agents:\n  a: {name: A, follow_me_number: "+12025550101", blocked: "no"}\n',
        ["agents.yaml:2:59: agents.a.blocked: true or false is due here, not a text"],
    ),
    "password": (
        'agents:\n  a: {name: A, follow_me_number: "+12025550101", password: example}\n',
        ["agents.yaml:2:50: agents.a.password: unknown key; did you mean `password_secret`?"],
    ),
}

NUMBERS_AND_KEYS = {
    "number 2025550101": (
        'agents:\n  a:\n    name: A\n    follow_me_number: "2025550101"\n',
        [
            "agents.yaml:4:23: agents.a.follow_me_number: write it with + and the country code, such as "
            "+1 for the United States or +91 for India"
        ],
    ),
    "number 1 202 555 0101": (
        'agents:\n  a:\n    name: A\n    follow_me_number: "1 202 555 0101"\n',
        [
            "agents.yaml:4:23: agents.a.follow_me_number: write it with + and the country code, such as "
            "+1 for the United States or +91 for India"
        ],
    ),
    "number +1202555": (
        'agents:\n  a:\n    name: A\n    follow_me_number: "+1202555"\n',
        ["agents.yaml:4:23: agents.a.follow_me_number: it is too short for its country code"],
    ),
    "number +120255501011234": (
        'agents:\n  a:\n    name: A\n    follow_me_number: "+120255501011234"\n',
        ["agents.yaml:4:23: agents.a.follow_me_number: it is too long for its country code"],
    ),
    "number +1 202 555 01x1": (
        'agents:\n  a:\n    name: A\n    follow_me_number: "+1 202 555 01x1"\n',
        ["agents.yaml:4:23: agents.a.follow_me_number: it has characters that no phone number has: `x`"],
    ),
    "number +999 202 555 0101": (
        'agents:\n  a:\n    name: A\n    follow_me_number: "+999 202 555 0101"\n',
        ["agents.yaml:4:23: agents.a.follow_me_number: its country code does not exist"],
    ),
    "number 1.2025550101E+10": (
        'agents:\n  a:\n    name: A\n    follow_me_number: "1.2025550101E+10"\n',
        [
            "agents.yaml:4:23: agents.a.follow_me_number: a spreadsheet turned it into a scientific "
            "number; format that column as text"
        ],
    ),
    "number +": (
        'agents:\n  a:\n    name: A\n    follow_me_number: "+"\n',
        ["agents.yaml:4:23: agents.a.follow_me_number: it is not a phone number"],
    ),
    "number +1202555010123456789012": (
        'agents:\n  a:\n    name: A\n    follow_me_number: "+1202555010123456789012"\n',
        ["agents.yaml:4:23: agents.a.follow_me_number: it is too long"],
    ),
    "number ": (
        'agents:\n  a:\n    name: A\n    follow_me_number: ""\n',
        ["agents.yaml:4:23: agents.a.follow_me_number: it is empty"],
    ),
    "number +1-202-555-0101 ext 5": (
        'agents:\n  a:\n    name: A\n    follow_me_number: "+1-202-555-0101 ext 5"\n',
        [
            "agents.yaml:4:23: agents.a.follow_me_number: it has an extension, and the API takes none; write the "
            "number without it"
        ],
    ),
    'key " a"': (
        'agents:\n  " a": {name: A, follow_me_number: "+12025550101"}\n',
        ["agents.yaml:2:3: agents. a: a key has 1 to 200 characters and no space at its ends"],
    ),
    'key ""': (
        'agents:\n  "": {name: A, follow_me_number: "+12025550101"}\n',
        ["agents.yaml:2:3: agents.: a key has 1 to 200 characters and no space at its ends"],
    ),
    'key "a::b"': (
        'agents:\n  "a::b": {name: A, follow_me_number: "+12025550101"}\n',
        [
            "agents.yaml:2:3: agents.a::b: a key names a Pulumi resource: it can have neither `::` nor "
            "control characters"
        ],
    ),
    'key "a\\u0001"': (
        'agents:\n  "a\\u0001": {name: A, follow_me_number: "+12025550101"}\n',
        [
            "agents.yaml:2:3: a key has characters that nobody can see (U+0001); write it without them",
            "agents.yaml:2:3: agents.a�: a key names a Pulumi resource: it can have neither `::` nor "
            "control characters",
        ],
    ),
    'key "sales\\u202e"': (
        'agents:\n  "sales\\u202e": {name: A, follow_me_number: "+12025550101"}\n',
        ["agents.yaml:2:3: a key has characters that nobody can see (U+202E); write it without them"],
    ),
    'key "a\\u0085b\\u200b"': (
        'agents:\n  "a\\u0085b\\u200b": {name: A, follow_me_number: "+12025550101"}\n',
        ["agents.yaml:2:3: a key has characters that nobody can see (U+0085, U+200B); write it without them"],
    ),
    'field "na\\u2066me"': (
        'agents:\n  a: {name: A, "na\\u2066me": B, follow_me_number: "+12025550101"}\n',
        [
            "agents.yaml:2:16: a key has characters that nobody can see (U+2066); write it without them",
            "agents.yaml:2:16: agents.a.na�me: unknown key; did you mean `name`?",
        ],
    ),
    'key "+12025550101"': (
        'agents:\n  "+12025550101": {name: A, follow_me_number: "+12025550101"}\n',
        [
            "agents.yaml:2:3: agents.***0101: a key names a Pulumi resource, which is shown everywhere: "
            "it can have no phone number in it"
        ],
    ),
    'key "call 202-555-0101"': (
        'agents:\n  "call 202-555-0101": {name: A, follow_me_number: "+12025550101"}\n',
        [
            "agents.yaml:2:3: agents.call ***0101: a key names a Pulumi resource, which is shown "
            "everywhere: it can have no phone number in it"
        ],
    ),
    "a key of 201 characters": (
        f'agents:\n  {LONG}: {{name: A, follow_me_number: "+12025550101"}}\n',
        [f"agents.yaml:2:3: agents.{LONG}: a key has 1 to 200 characters and no space at its ends"],
    ),
}

TABLE = SHAPES | FIELDS_OF_USERS | NUMBERS_AND_KEYS


@pytest.mark.parametrize("name", TABLE)
def test_agents_yaml(tmp_path: Path, name: str) -> None:
    text, expected = TABLE[name]
    assert problems(tmp_path, {"agents.yaml": text}) == expected


@pytest.mark.parametrize(
    "name", ["loginPassword", "authorization", "ledgerKey", "agent", "AgentPassword", "agent-Password"]
)
def test_config_names_no_secret_but_a_new_users_password(tmp_path: Path, name: str) -> None:
    text = f'agents: {{a: {{name: A, follow_me_number: "+12025550101", password_secret: {name}}}}}\n'
    (problem,) = problems(tmp_path, {"agents.yaml": text})
    assert problem.startswith("agents.yaml:1:74: agents.a.password_secret: the name of a secret with a new user's")
