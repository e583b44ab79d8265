"""The plan: compares desired state with a snapshot. Pure; preview and up use the same function."""

from digo.plan.compare import AgentPlan, Difference, Plan, compare
from digo.plan.guard_input import GuardContext, guard_input
from digo.plan.match import Ambiguous, match_agent

__all__ = ["AgentPlan", "Ambiguous", "Difference", "GuardContext", "Plan", "compare", "guard_input", "match_agent"]
