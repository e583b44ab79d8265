"""`digo new`: makes a project of a user's own."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click

from digo.cli.context import Context, pass_context
from digo.cli.file_changes import FileChanges
from digo.cli.init import ENVIRONMENT_NAME, PROFILE_OPTION, NewStack, make_environment
from digo.cli.whole_number import WholeNumber
from digo.new.pipelines import SERVICES
from digo.new.template import is_executable, project_texts
from digo.project.project_file import PROJECT_FILE_NAMES
from digo.settings.stack_settings import DEFAULT_CPS
from digo.system.command_name import digo_command
from digo.system.environment import broken_folder
from digo.system.prompts import prompt_text
from digo.text.stack_names import variable_of_stack

_PROJECT_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_NOT_A_FILE_OF_A_PROJECT = frozenset({".git", ".venv", ".gitattributes", ".DS_Store"})
_SHOWN = 5


@click.command(epilog="Example: digo new phones --endpoint https://api.example.com --cps 3 --ci github")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--environment", help="The first environment, and its stack.  [default: prod]")
@click.option("--endpoint", help="The API's address, without /v1. Asked for on a terminal if it is left out.")
@click.option(
    "--cps",
    type=WholeNumber(0, 10_000),
    help=f"The account's calls per second; 0 means no limit.  [default: {DEFAULT_CPS}]",
)
@PROFILE_OPTION
@click.option("--ci", type=click.Choice(SERVICES), default="none", show_default=True, help="The service of pipelines.")
@click.option(
    "--fleet", is_flag=True, help="Write a fleet.yaml of all stacks, the extra that it needs, and its pipelines."
)
@click.option("--name", help="The project's name.  [default: the folder's]")
@click.option("--force", is_flag=True, help="Use a folder that has files already. They are kept.")
@pass_context
def new(
    context: Context,
    folder: Path,
    environment: str | None,
    endpoint: str | None,
    cps: int | None,
    profile: str | None,
    ci: str,
    name: str | None,
    *,
    fleet: bool,
    force: bool,
) -> int:
    """Makes a project of your own in FOLDER, with one environment and its stack.

    The project depends on the installed pulumi-digo and has no copy of it. No existing file is changed. The stack is
    created only if a passphrase is set. After an error, everything that was created is removed. Exit code: 0 done, 1 an
    error.
    """
    root = (context.start / folder).absolute()
    environment = environment or context.named or "prod"
    _check_names(root, name or root.resolve().name, environment, given=name is not None)
    _check_folder(root, force=force)
    endpoint = endpoint or _asked_endpoint()
    made = replace(context, start=root, named=environment)
    making = FileChanges(root)
    with making.undone_on_error():
        for path, text in project_texts(name or root.resolve().name, ci, environment, fleet=fleet).items():
            making.file(root / path, text, executable=is_executable(path))
        built = make_environment(made, NewStack(endpoint, cps, None, profile), making)
    steps = [*_before(root), *built.steps, *(_of_fleet(environment) if fleet else ())]
    kept = [line for line in making.report if line.startswith("kept ")]
    click.echo("\n".join([*making.report, *_kept_notes(kept), *built.notes, "next:", *(f"  {one}" for one in steps)]))
    return 0


def _check_names(root: Path, name: str, environment: str, *, given: bool) -> None:
    """Raises `click.UsageError` for a name that Pulumi refuses."""
    if problem := broken_folder(root):
        raise click.UsageError(problem)
    if not _PROJECT_NAME.fullmatch(name):
        wrong = "--name" if given else f"the folder's name {root.name} is not a project's name: give --name, which"
        raise click.UsageError(f"{wrong} has 1 to 100 letters, digits, `_`, `.` and `-`")
    if not ENVIRONMENT_NAME.fullmatch(environment):
        raise click.UsageError("an environment is named with at most 100 letters, digits, `_`, `.` and `-`")


def _check_folder(root: Path, *, force: bool) -> None:
    """Raises `click.UsageError` for a folder with a project, or with files that nobody agreed to."""
    if not root.is_dir():
        if root.exists() or root.is_symlink():
            raise click.UsageError(f"{root} is not a folder; nothing was made")
        return
    if file := next((one for one in PROJECT_FILE_NAMES if (root / one).exists()), None):
        raise click.UsageError(
            f"{root} is a project already: it has a {file}; nothing was made or changed. `digo init NAME` makes an "
            "environment in it, `digo upgrade` brings its files up to date"
        )
    found = sorted(path.name for path in root.iterdir() if path.name not in _NOT_A_FILE_OF_A_PROJECT)
    if found and not force:
        more = f" and {len(found) - _SHOWN:,} more" if len(found) > _SHOWN else ""
        raise click.UsageError(
            f"{root} is not empty: it has {', '.join(found[:_SHOWN])}{more}; nothing was made. Give another folder, or "
            "--force, which keeps every file that is there"
        )


def _asked_endpoint() -> str:
    if not sys.stdin.isatty():
        raise click.UsageError("give --endpoint: the API's address, without /v1")
    answer = None
    while not answer:
        answer = prompt_text("The API's address, without /v1")
    return answer.strip()


def _before(root: Path) -> Iterator[str]:
    """The commands before those of the environment, for the shell that this command was typed in."""
    here = Path.cwd()
    if root.resolve() != here:
        shown = root.relative_to(here) if root.is_relative_to(here) else root
        yield f"cd {shlex.quote(str(shown))}"
    if shutil.which("pulumi"):
        yield "pulumi install   # the project's virtual environment"


def _of_fleet(stack: str) -> Iterator[str]:
    variable = variable_of_stack("DIGO_AUTHORIZATION_{STACK}", stack)
    yield f"export {variable}=…   # as fleet.yaml says; one for each stack"
    yield f"{digo_command()} fleet plan"


def _kept_notes(kept: list[str]) -> Iterator[str]:
    if kept:
        yield "what is kept was there before; in this project, `digo upgrade` shows what it lacks, and adds it"
