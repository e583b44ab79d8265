"""`digo upgrade`: brings the files of a project up to the installed package."""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path

import click

from digo.cli.context import Context, pass_context
from digo.cli.file_changes import make_executable
from digo.cli.output import console
from digo.new.pipelines import SERVICES
from digo.new.record import RECORD, Record, RecordError, read_record
from digo.new.template import is_executable, package_texts
from digo.new.upgrade import FileChange, Kind, Upgrade, plan_upgrade
from digo.system.atomic_file import PartlyWritten, write_all
from digo.system.prompts import prompt_confirmation
from digo.system.regular_file import read_file
from digo.text.counts import counted
from digo.version import VERSION

DIFFERENT = 2
_MEANING = {
    Kind.CREATE: "new in this version",
    Kind.UPDATE: "to the text of this version",
    Kind.DELETE: "this version needs it no more",
    Kind.KEEP: "this version needs it no more; you changed it, so it stays",
    Kind.CONFLICT: "you changed it, and this version has another text, which goes to {path}.new; merge the two",
    Kind.REMOVED: "you removed it, and this version changed it: it stays removed",
}
_WITHOUT_WRITE = (Kind.KEEP, Kind.REMOVED)
_STYLES = {"+": "green", "-": "red", "@": "cyan"}
_LINES = 60


@click.command(epilog="Example: digo upgrade")
@click.option("--yes", "-y", is_flag=True, help="Write without asking.")
@click.option("--check", is_flag=True, help="Write nothing; exit code 2 if something differs. For pipelines.")
@click.option("--ci", type=click.Choice(SERVICES), help="The service of pipelines, from now on.")
@click.option("--fleet/--no-fleet", default=None, help="Pipelines of a fleet, or of single stacks, from now on.")
@click.option("--all", "everything", is_flag=True, help="Show the whole difference of each file.")
@pass_context
def upgrade(context: Context, *, yes: bool, check: bool, ci: str | None, fleet: bool | None, everything: bool) -> int:
    """Shows what the installed pulumi-digo changes in a project that `digo new` made, and does it.

    It changes only files that it made: the launcher, the program, requirements, schemas and pipelines. A file that you
    changed keeps your text. config/, stacks, state, journals and ledgers are not touched. Exit code: 0 done or nothing
    to do, 1 an error, 2 with --check if something differs.
    """
    if check and yes:
        raise click.UsageError("--check writes nothing, so it does not go with --yes")
    try:
        record = read_record(context.root)
    except RecordError as problem:
        raise click.UsageError(str(problem)) from None
    _refuse_older(record)
    record = replace(record, ci=ci or record.ci, fleet=record.fleet if fleet is None else fleet)
    wanted = package_texts(record.ci, fleet=record.fleet)
    found = _found(context.root, {*record.files, *wanted})
    planned = plan_upgrade(record, found, wanted, context.project.stacks())
    if not planned.changes:
        return _nothing(context.root, record, planned, check=check)
    _show(planned.changes, record, everything=everything)
    if check:
        return DIFFERENT
    if not yes and not _confirmed():
        click.echo("nothing was written")
        return 0
    _write(context.root, planned)
    return 0


def _refuse_older(record: Record) -> None:
    if _release(record.version) > _release(VERSION):
        raise click.UsageError(
            f"this project was written by pulumi-digo {record.version}, and {VERSION} is installed; "
            "nothing was changed\n"
            "  Next: `pip install -r requirements.txt` in the project's virtual environment"
        )


def _release(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version.partition("+")[0])[:3])


def _found(root: Path, paths: Collection[str]) -> dict[str, str]:
    """The texts of files. Bytes that are not UTF-8 are kept as they are: such a file is one that the user changed.

    Raises:
        click.UsageError: a link leads out of the project, where an upgrade would write.
        OSError: one cannot be read, or is not a plain file.
    """
    inside = root.resolve()
    names = sorted({*paths, *(f"{path}.new" for path in paths)})
    if outside := [name for name in names if not (root / name).resolve().is_relative_to(inside)]:
        raise click.UsageError(f"{outside[0]} is a link out of the project; nothing was changed. Remove the link")
    present = [path for path in paths if (root / path).exists()]
    return {path: read_file(root / path).decode("utf-8", "surrogateescape") for path in present}


def _nothing(root: Path, record: Record, planned: Upgrade, *, check: bool) -> int:
    # The user may have merged everything by hand.
    if planned.record != record and not check:
        write_all({root / RECORD: planned.record.text()})
    click.echo(f"nothing to do: the project's files are those of pulumi-digo {VERSION}, or yours")
    return 0


def _show(changes: Iterable[FileChange], record: Record, *, everything: bool) -> None:
    out = console()
    for change in changes:
        if change.kind not in _WITHOUT_WRITE:
            lines = list(change.diff())
            shown = lines if everything else lines[:_LINES]
            for line in shown:
                # Bytes that are not UTF-8 have no sign of their own.
                text = line.encode("utf-8", "replace").decode("utf-8")
                out.print(text, style=_STYLES.get(line[:1], ""), soft_wrap=True)
            if len(shown) < len(lines):
                click.echo(f"… and {len(lines) - len(shown):,} more lines of {change.path}; --all shows them")
    click.echo(f"\npulumi-digo {record.version} -> {VERSION}")
    for change in changes:
        click.echo(f"  {change.kind.value:<8} {change.path}: {_MEANING[change.kind].format(path=change.path)}")


def _confirmed() -> bool:
    if not sys.stdin.isatty():
        raise click.UsageError("nothing was written: there is no terminal to ask on; give --yes, or --check")
    return prompt_confirmation("Write these changes?")


def _write(root: Path, planned: Upgrade) -> None:
    """Writes the changes, and then the record: after an interruption the next upgrade sees the rest.

    Raises:
        OSError: a file could not be written.
    """
    texts: dict[Path, str] = {}
    for change in planned.changes:
        if change.kind in (Kind.CREATE, Kind.UPDATE):
            texts[root / change.path] = change.after
        elif change.kind is Kind.CONFLICT:
            texts[root / f"{change.path}.new"] = change.after
    for path in texts:
        path.parent.mkdir(parents=True, exist_ok=True)
    try:
        write_all(texts)
    except PartlyWritten as problem:
        names = ", ".join(path.relative_to(root).as_posix() for path in problem.written)
        raise click.UsageError(f"{problem.strerror}: {names} written, the rest not; run `digo upgrade` again") from None
    for change in planned.changes:
        if change.kind is Kind.DELETE:
            (root / change.path).unlink(missing_ok=True)
        elif is_executable(change.path) and (root / change.path).exists():
            make_executable(root / change.path)
    write_all({root / RECORD: planned.record.text()})
    wrote = sum(change.kind not in _WITHOUT_WRITE for change in planned.changes)
    click.echo(f"{counted(wrote, 'file')} written, with {RECORD}; nothing was changed on the account")
    click.echo(
        "next: `pip install -r requirements.txt` in the project's virtual environment, `digo plan`, and a commit"
    )
