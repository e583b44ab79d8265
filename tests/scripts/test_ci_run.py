"""CI's own parts: the packages that it installs, and the line that it ends with."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.ci_summary import main
from tests.needs.machine_needs import ACTIONLINT

ROOT = Path(__file__).resolve().parents[2]
RUN = {"python": "3.12.1", "passed": 10, "failed": 0, "skipped": 2, "left_out": {"pulumi": 2}}


def told(tmp_path: Path, capsys: pytest.CaptureFixture[str], runs: list[dict[str, object]], *failed: str) -> list[str]:
    """The lines, and at their end the exit code."""
    counts = tmp_path / "counts"
    counts.write_text("".join(json.dumps(run) + "\n" for run in runs), encoding="utf-8")
    code = main([str(counts), *failed])
    return [*capsys.readouterr().out.splitlines(), str(code)]


def test_all_runs_are_one_line_at_the_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = {**RUN, "python": "3.11.7", "passed": 200, "skipped": 3, "left_out": {"pulumi": 1, "moto": 2}}
    assert told(tmp_path, capsys, [RUN, other]) == [
        "Python 3.12.1: 10 passed, 0 failed, 2 skipped",
        "Python 3.11.7: 200 passed, 0 failed, 3 skipped",
        "left out: 3 for pulumi, 2 for moto",
        "210 passed, 0 failed, 5 skipped",
        "0",
    ]


@pytest.mark.parametrize(
    ("runs", "failed"),
    [([RUN, {**RUN, "failed": 1}], ()), ([RUN], ("make test",)), ([], ()), ([{**RUN, "passed": 0}], ())],
)
def test_a_failure_of_any_part_fails_all(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], runs: list[dict[str, object]], failed: tuple[str, ...]
) -> None:
    *lines, code = told(tmp_path, capsys, runs, *failed)
    assert code == "1"
    assert [f"failed: {part}" for part in failed] == [line for line in lines if line.startswith("failed: ")]


def test_the_scripts_of_ci_are_right() -> None:
    shellcheck = Path(sys.executable).with_name("shellcheck")
    subprocess.run([shellcheck, ROOT / ".ci" / "run", ROOT / "scripts" / "ci_programs.sh"], check=True)


def machine(tmp_path: Path, **programs: str | None) -> subprocess.CompletedProcess[str]:
    """Installs on a machine that has these scripts as its programs only; `asked` has the calls, a line each."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("sh", "env", "dirname"):
        (folder / name).symlink_to(f"/bin/{name}" if Path(f"/bin/{name}").exists() else f"/usr/bin/{name}")
    (folder / "python3").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n', encoding="utf-8")
    for name, script in {"id": "echo 0", "git": "", "actionlint": "", **programs}.items():
        if script is None:
            continue
        (folder / name.replace("_", "-")).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    for path in folder.iterdir():
        if not path.is_symlink():
            path.chmod(0o755)
    return subprocess.run(
        ["/bin/sh", "scripts/ci_programs.sh", str(tmp_path)],
        cwd=ROOT,
        env={"PATH": str(folder), "ASKED": str(tmp_path / "asked")},
        capture_output=True,
        text=True,
    )


APT = 'echo "$*" >>"$ASKED"; case "$*" in *redis*) exit 100;; esac'


def test_missing_packages_are_installed_by_name_and_a_failure_is_said(tmp_path: Path) -> None:
    done = machine(tmp_path, apt_get=APT, curl="")
    asked = (tmp_path / "asked").read_text(encoding="utf-8").splitlines()
    assert asked[0] == "update -qq"
    installed = [line.rsplit(maxsplit=1)[1] for line in asked[1:]]
    assert {"chromium", "redis-server", "util-linux"} <= set(installed) <= {
        "chromium", "redis-server", "postgresql", "bash", "util-linux",
    }  # fmt: skip
    assert "CI: redis-server could not be installed" in done.stderr
    assert "CI: chromium could not be installed" not in done.stderr
    assert done.returncode == 1


def test_a_user_who_may_not_install_is_told_what_is_missing(tmp_path: Path) -> None:
    done = machine(tmp_path, id="echo 1000", apt_get=APT, sudo="exit 1")
    assert done.returncode == 1
    assert "CI: neither root nor sudo without a password; not installed: chromium redis-server" in done.stderr
    assert not (tmp_path / "asked").exists()


def test_actionlint_is_built_where_go_is(tmp_path: Path) -> None:
    done = machine(tmp_path, apt_get="", actionlint=None, go='echo "$GOBIN $*" >"$ASKED"')
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "asked").read_text(encoding="utf-8") == f"{tmp_path} install {ACTIONLINT}\n"


def test_actionlint_is_named_where_go_is_not_or_cannot_build_it(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    without = machine(tmp_path / "one", apt_get="", actionlint=None)
    assert (without.returncode, "CI: no Go here: actionlint is not built" in without.stderr) == (0, True)
    (tmp_path / "two").mkdir()
    failing = machine(tmp_path / "two", apt_get="", actionlint=None, go="exit 1")
    assert (failing.returncode, f"CI: {ACTIONLINT} could not be built" in failing.stderr) == (1, True)
