"""The argument of a command that names a list's file, or an object in a store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from digo.lists.files.addresses import check_address, is_address, is_pattern, shown_address

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class ListPath(click.ParamType[Path | str]):
    """A file that exists, as a `Path`; or an address, as a text."""

    name = "file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path | str:
        """The file or the address."""
        if isinstance(value, Path) or not is_address(value):
            path: Path = _FILE.convert(value, param, ctx)
            return path
        try:
            check_address(value)
        except ValueError as problem:
            self.fail(str(problem), param, ctx)
        if is_pattern(value):
            self.fail("name one object; a glob belongs in config", param, ctx)
        return str(value)


def shown(path: Path | str) -> str:
    """The name of a file or an object in messages."""
    return shown_address(path) if isinstance(path, str) else str(path)
