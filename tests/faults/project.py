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

from digo.project.passphrase import AesGcmCrypter
from engine.secrets import unlock
from protocol.values import SECRET_SIGNATURE, SIGNATURE_KEY
from tests.scenarios.workspace import Outcome, Workspace

CANARY = "canary-token-7d20e1"
SMARTFLO_CANARY = "canary-token-94ba37"
NUMBERS = [f"+1202555{last:04}" for last in range(100, 200)]
"""Every phone number that a config, an account or a list of these tests can hold."""

MANAGED = ("digo:Agent", "digo:AbsentAgent", "digo:BroadcastList", "digo:Lead", "digo:LeadShard")
_PLAIN = ("Agent", "Lead")


def _inside_base64(text: str) -> set[str]:
    """What base64 makes of a text, wherever in a longer one it stands."""
    plain = text.encode()
    # Six bits a letter, eight bits a byte: what depends on the neighbours is cut off at both ends.
    return {base64.b64encode(b"?" * shift + plain).decode()[-(-shift * 4 // 3) + 1 : -4] for shift in range(3)}


_TOKENS = {text for token in (CANARY, SMARTFLO_CANARY) for text in (token, *_inside_base64(token))}


def leaks(text: str) -> set[str]:
    """The tokens, and the phone numbers that stand whole in a text, in any spelling."""
    # The digits as they follow each other with no letter between: separators are of many kinds.
    digits = re.sub(r"[^0-9A-Za-z\n]", "", text)
    return {number for number in NUMBERS if number[2:] in digits} | {token for token in _TOKENS if token in text}


class Project(Workspace):
    """A workspace that fails a test as soon as one of its commands prints a secret."""

    def twin(self, folder: Path) -> Project:
        """This project as it is now, with its state, in another folder."""
        shutil.copytree(self.folder, folder, symlinks=True)
        other = copy.copy(self)
        other.folder = folder
        other.environ = {**self.environ, "PULUMI_BACKEND_URL": f"file://{folder}/state"}
        return other

    def run(self, *arguments: str) -> Outcome:
        """As `Workspace.run`; what it prints is searched."""
        return self.searched(super().run(*arguments))

    def finish(self, run: subprocess.Popen[str]) -> Outcome:
        """Waits for what `start` started."""
        stdout, stderr = run.communicate(timeout=60)
        return self.searched(Outcome(run.returncode, stdout, stderr))

    def searched(self, outcome: Outcome) -> Outcome:
        """The outcome, in which no secret is."""
        found = leaks(outcome.text)
        assert not found, f"printed {found}:\n{outcome.text}"
        return outcome

    def steps(self, *arguments: str) -> dict[str, str]:
        """As `Workspace.steps`, with what a profile manages beside agents and leads: by kind and name."""
        outcome = self.run("preview", "--json", *arguments)
        assert outcome.code == 0, outcome.text
        return operations(outcome.stdout)

    def assert_nothing_leaked(self) -> None:
        """Nothing that the runs left in the folder (state, journals, logs) has a secret, or a password of a user."""
        left = self.everything_left()
        assert not leaks(left)
        passwords = [
            request["body"]["password"]
            for request in self.sandbox.requests()
            if isinstance(request["body"], dict) and "password" in request["body"]
        ]
        assert not [password for password in passwords if password in left]

    def writes(self) -> list[dict[str, Any]]:
        """The requests, since the sandbox's count began, that can change the account."""
        return [request for request in self.sandbox.requests() if request["method"] != "GET"]

    def deployment(self) -> dict[str, Any]:
        """The state in the clear: for comparing, never for printing."""
        sealed = self.checkpoint()
        salt = sealed["secrets_providers"]["state"]["salt"]
        return dict(_opened(sealed, _crypter(self.environ["PULUMI_CONFIG_PASSPHRASE"], salt)))

    def ids(self) -> dict[str, str]:
        """The id of everything managed in the state, by `name_of`."""
        return {
            name_of(resource["urn"]): resource["id"]
            for resource in self.checkpoint().get("resources") or ()
            if resource["type"].endswith(MANAGED)
        }


def name_of(urn: str) -> str:
    """The name of an agent or a lead; of another resource, its kind and name, since two kinds can share a name."""
    types, name = urn.split("::")[-2:]
    kind = types.rpartition("dynamic/digo:")[2]
    return name if kind in _PLAIN else f"{kind} {name}"


def operations(preview: str) -> dict[str, str]:
    """The operations of a `preview --json` on what is managed, by `name_of`; unchanged resources are left out."""
    return {
        name_of(step["urn"]): step["op"]
        for step in json.loads(preview).get("steps") or ()
        if step["op"] != "same" and step["urn"].split("::")[-2].endswith(MANAGED)
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
