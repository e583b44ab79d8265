"""From an account to config: what is to be written, under which keys, and into files that keep their comments."""
