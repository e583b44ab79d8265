"""The extras of the package: which libraries each one brings, and the error where one is missing.

What single features need is not installed for a plain run. Code that is about to import such a library asks here first.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

MODULES: Mapping[str, tuple[str, ...]] = {
    "lists": ("pyarrow", "numpy"),
    "workbooks": ("python_calamine",),
    "stores": ("fsspec", "s3fs", "gcsfs"),
    "records": ("pyarrow", "plotly"),
    "masking": ("pyarrow", "uvicorn", "starlette", "httptools", "prometheus_client"),
    "shared-pace": ("redis", "psycopg"),
    "fleet": ("dbos", "sqlalchemy", "standardwebhooks", "dotenv", "psycopg"),
    "sandbox": ("uvicorn", "starlette", "httptools"),
}
"""By extra, the modules that code imports."""

_ROOT = Path(__file__).resolve().parents[2]


class ExtraMissing(Exception):
    """A library of an extra is not installed. The text says what needs it, and how it comes."""


def need(extra: str, what: str, *modules: str) -> None:
    """Makes sure of the libraries of an extra, before they are imported.

    Args:
        extra: the extra's name.
        what: what needs it, as the beginning of the message.
        modules: the modules to look for; all of the extra where none is named.

    Raises:
        ExtraMissing: one is not installed.
    """
    if lack := lacking(extra, what, *modules):
        raise ExtraMissing(lack)


def lacking(extra: str, what: str, *modules: str) -> str | None:
    """The message of `need`; None where nothing is missing."""
    missing = [name for name in modules or MODULES[extra] if not _is_installed(name)]
    if not missing:
        return None
    return f"{what} needs {', '.join(missing)}, which {sys.executable} lacks; {how_to_get(extra)}"


def how_to_get(extra: str) -> str:
    """The command that brings an extra, as the end of a sentence."""
    if (_ROOT / "scripts" / "setup.sh").is_file():
        return f"`make setup EXTRAS={extra}` in {_ROOT} brings the extra `{extra}`"
    return f"`{shlex.quote(sys.executable)} -m pip install 'pulumi-digo[{extra}]'` brings the extra"


def explained(missing: ModuleNotFoundError) -> str | None:
    """The message for an import that failed; None where the module is of no extra."""
    module = (missing.name or "").partition(".")[0]
    extra = next((name for name, modules in MODULES.items() if module in modules), None)
    return None if extra is None else lacking(extra, "this", module)


def _is_installed(module: str) -> bool:
    return module in sys.modules or find_spec(module) is not None
