"""An environment's files together: which are read, what only all of them show, and what a right config means."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digo.desired import ConfigError, load_environment
from tests.desired.environments import load, problems

AGENT = 'agents:\n  a:\n    name: A\n    follow_me_number: "+1 202 555 0101"\n'
NOTHING = ".:1:1: it has neither agents.yaml nor lists.yaml; write `agents: {}` to want no agents"
UNUSED_RANGE = "the number is in no range that the phone library knows to be in use; is it right?"

ACROSS_FILES = {
    "the same key under both endings": (
        {"agents.yaml": AGENT, "agents.yml": AGENT},
        [
            "agents.yml:2:3: agents.a: this key is already at agents.yaml:2:3",
            "agents.yml:4:23: agents.a.follow_me_number: `a` has the same follow_me_number; it is already at "
            "agents.yaml:4:23",
        ],
    ),
    "the same number in another spelling and file": (
        {"agents.yaml": AGENT, "agents/x.yaml": 'agents: {b: {name: B, follow_me_number: "+1(202)555-0101"}}\n'},
        [
            "agents/x.yaml:1:41: agents.b.follow_me_number: `a` has the same follow_me_number; it is already at "
            "agents.yaml:4:23"
        ],
    ),
    "the same intercom, one of them quoted": (
        {
            "agents.yaml": AGENT + "    intercom: 0123\n",
            "agents/x.yml": 'agents: {b: {name: B, follow_me_number: "+12025550102", intercom: "0123"}}\n',
        },
        ["agents/x.yml:1:67: agents.b.intercom: `a` has the same intercom; it is already at agents.yaml:5:15"],
    ),
    "three with one number tell of the first": (
        {
            "agents.yaml": AGENT,
            "agents/x.yaml": 'agents: {b: {name: B, follow_me_number: "+12025550101"}}\n',
            "agents/y.yaml": 'agents: {c: {name: C, follow_me_number: "+12025550101"}}\n',
        },
        [
            f"agents/{file}.yaml:1:41: agents.{key}.follow_me_number: `a` has the same follow_me_number; it is "
            "already at agents.yaml:4:23"
            for file, key in (("x", "b"), ("y", "c"))
        ],
    ),
    "lists share a key, and others an id": (
        {"lists.yaml": "lists:\n  a: {id: 1}\n", "lists/z.yaml": "lists:\n  a: {id: 2}\n  b: {id: 1}\n"},
        [
            "lists/z.yaml:2:3: lists.a: this key is already at lists.yaml:2:3",
            "lists/z.yaml:3:11: lists.b.id: `a` has the same id; it is already at lists.yaml:2:11",
        ],
    ),
    "a merged or aliased number is the same number": (
        {
            "agents.yaml": 'agents:\n  a: &a {name: A, follow_me_number: "+12025550101"}\n  b:\n    <<: *a\n'
            "    name: B\n  c: *a\n"
        },
        [
            f"agents.yaml:2:37: agents.{key}.follow_me_number: `a` has the same follow_me_number; it is already at "
            "agents.yaml:2:37"
            for key in ("b", "c")
        ],
    ),
    "all problems of all files at once, by file, line and column": (
        {
            "agents.yaml": "agents:\n  a: {name: , follow_me_number: x, intercom: 1}\n  b: {}\n",
            "agents/z.yaml": "agents: [\n",
            "lists.yaml": "lists:\n  l: {id: a/b, columns: {otp: field_5}}\n",
            "approvals.yaml": "",
        },
        [
            "agents.yaml:2:13: agents.a.name: it has no value",
            "agents.yaml:2:33: agents.a.follow_me_number: write it with + and the country code, such as +1 for the "
            "United States or +91 for India",
            "agents.yaml:2:46: agents.a.intercom: an intercom is exactly four digits",
            "agents.yaml:3:3: agents.b.follow_me_number: is missing",
            "agents.yaml:3:3: agents.b.name: is missing",
            "agents/z.yaml:1:10: not YAML: a value, or a closing `}` or `]`, is missing here",
            "approvals.yaml:1:1: the file is empty; it begins with `approvals:` (`approvals: []` wants none)",
            "lists.yaml:2:11: lists.l.id: a list id has letters, digits, `_` and `-` only",
        ],
    ),
    "nothing at all": ({}, [NOTHING]),
    "only files that are not read": ({"agent.yaml": AGENT, "approvals.yaml": "approvals: []\n"}, [NOTHING]),
}  # fmt: skip


@pytest.mark.parametrize("name", ACROSS_FILES)
def test_what_only_all_files_show(tmp_path: Path, name: str) -> None:
    files, expected = ACROSS_FILES[name]
    assert problems(tmp_path, files) == expected


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_environment(tmp_path / "config" / "prod", tmp_path)
    assert str(caught.value).splitlines()[1:] == [
        "  config/prod:1:1: there is no such folder; a stack NAME reads config/NAME/ unless its config says "
        "digo:environment"
    ]


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: path.mkdir(), "it is a folder, and a file is due here"),
        (lambda path: path.symlink_to(path.with_name("nowhere")), "it is a link to something that is not there"),
    ],
)
def test_a_file_that_cannot_be_read_is_not_taken_for_none(tmp_path: Path, make: object, reason: str) -> None:
    (tmp_path / "t").mkdir()
    make(tmp_path / "t" / "agents.yaml")  # type: ignore[operator]
    lists = {"lists.yaml": "lists: {}\n"}
    assert problems(tmp_path, lists) == [f"agents.yaml:1:1: cannot be read: {reason}"]


def test_a_folder_of_files_that_leads_nowhere_is_not_taken_for_none(tmp_path: Path) -> None:
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "agents").symlink_to(tmp_path / "nowhere")
    assert problems(tmp_path, {"agents.yaml": AGENT}) == [
        "agents:1:1: cannot be read: it is a link to something that is not there"
    ]


@pytest.mark.usefixtures("modes_count")
def test_a_folder_of_files_that_cannot_be_listed_is_not_taken_for_none(tmp_path: Path) -> None:
    (tmp_path / "t" / "agents").mkdir(parents=True, mode=0o000)
    assert problems(tmp_path, {"agents.yaml": AGENT}) == ["agents:1:1: cannot be read: Permission denied"]


def test_positions_name_files_outside_the_project_in_full(tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "agents.yaml").write_text("")
    with pytest.raises(ConfigError) as caught:
        load_environment(folder, tmp_path / "project")
    assert caught.value.problems[0].position.file == (folder.resolve() / "agents.yaml").as_posix()


def test_files_that_are_not_read_are_told(tmp_path: Path) -> None:
    strays = ("leads.yaml", "list.yml", "Agents.YAML", "approvals.yml", "notes.yaml", "read.txt")
    desired = load(tmp_path, {"agents.yaml": "agents: {}\n", **dict.fromkeys(strays, "")})
    assert [str(warning) for warning in desired.warnings] == [
        "Agents.YAML:1:1: this file is not read; did you mean agents.yaml?",
        "approvals.yml:1:1: this file is not read; did you mean approvals.yaml?",
        "leads.yaml:1:1: this file is not read",
        "list.yml:1:1: this file is not read; did you mean lists.yaml?",
        "notes.yaml:1:1: this file is not read",
    ]


def test_numbers_in_no_known_range_are_a_doubt(tmp_path: Path) -> None:
    files = {
        "agents.yaml": 'agents:\n  a: {name: A, follow_me_number: "+910000000001"}\n',
        "lists.yaml": 'lists:\n  l:\n    id: 1\n    leads: [{phone: "+910000000002"}]\n',
    }
    assert [str(warning) for warning in load(tmp_path, files).warnings] == [
        f"agents.yaml:2:34: agents.a.follow_me_number: {UNUSED_RANGE}",
        f"lists.yaml:4:21: lists.l: {UNUSED_RANGE}",
    ]


def test_merges_aliases_bom_and_unquoted_values_mean_what_they_look_like(tmp_path: Path) -> None:
    text = (
        "\ufeffagents:\r\n"
        "  a: &a {name: 0x1F, follow_me_number: +12025550101, intercom: 0123}\r\n"
        "  b: {<<: *a, follow_me_number: +12025550102, intercom: 1002}\r\n"
        + "  c: {<<: [{name: First}, {name: Second, follow_me_number: +12025550103}], intercom: }\r\n"
    )
    desired = load(tmp_path, {"agents.yaml": text})
    assert [(a.key, a.name, a.number.e164, a.intercom) for a in desired.agents] == [
        ("a", "0x1F", "+12025550101", "0123"),
        ("b", "0x1F", "+12025550102", "1002"),
        ("c", "First", "+12025550103", None),
    ]
    assert str(desired.agents[1].positions["name"]) == "agents.yaml:2:16"
    assert str(desired.agents[1].positions["intercom"]) == "agents.yaml:3:57"


def test_leads_get_their_fields_and_names(tmp_path: Path) -> None:
    text = """lists:
  otp:
    id: 4711
    columns: {mobile: field_0, otp: field_5}
    leads:
      - {mobile: "+1 312 555 0142", otp: 0042, field_2: plain}
      - {field_0: "+1 202 555 0142"}
      - {mobile: "+1 202 555 0143"}
"""
    leads = load(tmp_path, {"lists.yaml": text}).leads
    assert [(lead.key, lead.list_id, lead.number.e164, dict(lead.fields)) for lead in leads] == [
        ("otp-0142-2", "4711", "+13125550142", {"field_5": "0042", "field_2": "plain"}),
        ("otp-0142", "4711", "+12025550142", {}),
        ("otp-0143", "4711", "+12025550143", {}),
    ]


NUMBERS = st.tuples(st.integers(201, 989), st.integers(0, 9999)).map(lambda n: f"+1{n[0]}555{n[1]:04d}")


@given(st.lists(NUMBERS, min_size=1, max_size=8, unique=True), st.randoms(use_true_random=False))
def test_moving_leads_renames_none(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[str], shuffle: object
) -> None:
    def names(order: list[str]) -> dict[str, str]:
        rows = "".join(f'\n      - {{phone: "{number}"}}' for number in order)
        desired = load(tmp_path_factory.mktemp("t"), {"lists.yaml": f"lists:\n  l:\n    id: 1\n    leads:{rows}\n"})
        return {lead.number.e164: lead.key for lead in desired.leads}

    other = list(numbers)
    shuffle.shuffle(other)  # type: ignore[attr-defined]
    assert names(numbers) == names(other)
    assert len(set(names(numbers).values())) == len(numbers)


LEAKS = {
    "as a key": "agents:\n  '{n}': {{name: A, follow_me_number: x}}\n",
    "as a field": "agents:\n  a: {{'{n}': x}}\n",
    "as a key that occurs twice": "agents:\n  '{n}': {{}}\n  '{n}': {{}}\n",
    "as the file's key": "'{n}': {{}}\n",
    "as an anchor of nothing": "agents: *a{d}\n",
    "as a tag": "agents:\n  a: !x{d} y\n",
    "as a bad number": "agents:\n  a: {{name: A, follow_me_number: '{n}x'}}\n",
    "as an intercom": "agents:\n  a: {{name: A, follow_me_number: x, intercom: '{n}'}}\n",
    "twice": "agents:\n  a: {{name: A, follow_me_number: '{n}'}}\n  b: {{name: A, follow_me_number: '{n}'}}\n",
}  # fmt: skip


@pytest.mark.parametrize("number", ["+12025550101", "+1 202 555 0101", "+1\u00a0202\u00a0555-0101"])
@pytest.mark.parametrize("where", LEAKS)
def test_no_problem_shows_a_number(tmp_path: Path, where: str, number: str) -> None:
    text = LEAKS[where].format(n=number, d="12025550101")
    told = "\n".join(problems(tmp_path, {"agents.yaml": text}))
    assert "5550101" not in "".join(char for char in told if char.isdigit() or char.isalpha())


@pytest.mark.parametrize("key", ["a\\e[2J", "a\\nagents.yaml:1:1: agents: all is well", "a\\u2028b", "a\\u202Eb"])
def test_a_key_cannot_speak_to_the_terminal(tmp_path: Path, key: str) -> None:
    (told,) = problems(tmp_path, {"agents.yaml": f'agents:\n  "{key}": text\n  "{key}": text\n  b: {{}}\n'})[:1]
    assert told.isprintable()
    assert "characters that nobody can see (U+" in told
