"""From an account to config: what to write, under which keys, into files that keep their comments."""
