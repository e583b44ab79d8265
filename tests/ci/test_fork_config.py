"""config/ of a fork's commit: the bytes that are in it, or a refusal with the place."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from digo.ci import fork_config
from digo.ci.failure import HostingError
from digo.ci.fork_config import write_fork_config

FILE, PROGRAM, LINK, MODULE, FOLDER = "100644", "100755", "120000", "160000", "40000"
TEXT = b"$Id$ $Format:%H$ \xef\xbb\xbf\r\n\x00\xff${DIGO_VAR_X}\n"


class Repository:
    """A repository whose trees are made entry by entry, as no work tree could."""

    def __init__(self, folder: Path, kind: str = "sha1") -> None:
        self.folder = folder
        self.run("init", "--quiet", "--object-format", kind, str(folder))
        self.blob = self.put("blob", TEXT)

    def run(self, *arguments: str, given: bytes = b"") -> str:
        command = ["git", "-c", "user.name=T", "-c", "user.email=t@example.com", *arguments]
        done = subprocess.run(command, cwd=self.folder.parent, input=given, capture_output=True, check=True)
        return os.fsdecode(done.stdout.strip())

    def put(self, kind: str, content: bytes) -> str:
        return self.run(
            "-C", str(self.folder), "hash-object", "-w", "--literally", "-t", kind, "--stdin", given=content
        )

    def tree(self, *entries: tuple[str, bytes, str]) -> str:
        lines = (mode.encode() + b" " + name + b"\0" + bytes.fromhex(identity) for mode, name, identity in entries)
        return self.put("tree", b"".join(lines))

    def commit(self, tree: str) -> str:
        return self.run("-C", str(self.folder), "commit-tree", "-m", "theirs", tree)

    def config(self, *entries: tuple[str, bytes, str]) -> str:
        """A commit whose config/ has these entries."""
        return self.commit(self.tree((FOLDER, b"config", self.tree(*entries))))


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "checkout")
    (made.folder / "config").mkdir()
    (made.folder / "config" / "ours.yaml").write_text("ours\n")
    return made


def take(root: Path, commit: str) -> int:
    return write_fork_config(root, commit, root / "config")


def taken(root: Path) -> dict[bytes, bytes]:
    folder = root / "config"
    files = (path for path in folder.rglob("*") if path.is_file())
    return {os.fsencode(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.mark.parametrize("kind", ["sha1", "sha256"])
def test_bytes_are_taken_as_they_are_whatever_the_file_is_called(tmp_path: Path, kind: str) -> None:
    theirs = Repository(tmp_path / "checkout", kind)
    names = (
        b"a\nb",
        b"tab\t",
        b'"q"',
        b"-rf",
        b"\xff\xfe",
        b"*",
        b":(exclude)x",
        b"A",
        b"a",
        b"a b ",
        b"\xcc\x81e",
        b"~",
    )
    attributes = theirs.put("blob", b"* export-ignore export-subst filter=lfs eol=crlf working-tree-encoding=UTF-16\n")
    entries = [(FILE, name, theirs.blob) for name in (*names, b".gitmodules", b".git x")]
    folder = theirs.tree((PROGRAM, b"agents.yaml", theirs.blob), (FOLDER, b"empty", theirs.tree()))
    config = theirs.tree((FILE, b".gitattributes", attributes), *sorted(entries), (FOLDER, b"x\\y", folder))
    head = theirs.commit(theirs.tree((FILE, b".gitattributes", attributes), (FOLDER, b"config", config)))
    info = theirs.folder / ".git" / "info" / "attributes"
    info.parent.mkdir(exist_ok=True)
    info.write_text("* export-ignore ident\n")
    for name, value in (("core.autocrlf", "true"), ("filter.lfs.smudge", "false"), ("core.ignoreCase", "true")):
        theirs.run("-C", str(theirs.folder), "config", name, value)
    assert take(theirs.folder, head) == len(names) + 4
    found = taken(theirs.folder)
    assert found.pop(b".gitattributes").startswith(b"* export-ignore")
    assert found == dict.fromkeys([*names, b".gitmodules", b".git x", b"x\\y/agents.yaml"], TEXT)
    assert not any(os.access(path, os.X_OK) for path in (theirs.folder / "config").rglob("*.yaml"))
    assert [path.name for path in theirs.folder.iterdir() if path.name.startswith(".config")] == []


def test_a_replaced_object_is_not_taken(repository: Repository) -> None:
    head = repository.config((FILE, b"agents.yaml", repository.blob))
    other = repository.put("blob", b"other\n")
    repository.run("-C", str(repository.folder), "replace", repository.blob, other)
    other_head = repository.config((FILE, b"agents.yaml", other))
    repository.run("-C", str(repository.folder), "replace", head, other_head)
    take(repository.folder, head)
    assert taken(repository.folder) == {b"agents.yaml": TEXT}


def test_an_object_with_the_content_of_another_is_refused(repository: Repository) -> None:
    head = repository.config((FILE, b"agents.yaml", repository.blob))
    other = repository.put("blob", b"other\n")
    at = repository.folder / ".git" / "objects"
    place = at / repository.blob[:2] / repository.blob[2:]
    place.unlink()
    (at / other[:2] / other[2:]).rename(place)
    with pytest.raises(HostingError, match=r"has the content of another|has no blob"):
        take(repository.folder, head)
    assert taken(repository.folder) == {b"ours.yaml": b"ours\n"}


@pytest.mark.parametrize(
    ("mode", "name", "said"),
    [
        (LINK, b"agents.yaml", "config/agents.yaml is a link: only files"),
        (MODULE, b"sub", "config/sub is a submodule: only files"),
        (LINK, b"a\nb\x1b\xff", "config/a\ufffdb\ufffd\\udcff is a link"),
        ("010000", b"pipe", "config/pipe is of mode 10000"),
        (FILE, b"..", "config/.. has a name that leads elsewhere"),
        (FILE, b"../../x", "config/../../x has a name that leads elsewhere"),
        (FILE, b"/etc/x", "config//etc/x has a name that leads elsewhere"),
        (FILE, b"", "config/ has a name that leads elsewhere"),
        (FILE, b".GIT", "config/.GIT has a name that leads elsewhere"),
        (FOLDER, b"..", "config/.. has a name that leads elsewhere"),
        (FILE, b"n" * 300, "cannot be written here: File name too long"),
    ],
)
def test_what_is_no_plain_file_is_refused_with_its_place(
    repository: Repository, mode: str, name: bytes, said: str
) -> None:
    content = {FOLDER: repository.tree(), MODULE: "1" * 40}.get(mode, repository.blob)
    head = repository.config((mode, name, content), (FILE, b"z.yaml", repository.blob))
    with pytest.raises(HostingError) as refused:
        take(repository.folder, head)
    assert said in str(refused.value)
    assert taken(repository.folder) == {b"ours.yaml": b"ours\n"}


def test_all_places_are_named_at_once(repository: Repository) -> None:
    deep = repository.tree((FOLDER, b"b", repository.tree((LINK, b"c", repository.blob))))
    links = [(LINK, f"l{number:02}".encode(), repository.blob) for number in range(30)]
    head = repository.config((FOLDER, b"a", deep), *links, (MODULE, b"m", "1" * 40))
    with pytest.raises(HostingError) as refused:
        take(repository.folder, head)
    lines = str(refused.value).splitlines()
    assert lines[1] == "  config/a/b/c is a link: only files are planned from a fork"
    assert lines[-1] == "  and 12 more" and len(lines) == 22


@pytest.mark.parametrize(("mode", "kind"), [(FILE, "a file"), (LINK, "a link"), (MODULE, "a submodule")])
def test_config_itself_is_a_folder(repository: Repository, mode: str, kind: str) -> None:
    head = repository.commit(repository.tree((mode, b"config", repository.blob)))
    with pytest.raises(HostingError, match=f"config is {kind} in the fork's commit, and no folder"):
        take(repository.folder, head)
    elsewhere = repository.commit(repository.tree((FOLDER, b"Config", repository.tree())))
    assert take(repository.folder, elsewhere) == 0
    assert list((repository.folder / "config").iterdir()) == []


def test_a_name_that_stands_twice_is_refused(repository: Repository) -> None:
    other = repository.put("blob", b"other\n")
    head = repository.config((FILE, b"a.yaml", repository.blob), (FILE, b"a.yaml", other))
    with pytest.raises(HostingError, match=r"config/a\.yaml occurs twice"):
        take(repository.folder, head)


def test_a_commit_that_unfolds_without_end_is_refused(repository: Repository) -> None:
    tree = repository.tree()
    for _ in range(12):
        tree = repository.tree(*((FOLDER, bytes([letter]), tree) for letter in b"abcdefghij"))
    head = repository.commit(repository.tree((FOLDER, b"config", tree)))
    with pytest.raises(HostingError, match="more than 20,000 files"):
        take(repository.folder, head)


def test_folders_in_folders_have_a_limit(repository: Repository) -> None:
    tree = repository.tree((FILE, b"a", repository.blob))
    for _ in range(20):
        tree = repository.tree((FOLDER, b"f" * 250, tree))
    head = repository.commit(repository.tree((FOLDER, b"config", tree)))
    with pytest.raises(HostingError, match="a path of over 4,096 bytes"):
        take(repository.folder, head)


def test_a_damaged_folder_is_told(repository: Repository) -> None:
    for content in (b"100644 a", b"100644 a\0short", b"nothing", b"999999 a\0" + b"x" * 20, b"a\0" + b"x" * 20):
        damaged = repository.put("tree", content)
        head = repository.commit(repository.tree((FOLDER, b"config", damaged)))
        with pytest.raises(HostingError, match=f"a damaged folder .{damaged}"):
            take(repository.folder, head)


def test_the_sum_of_all_files_has_a_limit(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fork_config, "MOST_BYTES", 3 * len(TEXT) - 1)
    fits = repository.config(*((FILE, name, repository.blob) for name in (b"a", b"b")))
    assert take(repository.folder, fits) == 2
    head = repository.config(*((FILE, name, repository.blob) for name in (b"a", b"b", b"c")))
    with pytest.raises(HostingError, match="is too large"):
        take(repository.folder, head)
    assert set(taken(repository.folder)) == {b"a", b"b"}


def test_a_project_in_a_folder_of_the_repository(repository: Repository) -> None:
    project = repository.folder / "the project"
    project.mkdir()
    inner = repository.tree((FOLDER, b"config", repository.tree((FILE, b"a", repository.blob))))
    decoy = repository.tree((FILE, b"decoy", repository.blob))
    head = repository.commit(repository.tree((FOLDER, b"config", decoy), (FOLDER, b"the project", inner)))
    take(project, head)
    assert taken(project) == {b"a": TEXT}


def test_a_link_in_place_of_our_config_is_not_followed(repository: Repository, tmp_path: Path) -> None:
    (repository.folder / "config").rename(tmp_path / "elsewhere")
    (repository.folder / "config").symlink_to(tmp_path / "elsewhere")
    take(repository.folder, repository.config((FILE, b"a", repository.blob)))
    assert not (repository.folder / "config").is_symlink() and taken(repository.folder) == {b"a": TEXT}
    assert (tmp_path / "elsewhere" / "ours.yaml").exists()


@pytest.mark.parametrize("commit", ["HEAD", "--all", "a" * 39, "A" * 40, "main\n", "a" * 40])
def test_a_commit_is_named_by_its_whole_id(repository: Repository, commit: str) -> None:
    with pytest.raises(HostingError, match=r"not a commit's id|has no commit"):
        take(repository.folder, commit)


def test_a_folder_without_a_repository_is_told(tmp_path: Path) -> None:
    with pytest.raises(HostingError, match="not a checkout that git reads: fatal: not a git repository"):
        take(tmp_path, hashlib.sha1(b"").hexdigest())
