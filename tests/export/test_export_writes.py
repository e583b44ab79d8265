"""All files of an export are written, or none; what changed on the disk meanwhile is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from digo.api.models import AgentRecord
from digo.api.snapshot import Snapshot
from digo.export.check import ExportCheck
from digo.export.files import content_of, write
from digo.export.model import ExportError
from digo.export.prepare import PreparedExport, prepare_export
from digo.system.atomic_file import PartlyWritten, write_all
from tests.export.export_project import ENVIRONMENT, put, record, wanted

ONE = "agents:\n  a: {name: A, follow_me_number: '+12025550101'}\n"
TWO = "agents:\n  b: {name: B, follow_me_number: '+12025550102'}\n"


def ready(root: Path, *agents: AgentRecord) -> tuple[PreparedExport, dict[Path, bytes]]:
    folder = root / "config" / ENVIRONMENT
    content = content_of(folder)
    return prepare_export(ExportCheck(wanted(root), Snapshot.of(agents), folder, root, {}), content), content


def bytes_of(root: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_a_file_that_changed_meanwhile_is_left_alone_and_so_are_the_others(tmp_path: Path) -> None:
    put(tmp_path, ONE, "t/agents/one.yaml")
    two = put(tmp_path, TWO, "t/agents/two.yaml")
    export, content = ready(tmp_path, record(1, "X"), record(2, "Y"))
    assert len(export.texts) == 2
    two.write_text(TWO + "# just now\n")
    before = bytes_of(tmp_path)
    with pytest.raises(ExportError, match=r"two\.yaml: the file has changed since it was read. Nothing was written"):
        write(export.texts, content)
    assert bytes_of(tmp_path) == before


@pytest.mark.parametrize("gone", [True, False])
def test_a_file_that_came_or_went_meanwhile_is_left_alone(tmp_path: Path, gone: bool) -> None:
    one = put(tmp_path, ONE, "t/agents/one.yaml")
    export, content = ready(tmp_path, record(1, "X" if gone else "A"), record(9, "New"))
    if gone:
        one.unlink()
    else:
        put(tmp_path, "agents: {}\n")
    before = bytes_of(tmp_path)
    with pytest.raises(ExportError, match="has changed since it was read"):
        write(export.texts, content)
    assert bytes_of(tmp_path) == before


def test_config_that_changed_meanwhile_is_not_judged_by_what_it_was(tmp_path: Path) -> None:
    put(tmp_path, ONE)
    folder = tmp_path / "config" / ENVIRONMENT
    content, before = content_of(folder), wanted(tmp_path)
    put(tmp_path, TWO, "t/agents/two.yaml")
    proof = ExportCheck(before, Snapshot.of([record(1, "X"), record(2, "B")]), folder, tmp_path, {})
    with pytest.raises(ExportError, match="nothing was written"):
        prepare_export(proof, content)


def test_without_room_for_all_none_is_written(tmp_path: Path) -> None:
    """A folder that is not there stands for a disk without room: the second file cannot even be begun."""
    one = put(tmp_path, ONE)
    missing = tmp_path / "no folder" / "agents.yaml"
    with pytest.raises(FileNotFoundError) as told:
        write_all({one: TWO, missing: TWO})
    assert not isinstance(told.value, PartlyWritten)
    assert one.read_text() == ONE
    assert list(one.parent.iterdir()) == [one]


def test_where_one_cannot_take_its_place_it_is_said_which_did(tmp_path: Path) -> None:
    one, two, three = (put(tmp_path, ONE, f"t/agents/{name}.yaml") for name in ("one", "two", "three"))

    class Late(dict[Path, str]):
        """Makes the second file a folder after the new ones are on the disk."""

        def items(self):  # type: ignore[no-untyped-def]
            yield from super().items()
            two.unlink()
            two.mkdir()

    with pytest.raises(PartlyWritten) as told:
        write_all(Late({one: TWO, two: TWO, three: TWO}))
    assert (told.value.written, told.value.left, told.value.filename) == ((one,), (two, three), str(two))
    assert (one.read_text(), three.read_text()) == (TWO, ONE)
    assert set(one.parent.iterdir()) == {one, two, three}


def test_an_environment_that_is_a_link_is_changed_where_it_stands(tmp_path: Path) -> None:
    """The folder lies outside the project."""
    (tmp_path / "project" / "config").mkdir(parents=True)
    real = put(tmp_path / "elsewhere", ONE)
    (tmp_path / "project" / "config" / "t").symlink_to(real.parent)
    export, content = ready(tmp_path / "project", record(1, "X"), record(9, "New"))
    write(export.texts, content)
    assert [one.name for one in wanted(tmp_path / "project").agents] == ["X", "New"]
    assert list(bytes_of(tmp_path)) == ["agents.yaml"]


def test_other_environments_that_read_a_changed_file_are_told(tmp_path: Path) -> None:
    path = put(tmp_path, ONE)
    put(tmp_path, "extends: t\n", "over/environment.yaml")
    put(tmp_path, "extends: over\n", "further/environment.yaml")
    put(tmp_path, TWO, "apart/agents.yaml")
    put(tmp_path, "extends: [\n", "wrong/environment.yaml")
    link = tmp_path / "config" / "linked" / "agents" / "ours.yaml"
    link.parent.mkdir(parents=True)
    link.symlink_to(path)
    export, _ = ready(tmp_path, record(1, "X"))
    assert export.others == ("config/further", "config/linked", "config/over")
    assert ready(tmp_path, record(1, "A"))[0].others == ()


def test_lists_beside_the_agents_are_no_matter(tmp_path: Path) -> None:
    put(tmp_path, ONE)
    put(tmp_path, "phone,name\n+12025550142,Asha\n", "t/leads.csv")
    put(
        tmp_path,
        "lists:\n  a: {id: 1, source: leads.csv, columns: {phone: field_0, name: field_1}}\n"
        "  b: {id: 2, leads: [{phone: '+12025550143'}]}\n",
        "t/lists.yaml",
    )
    export, content = ready(tmp_path, record(1, "X"), record(9, "New"))
    write(export.texts, content)
    said = wanted(tmp_path)
    assert ([one.name for one in said.agents], len(said.lists), len(said.leads)) == (["X", "New"], 1, 1)
