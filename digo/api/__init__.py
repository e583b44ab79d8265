"""The client of the DIGO voice API: calls, models, errors, transports.

Source of every endpoint: the vendor's page. The client accepts any spelling of a reply that the page leaves open, but
it believes only what the reply proves: see `digo.api.responses`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from digo.api.calls import Call, add_agent, list_agents, put_lead
from digo.api.client import Access, Client, Limits
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
from digo.api.models import AgentRecord, CallReceipt, CallRecord, NewAgent, NewLead, Receipt, RecordPage
from digo.api.voice import (
    CallType,
    ClickToCall,
    Direction,
    RecordQuery,
    call_customer,
    call_records,
    click_to_call,
    hang_up,
    transfer,
)

if TYPE_CHECKING:
    from digo.api.async_client import AsyncClient
    from digo.api.paging import records, records_async

# Imported on first use: a preview must not wait for libraries that it does not need.
_LATER = {
    "AsyncClient": "digo.api.async_client",
    "records": "digo.api.paging",
    "records_async": "digo.api.paging",
}

__all__ = [
    "Access",
    "AgentRecord",
    "ApiError",
    "AsyncClient",
    "Call",
    "CallReceipt",
    "CallRecord",
    "CallType",
    "ClickToCall",
    "Client",
    "Direction",
    "Limits",
    "NewAgent",
    "NewLead",
    "NotSent",
    "OutcomeUnknown",
    "RateLimited",
    "ReadUnknown",
    "Receipt",
    "RecordPage",
    "RecordQuery",
    "Refused",
    "TokenRefused",
    "WriteForbidden",
    "add_agent",
    "call_customer",
    "call_records",
    "click_to_call",
    "hang_up",
    "list_agents",
    "put_lead",
    "records",
    "records_async",
    "transfer",
]


def __getattr__(name: str) -> Any:
    """Imports the names of `_LATER` on first use."""
    if name in _LATER:
        return getattr(import_module(_LATER[name]), name)
    raise AttributeError(name)
