"""The state of a stack right after its `stack init`, with the salt whose key the warm Python knows.

A salt of its own would be a key to derive, a tenth of a second for each process that has to do with the stack.
"""

from __future__ import annotations

import json
from pathlib import Path

from tests.warm.stack_key import SALT

PROJECT = "pulumi-digo"


def write_new_state(state: Path, stack: str) -> None:
    """Writes the stack's file in a folder of state."""
    file = state / ".pulumi" / "stacks" / PROJECT / f"{stack}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    (state / ".pulumi" / "meta.yaml").write_text("version: 1\n")
    secrets = {"type": "passphrase", "state": {"salt": SALT}}
    checkpoint = {"stack": f"organization/{PROJECT}/{stack}", "latest": {"secrets_providers": secrets}}
    file.write_text(json.dumps({"version": 3, "checkpoint": checkpoint}))
