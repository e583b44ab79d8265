"""Reads what a person types on a terminal, without the sequences of keys that only move the cursor."""

from __future__ import annotations

import contextlib
import re

import click

from digo.text.unicode import is_unicode

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
NOT_TYPED = "that was not a text: a key was pressed that types nothing; please answer once more"


def prompt_text(question: str, default: str = "", *, suffix: str = ": ", hidden: bool = False) -> str | None:
    """Reads one line.

    None means that it is not a text, such as the sequence of an arrow key, or bytes that are not UTF-8.

    Raises:
        click.Abort: Ctrl-C, Ctrl-D, or the terminal went away.
    """
    # With readline, arrow keys move the cursor, Delete deletes, and pasted text is one input. Without it, the system
    # reads their sequences as text. The history is off: an earlier answer could be somebody else's.
    with contextlib.suppress(ImportError):
        import readline

        readline.set_auto_history(False)
        # Enter after a lone Esc ends the line as well; readline would take the two for a key that turns vi's ways on.
        for enter in ("C-m", "C-j"):
            readline.parse_and_bind(f'"\\e\\{enter}": accept-line')
    try:
        answer: str = click.prompt(
            question, default=default, show_default=bool(default), prompt_suffix=suffix, hide_input=hidden
        )
    except UnicodeDecodeError:
        return None
    answer = answer.removesuffix("\n").removesuffix("\r")
    return answer if is_typed(answer) else None


def is_typed(text: str) -> bool:
    """Whether a text has only characters that a person types, and none that UTF-8 cannot hold."""
    return _CONTROL.search(text) is None and is_unicode(text)


def prompt_confirmation(question: str) -> bool:
    """Asks a yes-or-no question until it is answered. A bare Enter means no.

    Raises:
        click.Abort: as `ask`.
    """
    while True:
        answer = prompt_text(f"{question} [y/N]")
        reply = "" if answer is None else answer.strip().lower()
        if answer is not None and reply in ("", "n", "no"):
            return False
        if reply in ("y", "yes"):
            return True
        click.echo(NOT_TYPED if answer is None else "please answer y or n")
