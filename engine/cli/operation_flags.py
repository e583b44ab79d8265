"""The flags of an operation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.deployment.context import Options

_DISPLAY_FLAGS = (
    "show_config",
    "show_sames",
    "show_replacement_steps",
    "show_secrets",
    "show_urns",
    "suppress_outputs",
)


@dataclass(frozen=True)
class Confirmation:
    """Whether the user confirms the changes, and after which preview."""

    yes: bool = False
    skip_preview: bool = False
    preview_only: bool = False


@dataclass(frozen=True)
class OperationFlags:
    """The flags for display and confirmation, and the `options` for the engine."""

    stack_name: str = ""
    as_json: bool = False
    diff: bool = False
    confirmation: Confirmation = Confirmation()
    expect_no_changes: bool = False
    message: str = ""
    display: Mapping[str, Any] = field(default_factory=dict)
    options: Options = field(default_factory=Options)

    @classmethod
    def of(cls, flags: Mapping[str, Any]) -> OperationFlags:
        """Reads the flags of a command. A flag that it does not have is off."""
        return cls(
            stack_name=flags["stack_name"],
            as_json=flags["as_json"],
            diff=flags["diff"],
            confirmation=Confirmation(
                *(flags.get(name, False) for name in ("yes", "skip_preview", "preview_only")),
            ),
            expect_no_changes=flags.get("expect_no_changes", False),
            message=flags.get("message", ""),
            display={**{name: flags[name] for name in _DISPLAY_FLAGS}, "truncate": not flags["show_full_output"]},
            options=_engine_options(flags),
        )


def _engine_options(flags: Mapping[str, Any]) -> Options:
    both = tuple(flags.get("target_replace", ()))
    return Options(
        parallel=flags["parallel"],
        targets=tuple(flags.get("targets", ())) + both,
        target_dependents=flags.get("target_dependents", False),
        replace=tuple(flags.get("replace", ())) + both,
        refresh=flags.get("refresh", False),
        continue_on_error=flags.get("continue_on_error", False),
        debug=flags["debug"],
    )
