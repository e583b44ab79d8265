"""The up of one stack: plan once more, compare with the pin, run the engine, say what became of it."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from digo.fleet.failure_text import failure_text
from digo.fleet.plan.stack_plan import StackPlan
from digo.fleet.up.engine_environment import engine_environment
from digo.fleet.up.engine_output import has_no_stack, is_locked
from digo.fleet.up.engine_process import Engines, EnginesStopped, was_killed
from digo.fleet.up.failed_up import Counts, counts_of_failed, reason_of_failure
from digo.fleet.up.lock_wait import LOCK_SECONDS, LockWait
from digo.fleet.up.rest_of_plan import difference_from_pin
from digo.fleet.up.run_folder import RunFolder, text_since
from digo.fleet.up.stack_result import ResultOutcome, StackResult, short_reason
from digo.state.record_reader import recorded_runs
from digo.system.signals import SIGNAL_EXIT_BASE

if TYPE_CHECKING:
    from digo.fleet.fleet import Fleet
    from digo.fleet.open_stack import OpenStack

ATTEMPTS = 3
"""How often an engine is run at most, if a signal ended it, or if a predecessor still changed the account meanwhile."""

_OPTIONS = ("up", "--yes", "--skip-preview", "--non-interactive", "--color", "never")


def worker_name() -> str:
    """This process, for results: `host:pid`."""
    return f"{socket.gethostname()}:{os.getpid()}"


@dataclass(frozen=True)
class _Ended:
    """One engine's end: its exit code, and what it printed. `began`: nanoseconds since 1970."""

    code: int
    output: str
    began: int


def up_stack(
    fleet: Fleet,
    pin: Mapping[str, Any],
    run: str,
    engines: Engines,
    *,
    begun_before: bool = False,
    shares_account: bool = False,
    lock_seconds: float = LOCK_SECONDS,
) -> StackResult:
    """Ups one stack of a run, and says what became of it. It does not raise: each failure is a result.

    Args:
        fleet: the fleet, as this machine has it.
        pin: the stack's pinned plan: the `to_dict` of a `StackPlan.pin`.
        run: the run's id; its logs are in `.digo/fleet/runs/<run>/`.
        engines: the engine processes of this process, which a signal interrupts.
        begun_before: whether another process has begun this up and died. Then what is left of the pinned plan is
            carried out too.
        shares_account: whether the run has ups of other stacks on the same account.
        lock_seconds: how long another run of the stack is waited for.
    """
    began = time.monotonic()
    pinned = StackPlan.from_dict(pin)
    folder = RunFolder(fleet.root, run)
    up = _StackUp(fleet, pinned, folder, engines, LockWait(engines, lock_seconds), shares_account=shares_account)
    try:
        result = up.run(begun_before=begun_before)
    except EnginesStopped:
        result = StackResult(up.name, ResultOutcome.SKIPPED, reason="the run was stopped before its up began")
    except Exception as problem:  # one stack's failure, of whatever kind, must not end the others
        outcome = ResultOutcome.UNKNOWN if begun_before or up.ran else ResultOutcome.NOT_APPLIED
        result = StackResult(up.name, outcome, reason=short_reason(failure_text(problem)))
    log = folder.log(up.name)
    return replace(
        result,
        seconds=round(time.monotonic() - began, 3),
        worker=worker_name(),
        log=folder.shown(log) if log.exists() else "",
    )


class _StackUp:
    """One stack's up, from its plan to its result.

    Attributes:
        name: the stack's name.
        ran: whether an engine has begun.
    """

    def __init__(
        self,
        fleet: Fleet,
        pin: StackPlan,
        folder: RunFolder,
        engines: Engines,
        lock_wait: LockWait,
        *,
        shares_account: bool,
    ) -> None:
        self._fleet = fleet
        self._pin = pin
        self._folder = folder
        self._engines = engines
        self._lock_wait = lock_wait
        self._shares_account = shares_account
        self.name = pin.stack
        self.ran = False

    def run(self, *, begun_before: bool) -> StackResult:
        """Plans and runs the engine, again where the first one was killed or came too early."""
        tried, result, attempts = "", None, 0
        while (result is None or attempts < ATTEMPTS) and not self._engines.stopped:
            stack = self._fleet.open(self.name)  # anew: what it has read once, it does not read again
            now = stack.plan()
            if result is not None and now.plan_hash == tried:
                break
            if refusal := self._refusal(now, begun_before=begun_before):
                return self._refused(now, refusal, begun_before=begun_before)
            if not now.changes and not begun_before:
                return StackResult(self.name, ResultOutcome.UNCHANGED)
            ended = self._run_engine(stack, now.plan_hash)
            if ended.code == 0:
                return StackResult(self.name, ResultOutcome.APPLIED, applied=_changes(self._pin))
            if is_locked(ended.output):
                if reason := self._lock_wait.wait_a_little(stack.engine, ended.output):
                    return self._refused(now, reason, begun_before=begun_before)
                continue
            attempts += 1
            result = self._failed(stack, now, ended)
            # A killed engine's rerun settles what it left, also where its plan is the same.
            tried = "" if was_killed(ended.code) else now.plan_hash
            if not begun_before and not was_killed(ended.code):
                break
            begun_before = True
        if result is None:
            raise EnginesStopped
        return result

    def _refusal(self, now: StackPlan, *, begun_before: bool) -> str:
        """Why the engine must not begin; "" if it may."""
        if not now.outcome.can_up:
            return now.reason
        return difference_from_pin(self._pin, now, begun_before=begun_before, shares_account=self._shares_account)

    def _run_engine(self, stack: OpenStack, plan_hash: str) -> _Ended:
        """Runs the engine. A stack that the backend does not have is made first: its plan says whether it is new."""
        ended = self._engine(stack, plan_hash)
        if ended.code and has_no_stack(ended.output) and stack.engine.create():
            ended = self._engine(stack, plan_hash)
        return ended

    def _engine(self, stack: OpenStack, plan_hash: str) -> _Ended:
        wanted = self._fleet.settings.environment
        whole = self._pin.rest_of or (self._pin.plan_hash if plan_hash != self._pin.plan_hash else "")
        environ = engine_environment(stack.engine.variables, wanted, self.name, plan_hash, whole)
        log = self._folder.log(self.name)
        size = log.stat().st_size if log.exists() else 0
        began = time.time_ns()
        with self._folder.appending(self.name) as output:
            self.ran = True
            command = stack.engine.operation(*_OPTIONS)
            code = self._engines.run(command, stack.engine.project.root, environ, output)
        return _Ended(code, text_since(log, size), began)

    def _refused(self, now: StackPlan, reason: str, *, begun_before: bool) -> StackResult:
        """The result where no engine may begin. What is no longer due of the pinned plan, an earlier up has done."""
        total = _changes(self._pin)
        if not begun_before:
            counts = Counts(not_applied=total)
        elif now.plan_hash:
            left = self._still_due(now)
            counts = Counts(total - left, left)
        else:
            counts = Counts(unknown=total)
        return self._result(counts, reason)

    def _failed(self, opened: OpenStack, now: StackPlan, ended: _Ended) -> StackResult:
        runs, _ = recorded_runs(opened.stack.records, opened.stack.journals, ended.began)
        counts = counts_of_failed(runs, _changes(self._pin), self._still_due(now))
        reason = reason_of_failure(runs, ended.output, ended.code)
        if was_killed(ended.code):
            reason = f"the engine was killed by signal {ended.code - SIGNAL_EXIT_BASE}; {reason}"
        elif self._engines.interrupted:
            reason = f"interrupted; {reason}"
        return self._result(counts, reason)

    def _still_due(self, now: StackPlan) -> int:
        """How many entries that the pinned plan changes are changed by the plan of now."""
        pinned = {(one.subject, one.key) for one in self._pin.steps if one.verb.changes}
        return sum(1 for one in now.steps if one.verb.changes and (one.subject, one.key) in pinned)

    def _result(self, counts: Counts, reason: str) -> StackResult:
        return StackResult(
            self.name,
            counts.outcome,
            counts.applied,
            counts.not_applied,
            counts.unknown,
            reason=short_reason(reason),
        )


def _changes(plan: StackPlan) -> int:
    return sum(1 for one in plan.steps if one.verb.changes)
