"""The plan that one run may carry out and no other: `DIGO_PLAN` has the hash that was reviewed.

It is an environment variable and no stack setting: a setting would outlive the run that it was reviewed for, and be
changed in the very commit whose plan it should pin.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from digo.desired.approvals import is_plan_hash
from digo.settings import SettingsError
from digo.version import VERSION

VARIABLE = "DIGO_PLAN"


def pinned_plan(environ: Mapping[str, str]) -> str | None:
    """The hash that the environment pins; None where it pins none.

    Raises:
        SettingsError: the variable is set, and is no hash. An empty one is that too: a pipeline that failed to find
            the reviewed hash must not run an unreviewed plan.
    """
    text = environ.get(VARIABLE)
    if text is None:
        return None
    if not is_plan_hash(text.strip()):
        had = "is empty" if not text.strip() else "is no plan's hash"
        raise SettingsError(
            [
                f"{VARIABLE} {had}: it is like bcdf-ghjk-lmnp-qrst, as `digo plan` prints it; unset it for a run "
                "that pins no plan"
            ]
        )
    return text.strip()


def pin_refusal(pinned: str | None, plan: str, before: Mapping[str, Any] | None) -> str | None:
    """Why a run is refused whose plan is `plan`: the error's text; None where it may go on.

    Args:
        pinned: the hash that was reviewed, None where the run pins none.
        plan: the hash of the plan now.
        before: the gate's bag of the last run; None where there was none, or nobody knows.
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
            f"since the review config, the account or the tool (now {VERSION}) has changed. An up of the reviewed plan "
            "that was cut off changes the account too"
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
    """The command of an up that does this plan or nothing."""
    return f"{VARIABLE}={plan} {engine} up --stack {stack}"
