"""A run in which no guard was asked: its targets leave `account` out. It writes nothing, unless an approval says so."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

from digo.plan.broadcast_lists import lists_are_needed
from digo.plan.compare import compare
from digo.plan.guard_input import guard_input, targets_refusal
from digo.plan.pinned_plan import pin_refusal, pinned_plan_hash
from digo.settings.failure import SettingsError
from digo.source.problems import ConfigError
from providers.host.errors import HandlerError
from providers.host.session import Session

NOT_ASKED = "the guards were not asked in this run, because `account` is not among its targets"


async def approved_targets(session: Session) -> Mapping[str, Any]:
    """The guard input of a run whose targets an approval allows without `account`.

    The program's input is not at hand: only `account` has it. So config and account are read here, as the program does.

    Raises:
        HandlerError: no approval of `targets` is for this plan and this day.
    """
    snapshot = await session.account.current()

    profile = session.settings.profile
    try:
        desired = await asyncio.to_thread(session.stack.desired)
        if lists_are_needed(profile, desired):
            snapshot = replace(snapshot, lists=await session.broadcast_lists.current())
        plan = compare(desired, snapshot, profile)
        made = guard_input(plan, desired, snapshot, session.stack.guard_context)
        pinned = pinned_plan_hash(session.environ)
    except (ConfigError, SettingsError) as problem:
        raise HandlerError(
            f"{NOT_ASKED}; nothing was written or adopted. No approval of it can be read: {problem}\n"
            "  Next: add --target '**::account', or do not exclude it; a program of your own registers `Account` first"
        ) from None
    text = pin_refusal(pinned, str(made["plan"]), before=None) or targets_refusal(
        made, datetime.now(timezone.utc).date(), NOT_ASKED
    )
    if text is not None:
        raise HandlerError(text)
    return made
