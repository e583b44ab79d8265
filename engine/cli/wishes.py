"""From flags to what the parts below the command line take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.cli.operation import Wishes
from engine.deployment import Options

_DISPLAY_FLAGS = (
    "debug",
    "show_config",
    "show_sames",
    "show_reads",
    "show_replacement_steps",
    "show_secrets",
    "show_urns",
    "suppress_outputs",
)


def wishes_of(flags: Mapping[str, Any]) -> Wishes:
    """What concerns the way an operation is shown and confirmed."""
    display = {name: flags[name] for name in _DISPLAY_FLAGS}
    display["truncate"] = not flags["show_full_output"]
    return Wishes(
        stack_name=flags["stack_name"],
        as_json=flags["as_json"],
        diff=flags["diff"],
        yes=flags.get("yes", False),
        skip_preview=flags.get("skip_preview", False),
        preview_only=flags.get("preview_only", False),
        expect_no_changes=flags.get("expect_no_changes", False),
        display=display,
    )


def engine_options(flags: Mapping[str, Any]) -> Options:
    """What concerns the engine."""
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
