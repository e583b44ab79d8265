"""Failures that end the sandbox's command line with one clear message."""


class SandboxError(Exception):
    """The sandbox cannot do what it was asked; the text says what and what to do."""
