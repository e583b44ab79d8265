"""Benchmarks: how long a run takes on this machine, beside what its requests alone need. `python -m bench`."""
