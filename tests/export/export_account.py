"""An account as it is stored: name, digits and intercom of each agent; and who makes a project for one."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.testing import Sandbox
from tests.scenarios.workspace import Workspace

Stored = tuple[str | None, str | None, str | None]
MakeWorkspace = Callable[[list[Stored]], tuple[Workspace, Sandbox]]
