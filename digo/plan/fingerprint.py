"""The hash of a plan: of the desired state, the account, the settings that matter, and the tool's version."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

from digo.api.snapshot import LISTED_BY_AGENTS, Snapshot
from digo.desired.state import Desired, DesiredAgent, DesiredBroadcastList, DesiredLead, DesiredList
from digo.fields.agents import canonical_others
from digo.text.formatting import as_letters
from digo.text.names import normal_name
from digo.version import VERSION

SHOWN = 32  # hex digits, 128 bits: an author must not find a harmless plan that has the hash of another one
GROUP = 4


@dataclass(frozen=True)
class PlanParts:
    """The parts of a plan's hash: digests of config, account and settings, and the tool's version.

    `settings` is `digo.plan.guard_input.GuardContext.pinned`.
    """

    config: str
    account: str
    settings: str
    tool: str

    @property
    def plan_hash(self) -> str:
        """The hash of the four."""
        return readable_hash("\n".join([self.tool, self.settings, self.config, self.account]))


def parts_of(desired: Desired, snapshot: Snapshot, settings: str) -> PlanParts:
    """The parts of the plan that brings the account to `desired`. `settings` is the digest of the pinned settings."""
    return PlanParts(desired_digest(desired), _account_digest(desired, snapshot), settings, VERSION)


def plan_hash(desired: Desired, snapshot: Snapshot, settings: str = "") -> str:
    """The plan's hash. It changes with the desired state, the account, the pinned settings and the tool's version.

    Nothing else changes it.
    """
    return parts_of(desired, snapshot, settings).plan_hash


def readable_hash(text: str) -> str:
    """A hash in the form of a plan's hash, for people and documents."""
    letters = as_letters(hashlib.sha256(text.encode()).hexdigest()[:SHOWN])
    return "-".join(letters[start : start + GROUP] for start in range(0, SHOWN, GROUP))


def _account_digest(desired: Desired, snapshot: Snapshot) -> str:
    """A digest of what the plan depends on: the agents, and the account's lists of the names that config has.

    Which call lists the agents decides what can be done with them. That it is the first one of all changes no hash.
    """
    agents = snapshot.fingerprint
    if snapshot.listed_by != LISTED_BY_AGENTS:
        agents = hashlib.sha256(json.dumps([snapshot.listed_by, agents]).encode()).hexdigest()
    if not desired.broadcast_lists:
        return agents
    names = {normal_name(one.name) for one in desired.broadcast_lists}
    named = sorted([normal_name(one.name or ""), one.id] for one in snapshot.lists or ())
    content = [agents, [one for one in named if one[0] in names]]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def desired_digest(desired: Desired) -> str:
    """A digest of the desired state, independent of spelling and order in the files.

    Former keys are part of it: without them, the same entries are forgotten and created or sent again.
    """
    agents = sorted(([a.key, *_values(a)] for a in desired.agents), key=lambda row: str(row[0]))
    leads = sorted([lead.key, _lead_digest(lead)] for lead in desired.leads)
    lists = sorted([one.key, list_digest(one)] for one in desired.lists)
    absent = sorted([a.key, a.number.e164, a.intercom or ""] for a in desired.absent)
    content: list[object] = [agents, leads, lists]
    content += [absent] if absent else []
    renamed = [_former_keys(entries) for entries in (desired.agents, desired.leads, desired.lists)]
    if named := desired.broadcast_lists:
        content.append({"named": sorted([one.key, _list_values(one)] for one in named)})
        renamed.append(_former_keys(named))
    content += [{"renamed": renamed}] if any(renamed) else []
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _list_values(wanted: DesiredBroadcastList) -> list[object]:
    return [normal_name(wanted.name), wanted.description, list(wanted.fields)]


def _former_keys(entries: Iterable[DesiredAgent | DesiredLead | DesiredList | DesiredBroadcastList]) -> list[list[str]]:
    return sorted([one.key, *one.formerly] for one in entries if one.formerly)


def _values(agent: DesiredAgent) -> list[object]:
    """The agent's values in their canonical spelling. OTHER_FIELDS count where they are set, so older digests stay."""
    values: list[object] = [normal_name(agent.name), agent.number.e164, agent.intercom or ""]
    values += [["password", agent.password_secret]] if agent.password_secret else []
    others = canonical_others(agent.other_fields)
    return [*values, others] if others else values


def agent_digest(agent: DesiredAgent) -> str:
    """A digest of an agent's entry, independent of its spelling."""
    content = _values(agent)
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:SHOWN]


def lead_digest(lead: DesiredLead) -> str:
    """A digest of what is sent for a lead, as the run summary keeps it."""
    return _lead_digest(lead)[:SHOWN]


def _lead_digest(lead: DesiredLead) -> str:
    # The id of a list that config names is the account's: the digest of the list itself says which one it is.
    content = ["" if lead.list_name else lead.list_id, lead.number.e164, sorted(lead.fields.items())]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def list_digest(wanted: DesiredList) -> str:
    """A digest of a list: of all its rows and of its shards.

    The digests of its buckets are too short for this: whoever has the ledger key could find other rows with the same.
    """
    assert wanted.digests is not None
    content = ["" if wanted.list_name else wanted.list_id, wanted.shards, wanted.digests.content]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()
