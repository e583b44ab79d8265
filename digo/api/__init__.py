"""The client of the DIGO voice API: calls, models, errors, transports.

Source of every endpoint: the vendor's page. What it leaves out is handled tolerantly in reading and strictly
in believing: see `digo.api.reading`.
"""

from digo.api.calls import Call, add_agent, list_agents, put_lead
from digo.api.client import Access, AsyncClient, Client, Limits
from digo.api.errors import (
    ApiError,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    ReadUnknown,
    Refused,
    TokenRefused,
    WriteForbidden,
)
from digo.api.models import AgentRecord, NewAgent, NewLead, Receipt

__all__ = [
    "Access",
    "AgentRecord",
    "ApiError",
    "AsyncClient",
    "Call",
    "Client",
    "Limits",
    "NewAgent",
    "NewLead",
    "NotSent",
    "OutcomeUnknown",
    "RateLimited",
    "ReadUnknown",
    "Receipt",
    "Refused",
    "TokenRefused",
    "WriteForbidden",
    "add_agent",
    "list_agents",
    "put_lead",
]
