"""What a run is, as the database has it: waves, pinned plans, who began it. It has no value, number or token. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from digo.fleet.plan.stack_plan import FleetPlan, StackPlan


@dataclass(frozen=True)
class RunWave:
    """A wave of one run.

    Attributes:
        name: its name in fleet.yaml.
        stacks: the stacks whose up is due.
        failures: how many failed stacks stop the run.
        wait: seconds after it, before the next wave begins.
    """

    name: str
    stacks: tuple[str, ...]
    failures: int = 1
    wait: float = 0.0


@dataclass(frozen=True)
class RunDocument:
    """One run of `digo fleet up`.

    Attributes:
        run: its id.
        label: the version of tool and config that it belongs to (`identity.version_label`).
        inputs: the digest of what it was begun with (`identity.inputs_digest`).
        waves: its waves, without stacks that have nothing to do.
        pins: by stack, the plan without values (`StackPlan.pin().to_dict()`).
        left_out: by stack that is not run, why: nothing to do, or a refused plan.
        begun: when, in UTC, as ISO 8601.
        who: user and machine.
        commit: the Git commit of the config; "" outside a repository.
    """

    run: str
    label: str
    inputs: str
    waves: tuple[RunWave, ...]
    pins: Mapping[str, Mapping[str, Any]]
    left_out: Mapping[str, str]
    begun: str
    who: str
    commit: str = ""

    @property
    def stacks(self) -> tuple[str, ...]:
        """The stacks that are run, wave by wave."""
        return tuple(stack for wave in self.waves for stack in wave.stacks)

    def shares_account(self, stack: str) -> bool:
        """Whether another stack of the run is on the account of this one."""
        accounts = [str(one.get("account") or name) for name, one in self.pins.items()]
        return accounts.count(str(self.pins[stack].get("account") or stack)) > 1

    def pinned_plan(self) -> FleetPlan:
        """The pinned plans of the stacks that are run."""
        return FleetPlan(tuple(StackPlan.from_dict(one) for one in self.pins.values()), self.commit)

    def to_dict(self) -> dict[str, Any]:
        """The document for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> RunDocument:
        """The document of `to_dict`. Keys of a later version are left out.

        Raises:
            ValueError: it is no such document.
        """
        try:
            known = {name: document[name] for name in cls.__dataclass_fields__ if name in document}
            waves = tuple(RunWave(**{**one, "stacks": tuple(one["stacks"])}) for one in document["waves"])
            return cls(**{**known, "waves": waves})
        except (KeyError, TypeError) as problem:
            raise ValueError(f"this is not a run of a fleet: {problem}") from None


def stack_workflow(run: str, stack: str, number: int) -> str:
    """The id of the workflow of one stack. `number` counts from 1: a closed window ends it, and another one follows."""
    return f"{run}:{stack}:{number}"


def stop_workflow(run: str) -> str:
    """The id of the workflow that exists if a run is to stop."""
    return f"{run}:stop"


def stack_of(workflow: str) -> tuple[str, int] | None:
    """Stack and number of a stack's workflow; None for another workflow."""
    _, _, rest = workflow.partition(":")
    stack, _, number = rest.rpartition(":")
    return (stack, int(number)) if stack and number.isdigit() else None
