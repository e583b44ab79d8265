"""`digo about`: the installation, and every place where something is kept."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import click

from digo.cli.context import Context, NotFound, pass_context
from digo.project.backend import BACKEND_VARIABLE, DEFAULT_FOLDER, without_user
from digo.project.project_file import ProjectFile
from digo.project.selection import workspace_file
from digo.source.problems import ConfigError
from digo.text.counts import counted
from digo.text.unicode import visible
from digo.version import VERSION
from digo.workspace.stack_config import StackConfig

_VARIABLES = ("DIGO_", "PULUMI_CONFIG_PASSPHRASE", "PULUMI_BACKEND_URL")
_COLUMN = 24
_MOST_ACCOUNTS = 10
# What runs leave below `.digo/`, and what it is for.
_LEFT = {
    "keys": "ledger keys: without them all rows of lists are sent again",
    "journal": "what each run wrote",
    "ledger": "rows that an unfinished up has sent",
    "history": "the plan of each up",
    "refused": "rows that the API refused",
    "records": "which call records were downloaded",
    "fleet": "runs of the fleet, their logs, and the last watch",
}


@click.command(epilog="Example: digo about")
@pass_context
def about(context: Context) -> int:
    """Shows the version, its Python, and every place where something is kept.

    It lists only what exists. To remove pulumi-digo, remove these. Exit code: 0.
    """
    click.echo(f"pulumi-digo {VERSION}, Python {sys.version.partition(' ')[0]}")
    _section("installed", [(sys.prefix, "Python and the packages"), (_of_the_package(), "pulumi-digo")])
    project = _project(context)
    if project is None:
        click.echo("\nthere is no project here")
    else:
        _section(f"in the project {project.name}, {visible(str(project.root))}", _in_project(project, context))
        _section("accounts by name (digo:account)", _named_accounts(project))
    _section("elsewhere", _outside(context, project))
    return 0


def _project(context: Context) -> ProjectFile | None:
    try:
        return context.project
    except NotFound:
        return None


def _section(title: str, places: Iterable[tuple[str, str]]) -> None:
    found = [(visible(place), what) for place, what in places]
    if found:
        width = min(max(len(place) for place, _ in found), _COLUMN)
        click.echo("\n".join([f"\n{title}:", *(f"  {place:<{width}}  {what}" for place, what in found)]))


def _of_the_package() -> str:
    here = Path(__file__).resolve().parents[1]
    # Installed for development, all of the repository is the package.
    return str(here if here.parent == Path(sysconfig.get_path("purelib")).resolve() else here.parent)


def _in_project(project: ProjectFile, context: Context) -> Iterator[tuple[str, str]]:
    root = project.root
    places = {
        ".venv": "the virtual environment",
        DEFAULT_FOLDER: "the state of the embedded engine and of `make up`",
        **{f".digo/{name}": what for name, what in _LEFT.items()},
        "digo-ci": "what the steps of pipelines wrote",
        ".sandbox": "the account of a sandbox",
    }
    yield from ((place, what) for place, what in places.items() if (root / place).exists())
    known = {".digo", *(f".digo/{name}" for name in _LEFT)}
    others = sorted(path.relative_to(root).as_posix() for path in (root / ".digo").glob("*"))
    yield from ((place, "left by a run") for place in others if place not in known)
    url = context.environ.get(BACKEND_VARIABLE) or project.backend_url
    if url:
        yield without_user(url), "the state: remove a stack with `stack rm` before its backend"


def _named_accounts(project: ProjectFile) -> Iterator[tuple[str, str]]:
    """The accounts that stacks name, with these stacks. A stack whose files are broken is left out."""
    stacks: dict[str, list[str]] = {}
    for name in project.stacks():
        with suppress(ConfigError):
            if account := StackConfig(project, name, dict).get("digo:account"):
                stacks.setdefault(account, []).append(name)
    named = sorted(stacks.items())
    for account, users in named[:_MOST_ACCOUNTS]:
        yield account, f"{'stack' if len(users) == 1 else 'stacks'} {', '.join(users)}"
    if more := named[_MOST_ACCOUNTS:]:
        yield "…", f"{counted(len(more), 'more account')}: `digo fleet stacks` has all"


def _outside(context: Context, project: ProjectFile | None) -> Iterator[tuple[str, str]]:
    from digo.system.lock_file import lock_folders  # imported late: most commands need no locks

    for folder in lock_folders(context.environ):
        if folder.path.is_dir():
            yield (
                str(folder.path),
                "account locks of all projects, and tokens of logins: no run needs them when none is at work",
            )
    if project is not None:
        file = workspace_file(project.path, project.name, context.environ)
        if file.is_file():
            yield str(file), "which stack is selected"
    for name in sorted(context.environ):
        if name.startswith(_VARIABLES):
            yield name, "a variable of this shell"
