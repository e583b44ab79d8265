"""Keyed digests and sketches of a list's rows: what differs between two versions, without a number."""
