"""`digo ci`: what a pipeline writes to the hosting service and reads from it. The steps in docs/ci/ call it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from digo.ci.failure import HostingError
from digo.ci.fork_config import write_fork_config
from digo.ci.notes import close_issue, upsert_comment, upsert_issue
from digo.ci.services import hosting_of
from digo.ci.untrusted import link_names, outside_names
from digo.cli.ci_step import step_command
from digo.cli.context import Context, pass_context
from digo.cli.output import write_output
from digo.cli.plan import plan_file
from digo.desired.approvals import short_hash_problem
from digo.plan.changes_since import PlanDocument, changes_since, is_same
from digo.plan.render.drift_markdown import drift_marker
from digo.plan.render.markdown import marker
from digo.sanitize.markdown import code
from digo.sanitize.terminal import one_line
from digo.system.regular_file import read_any
from digo.text.counts import counted

ANOTHER = 2
FILE = click.Path(dir_okay=False, path_type=Path)


@click.group(epilog="Example: digo --stack prod ci comment plan.md")
def ci() -> None:
    """Writes to GitHub or GitLab from a pipeline, and reads from it: see docs/ci/README.md."""


def _text_of(file: Path) -> str:
    """The text of a file. Bytes that are not UTF-8, as logs may have, are escaped."""
    return read_any(file).decode("utf-8", errors="backslashreplace")


@ci.command("comment", epilog="Example: digo --stack prod ci comment plan.md")
@click.argument("file", type=FILE)
@click.option("--fleet", is_flag=True, help="FILE is a plan of `digo fleet plan`.")
@pass_context
def comment_command(context: Context, file: Path, *, fleet: bool) -> int:
    """Puts FILE, a plan as Markdown, on the pull request. It updates the comment of the last run.

    If there is no FILE, the comment says that no plan could be made. Exit code: 0 done, 1 an error.
    """
    if fleet:
        from digo.fleet.plan.markdown import MARKER  # imported late: most pipelines have no fleet

        mine, title = MARKER, "digo fleet plan"
    else:
        mine, title = marker(context.folder.name), f"digo plan for {code(context.folder.name)}"
    text = f"### {title}: no plan could be made\n\nThe job's log says why."
    if file.is_file():
        text = _text_of(file)
    done, note = upsert_comment(hosting_of(context.environ), mine, text)
    click.echo(f"{done} {note.url}")
    return 0


@ci.command("issue", epilog="Example: digo --stack prod ci issue drift.md")
@click.argument("file", type=FILE, required=False)
@click.option("--close", is_flag=True, help="There is no drift: close the open issue.")
@pass_context
def issue_command(context: Context, file: Path | None, *, close: bool) -> int:
    """Puts FILE, drift as Markdown, into an issue. It updates the open one. Exit code: 0 done, 1 an error."""
    if (file is None) is not close:
        raise click.UsageError("either FILE or --close")
    environment = context.folder.name
    hosting = hosting_of(context.environ)
    if file is None:
        text = f"### digo drift for {code(environment)}: none\n\nConfig and account agree again."
        closed = close_issue(hosting, drift_marker(environment), text)
        click.echo(f"closed {closed.url}" if closed else "no issue is open")
        return 0
    title = f"digo drift: {one_line(environment)}"
    done, note = upsert_issue(hosting, drift_marker(environment), title, _text_of(file))
    click.echo(f"{done} {note.url}")
    return 0


@ci.command(epilog="Example: DIGO_PLAN=$(digo --stack prod ci reviewed --output reviewed.json)")
@click.option("-o", "--output", type=FILE, help="Write the whole plan to this file.")
@click.option("--fleet", is_flag=True, help="The fleet's plan, which has a hash for each stack: it needs --output.")
@pass_context
def reviewed(context: Context, output: Path | None, *, fleet: bool) -> int:
    """Prints the hash of the plan on the pull request that this commit merges.

    It reads the artefact of the pull request's job, never a comment, which can be edited. With --fleet it prints how
    many stacks the plan has. Exit code: 0 there is a plan, 1 there is none that can be trusted.
    """
    if fleet:
        return _reviewed_fleet_plan(context, output)
    content = hosting_of(context.environ).reviewed_plan(context.stack)
    try:
        plan = PlanDocument.model_validate_json(content)
    except ValueError:
        raise HostingError("what the pull request's job has kept is not a plan that this version reads") from None
    if problem := short_hash_problem(plan.plan):
        raise HostingError(f"what the pull request's job has kept cannot be applied: {problem}")
    if output is not None:
        output.write_bytes(content)
    click.echo(plan.plan)
    return 0


def _reviewed_fleet_plan(context: Context, output: Path | None) -> int:
    if output is None:
        raise click.UsageError("--fleet needs --output FILE")
    from digo.fleet.plan.document import read_fleet_plan  # imported late: most pipelines have no fleet

    content = hosting_of(context.environ).reviewed_plan(None)
    try:
        plan = read_fleet_plan(content)
    except ValueError:
        raise HostingError("what the pull request's job has kept is not a plan that this version reads") from None
    output.write_bytes(content)
    click.echo(f"{counted(len(plan.stacks), 'stack')}, of which {len(plan.changed):,} change")
    return 0


@ci.command(epilog="Example: digo ci same reviewed.json plan.json")
@click.argument("then", type=FILE)
@click.argument("now", type=FILE)
def same(then: Path, now: Path) -> int:
    """Compares two files of `digo plan --format json`: whether NOW is the same plan as THEN.

    The plans are the same if the hash and the verb of each entry are: the hash alone does not cover the state.

    Exit code: 0 they are the same, 2 they are not, 1 an error.
    """
    earlier, later = plan_file(then), plan_file(now)
    for file, document in ((then, earlier), (now, later)):
        if problem := short_hash_problem(document.plan):
            raise click.ClickException(f"{file}: {problem}")
    click.echo("\n".join(changes_since(earlier, later)))
    return 0 if is_same(earlier, later) else ANOTHER


@ci.command("config-changes", epilog="Example: digo --stack prod ci config-changes fork/config -o changes.md")
@click.argument("fork", type=click.Path(file_okay=False, path_type=Path))
@click.option("-o", "--output", type=FILE, help="Write to this file, not to the terminal.")
@pass_context
def config_changes_command(context: Context, fork: Path, output: Path | None) -> int:
    """Shows what the folder FORK changes in this project's config/, as Markdown for the pull request of a stranger.

    It compares files only. It asks no account, reads no state, and needs no secret. It uses no variable: `${NAME}`
    stays as it is written. It refuses links, and reads no list outside of the two folders.

    Exit code: 0 nothing differs, 2 something differs, 1 an error or a problem in FORK.
    """
    # Imported late: other commands of pipelines do not read config.
    from digo.ci.config_changes import config_changes
    from digo.ci.config_changes_comment import config_changes_markdown, summary

    if _refused(outside_names(_folder(fork))):
        return 1
    base = context.root / "config"
    if base.exists() and (links := list(link_names(base))):
        raise HostingError(f"the base's {links[0]}, so that nobody can say what it shows")
    changes = config_changes(base, fork, context.folder.name)
    write_output(config_changes_markdown(changes), output)
    click.echo(f"config of {context.folder.name}: {summary(changes)}", err=True)
    return 1 if changes.problems else ANOTHER if changes.changed else 0


@ci.command("fork-config", epilog="Example: digo ci fork-config 4c1f9… fork/config")
@click.argument("commit")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), required=False)
@pass_context
def fork_config(context: Context, commit: str, folder: Path | None) -> int:
    """Writes config/ of COMMIT to FOLDER, byte for byte. COMMIT is the whole id of a fork's commit.

    What is in FOLDER already is replaced. Without FOLDER, it is config/ of this project. No attribute and no filter of
    git changes a file. Links, submodules and names that lead elsewhere are refused.

    Exit code: 0 done, 1 it is refused, and FOLDER is as it was.
    """
    files = write_fork_config(context.root, commit, folder or context.root / "config")
    click.echo(f"took {counted(files, 'file')} of config/ from {commit[:12]}")
    return 0


@ci.command("check-config", epilog="Example: digo ci check-config fork/config")
@click.argument("fork", type=click.Path(file_okay=False, path_type=Path), required=False)
@pass_context
def check_config(context: Context, fork: Path | None) -> int:
    """Checks that config from a fork names no file outside of it. FORK is its folder; config/ if it is left out.

    Exit code: 0 it names none, 1 it does.
    """
    return int(_refused(outside_names(_folder(fork or context.root / "config"))))


def _folder(path: Path) -> Path:
    """The path, if it is a folder.

    Raises:
        click.ClickException: it is none.
    """
    if not path.is_dir():
        raise click.ClickException(f"there is no folder {path}")
    return path


def _refused(problems: Iterable[str]) -> bool:
    """Prints the problems; whether there is one."""
    found = list(problems)
    for problem in found:
        click.echo(f"error: {problem}", err=True)
    return bool(found)


ci.add_command(step_command)
