"""The provider process: Pulumi's ResourceProvider protocol over gRPC, in front of `digo`."""
