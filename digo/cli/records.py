"""`digo records`: downloads call records."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TextIO

import click

from digo.api.client import Client
from digo.api.errors import ApiError
from digo.api.voice import RecordQuery
from digo.call_records.chain import ChainBusy, DownloadChain, chain_path, next_query
from digo.call_records.download import Download, RecordObserver
from digo.call_records.output import OutputProblem, open_writer
from digo.call_records.summary import Summary
from digo.call_records.writers import FORMATS
from digo.cli.context import Context, pass_context
from digo.cli.progress import RecordsProgress, RowsAbove
from digo.cli.record_filters import describe_span, filter_options, query_of
from digo.sanitize.streams import raw_stream
from digo.system.extras import need
from digo.text.counts import counted

INCOMPLETE = 2
_STDOUT = Path("-")


@click.command(
    epilog="Example: digo records --from 2026-03-01 --to 2026-03-31 --format csv --output march.csv. "
    "Exit code: 0 complete, 1 an error, 2 the API counted more records than it gave."
)
@filter_options
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default=_STDOUT,
    help="Write to this file; - is standard output.",
)
@click.option(
    "--since-last",
    is_flag=True,
    help="Only records that are new since the last download to this output. Resumes an interrupted download.",
)
@click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write an HTML file with totals and a plot of the records.",
)
@pass_context
def records(
    context: Context, /, form: str, output: Path, report: Path | None, *, since_last: bool, **filters: object
) -> int:
    """Downloads all pages of call records, newest first, each record once.

    Numbers are masked in the table and in the report unless --show-numbers. Files of data have them in full.

    Dates are in the account's time zone: --zone, the stack's digo:zone, or Asia/Kolkata. The API's dates have no zone,
    and the API does not document it.
    """
    if report is not None:
        need("records", "the report", "plotly")
    query = query_of(context, filters)
    path = None if output == _STDOUT else output.resolve()
    with ExitStack() as stack:
        chain = stack.enter_context(_chain(context, query, path)) if since_last else None
        last = chain.cursor() if chain is not None else None
        if last is not None and last.page is None and query.from_date is not None:
            click.echo("note: --from is the first download's; this one begins where the last one ended", err=True)
        try:
            query, page = next_query(query, last, datetime.now(query.zone).replace(microsecond=0))
        except ValueError:
            began = "--from" if filters["begin"] else "the end of the last download"
            raise click.UsageError(f"{began} is in the future, and without --to the last moment is now") from None
        try:
            writer = open_writer(form, path, _out(form), last, append=since_last, numbers=context.show_numbers)
        except OutputProblem as problem:
            raise click.ClickException(str(problem)) from None
        settings = context.settings
        client = stack.enter_context(
            Client(settings.access, pace=settings.pace(), limits=settings.limits, read_only=True)
        )
        before = last.received if last is not None and last.page is not None else 0
        summary, progress = Summary(context.show_numbers), RecordsProgress(before)
        if path is None and sys.stdout.isatty():
            writer = RowsAbove(writer, progress)
        observers: list[RecordObserver] = [progress, summary] if report is not None else [progress]
        download = Download(client, query, writer, observers, page, chain, before)
        _run(download, progress, path, since_last=since_last)
        context.note_login()
    if report is not None:
        from digo.call_records.report import write_report
        from digo.cli.record_filters import scope_of

        write_report(report, summary, scope_of(query))
    return _report(download)


def _out(form: str) -> TextIO:
    """Standard output, without its guard for a program that reads CSV."""
    return raw_stream(sys.stdout) if form == "csv" and not sys.stdout.isatty() else sys.stdout


def _run(download: Download, progress: RecordsProgress, output: Path | None, *, since_last: bool) -> None:
    again = "run again to go on" if since_last else "with --since-last, a second run goes on from there"
    try:
        with progress:
            download.run()
    except BrokenPipeError:
        # The reader of the output has closed it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise click.exceptions.Exit(0) from None
    except (ApiError, KeyboardInterrupt) as problem:
        end = "error" if isinstance(problem, ApiError) else "interruption"
        click.echo(f"{counted(download.received, 'record')} came before the {end}; {again}", err=True)
        raise
    except OSError as problem:
        # The stream's own error has no file's name.
        came, place = counted(download.received, "record"), problem.filename or output or "standard output"
        click.echo(f"{came} came before {place} could not be written; make room, then {again}", err=True)
        raise


def _report(download: Download) -> int:
    click.echo(f"{counted(download.received, 'call record')} {describe_span(download.query)}", err=True)
    if download.missing:
        click.echo(f"warning: the API counts {download.missing:,} more than it gave: run again", err=True)
        return INCOMPLETE
    return 0


@contextmanager
def _chain(context: Context, query: RecordQuery, path: Path | None) -> Iterator[DownloadChain]:
    folder = context.root / ".digo" / "records" / context.stack
    output = "-" if path is None else os.path.relpath(path, context.root)
    try:
        chain = DownloadChain(chain_path(folder, context.settings.access.endpoint, query, output))
    except ChainBusy as problem:
        raise click.ClickException(str(problem)) from None
    try:
        yield chain
    finally:
        chain.close()
