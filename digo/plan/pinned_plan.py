"""Pins a run to one plan: `DIGO_PLAN` has the hash that was reviewed.

It is an environment variable and not a stack setting. A setting would outlive the run that it was reviewed for, and the
commit that changes it would be the one whose plan it should pin.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from digo.desired.approvals import EXAMPLE_HASH, is_plan_hash, short_hash_problem
from digo.settings.failure import SettingsError
from digo.version import VERSION

VARIABLE = "DIGO_PLAN"
REST_OF = "DIGO_PLAN_REST_OF"
"""The hash of the plan that the pinned one is the rest of. The state keeps it, so that a reviewed plan can be repeated
until all of it is done."""


def pinned_plan_hash(environ: Mapping[str, str]) -> str | None:
    """The plan hash in the environment; None if the variable is not set.

    Raises:
        SettingsError: the variable is set and is not a hash. This includes an empty one: a pipeline that did not find
            the reviewed hash must not run an unreviewed plan.
    """
    text = environ.get(VARIABLE)
    if text is None:
        return None
    if problem := short_hash_problem(text.strip()):
        raise SettingsError([f"{VARIABLE}: {problem}"])
    if not is_plan_hash(text.strip()):
        had = "is empty" if not text.strip() else "is not a plan's hash"
        raise SettingsError(
            [
                f"{VARIABLE} {had}: it is like {EXAMPLE_HASH}, as `digo plan` prints it; unset it for a run "
                "that pins no plan"
            ]
        )
    return text.strip()


def whole_plan_hash(environ: Mapping[str, str]) -> str | None:
    """The hash of the plan that the pinned one is the rest of; None if it is a whole one, or none is pinned."""
    text = environ.get(REST_OF, "").strip()
    return text if VARIABLE in environ and is_plan_hash(text) else None


def pin_refusal(pinned: str | None, plan: str, before: Mapping[str, Any] | None) -> str | None:
    """Why a run of the plan `plan` is refused: the error's text; None if it may go on.

    Args:
        pinned: the reviewed hash; None if the run pins none.
        plan: the hash of the current plan.
        before: the guard input of the last run; None if there was none or it is not known.
    """
    if pinned is None or pinned == plan:
        return None
    if before and before.get("plan") == pinned:
        why = (
            "the last up was of the reviewed plan. If it was cut off, what it left to do is another plan; if it was "
            "not, there is nothing left of the reviewed one"
        )
    else:
        why = (
            f"since the review config, the account, a setting or the tool (now {VERSION}) has changed. An up of the "
            "reviewed plan that was cut off changes the account too"
        )
    return "\n".join(
        [
            "this plan is not the one that was reviewed; nothing was written:",
            f"  reviewed: {pinned} ({VARIABLE})",
            f"  now: {plan}",
            f"  {why}",
            f"  Next: `digo plan` again, have it reviewed, and set {VARIABLE} to its hash; or unset {VARIABLE} for a "
            "run that pins no plan",
        ]
    )


def how_to_pin(plan: str, engine: str, stack: str) -> str:
    """The command of an up that carries out this plan or nothing."""
    return f"{VARIABLE}={plan} {engine} up --stack {stack}"
