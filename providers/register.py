"""Registers a plan's resources with Pulumi, and says what the plan cannot do."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi

from digo.api.models import AgentRecord
from digo.counts import counted
from digo.desired.problems import ConfigError
from digo.plan.compare import AgentPlan, Plan
from digo.plan.gate import strict_refusal
from digo.profiles import Ability, Profile, Subject
from digo.settings import Settings
from digo.words import named_agents
from providers import say
from providers.account import Account
from providers.agent import Agent
from providers.lead import Lead
from providers.lead_list import LeadList


def register(plan: Plan, gate: Mapping[str, Any], settings: Settings, root: Path) -> None:
    """Registers the account's gate, and behind it every wanted resource. `gate` is the bag for the guards, `root` the
    project's folder.

    An agent that the account has is registered with `import_`: Pulumi shows `= import` where state lacks it, and
    nothing where state has it.

    Raises:
        ConfigError: the plan has conflicts. Nothing is registered then.
        pulumi.RunError: something cannot converge, and the stack wants that to be an error.
    """
    if plan.conflicts:
        raise ConfigError(plan.conflicts)
    if text := strict_refusal(plan, strict=settings.strict):
        raise pulumi.RunError(text)
    census = gate["census"]
    account = Account("account", endpoint=census["endpoint"], profile=census["profile"], seen=census["seen"], run=gate)
    behind = {subject: _behind(account, settings.profile, subject) for subject in (Subject.AGENT, Subject.LEAD)}
    for agent in plan.agents:
        _register_agent(agent, behind[Subject.AGENT])
    for lead in plan.leads:
        opts = _renamed(behind[Subject.LEAD], lead.formerly)
        Lead(lead.key, list_id=lead.list_id, phone=lead.number.e164, columns=lead.fields, opts=opts)
    for wanted in plan.lists:
        LeadList(wanted, root, behind[Subject.LEAD])
    for lingering in plan.lingering:
        say.warn(lingering.lingers)
    if plan.unmanaged:
        say.info(_unmanaged(plan.unmanaged))


def _behind(account: Account, profile: Profile, subject: Subject) -> pulumi.ResourceOptions:
    """Nothing is written before the gate is open; what the profile cannot delete is forgotten and kept."""
    return pulumi.ResourceOptions(depends_on=[account], retain_on_delete=not profile.can(Ability.DELETE, subject))


def _renamed(opts: pulumi.ResourceOptions, formerly: tuple[str, ...]) -> pulumi.ResourceOptions:
    """The entry is the resource that had another name before."""
    aliases: list[pulumi.Input[str | pulumi.Alias]] = [pulumi.Alias(name=name) for name in formerly]
    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(aliases=aliases)) if aliases else opts


def _register_agent(plan: AgentPlan, behind: pulumi.ResourceOptions) -> None:
    wanted = plan.wanted
    behind = _renamed(behind, wanted.formerly)
    agent = Agent(
        wanted.key,
        name=wanted.name,
        follow_me_number=wanted.number.e164,
        intercom=wanted.intercom,
        opts=pulumi.ResourceOptions.merge(behind, pulumi.ResourceOptions(import_=plan.live.eid if plan.live else None)),
    )
    for warning in plan.warnings:
        say.warn(warning, agent)


def _unmanaged(agents: tuple[AgentRecord, ...]) -> str:
    have = counted(len(agents), "agent on the account is", "agents on the account are")
    return f"{have} in no config and left alone: {named_agents(agents)}"
