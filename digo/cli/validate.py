"""`digo validate`: everything that is wrong with config, without token, state or network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import click

from digo.cli.context import NAMESPACE, Context, pass_context
from digo.cli.streams import annotate
from digo.counts import counted
from digo.desired import ConfigError, Desired, Problem, load_environment
from digo.desired.excerpt import Sources
from digo.desired.reading import read_document
from digo.sanitize.annotations import annotation
from digo.sanitize.document import for_json
from digo.settings import environment_of, unknown_keys

VERSION = 1


@dataclass(frozen=True)
class Finding:
    """What was found in one environment or stack file. `desired` is None where there are problems, or no config."""

    name: str
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    desired: Desired | None = None

    @property
    def told(self) -> Iterator[tuple[str, Problem]]:
        """All of it with its severity."""
        yield from (("error", problem) for problem in self.problems)
        yield from (("warning", warning) for warning in self.warnings)


@click.command(epilog="Example: python -m digo validate --environment sandbox --format github")
@click.option("-e", "--environment", "environments", multiple=True, help="A folder under config/, in place of a stack.")
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Every folder under config/ but those that begin with `_`, and every stack file.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "github", "json"]),
    default="text",
    show_default=True,
    help="github is for annotations in a pull request.",
)
@pass_context
def validate(context: Context, environments: tuple[str, ...], everything: bool, form: str) -> int:
    """Checks config and says all that is wrong at once. Offline: no token, no state, nothing is sent.

    Exit code: 0 it is right, 1 it is not.
    """
    findings = [_finding(context, name) for name in _environments(context, environments, everything)]
    findings += [_stack_finding(context, name) for name in _stacks(context, environments, everything)]
    SHOW[form](findings, Sources(context.root, numbers=context.show_numbers))
    return int(any(found.problems for found in findings))


def _environments(context: Context, named: tuple[str, ...], everything: bool) -> list[str]:
    if everything:
        folders = (path for path in (context.root / "config").iterdir() if path.is_dir())
        return sorted(path.name for path in folders if not path.name.startswith("_"))
    if not named:
        return [context.folder.name]
    # The same check as for a stack's `digo:environment`: a name, not a path.
    return [environment_of(name, lambda key: None) for name in dict.fromkeys(named)]


def _stacks(context: Context, environments: tuple[str, ...], everything: bool) -> list[str]:
    if everything:
        return sorted(path.name for path in context.root.glob("Pulumi.*.yaml"))
    return [] if environments else [f"Pulumi.{context.stack}.yaml"]


def _finding(context: Context, environment: str) -> Finding:
    try:
        desired = load_environment(context.root / "config" / environment, context.root)
    except ConfigError as error:
        return Finding(environment, error.problems)
    return Finding(environment, warnings=desired.warnings, desired=desired)


def _stack_finding(context: Context, file: str) -> Finding:
    """A misspelt setting would silently be its default."""
    path = context.root / file
    if not path.is_file():
        return Finding(file)
    try:
        document, problems = read_document(path, context.root)
    except ConfigError as error:
        return Finding(file, error.problems)
    config = document.data.get("config") if isinstance(document.data, dict) else None
    for key in config if isinstance(config, dict) else ():
        if key.startswith(f"{NAMESPACE}:"):
            wrong = unknown_keys([key.removeprefix(f"{NAMESPACE}:")])
            problems += [Problem(document.key_at(("config", key)), "", message) for message in wrong]
    return Finding(file, tuple(sorted(problems)))


def _text(findings: Sequence[Finding], sources: Sources) -> None:
    for found in findings:
        for severity, problem in found.told:
            click.echo(f"{severity}: {problem}")
            if (excerpt := sources.excerpt(problem.position)) is not None:
                click.echo(excerpt)
    _sums(findings)


def _github(findings: Sequence[Finding], sources: Sources) -> None:
    """Each line becomes an annotation at its place in the pull request, which shows the source line itself."""
    for found in findings:
        for severity, problem in found.told:
            at = problem.position
            place = {"file": at.file, "line": str(at.line), "col": str(at.column), "title": "digo validate"}
            annotate(annotation(severity, problem.text, place))
    _sums(findings)


def _sums(findings: Sequence[Finding]) -> None:
    for found in findings:
        if found.problems:
            click.echo(f"{found.name}: {counted(len(found.problems), 'problem')}")
        elif found.desired is not None:
            click.echo(f"{found.name}: {_wanted(found.desired)}, all right")


def _wanted(desired: Desired) -> str:
    words = [counted(len(desired.agents), "agent")]
    if desired.leads:
        words.append(counted(len(desired.leads), "lead"))
    if desired.lists:
        rows = sum(one.count for one in desired.lists)
        words.append(f"{counted(len(desired.lists), 'list')} from files ({counted(rows, 'row')})")
    return ", ".join(words)


def _json(findings: Sequence[Finding], sources: Sources) -> None:
    document = {
        "version": VERSION,
        "valid": not any(found.problems for found in findings),
        "findings": [_as_data(severity, problem, sources) for found in findings for severity, problem in found.told],
    }
    click.echo(for_json(document, indent=2))


def _as_data(severity: str, problem: Problem, sources: Sources) -> dict[str, Any]:
    at = problem.position
    return {
        "severity": severity,
        "file": at.file,
        "line": at.line,
        "column": at.column,
        "text": problem.text,
        "source": sources.excerpt(at),
    }


SHOW = {"text": _text, "github": _github, "json": _json}
