"""Pulumi.yaml: found from below, read, and refused with a reason."""

import os
import sys
from pathlib import Path

import pytest

from digo.project.failure import ProjectError
from engine.failure import ConfigurationFailure
from engine.project_file import find_project_file, load_project, project_to_run

FILE = """\
name: demo
runtime:
  name: python
  options:
    virtualenv: .venv
main: program
stackConfigDir: stacks
backend:
  url: file:///state
plugins:
  providers:
    - name: pulumi-python
      path: ./providers/host
config:
  count: 5
  demo:name: {type: string}
  aws:region: {value: eu}
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "Pulumi.yaml"
    path.write_text(text)
    return path


def test_everything_that_counts_is_read(tmp_path: Path) -> None:
    project = load_project(write(tmp_path, FILE))
    assert (project.name, project.root, project.main) == ("demo", tmp_path, tmp_path / "program")
    assert project.plugins == {"pulumi-python": tmp_path / "providers/host"}
    assert project.virtualenv == tmp_path / ".venv"
    assert project.backend_url == "file:///state"
    assert project.stack_file("dev") == tmp_path / "stacks/Pulumi.dev.yaml"
    fallbacks = {key: declared.fallback for key, declared in project.config.items()}
    assert fallbacks == {"demo:count": 5, "demo:name": None, "aws:region": "eu"}


def test_a_plain_project_runs_with_this_python(tmp_path: Path) -> None:
    project = load_project(write(tmp_path, "name: demo\nruntime: python\n"))
    run = project_to_run(project)
    assert (run.python, run.virtualenv, run.main) == (Path(sys.executable), None, tmp_path)
    assert project.stack_file("dev") == tmp_path / "Pulumi.dev.yaml"


def test_the_old_spelling_of_the_config_folder(tmp_path: Path) -> None:
    project = load_project(write(tmp_path, "name: demo\nruntime: python\nconfig: stacks\n"))
    assert project.stack_file("dev") == tmp_path / "stacks/Pulumi.dev.yaml"


def test_a_virtualenv_that_does_not_exist_leaves_the_engines_own_python(tmp_path: Path) -> None:
    run = project_to_run(load_project(write(tmp_path, FILE)))
    assert (run.python, run.virtualenv) == (Path(sys.executable), None)


@pytest.mark.parametrize("is_link", [False, True])
def test_a_virtualenv_without_python_is_told_with_the_commands_that_make_it(tmp_path: Path, is_link: bool) -> None:
    project = load_project(write(tmp_path, FILE))
    environment = tmp_path / ".venv"
    if is_link:
        environment.symlink_to(tmp_path / "nowhere")
    else:
        environment.mkdir()
    with pytest.raises(ConfigurationFailure, match=r"-m venv --clear .*/\.venv\n.*pip install"):
        project_to_run(project)
    if is_link:
        environment.unlink()
    python = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    # The link itself is what makes a virtualenv of it.
    assert project_to_run(project).python == python


def test_the_project_is_found_from_below(tmp_path: Path) -> None:
    path = write(tmp_path, FILE)
    below = tmp_path / "a/b"
    below.mkdir(parents=True)
    assert find_project_file(below) == path
    path.unlink()
    with pytest.raises(ConfigurationFailure, match="searching upwards from"):
        find_project_file(below)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("runtime: python\n", "'name'"),
        ("name: demo\n", "'runtime'"),
        ("name: 'a b'\nruntime: python\n", "alphanumerics"),
        ("name: demo\nruntime: nodejs\n", "Python programs only"),
        ("name: demo\nruntime: python\nplugins: {providers: [{name: x}]}\n", "path"),
        ("- a\n", "expected project to be an object"),
        ("name: [\n", "not YAML"),
    ],
)
def test_what_is_wrong_is_named_with_the_file(tmp_path: Path, text: str, reason: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises((ConfigurationFailure, ProjectError), match=reason) as caught:
        load_project(path)
    assert str(path) in str(caught.value)
