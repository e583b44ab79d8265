"""Finds the old resource of a registered one: by its URN, its aliases, or the aliases of its parents.

Source of the rules: `generateAliases` and `getOldResource` of Pulumi's step generator.
"""

from __future__ import annotations

from engine.deployment.errors import StepError
from engine.deployment.goal import Goal
from engine.deployment.previous_state import TrackedResource
from engine.deployment.run import Run
from protocol.messages import alias_pb2
from protocol.urn import is_stack, make_urn, name_of, type_of


class Identities:
    """The URNs that this run has registered, and the old URNs of renamed resources."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self.seen: set[str] = set()
        self.new_of_old: dict[str, str] = {}
        self.old_of_new: dict[str, str] = {}

    def claim(self, urn: str, parent: str = "") -> None:
        """Mark the URN as registered.

        Raises:
            StepError: it is registered already, or its parent is not.
        """
        if parent and parent not in self.seen:
            raise StepError(f"could not find parent resource {parent}", urn)
        if urn in self.seen:
            raise StepError(f"Duplicate resource URN '{urn}'; try giving it a unique name", urn)
        self.seen.add(urn)

    def find_old(self, urn: str, goal: Goal) -> tuple[TrackedResource | None, str]:
        """The old resource, and the alias that it was found by (empty if it was found by its own URN).

        Raises:
            StepError: another resource already matches the old one.
        """
        if urn in self.new_of_old:
            raise StepError(
                f"Duplicate resource URN '{urn}' conflicting with alias on resource with URN '{self.new_of_old[urn]}'",
                urn,
            )
        by_urn = self._run.previous.by_urn
        if urn in by_urn:
            return by_urn[urn], ""
        for alias in self._aliases(goal):
            if alias in by_urn:
                self._claim_alias(alias, urn)
                return by_urn[alias], alias
        return None, ""

    def _claim_alias(self, alias: str, urn: str) -> None:
        other = urn if alias in self.seen else self.new_of_old.get(alias)
        if other is not None:
            raise StepError(
                f"Duplicate resource alias '{alias}' applied to resource with URN '{urn}' "
                f"conflicting with resource with URN '{other}'",
                urn,
            )
        self.new_of_old[alias] = urn
        self.old_of_new[urn] = alias

    def _aliases(self, goal: Goal) -> list[str]:
        own = [self._alias_urn(goal, alias) for alias in goal.aliases]
        urns = list(own)
        old_parent = self.old_of_new.get(goal.parent)
        if goal.parent and old_parent is not None:
            parent_name = name_of(goal.parent)
            urns.append(self._inherited(goal.type, goal.name, parent_name, old_parent))
            urns += [self._inherited(type_of(urn), name_of(urn), parent_name, old_parent) for urn in own]
        return list(dict.fromkeys(urns))

    def _alias_urn(self, goal: Goal, alias: alias_pb2.Alias) -> str:
        """The URN that the alias means: a whole one, or the present one with other parts."""
        if alias.HasField("urn"):
            return alias.urn
        spec, parent = alias.spec, goal.parent
        if spec.parentUrn:
            parent = self.old_of_new.get(spec.parentUrn, spec.parentUrn)
        if spec.noParent or (parent and is_stack(parent)):
            parent = ""
        return make_urn(
            spec.stack or self._run.input.stack.name,
            spec.project or self._run.input.project.name,
            parent,
            spec.type or goal.type,
            spec.name or goal.name,
        )

    def _inherited(self, type_: str, name: str, parent_name: str, old_parent: str) -> str:
        """The child's URN under the old URN of its parent. Children's names often begin with the parent's."""
        if name.startswith(parent_name):
            name = name_of(old_parent) + name[len(parent_name) :]
        return self._run.urn(old_parent, type_, name)
