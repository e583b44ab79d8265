"""A stack is read from its files as the engine reads it; what is unusual is left to the engine."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from digo.project.passphrase import crypter_of
from digo.project.project_file import load_project
from digo.workspace.state_folder import LeftToEngine
from digo.workspace.stored_stack import StoredStack
from engine.backend.layout import StackReference
from engine.backend.store import FileBackend, StoredState
from engine.model import Deployment, PendingOperation, ResourceState
from engine.serialize import decode_deployment
from protocol.stored import decrypt_with, encrypt_with, write_plaintext
from protocol.values import Secret
from tests.warm.stack_key import PASSPHRASE, SALT

STACK = StackReference("demo", "dev")
KEY = crypter_of(PASSPHRASE, SALT)
ENVIRON = {"PULUMI_CONFIG_PASSPHRASE": PASSPHRASE}
STACK_FILE = f"""\
encryptionsalt: {SALT}
config:
  digo:endpoint: http://127.0.0.1:1
  digo:authorization:
    secure: {KEY.encrypt("example-token")}
  demo:nested:
    list: [1, {{secure: {KEY.encrypt("inner")}}}]
"""


def resource(name: str, **fields: object) -> ResourceState:
    urn = f"urn:pulumi:dev::demo::digo:index:Agent::{name}"
    return ResourceState(urn, "digo:index:Agent", custom=True, id=f"id-{name}", **fields)  # type: ignore[arg-type]


DEPLOYMENT = Deployment(
    resources=[
        resource("plain", inputs={"name": "Ünïcode", "list": [1, 2.5, None, True, {}]}, protect=True),
        resource(
            "secret",
            inputs={"number": Secret("+12025550101"), "run": Secret({"census": {"a": [1, {"b": None}]}})},
            outputs={"deep": [{"x": Secret([Secret("inner"), 1.5])}], "number": Secret("+12025550101")},
            retain_on_delete=True,
            extra={"sourcePosition": "project:///x#1,1"},
        ),
        resource("old", delete=True),
        resource("empty"),
    ],
    pending_operations=[PendingOperation(resource("begun", inputs={"n": Secret("x")}), "creating")],
    secrets_provider={"type": "passphrase", "state": {"salt": SALT}},
    metadata={},
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: demo\nruntime: python\n", encoding="utf-8")
    (tmp_path / "Pulumi.dev.yaml").write_text(STACK_FILE, encoding="utf-8")
    backend = FileBackend(f"file://{tmp_path}/state", tmp_path / "state")
    backend.create(STACK, Deployment())
    backend.save(STACK, StoredState(Deployment()), DEPLOYMENT, encrypt_with(KEY))
    (backend.layout.checkpoint(STACK).with_name("dev.json.bak")).unlink()
    return tmp_path


def stored(folder: Path, stack: str = "dev", **environ: str) -> StoredStack:
    return StoredStack(load_project(folder / "Pulumi.yaml"), stack, folder / "state", environ or ENVIRON)


def state_file(folder: Path) -> Path:
    return folder / "state/.pulumi/stacks/demo/dev.json"


def exported(folder: Path) -> Deployment:
    """What `stack export --show-secrets` writes, read again."""
    backend = FileBackend(f"file://{folder}/state", folder / "state")
    document = backend.load(STACK, decrypt_with(KEY)).export(write_plaintext)
    return decode_deployment(json.loads(json.dumps(document))["deployment"], _nothing_encrypted)


def _nothing_encrypted(ciphertext: str) -> str:
    raise AssertionError(ciphertext)


def test_the_state_is_what_the_engine_exports(folder: Path) -> None:
    found = stored(folder).deployment()
    assert found is not None
    # An operation that was under way has its secrets still, and nobody asks for them.
    opened = decode_deployment({**found, "pending_operations": []}, _nothing_encrypted)
    assert opened == replace(exported(folder), pending_operations=[])
    assert "+12025550101" in json.dumps(found)
    assert stored(folder).stacks() == ["dev"]


def test_a_packed_state_is_read(folder: Path) -> None:
    plain = stored(folder).deployment()
    file = state_file(folder)
    file.with_name("dev.json.gz").write_bytes(gzip.compress(file.read_bytes()))
    file.unlink()
    assert stored(folder).deployment() == plain
    assert stored(folder).stacks() == ["dev"]


def test_a_stack_that_is_not_there_has_no_state(folder: Path) -> None:
    (folder / "Pulumi.prod.yaml").write_text("", encoding="utf-8")
    assert stored(folder, "prod").deployment() is None
    for path in (folder / "state/.pulumi").rglob("*.*"):
        path.unlink()
    assert stored(folder).stacks() == []


def test_encrypted_config_is_decrypted(folder: Path) -> None:
    assert stored(folder).secrets() == {"digo:authorization": "example-token", "demo:nested": '{"list":[1,"inner"]}'}


def test_a_relative_passphrase_file_counts_from_the_project(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "passphrase.txt").write_text(f"{PASSPHRASE}\n", encoding="utf-8")
    monkeypatch.chdir("/")
    assert stored(folder, PULUMI_CONFIG_PASSPHRASE_FILE="passphrase.txt").deployment() is not None


def edited(content: str, found: str, new: str) -> str:
    assert found in content
    return content.replace(found, new)


def in_state(found: str, new: str) -> Callable[[Path], object]:
    return lambda folder: state_file(folder).write_text(edited(state_file(folder).read_text(), found, new))


def in_file(found: str, new: str) -> Callable[[Path], object]:
    path = "Pulumi.dev.yaml"
    return lambda folder: (folder / path).write_text(edited((folder / path).read_text(), found, new))


def left(name: str, content: bytes = b"x") -> Callable[[Path], object]:
    def write(folder: Path) -> None:
        path = folder / "state/.pulumi" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    return write


def before_version_1(folder: Path) -> None:
    (folder / "state/.pulumi/meta.yaml").unlink()
    (folder / "state/.pulumi/stacks/dev.json").write_text("{}", encoding="utf-8")


OTHER_SALT = "v1:gg619ewoDHk=:v1:ZIkIkHvWlTt5qG2i:RXLrVCWhBcw0sZL1FMyP2dXpdYFUQg=="
UNUSUAL: dict[str, Callable[[Path], object]] = {
    "an interrupted run": left("embedded/demo/dev.journal"),
    "zstd": lambda folder: state_file(folder).rename(state_file(folder).with_name("dev.json.zst")),
    "two files": left("stacks/demo/dev.json.gz", gzip.compress(b"{}")),
    "a newer version": in_state('"version":3', '"version":4'),
    "features": in_state('"version":3', '"version":3,"features":["x"]'),
    "another layout": left("meta.yaml", b"version: 2\n"),
    "the layout before version 1": before_version_1,
    "a layout of nonsense": left("meta.yaml", b"\xff{"),
    "another provider": in_state('"type":"passphrase"', '"type":"cloud"'),
    "no provider": in_state('"secrets_providers"', '"other"'),
    "another salt in the state": in_state(SALT, OTHER_SALT),
    "another salt in the file": in_file(SALT, OTHER_SALT),
    "no salt in the file": in_file(f"encryptionsalt: {SALT}\n", ""),
    "a broken salt": in_file(SALT, "v1:%%%:v1:a:b"),
    "another way to keep secrets": in_file("encryptionsalt", "secretsprovider: awskms://x\nencryptionsalt"),
    "an environment": in_file("encryptionsalt", "environment: [x]\nencryptionsalt"),
    "a broken stack file": in_file("config:", "config: ["),
    "half a state": lambda folder: state_file(folder).write_bytes(state_file(folder).read_bytes()[:-9]),
    "an empty state file": lambda folder: state_file(folder).write_bytes(b""),
    "a state that is a list": lambda folder: state_file(folder).write_bytes(b"[]"),
    "resources that are a text": in_state('"resources":[', '"resources":"x","y":['),
    "a resource that is a text": in_state('"resources":[', '"resources":["x",'),
    "a damaged secret": in_state('"ciphertext":"v1:', '"ciphertext":"v1:AAAA'),
    "a secret in two forms": in_state('"ciphertext":"v1:', '"plaintext":"x","ciphertext":"v1:'),
}


@pytest.mark.parametrize("unusual", UNUSUAL)
def test_what_is_unusual_is_left_to_the_engine(folder: Path, unusual: str) -> None:
    assert stored(folder).deployment()
    UNUSUAL[unusual](folder)
    with pytest.raises(LeftToEngine):
        stored(folder).deployment()


def test_without_the_right_passphrase_the_engine_says_so(folder: Path) -> None:
    for environ in ({"PATH": ""}, {"PULUMI_CONFIG_PASSPHRASE": "other"}, {"PULUMI_CONFIG_PASSPHRASE_FILE": "missing"}):
        for ask in (stored(folder, **environ).deployment, stored(folder, **environ).secrets):
            with pytest.raises(LeftToEngine):
                ask()


def test_another_backend_and_another_organization_are_the_engines(folder: Path) -> None:
    elsewhere = StoredStack(load_project(folder / "Pulumi.yaml"), "dev", None, ENVIRON)
    for ask in (elsewhere.deployment, elsewhere.stacks, stored(folder, "organization/demo/dev").deployment):
        with pytest.raises(LeftToEngine):
            ask()
