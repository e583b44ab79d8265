"""A policy pack for the pulumi CLI: `pulumi up --policy-pack policy`.

It applies the rules of `digo validate` to agents and leads that any program registers.
"""

import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pulumi
from pulumi_policy import (
    EnforcementLevel,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

# The folder is on the path only from here on: E402 cannot hold below.
sys.dont_write_bytecode = True  # until `use_whole_files`
from digo.system.bytecode import use_whole_files  # noqa: E402

use_whole_files()

from digo.desired.policy import PolicyEntry, load_policies  # noqa: E402
from digo.desired.rules import count_violation  # noqa: E402
from digo.sanitize.annotations import for_log  # noqa: E402
from digo.settings.environment import environment_of  # noqa: E402
from policy.inputs import violations  # noqa: E402
from protocol.tokens import AGENT_TYPE  # noqa: E402


@cache
def policies_of(environment: str) -> tuple[tuple[str, PolicyEntry], ...]:
    """The policies of an environment, each with its file."""
    folder = ROOT / "config" / environment
    return tuple((document.file, policy) for document, policy in load_policies(folder, ROOT, os.environ))


def policies() -> Iterator[tuple[str, PolicyEntry]]:
    """The policies of the current stack."""
    yield from policies_of(environment_of(pulumi.get_stack(), pulumi.Config("digo").get))


def validate_resource(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
    """Reports the rules that one resource's inputs break."""
    for file, policy in policies():
        for one in violations(policy, args.resource_type, args.props):
            text = f"{one.field}: {one.reason} (rule {one.rule}, {file})" if one.field else one.reason
            report_violation(for_log(text))


def validate_stack(args: StackValidationArgs, report_violation: ReportViolation) -> None:
    """Reports the rules that all resources together break."""
    agents = sum(resource.resource_type == AGENT_TYPE for resource in args.resources)
    for file, policy in policies():
        for one in count_violation(policy, agents):
            report_violation(for_log(f"{one.reason} (rule {one.rule}, {file})"))


PolicyPack(
    name="digo",
    enforcement_level=EnforcementLevel.MANDATORY,
    policies=[
        ResourceValidationPolicy("entries", "Each agent and lead keeps to policy.yaml", validate_resource),
        StackValidationPolicy("account", "All agents together keep to policy.yaml", validate_stack),
    ],
)
