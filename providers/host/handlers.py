"""The handler of each type of resource."""

from __future__ import annotations

from collections.abc import Mapping

from digo.settings.profiles import Ability, Subject
from providers.host.absent_agent import AbsentAgentHandler
from providers.host.account import AccountHandler
from providers.host.agent import AgentHandler
from providers.host.broadcast_list import BroadcastListHandler
from providers.host.handler import ResourceHandler
from providers.host.lead import LeadHandler
from providers.host.lead_list import LeadShardHandler
from providers.host.live_lead import LiveLeadHandler
from providers.host.live_lead_list import LiveLeadShardHandler
from providers.host.session import Session


def handlers_of(session: Session) -> Mapping[str, ResourceHandler]:
    """All types of one session, by the last word of the type token."""
    profile = session.settings.profile
    shows_leads = profile.can(Ability.READ_BACK, Subject.LEAD)
    shows_rows = profile.can(Ability.READ_BACK, Subject.LIST) and profile.can(Ability.BULK, Subject.LIST)
    return {
        "Account": AccountHandler(session),
        "AbsentAgent": AbsentAgentHandler(session),
        "Agent": AgentHandler(session),
        "BroadcastList": BroadcastListHandler(session),
        "Lead": LiveLeadHandler(session) if shows_leads else LeadHandler(session),
        "LeadShard": LiveLeadShardHandler(session) if shows_rows else LeadShardHandler(session),
    }
