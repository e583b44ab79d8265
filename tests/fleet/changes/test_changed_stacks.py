"""Which stacks a range of commits reaches, on real repositories."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from digo.cli.main import run
from digo.fleet.changes.changed_stacks import changed_stacks
from digo.fleet.failure import FleetError
from tests.fleet.changes.checkout import ALL, FLEET, LIST, Checkout
from tests.fleet.fleet_project import FleetProject


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Checkout(tmp_path_factory.mktemp("checkout") / "repository").top


@pytest.fixture
def checkout(template: Path, tmp_path: Path) -> Checkout:
    """A copy of one repository: to make it takes a dozen processes."""
    found = Checkout.__new__(Checkout)
    found.top = found.root = Path(shutil.copytree(template, tmp_path / "repository"))
    found.project = FleetProject.__new__(FleetProject)
    found.project.folder = found.root
    return found


Act = Callable[[Checkout], object]


def in_turn(*acts: Act) -> Act:
    def act(checkout: Checkout) -> None:
        for one in acts:
            one(checkout)

    return act


REACHES: dict[str, tuple[Act, dict[str, set[str]]]] = {
    "nothing": (lambda one: None, {}),
    "an agent": (
        lambda one: one.write("config/a/agents.yaml", "agents:  {}\n"),
        {"config/a/agents.yaml": {"a"}},
    ),
    "a file that is new": (
        lambda one: one.write("config/a/agents/more.yaml", "agents: {}\n"),
        {"config/a/agents/more.yaml": {"a"}},
    ),
    "another environment, while nobody knows which one a stack reads": (
        in_turn(
            lambda one: one.write("Pulumi.d.yaml", "config: [\n"),
            lambda one: one.write("config/a/agents.yaml", "agents:  {}\n"),
        ),
        {"Pulumi.d.yaml": {"d"}, "config/a/agents.yaml": {"a", "d"}},
    ),
    "one folder for two stacks": (
        lambda one: one.write("config/shared/agents.yaml", "agents:  {}\n"),
        {"config/shared/agents.yaml": {"c", "d"}},
    ),
    "an overlay's overlay": (
        lambda one: one.write("config/_all/agents.yaml", "agents:  {}\n"),
        {"config/_all/agents.yaml": {"b"}},
    ),
    "rows of a list of an overlay": (
        lambda one: one.write("rows/2026/b-2.csv", "phone\n+12025550101\n"),
        {"rows/2026/b-2.csv": {"b"}},
    ),
    "rows that are gone": (lambda one: one.remove("rows/b-1.csv"), {"rows/b-1.csv": {"b"}}),
    "rows that were renamed": (
        lambda one: one.rename("rows/b-1.csv", "rows/2027/x/b-3.csv"),
        {"rows/b-1.csv": {"b"}, "rows/2027/x/b-3.csv": {"b"}},
    ),
    "rows that a variable names": (
        lambda one: one.write("rows/month-june.csv", "phone\n+12025550101\n"),
        {"rows/month-june.csv": {"c", "d"}},
    ),
    "numbers that defaults suppress": (
        lambda one: one.write("dnd.csv", "phone\n+12025550101\n"),
        {"dnd.csv": {"b"}},
    ),
    "a stack's file": (lambda one: one.project.stack("d", environment="shared", cps=1), {"Pulumi.d.yaml": {"d"}}),
    "an overlay that is gone": (
        in_turn(
            lambda one: one.remove("config/b/environment.yaml"),
            lambda one: one.write("config/_all/agents.yaml", "agents:  {}\n"),
        ),
        {"config/b/environment.yaml": {"b"}},
    ),
    "an environment that moved": (
        in_turn(
            lambda one: one.rename("config/a/agents.yaml", "config/north/agents.yaml"),
            lambda one: one.project.stack("a", environment="north", labels={"region": "south"}),
        ),
        {"Pulumi.a.yaml": {"a"}, "config/north/agents.yaml": {"a"}},
    ),
    "an environment of no stack": (lambda one: one.write("config/other/agents.yaml", "agents: {}\n"), {}),
    "what no stack reads": (
        in_turn(
            lambda one: one.write("README.md", "x"),
            lambda one: one.write("docs/x.py", ""),
            lambda one: one.remove("rows/month-june.csv"),
            lambda one: one.write("rows/month-june.csv", "phone\n"),
        ),
        {},
    ),
    "the project": (
        lambda one: one.write("Pulumi.yaml", "name: pulumi-digo\nruntime: python\ndescription: x\n"),
        {"Pulumi.yaml": ALL},
    ),
    "the program": (lambda one: one.write("__main__.py", "# new\n"), {"__main__.py": ALL}),
    "the pins": (lambda one: one.write("constraints.txt", "x\n"), {"constraints.txt": ALL}),
    "the code of a clone": (lambda one: one.write("digo/plan/x.py", ""), {"digo/plan/x.py": ALL}),
    "waves": (lambda one: one.project.write(FLEET + "waves: [{name: all, groups: [rest]}]\n"), {}),
    "groups": (lambda one: one.project.write(FLEET.replace("south}", "'*'}") + "concurrency: 2\n"), {}),
    "other groups": (
        lambda one: one.project.write(FLEET.replace("labels: {region: south}", "stacks: [b]")),
        {"fleet.yaml": {"a", "b"}},
    ),
    "other variables": (
        lambda one: one.project.write(FLEET + "environment: {variables: {DIGO_API_KEY: 'X_{STACK}'}}\n"),
        {"fleet.yaml": ALL},
    ),
    "a name with a line feed and one that is not UTF-8": (
        in_turn(
            lambda one: one.write("config/a/agents/x\ny.yaml", "agents: {}\n"),
            lambda one: (one.root / "config" / "a" / os.fsdecode(b"\xff.csv")).write_text("phone\n"),
        ),
        {"config/a/agents/x\ny.yaml": {"a"}, "config/a/\\udcff.csv": {"a"}},
    ),
}


@pytest.mark.parametrize("what", REACHES)
def test_a_change_reaches_its_stacks(what: str, checkout: Checkout) -> None:
    act, expected = REACHES[what]
    act(checkout)
    assert by_file(checkout.reached()) == expected


def test_a_change_reaches_its_stacks_committed_or_not(checkout: Checkout) -> None:
    """Changes of each kind that Git knows, which reach stacks by different files."""
    expected: dict[str, set[str]] = {}
    for what in (
        "a file that is new",
        "one folder for two stacks",
        "rows that were renamed",
        "a stack's file",
        "an overlay's overlay",
        "a name with a line feed and one that is not UTF-8",
    ):
        act, files = REACHES[what]
        act(checkout)
        expected |= files
    for revision in ("HEAD", "HEAD~1"):
        assert by_file(checkout.reached(revision)) == expected
        checkout.commit("second")
    assert checkout.reached() == {}


def by_file(reached: Mapping[str, Sequence[str]]) -> dict[str, set[str]]:
    """The stacks that each changed file reaches."""
    return {
        name: {stack for stack, names in reached.items() if name in names}
        for names in reached.values()
        for name in names
    }


def test_links_lead_to_what_they_name(checkout: Checkout) -> None:
    checkout.write("more/agents.yaml", "agents: {}\n")
    checkout.write("real/rows.csv", "phone\n")
    checkout.remove("config/a/agents.yaml")
    (checkout.root / "config/a/agents.yaml").symlink_to("../../more/agents.yaml")
    (checkout.root / "rows/b-link.csv").symlink_to("../real/rows.csv")
    (checkout.root / "config/twin").symlink_to("shared")
    checkout.project.stack("d", environment="twin")
    checkout.commit("links")
    checkout.write("more/agents.yaml", "agents:  {}\n")
    checkout.write("real/rows.csv", "phone\n+12025550101\n")
    assert checkout.reached() == {"a": ("more/agents.yaml",), "b": ("real/rows.csv",)}
    checkout.write("config/shared/agents.yaml", "agents:  {}\n")
    assert checkout.reached()["d"] == ("config/shared/agents.yaml",)


def test_files_of_the_project_may_be_links(checkout: Checkout) -> None:
    for name in ("Pulumi.a.yaml", "Pulumi.yaml", "__main__.py", "fleet.yaml"):
        checkout.rename(name, f"common/{name}")
        (checkout.root / name).symlink_to(f"common/{name}")
    (checkout.root / "lists").symlink_to("rows")
    checkout.write("config/a/lists.yaml", LIST.format(source="../../lists/2026/*.csv"))
    checkout.commit("links")
    for name, stacks in {
        "common/Pulumi.a.yaml": {"a"},
        "common/Pulumi.yaml": ALL,
        "common/__main__.py": ALL,
        "common/fleet.yaml": ALL,
        "rows/2026/b-2.csv": {"a", "b"},
    }.items():
        path = checkout.root / name
        path.write_text(path.read_text() + "# more\n")
        assert set(checkout.reached()) == stacks
        checkout.git("checkout", "--", ".")
    checkout.remove("rows/2026/b-2.csv")
    assert set(checkout.reached()) == {"a", "b"}


def test_a_submodule_counts_for_what_reads_from_it(checkout: Checkout, template: Path) -> None:
    checkout.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(template), "leads")
    checkout.write("config/a/lists.yaml", LIST.format(source="../../leads/dnd.csv"))
    checkout.write("config/c/lists.yaml", LIST.format(source='"../../leads/**/month-*.csv"'))
    checkout.project.stack("c", environment="c")
    checkout.commit("leads")
    (checkout.top / "leads" / "dnd.csv").write_text("phone\n+12025550101\n")
    assert checkout.reached() == {"a": ("leads",), "c": ("leads",)}
    checkout.git("-C", "leads", "commit", "-q", "-a", "-m", "more")
    assert set(checkout.reached()) == {"a", "c"}
    checkout.git("rm", "-q", "-f", "leads")
    assert {"leads" in names for names in checkout.reached().values()} == {True}
    assert set(checkout.reached()) == {"a", "c"}


def test_only_the_merge_base_leaves_out_what_others_changed(checkout: Checkout) -> None:
    checkout.git("checkout", "-q", "-b", "mine")
    checkout.write("config/a/agents.yaml", "agents:  {}\n")
    checkout.commit("mine")
    checkout.git("checkout", "-q", "main")
    checkout.write("config/b/agents.yaml", "agents:  {}\n")
    checkout.commit("theirs")
    checkout.git("checkout", "-q", "mine")
    assert set(checkout.reached("main")) == {"a", "b"}
    assert set(checkout.reached("main...")) == set(checkout.reached("main...HEAD")) == {"a"}
    with pytest.raises(
        FleetError, match=r"`main\.\.mine` is a range: give `main` for all that differs .* `main\.\.\.`"
    ):
        checkout.reached("main..mine")


def test_a_stack_that_is_gone_is_named(checkout: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    checkout.remove("Pulumi.d.yaml")
    found = changed_stacks(checkout.project.load(), "HEAD")
    assert (found.reasons, found.removed) == ({}, ("d",))
    assert run(["-C", str(checkout.root), "fleet", "stacks", "--since", "HEAD"]) == 0
    assert "note: Pulumi.<stack>.yaml is gone since then of 1 stack (d);" in capsys.readouterr().err


def test_a_first_fleet_file_reaches_all(checkout: Checkout) -> None:
    checkout.git("rm", "-q", "--cached", "fleet.yaml")
    checkout.git("commit", "-q", "-m", "none")
    assert set(checkout.reached()) == ALL


def test_a_project_in_a_folder_of_its_repository(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path / "repository", "calls/project")
    (checkout.top / "digo").mkdir()
    (checkout.top / "digo" / "x.py").touch()
    (checkout.top / "fleet.yaml").touch()
    checkout.write("config/a/agents.yaml", "agents:  {}\n")
    checkout.write("config/b/lists.yaml", LIST.format(source="../../../../common.csv"))
    checkout.commit("second")
    (checkout.top / "common.csv").write_text("phone\n")
    assert checkout.reached("HEAD~1") == {
        "a": ("config/a/agents.yaml",),
        "b": ("../../common.csv", "config/b/lists.yaml"),
    }
    link = tmp_path / "link"
    link.symlink_to(checkout.root)
    checkout.project.folder = link
    assert set(checkout.reached("HEAD~1")) == {"a", "b"}


WRONG = ["", "...", "gone", "--help", "-p", "HEAD:README.md", "HEAD~9", "0" * 40, "a b", "\n"]


def test_what_is_no_commit(checkout: Checkout) -> None:
    fleet = checkout.project.load()
    for revision in WRONG:
        with pytest.raises(FleetError, match=r"the repository has no commit `.*`; `git fetch` brings what is new"):
            changed_stacks(fleet, revision)


def test_a_shallow_clone_says_how_to_get_more(checkout: Checkout, tmp_path: Path) -> None:
    first = checkout.git("rev-parse", "HEAD")
    checkout.commit("second")
    checkout.git("clone", "-q", "--depth=1", f"file://{checkout.top}", str(tmp_path / "shallow"))
    project = FleetProject.__new__(FleetProject)
    project.folder = tmp_path / "shallow"
    with pytest.raises(FleetError, match=f"no commit `{first}`; this clone is shallow: `git fetch --depth=100"):
        changed_stacks(project.load(), first)
    assert changed_stacks(project.load(), "HEAD").reasons == {}


def test_without_a_repository_or_without_git(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.rmtree(checkout.root / ".git")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(checkout.root.parent))
    with pytest.raises(FleetError, match=r"--since needs the project's Git repository, and .* is not a checkout"):
        changed_stacks(checkout.project.load(**os.environ), "HEAD")
    with pytest.raises(FleetError, match="--since needs git, which is not on PATH"):
        changed_stacks(checkout.project.load(PATH="/nowhere"), "HEAD")


def test_the_command_lists_what_changed(checkout: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    checkout.write("config/shared/agents.yaml", "agents:  {}\n")
    command = ["-C", str(checkout.root), "fleet", "stacks", "--stack", "!d", "--since", "HEAD"]
    assert run([*command, "--format", "json"]) == 0
    printed = capsys.readouterr()
    assert [(one["stack"], one["changed"]) for one in json.loads(printed.out)["stacks"]] == [
        ("c", ["config/shared/agents.yaml"])
    ]
    assert "reach 1 of 3 stacks" in printed.err
    checkout.commit("second")
    assert run(command) == 0
    assert capsys.readouterr().out == "0 stacks, 0 waves\n"
    assert run([*command[:-1], "gone"]) == 1
    assert "error: the repository has no commit `gone`" in capsys.readouterr().err
