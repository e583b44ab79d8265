"""The error of unusable settings, and its words, in a module that imports nothing."""

from __future__ import annotations


class SettingsError(Exception):
    """The settings are not sufficient to reach an account. Nothing was read or written."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            "\n".join(
                ["the stack's settings are not usable; nothing was read or written:"]
                + [f"  {problem}" for problem in problems]
            )
        )


def unreadable_secret(problem: OSError | ValueError) -> str:
    """Why the file that a setting names cannot be read."""
    if isinstance(problem, OSError):
        return problem.strerror or type(problem).__name__
    return "it is not UTF-8 text" if isinstance(problem, UnicodeDecodeError) else "no file has such a name"
