"""Lead lists from files, from the top: `sending`, `live`, `digests`, `rows`, `files`; and the ledger key."""
