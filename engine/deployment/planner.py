"""Decides the step for each registered resource, and takes it.

Each registration is a coroutine on one event loop, so decisions between two awaits are atomic.
Source of the rules: Pulumi's `step_generator.go`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.deployment.errors import AlreadyReported, StepError
from engine.deployment.goal import Goal
from engine.deployment.identities import Identities
from engine.deployment.previous_state import TrackedResource
from engine.deployment.provider import Provider
from engine.deployment.provider_responses import Difference
from engine.deployment.run import Run
from engine.deployment.steps import Steps
from engine.deployment.targets import Targets
from engine.events import Severity
from engine.model import ResourceState
from protocol.messages import provider_pb2
from protocol.values import BLINDED, PropertyMap, without_secrets


@dataclass(frozen=True)
class Registered:
    """The result of a registration. `failed`: the resource or one of its dependencies failed.

    `unknown`: no step was taken, so the outputs are unknown.
    """

    state: ResourceState
    failed: bool = False
    unknown: bool = False


class Planner:
    """The step generator of one run."""

    def __init__(self, run: Run, identities: Identities, targets: Targets) -> None:
        self._run = run
        self._progress = run.progress
        self._identities = identities
        self._targets = targets
        self._steps = Steps(run)

    async def register(self, goal: Goal) -> Registered:
        """Take the step that the goal needs.

        Raises:
            StepError: the registration is invalid, or planning it failed. It is not reported yet.
            AlreadyReported: a step failed, and the run is ending.
            Stopped: the run is ending.
        """
        self._run.check_running()
        urn = self._run.urn(goal.parent, goal.type, goal.name)
        self._identities.claim(urn, goal.parent)
        old, alias = self._identities.find_old(urn, goal)
        new = goal.state(urn, old.state if old else None, alias)
        failed = self._progress.failed
        if failed and any(reference.urn in failed for reference in new.references()):
            failed.add(urn)
            return Registered(new, failed=True)
        try:
            return await self._settle(goal, old, new)
        except StepError as error:
            error.urn = error.urn or urn
            raise
        except AlreadyReported:
            failed.add(urn)
            if self._run.input.options.continue_on_error:
                return Registered(new, failed=True)
            raise

    async def _settle(self, goal: Goal, old: TrackedResource | None, new: ResourceState) -> Registered:
        if not self._targets.includes(new):
            return await self._settle_untargeted(old, new)
        self._targets.note(new)
        self._refuse_skipped_dependencies(new)
        provider = await self._run.hosts.configured(self._run, new.urn) if new.custom else None
        imported = provider is not None and _wants_import(goal, old)
        if imported:
            assert provider is not None
            old, new = await self._import(old, new, provider, goal.inputs if self._targets.constrained else None)
        before = None if old is None or self._must_replace(old) else old.state.inputs
        new = await self._checked(goal, before, new, provider)
        if old is None:
            self._progress.created.add(new.urn)
            return self._finish(await self._steps.create(new, provider))
        difference = await self._difference(old, new, provider)
        self._progress.registered.add(new.urn)
        if difference.replaces:
            return self._finish(await self._replace(goal, old, new, provider, difference))
        if difference.changed or old.state.init_errors:
            return self._finish(await self._steps.update(old, new, provider, difference))
        return self._finish(old if imported else await self._steps.same(old, new))

    def _finish(self, settled: TrackedResource) -> Registered:
        self._progress.settled[settled.state.urn] = settled
        return Registered(settled.state)

    # Targets

    async def _settle_untargeted(self, old: TrackedResource | None, new: ResourceState) -> Registered:
        if old is None:
            self._progress.skipped.add(new.urn)
            self._progress.registered.add(new.urn)
            self._steps.skip(new, new)
            return Registered(new, unknown=True)
        await self._keep_with_dependencies(old)
        self._progress.registered.add(new.urn)
        return self._finish(await self._steps.keep(old))

    async def _keep_with_dependencies(self, old: TrackedResource) -> None:
        """Keep unregistered dependencies of the resource first: they must come before it in the state."""
        self._identities.seen.add(old.urn)
        self._progress.registered.add(old.urn)
        for reference in old.state.references():
            urn = self._identities.new_of_old.get(reference.urn, reference.urn)
            needed = self._run.previous.by_urn.get(reference.urn)
            if (
                needed is not None
                and urn not in self._progress.created
                and not self._progress.is_wanted(urn)
                and not needed.state.delete
            ):
                await self._keep_with_dependencies(needed)
                await self._steps.keep(needed)

    def _refuse_skipped_dependencies(self, new: ResourceState) -> None:
        for reference in new.references():
            if reference.urn not in self._progress.skipped:
                continue
            self._run.error(
                f"Resource '{new.urn}' depends on '{reference.urn}' which was not specified in --target list.", new.urn
            )
            if not self._run.planning:
                self._run.stop()
                raise AlreadyReported

    # Check

    async def _checked(
        self, goal: Goal, before: PropertyMap | None, new: ResourceState, provider: Provider | None
    ) -> ResourceState:
        """The new state with the inputs that Check returned. `before`: the old inputs that Check gets, if any."""
        if provider is None:
            return replace(new, inputs=goal.inputs)
        inputs, failures = await provider.check(new.urn, before, goal.inputs)
        self._refuse_invalid(new, failures)
        return replace(new, inputs=inputs)

    def _refuse_invalid(self, new: ResourceState, failures: Sequence[provider_pb2.CheckFailure]) -> None:
        if not failures:
            return
        for failure in failures:
            name = failure.property
            where = f": property {name} value {_shown_value(new, name)}" if name else ""
            self._run.error(f"{new.type} resource '{new.name}'{where} has a problem: {failure.reason}", new.urn)
        if not self._run.input.options.continue_on_error:
            self._run.stop()
        raise AlreadyReported

    # Import

    async def _import(
        self, old: TrackedResource | None, new: ResourceState, provider: Provider, wanted: PropertyMap | None
    ) -> tuple[TrackedResource, ResourceState]:
        """Import the resource. The imported state is the old state that the goal is compared with.

        In a run with targets the provider checks the `wanted` inputs before the state has the resource.
        """
        self._progress.registered.add(new.urn)
        adopted = await self._steps.adopt(new, provider, old, wanted)
        return adopted, replace(new, created=adopted.state.created, modified=adopted.state.modified)

    # Diff

    def _must_replace(self, old: TrackedResource) -> bool:
        return self._targets.replaces(old.urn) or bool(old.state.extra.get("taint"))

    async def _difference(self, old: TrackedResource, new: ResourceState, provider: Provider | None) -> Difference:
        if self._must_replace(old):
            return Difference(changed=True, replace_keys=("id",))
        if old.state.custom != new.custom:
            # By an alias, a component takes the place of a resource that is real, or the other way round.
            return Difference(changed=True, replace_keys=("provider",))
        if provider is None:
            return Difference(changed=old.state.inputs != new.inputs)
        return await provider.diff(old.state, new)

    # Replace

    async def _replace(
        self, goal: Goal, old: TrackedResource, new: ResourceState, provider: Provider | None, difference: Difference
    ) -> TrackedResource:
        self._refuse_protected(old, new)
        self._refuse_replacing_imported(goal, old, new, difference)
        if not self._must_replace(old):
            new = await self._checked(goal, None, new, provider)
        settled = await self._steps.create_replacement(old, new, provider, difference)
        self._steps.replaced(old, settled.state, difference)
        return settled

    def _refuse_protected(self, old: TrackedResource, new: ResourceState) -> None:
        if not (new.protect and old.state.protect):
            return
        self._run.error(
            f'unable to replace resource "{new.urn}"\n'
            "as it is currently marked for protection. To unprotect the resource, "
            "remove the `protect` flag from the resource in your Pulumi "
            "program and run `pulumi up`",
            new.urn,
        )
        # A preview goes on, so that it shows the difference.
        if not self._run.planning:
            self._run.stop()
            raise AlreadyReported

    def _refuse_replacing_imported(
        self, goal: Goal, old: TrackedResource, new: ResourceState, difference: Difference
    ) -> None:
        if not goal.import_id:
            return
        changes = "\n".join(
            f"{key}: {_shown_value(old.state, key)} => {_shown_value(new, key)}" for key in difference.replace_keys
        )
        message = (
            "previously-imported resources that still specify an ID may not be replaced; "
            f"please remove the `import` declaration from your program;\n{changes}"
        )
        if not self._run.planning:
            raise StepError(message, new.urn)
        self._run.diagnose(Severity.WARNING, message, new.urn)


def _wants_import(goal: Goal, old: TrackedResource | None) -> bool:
    return bool(goal.import_id) and (old is None or (old.state.import_id or old.state.id) != goal.import_id)


def _shown_value(state: ResourceState, key: str) -> str:
    """The input's value for a message; a secret is blinded."""
    if key not in state.inputs:
        return "<null>"
    value = state.inputs[key]
    shown = without_secrets(value)
    if shown != value:
        return BLINDED
    return "{" + (shown if isinstance(shown, str) else json.dumps(shown, default=str)) + "}"
