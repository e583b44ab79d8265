"""The embedded engine: runs the Pulumi program on machines without the `pulumi` CLI.

It speaks Pulumi's public gRPC protocol (`pulumi.runtime.proto`). State has Pulumi's own deployment format, version 3.
The engine has no feature that Pulumi lacks.
"""
