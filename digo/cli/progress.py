"""A progress bar on standard error, if that is a terminal. Logs have none, so that they stay readable."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from digo.api.models import CallRecord
from digo.cli.output import error_console


class Bar:
    """A bar that counts records. Its total is known when the API reports it."""

    def __init__(self, what: str) -> None:
        console = error_console()
        columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=console, disable=not console.is_terminal, transient=True)
        self._task = self._progress.add_task(what, total=None)

    def __call__(self, records: Sequence[CallRecord], counted: int | None) -> None:
        """Advances by one page of records."""
        self._progress.update(self._task, advance=len(records), total=counted)

    def __enter__(self) -> Bar:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._progress.stop()
