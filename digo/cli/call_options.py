"""Shared by the commands that act on live calls: they show the request, ask, send once, and report the result."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from digo.api.client import Client
from digo.api.models import CallReceipt, Receipt
from digo.call_control.agents import AgentFinder, NoSuchAgent
from digo.call_control.steps import CallStep, CallStepFailed, format_request, send_steps
from digo.cli.context import Context
from digo.phone.number import NumberProblem, parse_number
from digo.system.prompts import prompt_confirmation
from digo.system.streams import move_output
from digo.text.redact import mask_number, mask_numbers

_F = TypeVar("_F", bound=Callable[..., Any])

DECLINED = 1

EXIT_CODES = "Exit code: 0 done, 1 not done, 2 perhaps done: check before you run it again."


def acting_options(command: _F) -> _F:
    """Adds `--yes` and `--dry-run` to a command."""
    yes = click.option("-y", "--yes", is_flag=True, help="Do not ask. Required without a terminal.")
    dry = click.option("--dry-run", is_flag=True, help="Print the masked request, and send nothing.")
    return yes(dry(command))


class NumberType(click.ParamType[str]):
    """A phone number with + and country code, in any spelling. Its value is E.164."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The number in E.164.

        Raises:
            click.BadParameter: it is not a phone number.
        """
        try:
            return parse_number(str(value)).e164
        except NumberProblem as problem:
            self.fail(str(problem), param, ctx)


class CallIdType(click.ParamType[str]):
    """The id of a call as the API writes it, such as 1627373566.350603."""

    name = "call_id"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The id without surrounding spaces.

        Raises:
            click.BadParameter: it is empty, too long, or has other characters than ids have.
        """
        text = str(value).strip()
        if not text or len(text) > 100 or not text.isascii() or not text.isprintable() or " " in text:
            self.fail("a call's id is a short text without spaces, such as 1627373566.350603", param, ctx)
        return text


def agents_of(context: Context) -> AgentFinder:
    """A lookup of agents in the context's config and account."""
    return AgentFinder(lambda: context.desired().agents, context.snapshot)


def shown_number(context: Context, number: str) -> str:
    """A number for output: masked unless `--show-numbers`."""
    return number if context.show_numbers else mask_number(number)


def shown_agent(context: Context, text: str) -> str:
    """What was said of an agent, for a question; a number in whatever spelling is masked."""
    return text if context.show_numbers or text.isdecimal() else mask_numbers(text)


def act(context: Context, question: str, steps: Callable[[], Sequence[CallStep]], *, yes: bool, dry_run: bool) -> int:
    """Sends the requests of `steps`, once the user has confirmed; the exit code.

    `steps` may read the account, so it is called only after the checks that need no request.

    Raises:
        click.UsageError: the user has to confirm, and there is no terminal.
        click.ClickException: the agent is unknown.
    """
    if not (yes or dry_run or sys.stdin.isatty()):
        raise click.UsageError("this acts on a person's call and there is no terminal to ask on: give --yes")
    try:
        found_steps = steps()
    except NoSuchAgent as problem:
        raise click.ClickException(f"{problem}; nothing was sent") from None
    settings = context.settings
    if dry_run:
        for step in found_steps:
            click.echo(format_request(step, settings.access.endpoint, numbers=context.show_numbers))
        return 0
    if not yes and not prompt_confirmation(question):
        click.echo("nothing was sent")
        return DECLINED
    with Client(settings.access, pace=settings.pace(), limits=settings.limits) as client:
        try:
            send_steps(client, found_steps, _report)
        except CallStepFailed as problem:
            click.echo(f"error: {settings.redactor(str(problem))}", err=True)
            return problem.code
    context.note_login()
    return 0


def _report(step: CallStep, done: CallReceipt | Receipt) -> None:
    text = f"{step.what}: {done.message or 'done'}"
    if isinstance(done, CallReceipt) and done.call_id:
        text += f"\ncall id: {done.call_id}"
    try:
        click.echo(text)
    except OSError:
        # The step is done. Exit code 1 would say that it is not, and a user would call again.
        move_output()
        click.echo(text)
