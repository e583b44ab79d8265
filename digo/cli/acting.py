"""What the commands that act on people's calls share: show, ask, send once, say what came of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from digo.answers import confirmed
from digo.api.client import Client
from digo.api.models import Act, Receipt
from digo.calls.acts import ActFailed, Step, carry_out, written
from digo.calls.agents import Agents, NoSuchAgent
from digo.cli.context import Context
from digo.cli.streams import move_output
from digo.phone import NumberProblem, parse_number
from digo.redact import mask_number, mask_numbers

_F = TypeVar("_F", bound=Callable[..., Any])

DECLINED = 1

EXIT_CODES = "Exit code: 0 done, 1 not done, 2 perhaps done: look before you say it again."


def acting_options(command: _F) -> _F:
    """`--yes` and `--dry-run`."""
    yes = click.option("-y", "--yes", is_flag=True, help="Do not ask. Needed where there is no terminal to ask on.")
    dry = click.option("--dry-run", is_flag=True, help="Print the request, masked, and send nothing.")
    return yes(dry(command))


class NumberType(click.ParamType):
    """A phone number with + and country code, in any spelling; its value is E.164."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            return parse_number(str(value)).e164
        except NumberProblem as problem:
            self.fail(str(problem), param, ctx)


class CallIdType(click.ParamType):
    """A call's id, such as 1627373566.350603: text, as the API gives it."""

    name = "call_id"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value).strip()
        if not text or len(text) > 100 or not text.isascii() or not text.isprintable() or " " in text:
            self.fail("a call's id is a short text without spaces, such as 1627373566.350603", param, ctx)
        return text


def agents_of(context: Context) -> Agents:
    """Finds agents by the context's config and account."""
    return Agents(lambda: context.desired().agents, context.snapshot)


def shown_number(context: Context, number: str) -> str:
    """A number for a question or an answer."""
    return number if context.show_numbers else mask_number(number)


def shown_agent(context: Context, text: str) -> str:
    """What was said of an agent, for a question; a number in whatever spelling is masked."""
    return text if context.show_numbers or text.isdecimal() else mask_numbers(text)


def act(context: Context, question: str, steps: Callable[[], Sequence[Step]], *, yes: bool, dry_run: bool) -> int:
    """Carries an act out, once a person has said so; the exit code.

    `steps` is asked for only when it is clear that a person can be asked; it may read the account.
    """
    if not (yes or dry_run or sys.stdin.isatty()):
        raise click.UsageError("this acts on a person's call and there is no terminal to ask on: give --yes")
    try:
        steps_found = steps()
    except NoSuchAgent as problem:
        raise click.ClickException(f"{problem}; nothing was sent") from None
    settings = context.settings
    if dry_run:
        for step in steps_found:
            click.echo(written(step, settings.access.endpoint, numbers=context.show_numbers))
        return 0
    if not yes and not confirmed(question):
        click.echo("nothing was sent")
        return DECLINED
    with Client(settings.access, pace=settings.pace(), limits=settings.limits) as client:
        try:
            carry_out(client, steps_found, _tell)
        except ActFailed as problem:
            click.echo(f"error: {settings.redactor(str(problem))}", err=True)
            return problem.code
    return 0


def _tell(step: Step, done: Act | Receipt) -> None:
    text = f"{step.what}: {done.message or 'done'}"
    if isinstance(done, Act) and done.call_id:
        text += f"\ncall id: {done.call_id}"
    try:
        click.echo(text)
    except OSError:
        # The step is done: exit code 1 would say that it is not, and somebody would ring again.
        move_output()
        click.echo(text)
