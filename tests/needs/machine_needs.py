"""What tests need from the machine beyond the requirements: programs of the system's packages, rights, the platform.

A test names its need with the marker `needs`, and is left out where it is not met (`needs_plugin.py`). `.ci/run` asks
this module for the packages to install, before anything else is there. So it imports the standard library only:
`python3 tests/needs/machine_needs.py`.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome")
ACTIONLINT = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.7"


@dataclass(frozen=True)
class Need:
    """Something that the machine may lack.

    Attributes:
        what: its name in a sentence, such as `a browser`.
        met: whether the machine has it.
        package: the package that brings it, as Debian and Ubuntu call it; None if none does.
        otherwise: how to have it where no package brings it.
        excuse: why CI may leave such tests out; None where it must not.
    """

    what: str
    met: Callable[[], bool]
    package: str | None = None
    otherwise: str = ""
    excuse: str | None = None

    @property
    def remedy(self) -> str:
        """How to have it: a command, or what kind of machine."""
        return f"apt-get install {self.package}" if self.package else self.otherwise


def browser_path() -> str | None:
    """The browser's program; None if there is none on PATH."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def postgres_binary(name: str) -> str | None:
    """A program of Postgres. Debian keeps them off PATH, one folder a version."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return shutil.which(name) or next((str(f / name) for f in folders if (f / name).exists()), None)


@functools.cache
def moto_server() -> str | None:
    """moto's server, which needs no account and keeps nothing; None where it is not installed."""
    found = shutil.which("moto_server")
    if found is None:
        return None
    return found if subprocess.run([found, "--help"], capture_output=True, check=False).returncode == 0 else None


def _program(name: str) -> Callable[[], bool]:
    return lambda: shutil.which(name) is not None


NEEDS: Mapping[str, Need] = {
    "browser": Need("a browser", lambda: browser_path() is not None, "chromium"),
    "redis": Need("Redis", _program("redis-server"), "redis-server"),
    "postgres": Need("Postgres", lambda: postgres_binary("initdb") is not None, "postgresql"),
    "curl": Need("curl", _program("curl"), "curl"),
    "bash": Need("bash", _program("bash"), "bash"),
    "flock": Need("flock", _program("flock"), "util-linux"),
    "linux": Need("Linux", lambda: sys.platform == "linux", None, "a Linux machine"),
    "actionlint": Need(
        "actionlint",
        _program("actionlint"),
        None,
        f"go install {ACTIONLINT}",
        "no package has it; .ci/run builds it where Go is installed",
    ),
    "pulumi": Need(
        "the pulumi CLI",
        _program("pulumi"),
        None,
        "https://www.pulumi.com/docs/install",
        "no package index has it; both engines answer to the same scenarios where it is installed",
    ),
    "pulumi-policy": Need(
        "pulumi-policy",
        lambda: importlib.util.find_spec("pulumi_policy") is not None,
        None,
        "pip install -r policy/requirements.txt",
        "only the pulumi CLI starts it, and its protobuf is older than the SDK's here",
    ),
    "moto": Need(
        "moto's S3 server", lambda: moto_server() is not None, None, "pip install 'moto[server]'",
        "only the pulumi CLI keeps state there",
    ),
    "python 3.11": Need(
        "Python 3.11",
        lambda: sys.version_info >= (3, 11),
        None,
        "Python 3.11 or later",
        "the newer Pythons run such tests: the site's generator and the list of each package's modules begin there",
    ),
    "root": Need(
        "root", lambda: os.geteuid() == 0, None, "a container, as root", "a user cannot give files to another one"
    ),
    # Known only when it is tried: a test that finds them missing says so itself.
    "mount": Need("the right to mount", lambda: True, None, "a virtual machine, as root", "few containers have it"),
    "file names": Need(
        "file names of any bytes", lambda: True, None, "another file system", "a file system may allow UTF-8 only"
    ),
}  # fmt: skip


def missing_packages(needs: Mapping[str, Need] = NEEDS) -> list[str]:
    """The packages of the needs that are not met, each once."""
    return list(dict.fromkeys(need.package for need in needs.values() if need.package and not need.met()))


if __name__ == "__main__":
    print(" ".join(missing_packages()))
