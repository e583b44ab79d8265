"""A fleet for benchmarks: one project, many stacks, each with an account of its own that is as its config says.

One stack is made by a real up. The others are its copies: the same agents on the account, and the same state under
another name, encrypted with a salt of its own.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bench.cost import Cost, cost_of
from bench.fixtures import agents
from bench.project import ROOT
from digo.project.passphrase import CHECK_WORD, SALT_BYTES, AesGcmCrypter, crypter_of, derive_key, to_base64
from sandbox.testing import Sandbox, start_sandbox

PROJECT = "pulumi-digo"
PASSPHRASE = "bench"
FLEET = """\
groups:
  all: {stacks: ["*"]}
environment:
  variables: {DIGO_AUTHORIZATION: "DIGO_AUTHORIZATION_{STACK}"}
"""
_SIGNATURE = "4dabf18193072939515e22adb298388d"


@dataclass(frozen=True)
class FleetProject:
    """The project's folder, its sandbox, the names of its stacks, and the environment of its commands."""

    folder: Path
    sandbox: Sandbox
    stacks: tuple[str, ...]
    environ: Mapping[str, str]

    def run(self, *arguments: str) -> Cost:
        """Runs a Python module to its end, such as `engine up`, and says what it cost.

        Raises:
            BenchError: it failed.
        """
        return cost_of(arguments, self.folder, self.environ, self.folder.parent / "output.txt")

    def requests(self) -> Counter[int]:
        """How many accounts have had how many requests."""
        return Counter(sum(self.sandbox.account(name).counts().values()) for name in self.stacks)

    def clear_requests(self) -> None:
        """Begins to count requests anew."""
        for name in self.stacks:
            self.sandbox.account(name).clear_requests()

    def write_agents(self, stack: str, count: int, **changed: Mapping[str, str]) -> None:
        """Writes a stack's agents.yaml. `changed` has fields of single agents, by key with `_` for `-`."""
        entries = dict(agents(count))
        for key, fields in changed.items():
            entries[key.replace("_", "-")] |= fields
        _write(self.folder / "config" / stack / "agents.yaml", {"agents": entries})


@contextmanager
def fleet_project(
    folder: Path, stacks: int, agents_each: int, progress: Callable[[str], None], latency_ms: int = 0
) -> Iterator[FleetProject]:
    """A fleet whose stacks are all in sync.

    Args:
        folder: where it is made.
        stacks: how many stacks.
        agents_each: how many agents each has.
        progress: takes what is being done.
        latency_ms: what each request to the sandbox waits, once the fleet is made.

    Raises:
        BenchError: the up of the first stack failed.
    """
    names = tuple(f"branch-{number:04}" for number in range(stacks))
    accounts = {name: f"token-of-{name}" for name in names}
    folder.mkdir()
    with start_sandbox(folder, accounts=accounts) as sandbox:
        project = FleetProject(folder / "project", sandbox, names, _environ(folder / "project", accounts))
        progress(f"{stacks:,} stacks: the first one's up")
        _make_project(project, agents_each)
        progress(f"{stacks:,} stacks: copies of it")
        _copy_first(project, folder / "account.db")
        for name in names:
            sandbox.account(name).settings(latency_ms=latency_ms)
        project.clear_requests()
        yield project


def _environ(folder: Path, accounts: Mapping[str, str]) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("DIGO_", "PULUMI_"))}
    tokens = {f"DIGO_AUTHORIZATION_{name.upper().replace('-', '_')}": token for name, token in accounts.items()}
    return {
        **inherited,
        **tokens,
        "PULUMI_BACKEND_URL": f"file://{folder}/state",
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "DIGO_LOCK_DIR": str(folder),
    }


def _make_project(project: FleetProject, agents_each: int) -> None:
    (project.folder / "state").mkdir(parents=True)
    shutil.copy(ROOT / "__main__.py", project.folder)
    for package in ("digo", "providers", "engine", "protocol"):
        (project.folder / package).symlink_to(ROOT / package)
    (project.folder / ".venv").symlink_to(sys.prefix)
    document: dict[str, Any] = yaml.safe_load((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))
    document["plugins"]["providers"][0]["path"] = str(ROOT / "providers" / "host")
    _write(project.folder / "Pulumi.yaml", document)
    (project.folder / "fleet.yaml").write_text(FLEET, encoding="utf-8")
    for name in project.stacks:
        project.write_agents(name, agents_each)
    first = project.stacks[0]
    config = {
        "digo:endpoint": project.sandbox.url,
        "digo:account": first,
        "digo:cps": "0",
        "digo:guards": {"maxCreates": agents_each},
    }
    _write(project.folder / f"Pulumi.{first}.yaml", {"config": config})
    token = project.sandbox.account(first).token
    alone = FleetProject(
        project.folder, project.sandbox, project.stacks, {**project.environ, "DIGO_AUTHORIZATION": token}
    )
    alone.run("engine", "stack", "init", first)
    alone.run("engine", "up", "--yes", "--skip-preview", "--stack", first)


def _copy_first(project: FleetProject, saved: Path) -> None:
    first, *others = project.stacks
    project.sandbox.account(first).save(saved)
    config = yaml.safe_load((project.folder / f"Pulumi.{first}.yaml").read_text(encoding="utf-8"))
    opened = crypter_of(PASSPHRASE, config["encryptionsalt"])
    folder = project.folder / "state" / ".pulumi" / "stacks" / PROJECT
    state = json.loads((folder / f"{first}.json").read_text(encoding="utf-8"))
    plain = json.dumps(_each_secret(state, "ciphertext", lambda text: {"plaintext": opened.decrypt(text)}))

    def copy(name: str) -> None:
        project.sandbox.account(name).load(saved)
        salt, key = _new_key()
        own = {"config": {**config["config"], "digo:account": name}, "encryptionsalt": salt}
        _write(project.folder / f"Pulumi.{name}.yaml", own)
        renamed = json.loads(plain.replace(first, name).replace(config["encryptionsalt"], salt))
        sealed = _each_secret(renamed, "plaintext", lambda text: {"ciphertext": key.encrypt(text)})
        (folder / f"{name}.json").write_text(json.dumps(sealed), encoding="utf-8")

    with ThreadPoolExecutor() as executor:
        list(executor.map(copy, others))


def _new_key() -> tuple[str, AesGcmCrypter]:
    salt = secrets.token_bytes(SALT_BYTES)
    key = AesGcmCrypter(derive_key(PASSPHRASE, salt))
    return f"v1:{to_base64(salt)}:{key.encrypt(CHECK_WORD)}", key


def _each_secret(value: Any, form: str, change: Callable[[str], Mapping[str, str]]) -> Any:
    if isinstance(value, list):
        return [_each_secret(one, form, change) for one in value]
    if not isinstance(value, dict):
        return value
    if _SIGNATURE in value and form in value:
        return {_SIGNATURE: value[_SIGNATURE], **change(value[form])}
    return {key: _each_secret(one, form, change) for key, one in value.items()}


def _write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
