"""A project whose every output is searched for what must never be seen, and that can be copied as it stands."""

from __future__ import annotations

import base64
import copy
import json
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

from workspace import PROJECT, STACK, Outcome, Workspace

from engine.secrets import AesGcmCrypter, unlock
from protocol.values import SECRET_SIGNATURE, SIGNATURE_KEY

CANARY = "canary-token-7d20e1"
NUMBERS = [f"+1202555{last:04}" for last in range(100, 200)]
"""Every phone number that a config, an account or a list of these tests can hold."""

MANAGED = ("digo:Agent", "digo:Lead")


def _inside_base64(text: str) -> set[str]:
    """What base64 makes of a text, wherever in a longer one it stands."""
    plain = text.encode()
    # Six bits a letter, eight bits a byte: what depends on the neighbours is cut off at both ends.
    return {base64.b64encode(b"?" * shift + plain).decode()[-(-shift * 4 // 3) + 1 : -4] for shift in range(3)}


_TOKEN = {CANARY, *_inside_base64(CANARY)}


def leaks(text: str) -> set[str]:
    """The token, and the phone numbers that stand whole in a text, in any spelling."""
    # The digits as they follow each other with no letter between: separators are of many kinds.
    digits = re.sub(r"[^0-9A-Za-z\n]", "", text)
    return {number for number in NUMBERS if number[2:] in digits} | {token for token in _TOKEN if token in text}


class Project(Workspace):
    """A workspace that fails a test as soon as one of its commands prints a secret.

    Attributes:
        prefix: a command that starts the engine, in front of the engine's own.
    """

    prefix: tuple[str, ...] = ()

    def twin(self, folder: Path) -> Project:
        """This project as it is now, with its state, in another folder."""
        shutil.copytree(self.folder, folder, symlinks=True)
        other = copy.copy(self)
        other.folder = folder
        other.environ = {**self.environ, "PULUMI_BACKEND_URL": f"file://{folder}/state"}
        return other

    def command(self, *arguments: str) -> list[str]:
        """As `Workspace.command`, behind the prefix."""
        return [*self.prefix, *super().command(*arguments)]

    def run(self, *arguments: str) -> Outcome:
        """As `Workspace.run`; what it prints is searched."""
        return self._searched(super().run(*arguments))

    def finish(self, run: subprocess.Popen[str]) -> Outcome:
        """Waits for what `start` started."""
        stdout, stderr = run.communicate(timeout=60)
        return self._searched(Outcome(run.returncode, stdout, stderr))

    def _searched(self, outcome: Outcome) -> Outcome:
        found = leaks(outcome.text)
        assert not found, f"printed {found}:\n{outcome.text}"
        return outcome

    def assert_nothing_leaked(self) -> None:
        """Nothing that the runs left in the folder (state, journals, logs) has a secret."""
        assert not leaks(self.everything_left())

    def checkpoint(self) -> dict[str, Any]:
        """The state as the file has it; both engines write it in the same place."""
        path = self.folder / "state" / ".pulumi" / "stacks" / PROJECT / f"{STACK}.json"
        return dict(json.loads(path.read_text())["checkpoint"].get("latest") or {})

    def deployment(self) -> dict[str, Any]:
        """The state in the clear: for comparing, never for printing."""
        sealed = self.checkpoint()
        salt = sealed["secrets_providers"]["state"]["salt"]
        return dict(_opened(sealed, _crypter(self.environ["PULUMI_CONFIG_PASSPHRASE"], salt)))

    def ids(self) -> dict[str, str]:
        """The id of every agent and lead in the state, by resource name."""
        return {
            resource["urn"].rsplit("::", 1)[-1]: resource["id"]
            for resource in self.checkpoint().get("resources") or ()
            if resource["type"].endswith(MANAGED)
        }


@cache
def _crypter(passphrase: str, salt: str) -> AesGcmCrypter:
    return unlock(passphrase, salt).crypter


def _opened(value: Any, crypter: AesGcmCrypter) -> Any:
    if isinstance(value, list):
        return [_opened(one, crypter) for one in value]
    if not isinstance(value, dict):
        return value
    if value.get(SIGNATURE_KEY) == SECRET_SIGNATURE:
        return json.loads(crypter.decrypt(value["ciphertext"]))
    return {name: _opened(one, crypter) for name, one in value.items()}
