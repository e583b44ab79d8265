"""Registers a plan's resources with Pulumi, and warns of what the plan cannot do."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi

from digo.api.models import AgentRecord
from digo.plan.agent_names import named_agents
from digo.plan.compare import AgentPlan, Plan
from digo.plan.guard_input import strict_refusal
from digo.settings.profiles import Ability, Profile, Subject
from digo.settings.stack_settings import Settings
from digo.source.problems import ConfigError
from digo.text.counts import counted
from providers import say
from providers.account import Account
from providers.agent import Agent
from providers.lead import Lead
from providers.lead_list import LeadList


def register(plan: Plan, guard_input: Mapping[str, Any], settings: Settings, root: Path) -> None:
    """Registers the account first, and then every wanted resource, which depends on it.

    An agent that the account has is registered with `import_`. Pulumi shows `= import` where the state lacks it, and
    nothing where the state has it.

    Args:
        plan: what the account lacks, and what differs.
        guard_input: the input of the guards.
        settings: the stack's settings.
        root: the project's folder.

    Raises:
        ConfigError: the plan has conflicts. Nothing is registered.
        pulumi.RunError: something cannot converge, and the stack's settings make that an error.
    """
    if plan.conflicts:
        raise ConfigError(plan.conflicts)
    if text := strict_refusal(plan, strict=settings.strict):
        raise pulumi.RunError(text)
    counts = guard_input["census"]
    account = Account(
        "account", endpoint=counts["endpoint"], profile=counts["profile"], seen=counts["seen"], run=guard_input
    )
    options = {subject: _options(account, settings.profile, subject) for subject in (Subject.AGENT, Subject.LEAD)}
    for agent in plan.agents:
        _register_agent(agent, options[Subject.AGENT])
    for lead in plan.leads:
        opts = _renamed(options[Subject.LEAD], lead.formerly)
        Lead(lead.key, list_id=lead.list_id, phone=lead.number.e164, columns=lead.fields, opts=opts)
    for wanted in plan.lists:
        LeadList(wanted, root, options[Subject.LEAD])
    for lingering in plan.still_present:
        say.warn(lingering.still_present)
    if plan.unmanaged:
        say.info(_unmanaged(plan.unmanaged))


def _options(account: Account, profile: Profile, subject: Subject) -> pulumi.ResourceOptions:
    """Resources wait for the guards. A resource that the profile cannot delete stays on the account."""
    return pulumi.ResourceOptions(depends_on=[account], retain_on_delete=not profile.can(Ability.DELETE, subject))


def _renamed(opts: pulumi.ResourceOptions, formerly: tuple[str, ...]) -> pulumi.ResourceOptions:
    """Options with an alias for each former name of the entry."""
    aliases: list[pulumi.Input[str | pulumi.Alias]] = [pulumi.Alias(name=name) for name in formerly]
    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(aliases=aliases)) if aliases else opts


def _register_agent(plan: AgentPlan, options: pulumi.ResourceOptions) -> None:
    wanted = plan.wanted
    options = _renamed(options, wanted.formerly)
    agent = Agent(
        wanted.key,
        name=wanted.name,
        follow_me_number=wanted.number.e164,
        intercom=wanted.intercom,
        opts=pulumi.ResourceOptions.merge(
            options, pulumi.ResourceOptions(import_=plan.live.eid if plan.live else None)
        ),
        **wanted.other_fields,
    )
    for warning in plan.warnings:
        say.warn(warning, agent)


def _unmanaged(agents: tuple[AgentRecord, ...]) -> str:
    have = counted(len(agents), "agent on the account is", "agents on the account are")
    return f"{have} in no config and left alone: {named_agents(agents)}"
