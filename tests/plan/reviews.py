"""Reviews of a plan, and what the last up left, made in one line each."""

from __future__ import annotations

from datetime import date
from typing import Any

from digo.desired.state import DesiredAgent, DesiredLead
from digo.plan.guard_input import GuardContext
from digo.plan.review import Review, review_plan
from digo.settings.limits import GuardLimits
from digo.settings.profiles import DIGO
from digo.state.last_up import AgentState, LastUp, LeadState
from tests.plan.plan_values import account, desired, number

TODAY = date(2026, 11, 25)
GUARDS = GuardContext("http://127.0.0.1:1", DIGO, GuardLimits(maxCreates=100_000, maxDeletes=9), "config/test")
EID = "1234567890123"
COLUMNS = {"field_0": "phone", "field_1": "name", "field_5": "otp"}


def reviewed(
    *entries: DesiredAgent | DesiredLead,
    live: tuple[Any, ...] = (),
    agents: tuple[AgentState, ...] = (),
    leads: tuple[LeadState, ...] = (),
) -> Review:
    applied = LastUp({one.key: one for one in agents}, {one.key: one for one in leads})
    return review_plan(desired(*entries), account(*live), applied, GUARDS, cps=3, today=TODAY)


def stored(key: str, eid: str, index: int, name: str = "Desk", intercom: str | None = None) -> AgentState:
    fields = {"name": name, "follow_me_number": number(index), "intercom": intercom}
    return AgentState(key, eid, fields, fields, retained=True)


def sent(key: str, index: int = 1, list_id: str = "4711", **fields: str) -> LeadState:
    return LeadState(key, list_id, number(index), fields)
