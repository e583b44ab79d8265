"""The client of the DIGO voice API: calls, models, errors, transports.

Source of every endpoint: the vendor's page. The client accepts any spelling of a reply that the page leaves open, but
it believes only what the reply proves: see `digo.api.responses`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from digo.api.access import Access, Limits
    from digo.api.async_client import AsyncClient
    from digo.api.calls import Call, add_agent, list_agents, put_lead
    from digo.api.client import Client
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
    from digo.api.paging import records, records_async
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

# The modules of the names. Each is imported on first use: a command must not wait for libraries that it does not need.
_MODULES = {
    "access": ("Access", "Limits"),
    "async_client": ("AsyncClient",),
    "calls": ("Call", "add_agent", "list_agents", "put_lead"),
    "client": ("Client",),
    "errors": (
        "ApiError",
        "NotSent",
        "OutcomeUnknown",
        "RateLimited",
        "ReadUnknown",
        "Refused",
        "TokenRefused",
        "WriteForbidden",
    ),
    "models": ("AgentRecord", "CallReceipt", "CallRecord", "NewAgent", "NewLead", "Receipt", "RecordPage"),
    "paging": ("records", "records_async"),
    "voice": (
        "CallType",
        "ClickToCall",
        "Direction",
        "RecordQuery",
        "call_customer",
        "call_records",
        "click_to_call",
        "hang_up",
        "transfer",
    ),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}

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
    """Imports one of `__all__` on first use."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The names of `__all__`, also before their first use."""
    return sorted({*globals(), *__all__})
