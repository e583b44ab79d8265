"""The session of one stack: its config, its engine, what the last up left, and the review of its plan.

The command line has one, of the stack that was chosen. A fleet has one for each stack. Nothing here prints.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timezone
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from digo.project.project_file import ProjectFile
from digo.stack import Stack
from digo.workspace.engine import EngineCommands
from digo.workspace.stack_config import StackConfig
from digo.workspace.stack_state import stack_state_notice

if TYPE_CHECKING:  # a command imports only what it uses
    from digo.api.agent_calls import ReadOptions
    from digo.api.snapshot import Snapshot
    from digo.plan.guard_input import GuardContext
    from digo.plan.review import Review
    from digo.state.last_up import LastUp


@dataclass(frozen=True)
class StackSession:
    """A stack with everything that its plan needs. Each part is read when it is first needed.

    Attributes:
        project: the project.
        name: the stack's name.
        start: the folder that a relative path of the backend counts from.
        note: takes what a person should know, without `note:` in front.
        environ: the environment variables for settings, secrets and the engine.
    """

    project: ProjectFile
    name: str
    start: Path
    note: Callable[[str], None] = field(repr=False)
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)

    @cached_property
    def engine(self) -> EngineCommands:
        """The engine that keeps the stack's state."""
        return EngineCommands(self.project, self.name, self.start, self.environ)

    @cached_property
    def config(self) -> StackConfig:
        """The stack's config.

        Raises:
            ConfigError: with every problem of the stack's file.
        """
        return StackConfig(self.project, self.name, lambda: self.engine.secrets())

    @cached_property
    def stack(self) -> Stack:
        """The stack with all that its config leads to. Its secrets are decrypted when they are first needed.

        Raises:
            ConfigError: with every problem of the stack's file.
        """
        return Stack(self.name, self.project.root, self.config, self.environ)

    def last_up(self) -> LastUp:
        """What the last up left in the state. A note says that the stack is new, or its state empty.

        Raises:
            EngineError: the state cannot be read, or is lost: the stack had an up, but the backend lacks it.
        """
        state = self.engine.state()
        if note := stack_state_notice(self.project, self.config.file, self.name, self.engine, state):
            self.note(note)
        return self.stack.last_up(state)

    def snapshot(self, options: ReadOptions | None = None) -> Snapshot:
        """The account, read once; see `Stack.snapshot`. A note says if the project's sandbox is at another port.

        Raises:
            ApiError: the account cannot be read.
        """
        from digo.settings.sandbox_port import how_to_reach_it, sandbox_elsewhere

        access = self.stack.settings.access
        if port := sandbox_elsewhere(self.project.root, access):
            where = f"this project's sandbox is at port {port}, and {access.address} is asked"
            self.note(f"{where}; {how_to_reach_it(port)} if it is meant")
        snapshot = self.read_account(options)
        self.note_login()
        return snapshot

    def read_account(self, options: ReadOptions | None) -> Snapshot:
        """The account, read once; see `Stack.snapshot`."""
        return self.stack.snapshot(options)

    def note_login(self) -> None:
        """Notes once if the password of the stack's login ends soon, as the account told it."""
        if text := self.stack.settings.access.notice():
            self.note(text)

    def drift_review(self) -> Review:
        """The review for drift; see `review`.

        Drift that no up can correct is reported also where the stack makes it an error of the plan.
        """
        from digo.settings.stack_settings import Unmanaged

        review = self.review(guard_context=replace(self.stack.guard_context, strict=False))
        return replace(review, unmanaged_drifts=self.stack.settings.unmanaged is Unmanaged.DRIFT)

    def review(self, pinned: str | None = None, guard_context: GuardContext | None = None) -> Review:
        """The review of the stack's plan, from config, state, and one read of the account.

        Args:
            pinned: the hash of the only plan that may be carried out; None for any.
            guard_context: what the guards know about the stack; None for the stack's own.

        Raises:
            ApiError: the account cannot be read.
            ConfigError: with every problem of the config.
            EngineError: the state cannot be read, or is lost.
            SettingsError: the stack's settings are wrong.
        """
        from concurrent.futures import ThreadPoolExecutor

        from digo.desired.broadcast_lists import with_list_ids
        from digo.plan.broadcast_lists import list_ids
        from digo.plan.reading import other_list, read_options
        from digo.plan.review import review_plan

        stack = self.stack
        guard_context, settings = guard_context or stack.guard_context, stack.settings
        with ThreadPoolExecutor(1) as executor:
            # A process of the engine, or the derivation of a key, takes longer than the config.
            state = executor.submit(self.last_up)
            desired = stack.desired()
            snapshot = self.snapshot(read_options(settings.profile, desired, state.result))
            if note := other_list(settings.profile, snapshot):
                self.note(note)
            applied = state.result()
        desired = with_list_ids(desired, list_ids(desired, snapshot, applied))
        applied = stack.with_interrupted_runs(applied, desired)
        live = stack.live_leads(desired, applied)
        return review_plan(
            desired, snapshot, applied, guard_context, cps=settings.cps, today=_today(), pinned=pinned, live=live
        )


def _today() -> date:
    return datetime.now(timezone.utc).date()
