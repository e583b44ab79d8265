"""The core of pulumi-digo: config, plan and API. It imports no Pulumi.

The data flow goes one way: config → desired → plan → resources → API.
"""
