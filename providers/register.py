"""Registers a plan's resources with Pulumi, and warns of what the plan cannot do."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi

from digo.plan.agent_names import named_agents
from digo.plan.broadcast_lists import BroadcastListPlan
from digo.plan.compare import AgentPlan, Plan
from digo.plan.guard_input import strict_refusal
from digo.plan.suppressed_text import suppressed_text
from digo.settings.profiles import Ability, Profile, Subject
from digo.settings.stack_settings import Settings
from digo.source.problems import ConfigError
from digo.text.counts import counted
from digo.text.samples import SAMPLE, sample
from providers import say
from providers.absent_agent import AbsentAgent
from providers.account import Account
from providers.agent import Agent
from providers.broadcast_list import BroadcastList
from providers.lead import Lead
from providers.lead_list import LeadList

SHOWN = 5
"""How many differences a warning about many of them shows."""


def register(plan: Plan, guard_input: Mapping[str, Any], settings: Settings, root: Path) -> None:
    """Registers the account first, and then every wanted resource, which depends on it.

    An agent that the account has as config wants it is registered with `import_`. Pulumi shows `= import` where the
    state lacks it, and nothing where the state has it. One that a call must change is registered without: Pulumi
    imports only what does not differ. Its create takes it over and changes it.

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
        raise ConfigError(plan.conflicts, see_all="`digo plan --all` lists all")
    if text := strict_refusal(plan, strict=settings.strict):
        raise pulumi.RunError(text)
    counts = guard_input["census"]
    account = Account(
        "account", endpoint=counts["endpoint"], profile=counts["profile"], seen=counts["seen"], run=guard_input
    )
    options = {subject: _options(account, plan.profile, subject) for subject in (Subject.AGENT, Subject.LEAD)}
    registered = {agent.wanted.key: _register_agent(agent, options[Subject.AGENT]) for agent in plan.agents}
    named = _register_broadcast_lists(plan.broadcast_lists, _options(account, plan.profile, Subject.BROADCAST_LIST))
    for lead in plan.leads:
        opts = _renamed(options[Subject.LEAD], lead.formerly)
        list_id = named.get(lead.list_key, lead.list_id)
        Lead(lead.key, list_id=list_id, phone=lead.number.e164, columns=lead.fields, opts=opts)
    for wanted in plan.lists:
        LeadList(wanted, root, options[Subject.LEAD], named.get(wanted.key))
    for absent in plan.absent:
        opts = _renamed(pulumi.ResourceOptions(depends_on=[account]), absent.wanted.formerly)
        AbsentAgent(absent.wanted.key, follow_me_number=absent.wanted.number.e164, opts=opts)
    _warn(plan, registered)
    if plan.unmanaged:
        say.info(_unmanaged(plan))
    if text := suppressed_text(plan.suppressions):
        say.info(text)


def _options(account: Account, profile: Profile, subject: Subject) -> pulumi.ResourceOptions:
    """Resources wait for the guards. What the stack or its profile does not delete stays on the account."""
    return pulumi.ResourceOptions(depends_on=[account], retain_on_delete=not profile.removes(subject))


def _renamed(opts: pulumi.ResourceOptions, formerly: tuple[str, ...]) -> pulumi.ResourceOptions:
    """Options with an alias for each former name of the entry."""
    aliases: list[pulumi.Input[str | pulumi.Alias]] = [pulumi.Alias(name=name) for name in formerly]
    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(aliases=aliases)) if aliases else opts


def _register_agent(plan: AgentPlan, options: pulumi.ResourceOptions) -> Agent:
    wanted = plan.wanted
    options = _renamed(options, wanted.formerly)
    return Agent(
        wanted.key,
        name=wanted.name,
        follow_me_number=wanted.number.e164,
        intercom=wanted.intercom,
        opts=pulumi.ResourceOptions.merge(
            options, pulumi.ResourceOptions(import_=plan.live.eid if plan.live and plan.is_as_wanted else None)
        ),
        password_secret=wanted.password_secret or None,
        **wanted.other_fields,
    )


def _register_broadcast_lists(
    plans: tuple[BroadcastListPlan, ...], options: pulumi.ResourceOptions
) -> Mapping[str, pulumi.Output[str]]:
    """Registers the lists that config names. Returns their ids by key; that of a new list is not known in a preview."""
    ids: dict[str, pulumi.Output[str]] = {}
    for plan in plans:
        wanted, adopted = plan.wanted, pulumi.ResourceOptions(import_=plan.live.id if plan.live else None)
        opts = pulumi.ResourceOptions.merge(_renamed(options, wanted.formerly), adopted)
        made = BroadcastList(
            wanted.key, name=wanted.name, fields=wanted.fields, description=wanted.description or None, opts=opts
        )
        ids[wanted.key] = made.id
    return ids


def _warn(plan: Plan, registered: Mapping[str, Agent]) -> None:
    """Warns of what cannot converge: at its resource, or in one warning with a count and a sample if there is much.

    An engine prints each warning as lines of its own, so a thousand of them would hide everything else.
    """
    warnings = plan.warnings
    if len(warnings) > SAMPLE:
        apart = sum(bool(one.stuck) for one in plan.agents) + len(plan.still_present)
        head = f"{counted(len(warnings), 'difference')} of {counted(apart, 'agent')} cannot converge:"
        say.warn("\n".join([head, *(f"  {line}" for line in sample(warnings, "`digo drift --all` lists all", SHOWN))]))
        return
    for agent in plan.agents:
        for warning in agent.warnings:
            say.warn(warning, registered[agent.wanted.key])
    for lingering in plan.still_present:
        say.warn(lingering.still_present)


def _unmanaged(plan: Plan) -> str:
    """The agents that no entry has. The program does not know the state, which may have some of them."""
    agents, profile = plan.unmanaged, plan.profile
    have = counted(len(agents), "agent on the account is", "agents on the account are")
    left = "in no config and left alone"
    if profile.removes(Subject.AGENT) or profile.can(Ability.UPDATE, Subject.AGENT, "follow_me_number"):
        left = "in no config by number; what no earlier up has managed is left alone"
    return f"{have} {left}: {named_agents(agents)}"
