"""The wheel: what is in it, and that it works in a folder that has none of the sources."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import zipfile
from email.parser import Parser
from pathlib import Path

from digo.system.extras import MODULES
from digo.version import VERSION

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("digo", "providers", "engine", "protocol", "sandbox")
PLACES_OF_HOSTS = ("providers/host", "digo/new/template/host")


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if name == "DIGO_LOCK_DIR" or not name.startswith(("DIGO_", "PULUMI_", "PYTHON"))
    }
    return subprocess.run(
        command,
        cwd=folder,
        env=kept,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
    )


def tracked() -> set[str]:
    """The files of the four packages, as the repository has them."""
    found = (path for package in PACKAGES for path in (ROOT / package).rglob("*") if path.is_file())
    # A test beside this one may be compiling a module: what Python writes there has a name of its own for a moment.
    return {path.relative_to(ROOT).as_posix() for path in found if "__pycache__" not in path.parts}


def pipelines() -> set[str]:
    """The files of docs/ci that a project of a user's own needs, at their places in the wheel."""
    found = (
        path for name in ("fleet", "github", "gitlab", "steps") for path in (ROOT / "docs" / "ci" / name).iterdir()
    )
    return {f"digo/new/ci/{path.relative_to(ROOT / 'docs' / 'ci').as_posix()}" for path in found}


def test_it_has_the_packages_the_pipelines_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
        hosts = [archive.getinfo(f"{place}/pulumi-resource-pulumi-python") for place in PLACES_OF_HOSTS]
        steps = [one for one in archive.infolist() if re.match(r"digo/new/ci/steps/(?!common)", one.filename)]
    assert names == tracked() | pipelines()
    assert {"digo/plan/render/page.html.j2", "digo/call_records/report.html.j2", "digo/html/base.css"} <= names
    assert all(one.external_attr >> 16 & stat.S_IXUSR for one in hosts), "Pulumi starts it"
    assert steps and all(one.external_attr >> 16 & stat.S_IXUSR for one in steps), "they start each other"


def test_its_version_and_requirements_are_the_projects(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (one for one in archive.namelist() if one.endswith(".dist-info/METADATA"))
        metadata = Parser().parsestr(archive.read(name).decode("utf-8"))
    assert metadata["Version"] == VERSION
    first, _ = (ROOT / "requirements.in").read_text(encoding="utf-8").split("\n\n# extras\n")
    needed = [line.split("#")[0].strip() for line in first.splitlines()]
    wanted = {re.sub(r"[_.]", "-", line.lower().replace('"', "'")) for line in needed if line}
    required = metadata.get_all("Requires-Dist", [])
    had = {re.sub(r"[_.]", "-", line.lower()) for line in required if "extra ==" not in line}
    assert had == wanted, "`dependencies` in pyproject.toml is the first part of requirements.in"
    assert set(metadata.get_all("Provides-Extra", [])) == {*MODULES, "all"}


def test_the_build_backend_is_the_one_of_the_requirements() -> None:
    (backend,) = re.findall(r'^requires = \["(.*)"\]$', (ROOT / "pyproject.toml").read_text(), flags=re.MULTILINE)
    assert re.search(rf"^{re.escape(backend)}\s", (ROOT / "requirements.in").read_text(), flags=re.MULTILINE)


def test_each_package_comes_from_the_wheel_and_can_be_run(installed: Path, tmp_path: Path) -> None:
    code = (
        "import digo, providers.host, engine, protocol as p, sandbox as s\nprint(digo.__file__, p.__file__, s.__file__)"
    )
    done = run(tmp_path, str(installed / "python"), "-c", code)
    assert done.returncode == 0, done.stderr
    assert all(path.startswith(str(installed.parent)) for path in done.stdout.split())
    for module in ("sandbox", "engine"):
        done = run(tmp_path, str(installed / "python"), "-m", module, "--help")
        assert done.returncode == 0, done.stderr
        assert f"{module} [OPTIONS]" in done.stdout


def test_the_command_tells_its_help_and_version(installed: Path, tmp_path: Path) -> None:
    digo, module = [str(installed / "digo")], [str(installed / "python"), "-m", "digo"]
    assert "Usage: digo [OPTIONS] COMMAND" in run(tmp_path, *module, "--help").stdout
    assert VERSION in run(tmp_path, *digo, "--version").stdout
