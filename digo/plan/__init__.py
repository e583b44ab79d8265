"""The plan: compares desired state with a snapshot. Pure; preview and up use the same function."""

from digo.plan.compare import AgentPlan, Difference, Plan, compare
from digo.plan.gate import Stand, written_gate
from digo.plan.match import Ambiguous, match_agent

__all__ = ["AgentPlan", "Ambiguous", "Difference", "Plan", "Stand", "compare", "match_agent", "written_gate"]
