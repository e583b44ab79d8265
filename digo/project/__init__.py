"""Pulumi's own files of a project: `Pulumi.yaml`, `Pulumi.<stack>.yaml`, and the address of the state.

The command line and the embedded engine read them with this package, as the pulumi CLI does. It imports nothing else of
`digo`, and no Pulumi.
"""
