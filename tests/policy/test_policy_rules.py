"""Rules of `policy.yaml`: what they are against, where that stands, and that they hold for every run."""

from __future__ import annotations

from pathlib import Path

import pytest

from digo.desired import ConfigError, Desired, load_environment
from digo.desired.policy import PolicyEntry
from digo.desired.rules import agent_violations
from digo.phone.number import parse_number

AGENTS = """\
agents:
  sales:
    name: Sales desk
    follow_me_number: "+1 202 555 0101"
    intercom: "1001"
  night:
    name: night
    follow_me_number: "+44 7700 900123"
    intercom: "2001"
"""


def load(root: Path, **files: str) -> Desired:
    """The environment `t`, and others by `other__file`; `policy` is policy.yaml of `t`."""
    for name, text in {"agents": AGENTS, **files}.items():
        environment, _, file = name.rpartition("__")
        path = (
            root
            / "config"
            / (environment or "t")
            / (file.replace("_csv", ".csv") if "_csv" in file else f"{file}.yaml")
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return load_environment(root / "config" / "t", root, {})


def problems(root: Path, **files: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(root, **files)
    return [str(one) for one in caught.value.problems]


def policy(*rules: str) -> str:
    return "\n".join(["policy:", *(f"  {rule}" for rule in rules)]) + "\n"


@pytest.mark.parametrize("pattern", ["Caf\u00e9 .esk", "Cafe\u0301 .esk", "Caf.\u00a0desk"])
@pytest.mark.parametrize("name", ["Caf\u00e9 desk", "Cafe\u0301 desk", "Caf\u00e9\u00a0desk"])
def test_a_name_is_ruled_as_people_see_it(pattern: str, name: str) -> None:
    rules = PolicyEntry.model_validate({"name_pattern": pattern})
    assert list(agent_violations(rules, name, parse_number("+12025550101"), None)) == []
    assert [one.rule for one in agent_violations(rules, f"{name}s", parse_number("+12025550101"), None)] == [
        "name_pattern"
    ]


def test_a_config_that_keeps_to_the_rules_is_right(tmp_path: Path) -> None:
    rules = policy(
        "country_codes: [1, '44']",
        "forbidden_numbers: ['+1 202 555 0199']",
        "name_pattern: '[A-Za-z ]+'",
        "intercoms: [1000-1999, 2001]",
        "max_agents: 2",
    )
    assert len(load(tmp_path, policy=rules).agents) == 2
    assert len(load(tmp_path, policy=policy("{}")).agents) == 2


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (
            "country_codes: [1, 91]",
            "8:23: agents.night.follow_me_number: the number's country code is not one of +1, +91",
        ),
        ("country_codes: ['+44']", "4:23: agents.sales.follow_me_number: the number's country code is not one of +44"),
        ("forbidden_numbers: [+12025550101]", "4:23: agents.sales.follow_me_number: this number is forbidden"),
        ("name_pattern: '[A-Z].*'", "7:11: agents.night.name: the name does not match `[A-Z].*`"),
        ("intercoms: [1000 - 1999]", "9:15: agents.night.intercom: the intercom is not in 1000-1999"),
        ("intercoms: [1001]", "9:15: agents.night.intercom: the intercom is not in 1001"),
    ],
)
def test_each_rule_says_what_it_is_against_and_where(tmp_path: Path, rule: str, said: str) -> None:
    name = rule.split(":")[0]
    assert problems(tmp_path, policy=policy(rule)) == [
        f"config/t/agents.yaml:{said} (rule {name}, config/t/policy.yaml:2:3)"
    ]


def test_the_count_is_told_at_the_rule(tmp_path: Path) -> None:
    assert problems(tmp_path, policy=policy("max_agents: 1")) == [
        "config/t/policy.yaml:2:3: agents: 2 agents are wanted; at most 1 is allowed "
        "(rule max_agents, config/t/policy.yaml:2:3)"
    ]


def test_leads_are_ruled_like_agents(tmp_path: Path) -> None:
    lists = (
        "lists:\n  otp:\n    id: 1\n    columns: {phone: field_0, otp: field_5}\n    leads:\n"
        "      - {phone: '+1 202 555 0142', otp: '1'}\n      - {phone: '+44 7700 900124'}\n"
    )
    found = problems(
        tmp_path, lists=lists, agents="agents: {}\n", policy=policy("country_codes: [1]", "required_fields: [field_5]")
    )
    assert found == [
        "config/t/lists.yaml:7:17: lists.otp: field_5 must be there (rule required_fields, config/t/policy.yaml:3:3)",
        "config/t/lists.yaml:7:17: lists.otp: the number's country code is not one of +1 "
        "(rule country_codes, config/t/policy.yaml:2:3)",
    ]


def test_rows_of_files_are_ruled_too_and_told_by_their_lines(tmp_path: Path) -> None:
    rows = [f"+1202555{number:04}" for number in range(100, 110)] + [f"+4477009{number:05}" for number in range(30)]
    lists = "lists:\n  otp:\n    id: 1\n    columns: {phone: field_0}\n    source: leads.csv\n"
    rules = policy("country_codes: [1]", "forbidden_numbers: ['+1 202 555 0103']", "required_fields: [field_1]")
    found = problems(
        tmp_path, lists=lists, leads_csv="phone\n" + "\n".join(rows) + "\n", agents="agents: {}\n", policy=rules
    )
    assert found[:2] == [
        "config/t/leads.csv:5:1: lists.otp.phone: this number is forbidden "
        "(rule forbidden_numbers, config/t/policy.yaml:3:3)",
        "config/t/leads.csv:12:1: lists.otp.phone: the number's country code is not one of +1 "
        "(rule country_codes, config/t/policy.yaml:2:3)",
    ]
    assert len([line for line in found if "leads.csv" in line]) == 20
    assert found[20:] == [
        "config/t/lists.yaml:2:3: lists.otp: 11 more rows have numbers that the policy does not allow",
        "config/t/lists.yaml:2:3: lists.otp: field_1 must be there (rule required_fields, config/t/policy.yaml:4:3)",
    ]


def test_an_overlay_adds_rules_and_lifts_none(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        environment="extends: base\n",
        base__agents="agents: {}\n",
        base__policy=policy("max_agents: 1"),
        policy=policy("max_agents: 9", "name_pattern: '[A-Z].*'"),
    )
    assert [line.split(":")[0] for line in found] == ["config/base/policy.yaml", "config/t/agents.yaml"]


def test_what_must_go_is_not_ruled(tmp_path: Path) -> None:
    agents = "agents: {old: {absent: true, name: old, follow_me_number: '+44 7700 900123'}}\n"
    assert load(tmp_path, agents=agents, policy=policy("country_codes: [1]", "max_agents: 0")).agents == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (policy("max_agent: 1"), "2:3: policy.max_agent: unknown key; did you mean `max_agents`?"),
        (policy("max_agents: many"), "2:15: policy.max_agents: a whole number is due here"),
        (policy("intercoms: [1000-99]"), "2:15: policy.intercoms.0: a range of intercoms is like 1000-1999"),
        (policy("intercoms: [1000-]"), "2:15: policy.intercoms.0: a range of intercoms is like 1000-1999"),
        (policy("intercoms: [2000-1000]"), "2:15: policy.intercoms.0: the range ends before it begins"),
        (
            policy("country_codes: [US]"),
            "2:19: policy.country_codes.0: a country code is one to three digits, such as 1",
        ),
        (policy("name_pattern: '['"), "2:17: policy.name_pattern: it is not a regular expression: "),
        (policy("name_pattern: 'a{99999999999}'"), "2:17: policy.name_pattern: it is not a regular expression: "),
        (
            policy(f"name_pattern: '{'(' * 3000}{')' * 3000}'"),
            "2:17: policy.name_pattern: it is not a regular expression: ",
        ),
        (
            policy("intercoms: 1000-1999"),
            "2:14: policy.intercoms: a list is due here, not a text; each of its items begins with",
        ),
        (policy("required_fields: [otp]"), "2:21: policy.required_fields.0: the API's columns are called field_0"),
        ("rules: {}\n", "1:1: rules: unknown key; the file has one key, `policy`"),
        ("policy:\n", "1:1: policy: has no value; write `{}` to want none"),
    ],
)
def test_a_policy_that_makes_no_sense_is_told(tmp_path: Path, text: str, said: str) -> None:
    (found,) = problems(tmp_path, policy=text)
    assert found.startswith(f"config/t/policy.yaml:{said}")


def test_a_misspelt_file_is_told(tmp_path: Path) -> None:
    (doubt,) = load(tmp_path, agents="agents: {}\n", policies="policy: {}\n").warnings
    assert "this file is not read; did you mean policy.yaml?" in str(doubt)


def test_a_forbidden_number_is_doubted_as_others_are(tmp_path: Path) -> None:
    rules = policy('forbidden_numbers: ["(+1) 202 555 0199", "\u202a+12025550198", "+1 055 555 0101"]')
    assert [
        str(doubt).partition(": ")[2] for doubt in load(tmp_path, agents="agents: {}\n", policy=rules).warnings
    ] == [
        "policy.forbidden_numbers.1: characters that nobody sees were left out of the number: U+202A",
        "policy.forbidden_numbers.2: the number is in no range that the phone library knows to be in use; is it right?",
    ]
