"""The resources that `--target`, `--target-dependents` and `--replace` choose."""

from __future__ import annotations

from engine.deployment.context import Options
from engine.deployment.errors import StepError
from engine.deployment.previous_state import PreviousState, TrackedResource
from engine.model import ResourceState
from protocol.tokens import STACK_TYPE
from protocol.urn import UrnPatterns, is_provider_type


class Targets:
    """The chosen resources. Dependents are added as they are registered. Without targets, all are chosen."""

    def __init__(self, options: Options) -> None:
        self._chosen = UrnPatterns(options.targets)
        self._with_dependents = UrnPatterns(options.targets)
        self._replace = UrnPatterns(options.replace)
        self.takes_dependents = options.target_dependents
        self.constrained = bool(self._chosen)

    def includes(self, new: ResourceState) -> bool:
        """Whether the run acts on the resource. Providers and the stack are always included."""
        if not self.constrained or is_provider_type(new.type) or new.type == STACK_TYPE:
            return True
        return self._is_chosen(new)

    def _is_chosen(self, state: ResourceState) -> bool:
        if self._chosen.matches(state.urn):
            return True
        return self.takes_dependents and any(
            self._with_dependents.matches(reference.urn) for reference in state.references()
        )

    def note(self, new: ResourceState) -> None:
        """Add a chosen resource, so that its dependents are chosen too."""
        if self.constrained and self._is_chosen(new):
            self._with_dependents.add(new.urn)

    def replaces(self, urn: str) -> bool:
        """Whether the user asked to replace the resource."""
        return self._replace.matches(urn)

    def names(self, urn: str) -> bool:
        """Whether a target matches the URN itself."""
        return not self.constrained or self._chosen.matches(urn)

    def chosen_olds(self, previous: PreviousState) -> list[TrackedResource]:
        """The old resources to act on if no program runs, in the state's order."""
        if not self.constrained:
            return list(previous.resources)
        chosen = []
        for old in previous.resources:
            if self._is_chosen(old.state):
                chosen.append(old)
                self._with_dependents.add(old.urn)
        return chosen

    def refuse_unknown(self, known: set[str]) -> None:
        """Check that each URN that the user named exists.

        Raises:
            StepError: some do not.
        """
        unknown = {"--target": self._chosen.unmatched(known), "--replace": self._replace.unmatched(known)}
        if flags := [flag for flag, urns in unknown.items() if urns]:
            listed = "\n".join(f"    {urn}" for flag in flags for urn in unknown[flag])
            raise StepError(
                f"no resource named by {' or '.join(flags)} could be found in the stack:\n{listed}\n"
                "Did you forget to escape $ in your shell?"
            )
