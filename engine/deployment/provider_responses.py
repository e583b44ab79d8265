"""The replies of a provider, as the engine uses them."""

from __future__ import annotations

from dataclasses import dataclass

from engine.deployment.errors import PartialFailure
from engine.deployment.unsupported import DELETED_FIRST, refusal
from protocol.messages import provider_pb2
from protocol.values import PropertyMap


@dataclass(frozen=True)
class Difference:
    """The reply of Diff."""

    changed: bool
    replace_keys: tuple[str, ...] = ()
    changed_keys: tuple[str, ...] = ()
    detailed: dict[str, str] | None = None

    @property
    def replaces(self) -> bool:
        """Whether the change needs a replacement."""
        return self.changed and bool(self.replace_keys)


@dataclass(frozen=True)
class ReadResult:
    """A resource as the provider reports it.

    `outputs` is None if the resource does not exist, `inputs` if the provider did not report them. `failure` is set if
    the resource exists but the call failed.
    """

    id: str
    outputs: PropertyMap | None
    inputs: PropertyMap | None = None
    failure: PartialFailure | None = None


def difference_of(answer: provider_pb2.DiffResponse) -> Difference:
    """The difference in a provider's reply. A reply that does not say counts as one.

    Raises:
        StepError: the provider wants a replacement that deletes first.
    """
    if answer.replaces and answer.deleteBeforeReplace:
        raise refusal(DELETED_FIRST)
    kinds = {key: _kind_of(change) for key, change in answer.detailedDiff.items()}
    return Difference(
        changed=answer.changes != provider_pb2.DiffResponse.DIFF_NONE,
        replace_keys=tuple(answer.replaces),
        changed_keys=tuple(answer.diffs),
        detailed=kinds if answer.hasDetailedDiff else None,
    )


def _kind_of(change: provider_pb2.PropertyDiff) -> str:
    """The kind as events have it, such as `add-replace`."""
    return provider_pb2.PropertyDiff.Kind.Name(change.kind).lower().replace("_", "-")
