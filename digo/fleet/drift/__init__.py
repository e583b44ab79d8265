"""The watch of a fleet: where config, the last up and the account of each stack differ, and what is new of it."""
