"""The command line's options about calls, records and number masking."""

from collections.abc import Callable
from typing import Any

import click

from sandbox.settings import EXAMPLE_API_KEY, Settings

_MILLISECONDS = {
    "call_queue_ms": "Milliseconds that a call waits before it rings.",
    "call_ring_ms": "Milliseconds that it rings before someone answers.",
    "call_talk_ms": "Milliseconds that it lasts once answered.",
    "masking_timeout_ms": "Milliseconds that the service waits for the user's masking API.",
}


def call_options() -> tuple[Callable[[Any], Any], ...]:
    """One option for each of the settings."""
    times = (
        click.option(
            f"--{name.replace('_', '-')}",
            type=click.IntRange(0),
            default=Settings.model_fields[name].default,
            show_default=True,
            help=meaning,
        )
        for name, meaning in _MILLISECONDS.items()
    )
    return (
        click.option(
            "--api-key",
            multiple=True,
            default=(EXAMPLE_API_KEY,),
            show_default=True,
            help="API key that POST /v1/c2c_api accepts; repeat for more.",
        ),
        click.option(
            "--zone",
            default=Settings.model_fields["zone"].default,
            show_default=True,
            help="Time zone of the dates in call records.",
        ),
        click.option(
            "--record-limit",
            type=click.IntRange(1),
            default=Settings.model_fields["record_limit"].default,
            show_default=True,
            help="Largest page of call records.",
        ),
        click.option(
            "--call-missed-every",
            type=click.IntRange(0),
            default=0,
            show_default=True,
            help="Nobody answers every call whose number is a multiple of this; 0: all are answered.",
        ),
        *times,
        click.option("--masking-url", help="The user's masking API, asked on an inbound call."),
        click.option("--masking-header", metavar="'NAME: VALUE'", help="Header of the requests to it."),
        click.option("--masking-failover", metavar="NUMBER", help="Number that rings where it gives no answer."),
    )
