"""The state folder in Pulumi's layout: what is written, what is read, and what is refused."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from digo.project.backend import backend_url, folder_of
from digo.project.failure import BackendError
from engine.backend.integrity import integrity_problems
from engine.backend.layout import StackReference, parse_reference
from engine.backend.selection import Selection
from engine.backend.store import FileBackend, StoredState
from engine.failure import ConfigurationFailure, Failure, StackNotFound
from engine.model import Deployment, ResourceState
from engine.serialize import UnreadableState
from engine.times import parse_time
from protocol.stored import keep_encrypted, refuse_secret

Make = Callable[..., ResourceState]


def test_a_new_stack_lies_where_pulumi_looks(backend: FileBackend, tmp_path: Path) -> None:
    assert (tmp_path / ".pulumi/meta.yaml").read_text() == "version: 1\n"
    document = json.loads((tmp_path / ".pulumi/stacks/demo/dev.json").read_text())
    assert document["version"] == 3
    assert document["checkpoint"]["stack"] == "organization/demo/dev"


def test_the_state_before_the_last_write_is_kept(
    backend: FileBackend, stack: StackReference, resource: Make, tmp_path: Path
) -> None:
    before = (tmp_path / ".pulumi/stacks/demo/dev.json").read_bytes()
    stored = backend.load(stack, keep_encrypted)
    backend.save(stack, stored, Deployment([resource("a")]), refuse_secret)
    assert (tmp_path / ".pulumi/stacks/demo/dev.json.bak").read_bytes() == before
    assert [state.name for state in backend.load(stack, keep_encrypted).deployment.resources] == ["a"]


def test_a_damaged_state_is_not_an_empty_one(backend: FileBackend, stack: StackReference) -> None:
    path = backend.layout.checkpoint(stack)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(UnreadableState, match=r"dev\.json\.bak"):
        backend.load(stack, keep_encrypted)


def test_a_compressed_state_is_read_and_written_plain(
    backend: FileBackend, stack: StackReference, resource: Make
) -> None:
    stored = backend.load(stack, keep_encrypted)
    backend.save(stack, stored, Deployment([resource("a")]), refuse_secret)
    plain = backend.layout.checkpoint(stack)
    packed = plain.with_name("dev.json.gz")
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    plain.unlink()
    found = backend.load(stack, keep_encrypted)
    assert [state.name for state in found.deployment.resources] == ["a"]
    backend.save(stack, found, found.deployment, refuse_secret)
    assert plain.exists() and not packed.exists()
    assert [summary.resource_count for summary in backend.stacks()] == [1]


def test_features_of_version_four_stay(backend: FileBackend, stack: StackReference, resource: Make) -> None:
    stored = StoredState(Deployment(), version=4, features=("taint",))
    backend.save(stack, stored, Deployment([resource("a", extra={"taint": True})]), refuse_secret)
    found = backend.load(stack, keep_encrypted)
    exported = found.export(refuse_secret)
    assert (exported["version"], exported["features"]) == (4, ["taint"])
    assert exported["deployment"]["resources"][0]["taint"] is True


@pytest.mark.parametrize(
    ("meta", "reason"), [("version: 0\n", "pulumi state upgrade"), ("version: 7\n", "newer"), ("x: 1\n", "corrupt")]
)
def test_other_layouts_are_refused(tmp_path: Path, meta: str, reason: str) -> None:
    (tmp_path / ".pulumi").mkdir()
    (tmp_path / ".pulumi/meta.yaml").write_text(meta)
    with pytest.raises(Failure, match=reason):
        FileBackend(f"file://{tmp_path}", tmp_path)


def test_stacks_without_a_project_are_the_legacy_layout(tmp_path: Path) -> None:
    (tmp_path / ".pulumi/stacks").mkdir(parents=True)
    (tmp_path / ".pulumi/stacks/dev.json").write_text("{}")
    with pytest.raises(ConfigurationFailure, match="legacy"):
        FileBackend(f"file://{tmp_path}", tmp_path)


def test_a_removed_stack_is_gone(backend: FileBackend, stack: StackReference) -> None:
    backend.remove(stack)
    assert backend.stacks() == []
    with pytest.raises(StackNotFound, match="stack init dev"):
        backend.load(stack, keep_encrypted)


def test_urls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert folder_of(f"file://{tmp_path}/a/../b?no_tmp_dir=true") == tmp_path / "b"
    assert folder_of("file://./rel") == tmp_path / "rel"
    assert folder_of("file://~/state") == tmp_path / "home/state"
    assert backend_url(Path("/p"), "", {}) == "file:///p/.pulumi-state"
    assert backend_url(Path("/p"), "file:///x", {"PULUMI_BACKEND_URL": ""}) == "file:///x"
    assert backend_url(Path("/p"), "file:///x", {"PULUMI_BACKEND_URL": "file:///y"}) == "file:///y"
    with pytest.raises(BackendError, match="postgres://host/db") as caught:
        folder_of("postgres://user:canary@host/db")
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("text", ["dev", "organization/dev", "organization/demo/dev"])
def test_references(text: str) -> None:
    assert parse_reference(text, "demo") == StackReference("demo", "dev")


@pytest.mark.parametrize("text", ["", "a b", "other/demo/dev", "organization/demo/dev/x", "x" * 101, "../up"])
def test_references_that_are_none(text: str) -> None:
    with pytest.raises(ConfigurationFailure):
        parse_reference(text, "demo")


def test_the_selection_is_the_one_of_pulumi(tmp_path: Path) -> None:
    environment = {"PULUMI_HOME": str(tmp_path / "home")}
    first = Selection(tmp_path / "Pulumi.yaml", "demo", "file:///one", environment)
    second = Selection(tmp_path / "Pulumi.yaml", "demo", "file:///two", environment)
    first.select(StackReference("demo", "dev"))
    second.select(StackReference("demo", "prod"))
    assert (first.current(), second.current()) == ("organization/demo/dev", "organization/demo/prod")
    (file,) = (tmp_path / "home/workspaces").iterdir()
    assert file.name.startswith("demo-") and file.name.endswith("-workspace.json")
    second.unselect()
    assert (first.current(), second.current()) == ("organization/demo/dev", None)
    first.unselect()
    assert not file.exists()
    named = Selection(tmp_path / "Pulumi.yaml", "demo", "file:///one", {**environment, "PULUMI_STACK": "ci"})
    assert named.current() == "ci"


def test_what_every_state_must_hold(resource: Make) -> None:
    a, b = resource("a"), resource("b", parent=resource("a").urn, dependencies=[resource("a").urn])
    assert integrity_problems(Deployment([a, b])) == []
    assert len(integrity_problems(Deployment([b, a]))) == 2
    assert "duplicate" in integrity_problems(Deployment([a, a]))[0]
    assert integrity_problems(Deployment([resource("a", delete=True), a])) == []


def test_times_of_go() -> None:
    moment = parse_time("2026-11-24T19:37:54.711398294Z")
    assert moment is not None and moment.isoformat() == "2026-11-24T19:37:54.711398+00:00"
    shifted = parse_time("2026-11-24T19:37:54.7+05:30")
    assert shifted is not None and shifted.utcoffset() is not None
    whole = parse_time("2026-11-24T19:37:54+05:30")
    assert whole is not None and whole.utcoffset() is not None
    assert parse_time("0001-01-01T00:00:00Z") is None
    assert parse_time("") is None
