"""Where the state is, as the pulumi CLI reads the address: by the rules of its `massageBlobPath`, of gocloud's opener
of `file://` addresses, and of Go's `net/url`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from digo.project.backend import backend_url, ensure_folder, folder_of, url_of
from digo.project.failure import BackendError

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path


@pytest.mark.parametrize(
    ("url", "folder"),
    [
        ("file:///tmp/my%20state", "/tmp/my state"),
        ("file:///tmp/my state", "/tmp/my state"),
        ("file:///tmp/a%23b", "/tmp/a#b"),
        ("file:///tmp/100%25", "/tmp/100%"),
        ("file:///tmp/a%3Fb", "/tmp/a?b"),
        ("file:///tmp/a+b", "/tmp/a+b"),
        ("file:///tmp/%C3%BC", "/tmp/ü"),
        ("file:///tmp/ü", "/tmp/ü"),
        ("file:///tmp/a%2Fb", "/tmp/a/b"),
        ("file:///tmp/a/../b/", "/tmp/b"),
        ("file:///tmp/x?no_tmp_dir=true", "/tmp/x"),
        ("file:///tmp/x?create_dir=true&metadata=skip", "/tmp/x"),
        ("file:///C:/state", "/C:/state"),
        ("file://./my%20state", "HERE/my state"),
        ("file://state", "HERE/state"),
        ("file://localhost/x", "HERE/localhost/x"),
        ("file://~", "HERE/home"),
        ("file://~/", "HERE/home"),
        ("file://~/my%20state", "HERE/home/my state"),
        (r"file://C:\state", r"HERE/C:\state"),
    ],
)
def test_a_folder_of_an_address(place: Path, url: str, folder: str) -> None:
    assert folder_of(url) == Path(folder.replace("HERE", str(place)))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("file:///tmp/a#b", "write it as %23: file:///tmp/a%23b"),
        ("file:///tmp/a?b", "a `?` in the folder's name is written as %3F"),
        ("file:///tmp/50%", "has `%`: a percent sign in a folder's name is written as %25"),
        ("file:///tmp/5%zz", "has `%zz`"),
        ("file:///tmp/a%00b", "control character"),
        ("file:///tmp/a\nb", "control character"),
        ("file://", "names no folder"),
        ("file://?no_tmp_dir=true", "names no folder"),
        ("file://~bob/state", "another user's home"),
        ("s3://bucket", "the backend is s3://bucket"),
        ("/tmp/state", "the backend is /tmp/state"),
    ],
)
def test_an_address_that_names_no_folder(url: str, said: str) -> None:
    with pytest.raises(BackendError) as refused:
        folder_of(url)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    "name", ["plain", "my project", "a#b", "a?b", "50%", "%41", "ü", "a&b=c", "a;b", "it's", "latin\udce9"]
)
def test_the_state_of_a_project_is_in_its_folder_whatever_that_is_called(place: Path, name: str) -> None:
    root = place / name
    url = backend_url(root, "", {})
    assert folder_of(url) == root / ".pulumi-state"
    ensure_folder(url)
    assert (root / ".pulumi-state").is_dir()
    assert folder_of(url_of(root)) == root


def test_the_command_prints_the_address_that_counts_and_makes_the_folder(place: Path) -> None:
    (place / "Pulumi.yml").write_text("name: tried\nbackend:\n  url: file://./my%20state\n")
    command = [sys.executable, "-m", "digo.project.backend"]
    done = subprocess.run(command, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True)
    assert done.stdout == "file://./my%20state\n"
    assert (place / "my state").is_dir()
    done = subprocess.run(
        command, env={"PYTHONPATH": str(ROOT), "PULUMI_BACKEND_URL": "file:///a#b"}, capture_output=True, text=True
    )
    assert (done.returncode, "%23" in done.stderr) == (1, True)
