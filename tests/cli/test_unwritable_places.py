"""What cannot be written, a file or standard output, is a message with the next step; never a traceback. What a locale
cannot write is written all the same."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from digo.api.access import Access
from digo.api.async_client import AsyncClient
from digo.api.client import Client
from digo.api.errors import NotSent
from digo.cli import main
from digo.system.typed_output import OutputClosed, OutputUnwritable
from tests.warm.warm_python import warm_python

ROOT = Path(__file__).resolve().parents[2]

# What an interpreter that ends does with a stream that it cannot flush is its own.
HELP = pytest.param(("--help",), marks=pytest.mark.cold)


def ran(*arguments: str, stdout: str | None = None) -> tuple[int, str]:
    """A command's exit code and what it said on standard error."""
    with Path(stdout or os.devnull).open("wb") as out:
        done = subprocess.run(
            [str(warm_python()), "-m", *arguments],
            cwd=ROOT,
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )
    return done.returncode, done.stderr


@pytest.mark.needs("linux")
@pytest.mark.parametrize("arguments", [("schema", "agents"), HELP, ("--stack", "sandbox", "validate")])
def test_a_full_standard_output_of_digo(arguments: tuple[str, ...]) -> None:
    code, said = ran("digo", *arguments, stdout="/dev/full")
    assert code == 1
    assert said.startswith("error: the output cannot be written: No space left on device\n  Next: ")
    assert len(said.splitlines()) == 2, said


def test_a_file_of_digo_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, said = ran("digo", "schema", "--write", str(tmp_path / "file" / "schema"))
    assert code == 1
    assert said.startswith(f"error: {tmp_path}/file/schema cannot be used: Not a directory\n  Next: ")
    assert len(said.splitlines()) == 2, said


@pytest.mark.needs("linux")
@pytest.mark.parametrize("arguments", [("version",), HELP, ("about",)])
def test_a_full_standard_output_of_the_engine(arguments: tuple[str, ...]) -> None:
    code, said = ran("engine", *arguments, stdout="/dev/full")
    assert code == 1
    assert said.startswith("error: the output cannot be written: No space left on device; make room")
    assert len(said.splitlines()) == 1, said


@pytest.mark.parametrize("command", [("sandbox", "start", "--port", "0", "--db"), ("digo.cli.lists_key",)])
def test_a_folder_that_cannot_be_made(command: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, said = ran(*command, str(tmp_path / "file" / "account"))
    assert code == 1
    assert said.startswith("Error: ")
    assert f"{tmp_path}/file" in said
    assert len(said.splitlines()) == 1, said


NAMES = """\
agents:
  zo\u00eb:
    name: "\u0645\u0643\u062a\u0628 \U0001f4de"
    follow_me_number: "+1 202 555 0101"
"""


LOCALES = [{"PYTHONIOENCODING": "latin-1"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with names in other scripts, and a stack that can be read."""
    (tmp_path / "Pulumi.yaml").write_bytes((ROOT / "Pulumi.yaml").read_bytes())
    (tmp_path / "Pulumi.prod.yaml").touch()
    folder = tmp_path / "config" / "prod"
    folder.mkdir(parents=True)
    (folder / "agents.yaml").write_text(NAMES, encoding="utf-8")
    (folder / "lists.yaml").write_text("lists: {}\nzo\u00eb: {}\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("locale", LOCALES)
def test_output_is_utf8_whatever_the_locale(project: Path, locale: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "digo", "-C", str(project), "--stack", "prod", "validate"],
        cwd=ROOT,
        env={**os.environ, **locale},
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 1 and not done.stderr
    assert "lists.yaml:2:1: zo\u00eb: unknown key" in done.stdout.decode()


def test_output_of_the_engine_is_utf8_whatever_the_locale(project: Path) -> None:
    environ = {
        **os.environ,
        **{name: value for locale in LOCALES for name, value in locale.items()},
        "PULUMI_BACKEND_URL": f"file://{project}/.pulumi-state",
        "PULUMI_CONFIG_PASSPHRASE": "",
    }

    def engine(python: str, *arguments: str) -> bytes:
        command = [python, "-m", "engine", "-C", str(project), *arguments, "--stack", "prod"]
        return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, timeout=60, check=True).stdout

    engine(str(warm_python()), "stack", "init")
    with (project / "Pulumi.prod.yaml").open("a", encoding="utf-8") as file:
        file.write("config:\n  pulumi-digo:note: \u0645\u0643\u062a\u0628 \U0001f4de\n")
    assert engine(sys.executable, "config", "get", "note").decode().strip() == "\u0645\u0643\u062a\u0628 \U0001f4de"


@pytest.mark.parametrize(
    ("module", "closed"), [("digo", ">&-"), ("digo", "2>&-"), ("digo", "<&-"), ("engine", ">&- 2>&- <&-")]
)
def test_a_closed_stream_is_no_error(module: str, closed: str) -> None:
    done = subprocess.run(
        ["sh", "-c", f'"$0" -m {module} --help {closed}', sys.executable],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0 and "Traceback" not in done.stdout


def test_a_closed_output_is_no_terminal() -> None:
    """`digo drift >&-`, in a script that looks at the exit code alone."""
    code = (
        "from digo.system.streams import ready_streams; ready_streams(); "
        "from digo.cli.output import captured; captured(lambda out: out.print(1))"
    )
    done = subprocess.run(["sh", "-c", '"$0" -c "$1" >&-', sys.executable, code], cwd=ROOT, timeout=60)
    assert done.returncode == 0


CERTIFICATES = (
    (
        "SSL_CERT_FILE",
        "nowhere",
        "the file that SSL_CERT_FILE names, {}, cannot be used to check servers: No such file",
    ),
    ("SSL_CERT_FILE", "", "the file that SSL_CERT_FILE names, {}, cannot be used to check servers: Is a directory"),
    ("SSL_CERT_FILE", "text", "the file that SSL_CERT_FILE names, {}, cannot be used to check servers: it has no cert"),
    ("SSL_CERT_DIR", "nowhere", "the folder that SSL_CERT_DIR names, {}, cannot be used to check servers: No such fi"),
    ("SSL_CERT_DIR", "text", "the folder that SSL_CERT_DIR names, {}, cannot be used to check servers: Not a director"),
)


@pytest.mark.parametrize(("variable", "name", "told"), CERTIFICATES)
@pytest.mark.parametrize("connections", [None, 1, 2], ids=["blocking", "one", "many"])
def test_certificates_that_cannot_be_read_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str, name: str, told: str, connections: int | None
) -> None:
    for one in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(one, raising=False)
    (tmp_path / "text").write_text("no certificate")
    monkeypatch.setenv(variable, str(tmp_path / name))
    access = Access("https://digo.invalid", "a token of no worth")
    with pytest.raises(NotSent) as refused:
        Client(access) if connections is None else AsyncClient(access, connections=connections)
    assert str(refused.value).startswith(told.format(tmp_path / name if name else tmp_path))
    # Where nothing is encrypted, nobody asks for a certificate.
    Client(Access("http://127.0.0.1:1", "a token of no worth")).close()


def test_the_catch_all_says_what_the_system_said_and_nothing_more(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(problem: OSError) -> str:
        def raises(*arguments: object, **options: object) -> int:
            raise problem

        monkeypatch.setattr(main.root, "main", raises)
        monkeypatch.setattr(main, "drop_output", lambda: None)
        assert main.run([]) == 1
        return capsys.readouterr().err.partition("\n")[0]

    reason = "No usable temporary directory found in ['/tmp']"
    assert (
        fails(FileNotFoundError(2, reason)) == f"error: the system refused something that the command needs: {reason}"
    )
    assert fails(PermissionError(13, "Permission denied", "/x/y")) == "error: /x/y cannot be used: Permission denied"
    assert fails(OutputUnwritable(28, "No space left")) == "error: the output cannot be written: No space left"
    assert fails(OSError("odd")) == "error: the system refused something that the command needs: odd"


def test_a_reader_that_went_away_is_still_a_broken_pipe() -> None:
    assert issubclass(OutputClosed, BrokenPipeError)
    done = subprocess.run(
        f"{sys.executable} -m engine --help | head -c 1",
        shell=True,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stderr == ""
