"""Walks through a page of the documentation: writes the files that it shows, runs its commands, compares what they say.

A block of `sh` is run by bash in the project's folder; what it exports is there in the next one. `# ends with 2` behind
a command is its exit code, `# fails` any but 0. A block of `yaml` whose first line names a file under `config/`, or
fleet.yaml, is that file, whole. A block of `text` has lines that the commands before it say; `…` stands for anything. A
block after a line `<!-- not run: WHY -->` is left out; one after `<!-- only: NAME -->` is there for the walks that ask
for it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.warm.digo_on_path import write_digo
from tests.warm.stack_key import PASSPHRASE, SALT

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
_BLOCK = re.compile(
    r"(?:<!-- (?P<mark>not run|only): (?P<word>[^\n]*) -->\n)?```(?P<language>sh|yaml|text)\n(?P<text>.*?)```",
    re.DOTALL,
)
_FILE = re.compile(r"# (config/\S+|fleet\.yaml)\n")
_ENDS = re.compile(r"^(?P<command>.*\S)\s+# ends with (?P<code>\d+)\b.*$", re.MULTILINE)
_FAILS = re.compile(r"^(?P<command>.*\S)\s+# fails\b.*$", re.MULTILINE)
# The test has made them already: a copy of the repository, and the environment that it runs in itself.
_DONE = re.compile(r"^(git clone .*|cd pulumi-digo|make setup)\b.*$", re.MULTILINE)
# The test's own `digo` runs the project's code, whatever the environment has installed.
_PATH = 'PATH="$PWD/.venv/bin:$PATH"'
_LEFT_OUT = (".git", ".venv", ".digo", ".sandbox", ".pulumi-state", ".*_cache", ".hypothesis", "tests")
_CODE = ("digo", "engine", "protocol", "providers", "sandbox", "bench", "policy", "scripts", "docs")
START = f"""\
export PULUMI_CONFIG_PASSPHRASE={PASSPHRASE} DIGO_AUTHORIZATION=example-token
export PULUMI_BACKEND_URL=file://$PWD/.pulumi-state
mkdir -p .pulumi-state
echo 'encryptionsalt: {SALT}' >Pulumi.prod.yaml
digo init prod --endpoint https://api.example.com --cps 0
"""
_SECRETS = {"PULUMI_CONFIG_PASSPHRASE=…": f"PULUMI_CONFIG_PASSPHRASE={PASSPHRASE}", "=…": "=example-token"}
# For new stacks: each process would derive the key of a salt of their own anew, a tenth of a second.
KNOWN_SALT = f"sed -i -E 's|v1:[A-Za-z0-9+/=:]+|{SALT}|' Pulumi.*.yaml .pulumi-state/.pulumi/stacks/*/*.json\n"
ENGINE = "pulumi" if shutil.which("pulumi") else "digo engine"


@dataclass(frozen=True)
class Block:
    """A block of code of a page. `only` names the walks that run it: None is all, "" is none."""

    language: str
    text: str
    only: str | None


def blocks(text: str) -> list[Block]:
    """The blocks of a page, in its order."""
    only = {None: lambda word: None, "not run": lambda word: "", "only": lambda word: word}
    return [
        Block(found["language"], found["text"], only[found["mark"]](found["word"])) for found in _BLOCK.finditer(text)
    ]


def copy_of_the_project(folder: Path, environment: Path) -> Path:
    """What a clone has, with that virtual environment. Folders that no command changes are links to ours."""
    left_out = shutil.ignore_patterns(*_LEFT_OUT)
    shutil.copytree(
        ROOT, folder, ignore=lambda place, names: {*left_out(place, names), *(_CODE if place == str(ROOT) else ())}
    )
    for name in _CODE:
        (folder / name).symlink_to(ROOT / name)
    (folder / ".venv").symlink_to(environment)
    return folder


class Walk:
    """One walk. `replaced` says what stands in the page for the test's own: an endpoint, a port."""

    def __init__(self, project: Path, replaced: Mapping[str, str]) -> None:
        self.project = project
        self.replaced = replaced
        self.python = project / ".venv" / "bin" / "python"
        self._kept = project.parent / "exported"
        self._kept.write_text("", encoding="utf-8")

    @property
    def folder(self) -> Path:
        """The folder that the page's files are in."""
        return self.project

    def page(self, text: str, *names: str) -> None:
        """All of it, with the blocks that are only for these names; an assertion fails where a command does not do what
        the page says."""
        said = ""
        for block in blocks(text):
            if block.only is not None and block.only not in names:
                continue
            if block.language == "yaml":
                self._write(block.text)
            elif block.language == "sh":
                said = self.sh(block.text)
            else:
                self._compare(block.text, said)

    def sh(self, text: str) -> str:
        """Runs commands; what they said."""
        for old, new in {**self.replaced, **_SECRETS}.items():
            text = text.replace(old, new)
        text = _DONE.sub("", text).replace(_PATH, 'PATH="$PATH"')
        if ENGINE != "pulumi":
            text = re.sub(r"^(\w+=\S+ )?pulumi (?!login)", rf"\1{ENGINE} ", text, flags=re.MULTILINE)
            text = re.sub(r"^pulumi login .*$", "", text, flags=re.MULTILINE)
        text = _ENDS.sub(r"code=0; \g<command> || code=$?; test $code -eq \g<code>", text)
        text = _FAILS.sub(r"code=0; \g<command> || code=$?; test $code -ne 0", text)
        script = f"set -euo pipefail\n. {self._kept}\n{text}\nexport -p > {self._kept}\n"
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self.project,
            env=self._environ(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, f"{text}\n{done.stdout}"
        return done.stdout

    def _environ(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if name == "DIGO_LOCK_DIR" or not name.startswith(("DIGO_", "PULUMI_", "GIT_"))
        }
        who = {
            f"GIT_{role}_{what}": "test@example.com" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
        }
        digo = write_digo(self.project.parent / "bin", self.python)
        kept["PATH"] = f"{digo.parent}:{kept['PATH']}"
        quiet = {"PULUMI_SKIP_UPDATE_CHECK": "true", "PULUMI_HOME": str(self.project.parent / "home"), "EDITOR": "true"}
        return {**kept, **who, **quiet}

    def _write(self, text: str) -> None:
        named = _FILE.match(text)
        if named is not None:
            path = self.folder / named[1]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def _compare(self, text: str, said: str) -> None:
        lines = [" ".join(line.split()) for line in said.splitlines()]
        for wanted in filter(None, text.splitlines()):
            pattern = ".*?".join(re.escape(" ".join(part.split())) for part in wanted.split("…"))
            assert any(re.search(pattern, line) for line in lines), f"{wanted}\nis not in what was said:\n{said}"
