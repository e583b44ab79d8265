"""One stack of a fleet, open, with the variables of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from digo.fleet.failure_text import failure_text, with_stack
from digo.session import StackSession
from digo.settings.failure import SettingsError
from digo.source.problems import ConfigError

if TYPE_CHECKING:
    from digo.api.agent_calls import ReadOptions
    from digo.api.snapshot import Snapshot
    from digo.fleet.plan.stack_plan import StackPlan
    from digo.fleet.shared_reads import SharedReads


@dataclass(frozen=True)
class OpenStack(StackSession):
    """A stack of a fleet.

    Attributes:
        notes: what its session noted.
        variables: by name of a variable of this stack, the machine's variable that has its value.
        reads: the reads that it shares with other stacks; None if it reads its account alone.
    """

    notes: list[str] = field(default_factory=list)
    variables: Mapping[str, str] = field(default_factory=dict)
    reads: SharedReads | None = field(default=None, repr=False)

    def read_account(self, options: ReadOptions | None) -> Snapshot:
        """The account, read once, by this stack or by another one of the same account."""
        if self.reads is None:
            return super().read_account(options)
        return self.reads.snapshot(self.stack.settings, options)

    def plan(self) -> StackPlan:
        """The stack's plan now. It raises no error of the stack: then the plan has failed, and its `reason` says why.

        `account` is the stack itself: other stacks are not looked at.
        """
        from digo.fleet.plan.summary import failed_plan, plan_of

        try:
            plan = plan_of(self.name, self.review())
        except Exception as error:  # of whatever kind: it must not end the plans of other stacks
            plan = failed_plan(self.name, self.failure_text(error))
        return replace(plan, notes=tuple(map(self._masked, self.notes)), reason=with_stack(plan.reason, self.name))

    def failure_text(self, error: Exception) -> str:
        """What an error of this stack says, without its token and without numbers; see `failure_text`.

        An error names a variable that one stack alone would have. Here another one may have its value.
        """
        text = failure_text(self._placed(error) if isinstance(error, SettingsError) else error)
        return self._masked(with_stack("\n".join([text, *self._sources(text)]), self.name))

    def _placed(self, error: SettingsError) -> SettingsError:
        """The error with the places of its problems in the stack's file: of many stacks, somebody must find it."""
        from digo.settings.file_problems import file_problems

        try:
            places = {one.message: str(one) for one in file_problems(self.project, self.config)}
        except ConfigError:
            return error
        return SettingsError([places.get(one, one) for one in error.problems])

    def _sources(self, text: str) -> Iterator[str]:
        for name, source in self.variables.items():
            if name != source and re.search(rf"\b{name}\b", text):
                value = self.environ.get(source)
                lacking = ", which is not set" if value is None else "" if value else ", which is empty"
                yield f"  fleet.yaml takes {name} of this stack from {source}{lacking}"

    def _masked(self, text: str) -> str:
        from digo.text.redact import Redactor

        try:
            return self.stack.settings.redactor(text)
        except Exception:  # the settings are what failed
            return Redactor(filter(None, [self.environ.get("DIGO_AUTHORIZATION")]))(text)
