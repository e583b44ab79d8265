"""Walks through pages about a project of a user's own, from an empty folder. The package is the working tree."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from tests.docs.pages import KNOWN_SALT, ROOT, Walk

# The package is installed already.
_DONE = re.compile(r"^(python3 -m venv|pip install|\.venv/bin/pip install|\. \.venv/bin/activate).*$", re.MULTILINE)
NEW = """\
export PULUMI_CONFIG_PASSPHRASE=test DIGO_AUTHORIZATION=example-token
digo new phones --endpoint https://api.example.com --cps 0
cd phones
"""


class OwnProject(Walk):
    """A walk whose shell keeps its folder from block to block, and has `digo` on PATH.

    The embedded engine stands for `pulumi`, which would install the pins from a registry.
    """

    def __init__(self, folder: Path, environment: Path, replaced: Mapping[str, str]) -> None:
        folder.mkdir()
        super().__init__(folder, replaced)
        self._where = folder.parent / "where"
        self._where.write_text(f"{folder}\n", encoding="utf-8")
        self._bin = folder.parent / "bin"
        self._bin.mkdir()
        self.python = environment / "bin" / "python"
        self._command("python", f'{self.python} "$@"')

    @property
    def folder(self) -> Path:
        """The folder that the shell is in."""
        return Path(self._where.read_text(encoding="utf-8").rstrip("\n"))

    def sh(self, text: str) -> str:
        """Runs commands; what they said."""
        text = re.sub(r"^pulumi ", "python -m engine ", _DONE.sub("", text), flags=re.MULTILINE)
        text = text.replace("cd phones\n", f"cd phones\n{KNOWN_SALT}")
        return super().sh(f'cd "$(cat {self._where})"\n{text}\npwd >{self._where}\n')

    def _environ(self) -> dict[str, str]:
        environ = super()._environ()
        path = [one for one in environ["PATH"].split(":") if not (Path(one) / "pulumi").exists()]
        return {**environ, "PATH": ":".join([str(self._bin), *path]), "PYTHONPATH": str(ROOT)}

    def _command(self, name: str, line: str) -> None:
        path = self._bin / name
        path.write_text(f"#!/bin/sh\nexec {line}\n", encoding="utf-8")
        path.chmod(0o755)
