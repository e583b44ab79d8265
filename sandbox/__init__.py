"""A stand-in for the DIGO service: a real HTTP server on SQLite, with faults on demand.

`digo sandbox start` starts it; `sandbox.testing.start_sandbox` starts it inside a test.
"""
