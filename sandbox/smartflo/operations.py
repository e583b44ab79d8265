"""All calls of the sibling's account that the other one has not, or that do something else there."""

from sandbox.operations import Operation
from sandbox.smartflo.account import SmartfloAccount
from sandbox.smartflo.agent_operations import agent_operations
from sandbox.smartflo.batch_operations import batch_operations
from sandbox.smartflo.lead_operations import lead_operations
from sandbox.smartflo.list_operations import list_operations
from sandbox.smartflo.login_operations import login_operations
from sandbox.smartflo.user_operations import user_operations


def smartflo_operations() -> tuple[Operation[SmartfloAccount], ...]:
    """The calls, in no order that matters."""
    return (
        *user_operations(),
        *agent_operations(),
        *list_operations(),
        *lead_operations(),
        *batch_operations(),
        *login_operations(),
    )
