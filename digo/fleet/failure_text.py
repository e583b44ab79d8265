"""What an error of one stack says to people."""

from __future__ import annotations

import re
import shlex
import traceback
from pathlib import Path

from digo.api.errors import ApiError
from digo.ci.failure import HostingError
from digo.fleet.failure import FleetError
from digo.project.failure import ProjectFailure
from digo.settings.failure import SettingsError
from digo.source.problems import ConfigError
from digo.system.extras import ExtraMissing, explained
from digo.text.unicode import visible
from digo.workspace.engine import EngineError

_TOLD = (ApiError, ConfigError, EngineError, ExtraMissing, FleetError, HostingError, ProjectFailure, SettingsError)
_SETS_CONFIG = re.compile(r"`(pulumi config set (?:(?!--stack)[^`])*)`")
_OF_ONE_STACK = re.compile(r"`digo (doctor)`")
_PACKAGE = Path(__file__).resolve().parents[1]


def failure_text(error: Exception) -> str:
    """The text of an error. It may have numbers and tokens in it.

    Of an error that nobody expected, it has the kind, and the place in this program where it came up.
    """
    if isinstance(error, _TOLD):
        return str(error)
    if isinstance(error, ModuleNotFoundError) and (lack := explained(error)) is not None:
        return lack
    if isinstance(error, OSError):
        place = f"{visible(str(error.filename))}: " if error.filename else ""
        return f"{place}{error.strerror or error}"
    return f"a bug of pulumi-digo: {type(error).__name__}: {error} ({_place(error)}); please report it"


def with_stack(text: str, stack: str) -> str:
    """A message whose next steps name the stack: without it, they are about the one that happens to be selected."""
    name = shlex.quote(stack)
    text = _SETS_CONFIG.sub(lambda found: f"`{found[1]} --stack {name}`", text)
    return _OF_ONE_STACK.sub(lambda found: f"`digo --stack {name} {found[1]}`", text)


def _place(error: Exception) -> str:
    """The last place in this package that the error came through, as `plan/compare.py:33`."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [one for one in frames if Path(one.filename).is_relative_to(_PACKAGE)]
    return f"{Path(own[-1].filename).relative_to(_PACKAGE).as_posix()}:{own[-1].lineno}" if own else "no place of it"
