"""Environments laid over others, defaults, and variables; each problem at the place where it was written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from digo.desired import ConfigError, Desired, load_environment

SALES = "agents:\n  sales:\n    name: Sales\n    follow_me_number: '+1 202 555 0101'\n    intercom: 1001\n"


def load(root: Path, files: Mapping[str, str], **variables: str) -> Desired:
    """The environment `prod` of those files."""
    for name, text in files.items():
        path = root / "config" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    environ = {f"DIGO_VAR_{name}": value for name, value in variables.items()}
    return load_environment(root / "config" / "prod", root, {**environ, "PLAIN": "x", "DIGO_AUTHORIZATION": "token"})


def problems(root: Path, files: Mapping[str, str], **variables: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(root, files, **variables)
    return [str(problem) for problem in caught.value.problems]


def test_an_entry_is_laid_over_the_bases_field_by_field(tmp_path: Path) -> None:
    desired = load(
        tmp_path,
        {
            "base/agents.yaml": SALES + "  night: {name: Night, follow_me_number: '+1 202 555 0102'}\n",
            "prod/environment.yaml": "extends: base\n",
            "prod/agents.yaml": "agents:\n  sales:\n    name: Sales of prod\n  own: "
            "{name: Own, follow_me_number: '+1 202 555 0103'}\n",
        },
    )
    found = {agent.key: (agent.name, agent.number.digits[-4:], agent.intercom) for agent in desired.agents}
    assert found == {
        "sales": ("Sales of prod", "0101", "1001"),
        "night": ("Night", "0102", None),
        "own": ("Own", "0103", None),
    }
    (sales,) = (agent for agent in desired.agents if agent.key == "sales")
    assert str(sales.position) == "config/prod/agents.yaml:2:3"
    assert str(sales.positions["name"]) == "config/prod/agents.yaml:3:11"
    assert str(sales.positions["intercom"]) == "config/base/agents.yaml:5:15"


def test_a_chain_is_followed_and_the_nearest_wins(tmp_path: Path) -> None:
    files = {
        "far/agents.yaml": SALES,
        "near/agents.yaml": "agents: {sales: {name: Near, intercom: 1002}}\n",
        "near/environment.yaml": "extends: far\n",
        "prod/environment.yaml": "extends: near\n",
        "prod/agents.yaml": "agents: {sales: {name: Prod}}\n",
    }
    (sales,) = load(tmp_path, files).agents
    assert (sales.name, sales.intercom, sales.number.e164) == ("Prod", "1002", "+12025550101")


def test_an_environment_can_be_its_base_alone_and_take_an_agent_out(tmp_path: Path) -> None:
    files = {"base/agents.yaml": SALES, "prod/environment.yaml": "extends: base\n"}
    assert [agent.key for agent in load(tmp_path, files).agents] == ["sales"]
    desired = load(tmp_path, {"prod/agents.yaml": "agents: {sales: {absent: true}}\n"})
    assert (desired.agents, [agent.key for agent in desired.absent]) == ((), ["sales"])


def test_a_file_of_the_base_that_is_not_read_is_told(tmp_path: Path) -> None:
    files = {"base/agents.yaml": SALES, "base/agent.yaml": "", "prod/environment.yaml": "extends: base\n"}
    (doubt,) = load(tmp_path, files).warnings
    assert str(doubt) == "config/base/agent.yaml:1:1: this file is not read; did you mean agents.yaml?"


def test_a_key_in_two_files_of_the_base_is_told_beneath_an_entry_too(tmp_path: Path) -> None:
    files = {
        "base/agents.yaml": SALES,
        "base/agents/more.yaml": SALES.replace("0101", "0102"),
        "prod/environment.yaml": "extends: base\n",
        "prod/agents.yaml": "agents: {sales: {name: Prod}}\n",
    }
    assert problems(tmp_path, files) == [
        "config/base/agents/more.yaml:2:3: agents.sales: this key is already at config/base/agents.yaml:2:3"
    ]


def test_approvals_are_not_inherited(tmp_path: Path) -> None:
    approval = "{guard: deletes, reason: moved, plan: bcdf-ghjk-lmnp-qrst-bcdf-ghjk-lmnp-qrst, expires: 2026-12-01}"
    files = {"base/agents.yaml": SALES, "base/approvals.yaml": f"approvals: [{approval}]\n"}
    assert load(tmp_path, files | {"prod/environment.yaml": "extends: base\n"}).approvals == ()


def test_defaults_are_for_what_no_list_says_and_the_nearer_ones_win(tmp_path: Path) -> None:
    base = "defaults:\n  lists:\n    country: IN\n    columns: {phone: field_0, name: field_1}\n"
    lists = "lists:\n  a: {id: 1, leads: [{phone: '2025550142', name: Asha}]}\n  b: {id: 2, country: IN}\n"
    desired = load(
        tmp_path,
        {
            "base/environment.yaml": base,
            "base/lists.yaml": lists,
            "prod/environment.yaml": "extends: base\ndefaults: {lists: {country: US}}\n",
        },
    )
    (lead,) = desired.leads
    assert (lead.number.e164, dict(lead.fields)) == ("+12025550142", {"field_1": "Asha"})


def test_what_is_said_of_an_entry_far_away_wins_over_a_default_nearby(tmp_path: Path) -> None:
    files = {
        "base/lists.yaml": "lists: {a: {id: 1, country: US, leads: [{phone: '2025550142'}]}}\n",
        "prod/environment.yaml": "extends: base\ndefaults: {lists: {country: IN}}\n",
    }
    assert load(tmp_path, files).leads[0].number.e164 == "+12025550142"


def test_a_source_is_relative_to_the_environment_that_says_it(tmp_path: Path) -> None:
    files = {
        "base/lists/bulk.yaml": "lists: {bulk: {id: 1, source: leads.csv}}\n",
        "base/leads.csv": "phone\n+12025550142\n",
        "prod/environment.yaml": "extends: base\n",
    }
    (bulk,) = load(tmp_path, files).lists
    assert bulk.source.files == (tmp_path / "config" / "base" / "leads.csv",)


WRONG = {
    "in the base": (
        {"base/agents.yaml": SALES.replace("1001", "12"), "prod/environment.yaml": "extends: base\n"},
        ["config/base/agents.yaml:5:15: agents.sales.intercom: an intercom is exactly four digits"],
    ),
    "mended by the overlay": (
        {
            "base/agents.yaml": SALES.replace("1001", "12"),
            "prod/environment.yaml": "extends: base\n",
            "prod/agents.yaml": "agents: {sales: {intercom: 1x}}\n",
        },
        ["config/prod/agents.yaml:1:28: agents.sales.intercom: an intercom is exactly four digits"],
    ),
    "circle": (
        {
            "base/agents.yaml": SALES,
            "base/environment.yaml": "extends: prod\n",
            "prod/environment.yaml": "extends: base\n",
        },
        [
            "config/base/environment.yaml:1:10: extends: "
            "the environments extend each other: prod \u2192 base \u2192 prod"
        ],
    ),
    "no base": (
        {"prod/agents.yaml": SALES, "prod/environment.yaml": "extends: bass\n"},
        ["config/prod/environment.yaml:1:10: extends: there is no folder `bass` beside this one"],
    ),
    "a path": (
        {"prod/agents.yaml": SALES, "prod/environment.yaml": "extends: ../x\n"},
        ["config/prod/environment.yaml:1:10: extends: an environment is the name of a folder beside this one"],
    ),
    "an environment without a name": (
        {"prod/agents.yaml": SALES, "prod/environment.yaml": 'extends: ""\n'},
        ["config/prod/environment.yaml:1:10: extends: an environment is the name of a folder beside this one"],
    ),
    "a name that no folder can have": (
        {"prod/agents.yaml": SALES, "prod/environment.yaml": f"extends: {'x' * 256}\n"},
        ["config/prod/environment.yaml:1:10: extends: an environment is the name of a folder beside this one"],
    ),
    "unknown": (
        {"prod/agents.yaml": SALES, "prod/environment.yaml": "extend: base\n"},
        ["config/prod/environment.yaml:1:1: extend: unknown key; did you mean `extends`?"],
    ),
    "a number that the base has": (
        {
            "base/agents.yaml": SALES,
            "prod/environment.yaml": "extends: base\n",
            "prod/agents.yaml": "agents: {other: {name: O, follow_me_number: '+12025550101'}}\n",
        },
        [
            "config/base/agents.yaml:4:23: agents.sales.follow_me_number: `other` has the same follow_me_number; it "
            "is already at config/prod/agents.yaml:1:45"
        ],
    ),
    "still a key": (
        {"prod/agents.yaml": SALES + "  old: {name: O, follow_me_number: '+12025550102', formerly: sales}\n"},
        [
            "config/prod/agents.yaml:6:62: agents.old.formerly: `sales` is a key still, at config/prod/agents.yaml:2:3",
        ],
    ),
    "claimed twice": (
        {
            "prod/agents.yaml": SALES + "    formerly: x\n"
            "  old: {name: O, follow_me_number: '+12025550102', formerly: [y, x]}\n"
        },
        [
            "config/prod/agents.yaml:7:62: agents.old.formerly: `x` is said to be the former key of another entry, at "
            "config/prod/agents.yaml:6:15"
        ],
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_where_it_was_written(tmp_path: Path, name: str) -> None:
    files, expected = WRONG[name]
    assert problems(tmp_path, files) == expected


def test_variables_have_their_values_in_any_text(tmp_path: Path) -> None:
    text = "agents:\n  a: {name: '${TEAM} of $${HERE} ${TEAM}', follow_me_number: '${NUMBER}', intercom: '10${LINE}'}\n"
    (agent,) = load(tmp_path, {"prod/agents.yaml": text}, TEAM="Sales", NUMBER="+1 202 555 0101", LINE="07").agents
    assert (agent.name, agent.number.e164, agent.intercom) == ("Sales of ${HERE} Sales", "+12025550101", "1007")


def test_a_variable_without_a_value_is_an_error_at_its_place_and_hides_no_other(tmp_path: Path) -> None:
    text = "agents:\n  a:\n    name: ''\n    follow_me_number: ${NUMBER}\n    intercom: ${1}\n"
    assert problems(tmp_path, {"prod/agents.yaml": text}) == [
        "config/prod/agents.yaml:3:11: agents.a.name: a name cannot be empty",
        "config/prod/agents.yaml:4:23: agents.a.follow_me_number: `${NUMBER}` has no value: set the environment "
        "variable DIGO_VAR_NUMBER",
        "config/prod/agents.yaml:5:15: agents.a.intercom: a variable is written ${NAME}, with letters, digits and `_`; "
        "`$${` is a plain `${`",
    ]


@pytest.mark.parametrize("name", ["PLAIN", "DIGO_AUTHORIZATION", "PATH"])
def test_config_cannot_name_any_other_variable(tmp_path: Path, name: str) -> None:
    text = f"agents: {{a: {{name: '${{{name}}}', follow_me_number: '+1 202 555 0101'}}}}\n"
    (told,) = problems(tmp_path, {"prod/agents.yaml": text})
    assert f"has no value: set the environment variable DIGO_VAR_{name}" in told


def test_a_name_with_the_prefix_is_told_how_to_be_written(tmp_path: Path) -> None:
    text = "agents: {a: {name: '${DIGO_VAR_N}', follow_me_number: '+1 202 555 0101'}}\n"
    (told,) = problems(tmp_path, {"prod/agents.yaml": text})
    assert told.endswith("DIGO_VAR_DIGO_VAR_N; the prefix is not written: `${N}` reads DIGO_VAR_N")


def test_a_variable_in_a_leads_columns_is_replaced_and_a_key_is_left_alone(tmp_path: Path) -> None:
    text = "lists: {'${A}': {id: '${ID}', columns: {phone: field_0, n: field_1}, leads: [{phone: '${P}', n: '${N}'}]}}"
    (lead,) = load(tmp_path, {"prod/lists.yaml": text}, ID="4711", P="+12025550142", N="Asha").leads
    assert (lead.list_key, lead.list_id, dict(lead.fields)) == ("${A}", "4711", {"field_1": "Asha"})
