"""Pulumi's own files of a project: `Pulumi.yaml`, `Pulumi.<stack>.yaml`, and where the state is.

The command line and the embedded engine read them here, as the pulumi CLI does. The package imports nothing else of
`digo`, and no Pulumi.
"""
