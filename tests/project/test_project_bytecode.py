"""No parts of `.pyc` files: a disk that was full once does not break the runs after it."""

from __future__ import annotations

import importlib
import marshal
import os
import shutil
import signal
import subprocess
import sys
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from digo.system.bytecode import WholeFileLoader

ROOT = Path(__file__).resolve().parents[2]
LIMIT = "import os, resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)); "
LIMIT += "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
SOURCE = "\n".join(f"def function_{number}():\n    return {number}" for number in range(400))

DAMAGES = {
    "nothing": lambda data: b"",
    "half a header": lambda data: data[:8],
    "a header alone": lambda data: data[:16],
    "one byte of code": lambda data: data[:17],
    "one page": lambda data: data[:4096],
    "all but a byte": lambda data: data[:-1],
    "zeros, as after a power cut": lambda data: data[:16] + bytes(len(data) - 16),
    "zeros from its middle on": lambda data: data[: len(data) // 2] + bytes(len(data) // 2),
    "another file's bytes": lambda data: data[:16] + os.urandom(8).join([b"\xff"] * 100),
    "no code": lambda data: data[:16] + marshal.dumps(["no code"]),
}


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python writes `.pyc` files, whatever runs the tests."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)


@pytest.fixture
def module(tmp_path: Path) -> Path:
    path = tmp_path / "module_with_much_code.py"
    path.write_text(SOURCE)
    return path


def code_of(module: Path) -> object:
    importlib.invalidate_caches()
    names: dict[str, object] = {}
    code = WholeFileLoader(module.stem, str(module)).get_code(module.stem)
    assert code is not None
    exec(code, names)
    return names["function_399"]()  # type: ignore[operator]


def cache_of(module: Path) -> Path:
    return Path(cache_from_source(str(module)))


@pytest.mark.usefixtures("writes")
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_removed_and_written_again(module: Path, damage: str) -> None:
    assert code_of(module) == 399
    whole = cache_of(module).read_bytes()
    cache_of(module).write_bytes(DAMAGES[damage](whole))
    assert code_of(module) == 399
    assert code_of(module) == 399
    assert cache_of(module).read_bytes() == whole


@pytest.mark.usefixtures("writes")
def test_a_file_that_cannot_be_removed_is_passed_by(module: Path) -> None:
    cache_of(module).mkdir(parents=True)
    (cache_of(module) / "kept").touch()
    assert code_of(module) == 399


@pytest.mark.usefixtures("writes")
def test_a_mistake_in_the_source_is_told_as_it_is(module: Path) -> None:
    module.write_text("def broken(:\n")
    with pytest.raises(SyntaxError):
        code_of(module)


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as it comes from the repository: no module has been compiled."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("digo", "engine", "providers", "protocol", "sandbox"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "__main__.py", folder)
    return folder


def start_limited(sources: Path, *arguments: str, **more: str) -> subprocess.Popen[str]:
    """A Python in the project that can write no file longer than 4,096 bytes."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    command = [sys.executable, "-c", LIMIT, *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, env={**kept, **more}, cwd=sources, stdout=pipe, stderr=pipe, text=True)


def limited(sources: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    run = start_limited(sources, *arguments, **more)
    stdout, stderr = run.communicate()
    return subprocess.CompletedProcess(arguments, run.returncode, stdout, stderr)


def compiled(sources: Path) -> list[Path]:
    return [path for cache in sources.rglob("__pycache__") for path in cache.iterdir()]


def is_whole(path: Path) -> bool:
    try:
        marshal.loads(path.read_bytes()[16:])
    except (EOFError, ValueError, TypeError):
        return False
    return True


def test_a_file_for_which_there_is_no_room_is_left_out(module: Path, sources: Path) -> None:
    work = "import sys; sys.path.insert(0, sys.argv[1]); from digo.system.bytecode import use_whole_files; "
    work += "use_whole_files(); import module_with_much_code as m; print(m.function_399(), type(m.__loader__).__name__)"
    done = limited(sources, "-c", work, str(module.parent))
    assert done.stdout == "399 WholeFileLoader\n", done.stderr
    assert compiled(module.parent) == []


COMMANDS = {
    "digo": ("-m", "digo", "--version"),
    "engine": ("-m", "engine", "version"),
    "program": ("__main__.py",),
    "sandbox": ("-m", "sandbox", "status"),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_leaves_a_part_of_a_file(sources: Path, command: str) -> None:
    for path in compiled(sources):
        path.unlink()
    limited(sources, *COMMANDS[command])
    assert [path.name for path in compiled(sources) if not is_whole(path)] == []
    assert bool(compiled(sources))


def test_the_host_leaves_no_part_of_a_file(sources: Path) -> None:
    for path in compiled(sources):
        path.unlink()
    host = start_limited(sources, "-u", "-m", "providers.host", "127.0.0.1:1")
    assert host.stdout is not None
    assert host.stdout.readline().strip().isdecimal()
    host.send_signal(signal.SIGINT)
    host.communicate()
    assert [path.name for path in compiled(sources) if not is_whole(path)] == []
    assert bool(compiled(sources))


def test_the_embedded_engine_reads_the_sdk_so_too(module: Path, sources: Path) -> None:
    """What is compiled before the program's first line: an SDK that was installed without its `.pyc` files."""
    (module.parent / "pulumi").mkdir()
    sdk = module.rename(module.parent / "pulumi" / "__init__.py")
    program = ("engine/deployment/program.py", *(f"--{name}=x" for name in ("address", "root", "program")))
    done = limited(sources, *program, PYTHONPATH=str(module.parent))
    assert "No module named 'pulumi.runtime'" in done.stderr
    assert compiled(sdk.parent) == []


def test_nobody_is_made_to_write_them(sources: Path) -> None:
    for path in compiled(sources):
        path.unlink()
    limited(sources, "-m", "engine", "version", PYTHONDONTWRITEBYTECODE="1")
    assert compiled(sources) == []
