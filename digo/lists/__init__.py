"""Lead lists from files: rows, checks, digests, the ledger of sent buckets, and sending. It imports no Pulumi."""
