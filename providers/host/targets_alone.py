"""A run in which no guard was asked: its targets leave `account` out. It writes nothing, unless an approval says so."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from digo.desired import load_environment
from digo.desired.list_digests import with_list_digests
from digo.lists.key import read_ledger_key
from digo.plan.compare import compare
from digo.plan.guard_input import GuardContext, guard_input, targets_refusal
from digo.plan.pinned_plan import pin_refusal, pinned_plan_hash
from digo.settings.stack_settings import SettingsError, environment_of
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

    def read() -> dict[str, Any]:
        folder = session.root / "config" / environment_of(session.stack, session.config)
        desired = load_environment(folder, session.root)
        key = lambda: read_ledger_key(session.config, session.environ, session.root)  # noqa: E731
        desired = with_list_digests(desired, key, session.settings.cps)
        plan = compare(desired, snapshot, session.settings.profile)
        return guard_input(plan, desired, snapshot, GuardContext.of(session.settings, folder, session.root))

    try:
        made = await asyncio.to_thread(read)
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
