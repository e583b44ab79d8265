"""The embedded engine: runs the Pulumi program against the provider host where no `pulumi` CLI is.

It speaks Pulumi's public gRPC protocol (`pulumi.runtime.proto`) and keeps state in Pulumi's own
deployment format, version 3. It is no rival to Pulumi and gains no feature that Pulumi lacks.
"""
