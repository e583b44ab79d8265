"""Lead lists from files: rows, checks, digests, the ledger of what was sent, and sending. No Pulumi in it."""
