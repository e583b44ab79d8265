"""Questions to the user."""

from __future__ import annotations

import os

import click
from rich.text import Text

from digo.project import passphrase
from digo.system.prompts import NOT_TYPED, prompt_text
from engine.cli.terminal import Invocation, confirmations_are_skipped
from engine.display.operation_words import ATTENTION, PROMPT
from engine.failure import Cancelled, ConfigurationFailure, Declined


def choose(invocation: Invocation, question: str, choices: list[str], default: str) -> str:
    """Asks for one of the choices. A unique beginning is enough. Raises `Cancelled` on Ctrl-C."""
    invocation.console().print(Text(question, PROMPT))
    while True:
        typed = ask(invocation, f"  {', '.join(choices)}", default, suffix=" > ").strip().lower()
        matching = [choice for choice in choices if choice.startswith(typed)]
        if len(matching) == 1 and typed:
            return matching[0]
        invocation.console().print(f"please answer {' or '.join(choices)}")


def confirm_by_name(invocation: Invocation, warning: str, name: str, *, yes: bool) -> None:
    """Has the user type the name; raises `Declined`, or `ConfigurationFailure` if the run is not interactive."""
    if yes or confirmations_are_skipped():
        return
    if not invocation.is_interactive():
        raise ConfigurationFailure("non-interactive mode requires --yes flag")
    invocation.console().print(Text(warning, ATTENTION))
    if ask(invocation, f"Please confirm that this is what you'd like to do by typing `{name}`").strip() != name:
        raise Declined("confirmation declined")


def ask_passphrase(invocation: Invocation, stack: str) -> str:
    """The passphrase of an existing stack, from the environment or from the user.

    Raises `PassphraseMissing` if neither gives one.
    """
    if (given := _given_passphrase(invocation)) is not None:
        return given
    question = (
        f"Enter your passphrase to unlock config/secrets for stack {stack}\n"
        f"    (set {passphrase.PASSPHRASE_VARIABLE} or {passphrase.PASSPHRASE_FILE_VARIABLE} to remember): "
    )
    return ask(invocation, question, suffix="", hidden=True)


def ask_new_passphrase(invocation: Invocation) -> str:
    """A passphrase for a new stack, typed twice; raises `PassphraseMissing` if the run is not interactive."""
    if (given := _given_passphrase(invocation)) is not None:
        return given
    while True:
        first = ask(invocation, "Enter your passphrase to protect config/secrets", hidden=True)
        if first == ask(invocation, "Re-enter your passphrase to confirm", hidden=True):
            return first
        invocation.error("passphrases do not match")


def _given_passphrase(invocation: Invocation) -> str | None:
    given = passphrase.passphrase_from_environment(os.environ)
    if given is None and not invocation.is_interactive():
        raise passphrase.passphrase_missing()
    return given


def ask(invocation: Invocation, question: str, default: str = "", *, suffix: str = ": ", hidden: bool = False) -> str:
    """Asks until the answer is text. A hidden one is not shown. Raises `Cancelled` on Ctrl-C."""
    while True:
        try:
            typed = prompt_text(question, default, suffix=suffix, hidden=hidden)
        except click.Abort as error:
            raise Cancelled("cancelled: there was no answer") from error
        if typed is not None:
            return typed
        invocation.console().print(NOT_TYPED)
