"""`digo validate`: every problem of the config, without token, state or network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from digo.cli.context import Context, NotFound, pass_context
from digo.cli.findings import Finding, project_findings
from digo.cli.fleet_findings import fleet_findings
from digo.desired import ConfigError, Desired, Problem, load_environment
from digo.desired.approvals import useless_approvals
from digo.desired.unused_files import unused_files
from digo.sanitize.annotations import annotation
from digo.sanitize.json import for_json
from digo.settings.environment import environment_of
from digo.settings.failure import SettingsError
from digo.source.excerpt import SourceExcerpts
from digo.source.file_names import FLEET_FILE
from digo.source.positions import Position
from digo.source.problems import kinds_of
from digo.system.extras import lacking
from digo.system.streams import annotate
from digo.text.counts import counted
from digo.text.samples import SAMPLE

if TYPE_CHECKING:  # most environments have no masking numbers
    from digo.masking.loader import Routes

Show: TypeAlias = Callable[[str, Problem, SourceExcerpts], None]
VERSION = 1
CONFIG, MASKING = "config", "masking.yaml"


@click.command(epilog="Example: digo validate --environment sandbox --format github")
@click.option("-e", "--environment", "environments", multiple=True, help="A folder under config/, instead of a stack.")
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Check every stack file, and every folder under config/ that does not begin with `_`.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "github", "json"]),
    default="text",
    show_default=True,
    help="github is for annotations in a pull request.",
)
@click.option("--offline", is_flag=True, help="Ask no address of a list: a warning says that its rows are not checked.")
@click.option("--show-all", is_flag=True, help="List every problem, also of thousands. JSON always has all.")
@pass_context
def validate(
    context: Context, /, environments: tuple[str, ...], form: str, *, everything: bool, offline: bool, show_all: bool
) -> int:
    """Checks the config and lists its problems. It needs no token and no state, and sends nothing.

    In a project with fleet.yaml it checks all stacks if none is named or selected.

    Of many problems of one environment or file it lists the first 20, and counts all by kind.

    Exit code: 0 the config is right, 1 it is not.
    """
    everything = everything or (not environments and _is_undecided_fleet(context))
    names = _environments(context, environments, everything=everything)
    findings = [_finding(context, name, offline=offline) for name in names]
    files = project_findings(context, _stacks(context, environments, everything=everything))
    findings += files
    if files:
        findings += fleet_findings(context, files)
    sources = SourceExcerpts(context.root, numbers=context.show_numbers)
    if form == "json":
        _json(findings, sources)
    else:
        for found in findings:
            _list(found, _text if form == "text" else _github, sources, None if show_all else SAMPLE)
        _totals(findings)
    return int(any(found.problems for found in findings))


def _is_undecided_fleet(context: Context) -> bool:
    """Whether the project is a fleet and nothing says which of its stacks is meant: then all are."""
    if context.named is not None or not (context.root / FLEET_FILE).exists():
        return False
    try:
        return not context.stack
    except ConfigError:
        return False  # Pulumi.yaml has problems, which are listed
    except NotFound:
        click.echo("note: no stack is named, so all of the fleet are checked", err=True)
        return True


def _environments(context: Context, named: tuple[str, ...], *, everything: bool) -> list[str]:
    if everything:
        if not (context.root / CONFIG).is_dir():
            raise click.ClickException("the project has no folder config/; `digo init STACK` makes one")
        folders = (path for path in (context.root / CONFIG).iterdir() if path.is_dir())
        return sorted(path.name for path in folders if not path.name.startswith("_"))
    if not named:
        try:
            return [context.folder.name]
        except (ConfigError, SettingsError):
            return []  # the folder cannot be known; the stack's file has problems, which are listed
    # The same check as for a stack's `digo:environment`: it must be a name, not a path.
    return [environment_of(name, lambda _key: None) for name in dict.fromkeys(named)]


def _stacks(context: Context, environments: tuple[str, ...], *, everything: bool) -> list[str] | None:
    """The stacks whose files are checked, with Pulumi.yaml. None: neither is checked."""
    if everything:
        try:
            return context.project.stacks()
        except ConfigError:
            return []
    if environments:
        return None
    try:
        return [context.stack]
    except ConfigError:
        return []  # Pulumi.yaml has problems, which are listed


def _finding(context: Context, environment: str, *, offline: bool) -> Finding:
    folder = context.root / CONFIG / environment
    problems: list[Problem] = []
    warnings: list[Problem] = []
    desired = routes = None
    try:
        desired = load_environment(folder, context.root, offline=offline)
        warnings += desired.warnings
    except ConfigError as error:
        problems += error.problems
    try:
        routes = _routes(context, folder, desired)
        warnings += routes.warnings if routes is not None else ()
    except ConfigError as error:
        problems += error.problems
    if desired is not None and not problems:
        used = [path for one in desired.lists for path in one.source.files]
        used += [path for one in desired.suppressions for path in one.files]
        files = [path for path in used if isinstance(path, Path)]
        warnings += unused_files(folder, context.root, [*files, *(routes.files if routes is not None else ())])
        warnings += useless_approvals(desired.approvals, datetime.now(timezone.utc).date())
    return Finding(environment, tuple(sorted(problems)), tuple(sorted(warnings)), desired, routes)


def _routes(context: Context, folder: Path, desired: Desired | None) -> Routes | None:
    """The environment's masking routes, as the service reads them; None where it has no masking.yaml."""
    path = folder / MASKING
    if not path.exists() and not path.is_symlink():
        return None
    if missing := lacking("masking", "number masking", "pyarrow"):
        place = Position(path.relative_to(context.root).as_posix(), 1, 1)
        raise ConfigError([Problem(place, "", missing)])
    from digo.masking.loader import load_routes_beside

    return load_routes_beside(folder, context.root, desired.agents if desired is not None else None)


def _list(found: Finding, show: Show, sources: SourceExcerpts, most: int | None) -> None:
    """Lists the problems of one environment or file: at most `most`, and then all of them by kind."""
    listed = list(found.all_problems)
    for severity, problem in listed[:most]:
        show(severity, problem, sources)
    if most is not None and len(listed) > most:
        click.echo(f"and {len(listed) - most:,} more in {found.name}; --show-all lists them. All by kind:")
        for line in kinds_of([problem for _, problem in listed]):
            click.echo(f"  {line}")


def _text(severity: str, problem: Problem, sources: SourceExcerpts) -> None:
    click.echo(f"{severity}: {problem}")
    if (excerpt := sources.excerpt(problem.position)) is not None:
        click.echo(excerpt)


def _github(severity: str, problem: Problem, _sources: SourceExcerpts) -> None:
    """Prints a problem as an annotation at its place in the pull request."""
    at = problem.position
    place = {"file": at.file, "line": str(at.line), "col": str(at.column), "title": "digo validate"}
    annotate(annotation(severity, problem.text, place))


def _totals(findings: Sequence[Finding]) -> None:
    for found in findings:
        if found.problems:
            click.echo(f"{found.name}: {counted(len(found.problems), 'problem')}")
        elif found.words:
            click.echo(f"{found.name}: {found.words}, all right")
        elif found.desired is not None:
            click.echo(f"{found.name}: {_wanted(found.desired, found.routes)}, all right")


def _wanted(desired: Desired, routes: Routes | None) -> str:
    words = [counted(len(desired.agents), "agent")]
    if desired.leads:
        words.append(counted(len(desired.leads), "lead"))
    if desired.lists:
        rows = sum(one.count for one in desired.lists)
        words.append(f"{counted(len(desired.lists), 'list')} from files ({counted(rows, 'row')})")
    if suppressed := sum(one.suppressed for one in desired.suppressions):
        words.append(f"{suppressed:,} suppressed")
    if routes is not None:
        words.append(f"{counted(routes.numbers, 'masking number')} with {counted(routes.count, 'route')}")
    return ", ".join(words)


def _json(findings: Sequence[Finding], sources: SourceExcerpts) -> None:
    document = {
        "version": VERSION,
        "valid": not any(found.problems for found in findings),
        "findings": [
            _to_dict(severity, problem, sources) for found in findings for severity, problem in found.all_problems
        ],
    }
    click.echo(for_json(document, indent=2))


def _to_dict(severity: str, problem: Problem, sources: SourceExcerpts) -> dict[str, Any]:
    at = problem.position
    return {
        "severity": severity,
        "file": at.file,
        "line": at.line,
        "column": at.column,
        "text": problem.text,
        "source": sources.excerpt(at),
    }
