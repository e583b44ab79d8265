"""Type tokens of the project's resources, and of those that Pulumi registers.

A token is `package:module:name`. Tokens are part of each URN in the state: a changed token means another resource.
"""

STACK_TYPE = "pulumi:pulumi:Stack"
PROVIDER_TYPE_PREFIX = "pulumi:providers:"

DYNAMIC_PACKAGE = "pulumi-python"
"""The package of all dynamic resources that a Python program defines."""

RESOURCE_TYPE_PREFIX = f"{DYNAMIC_PACKAGE}:dynamic/digo:"
AGENT_TYPE = f"{RESOURCE_TYPE_PREFIX}Agent"
LEAD_TYPE = f"{RESOURCE_TYPE_PREFIX}Lead"
LEAD_SHARD_TYPE = f"{RESOURCE_TYPE_PREFIX}LeadShard"
LEAD_LIST_TYPE = "digo:index:LeadList"
