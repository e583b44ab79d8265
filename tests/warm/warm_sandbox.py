"""A sandbox whose process is forked from a warm Python: a tenth of the time of a start from nothing."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

import sandbox.testing
from sandbox.testing import Sandbox
from tests.warm.warm_python import warm_python


def start_sandbox(folder: Path, **options: object) -> AbstractContextManager[Sandbox]:
    """As `sandbox.testing.start_sandbox`, with the warm Python."""
    return sandbox.testing.start_sandbox(folder, python=str(warm_python()), **options)
