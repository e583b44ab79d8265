"""Text that UTF-8 cannot hold, made visible before it goes on.

JSON may spell half of a surrogate pair (`"\\ud83d"`), and Python reads bytes of the environment and of file names that
are no UTF-8 as lone surrogates (PEP 383). No file, terminal, gRPC message or HTTP body can take such a character.
"""

from __future__ import annotations


def visible(text: str) -> str:
    """The text with each lone surrogate spelt out: `Sales \\ud83d` is what a reader sees. Other text stays as it is."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def is_unicode(text: str) -> bool:
    """Whether UTF-8 can hold the text: it has no lone surrogate."""
    return visible(text) == text
