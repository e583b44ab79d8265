"""The program's part in the record of an up: see `digo.state.run_record`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pulumi

from digo.api.errors import ApiError
from digo.settings.failure import SettingsError
from digo.source.problems import ConfigError
from digo.state.run_record import RecordFile, begin_record, refuse_record
from providers.stack import Stack


@contextmanager
def recorded(stack: Stack) -> Iterator[Callable[[str], None]]:
    """Begins the run's record when what it yields is called with the plan's hash, and records why a run is refused.

    A preview has no record.
    """
    if pulumi.runtime.is_dry_run():
        yield lambda _plan: None
        return
    begun: list[RecordFile | None] = []
    try:
        yield lambda plan: begun.append(begin_record(stack.records, plan))
    except (ApiError, ConfigError, SettingsError, pulumi.RunError) as problem:
        text = stack.settings.redactor(str(problem))
        if not begun:
            begin_record(stack.records, "", text)
        elif begun[0] is not None:
            refuse_record(begun[0], text)
        raise
