"""`python -m bench [NAME ...]`: runs benchmarks, all of them where none is named. See `--help`."""

from __future__ import annotations

import json
import sys

import click
from rich.console import Console

from bench.agents import measure_agents
from bench.conditions import Conditions, Machine
from bench.contestants import Engine, Host, contestants, pulumi
from bench.fixtures import MOST
from bench.project import BenchError
from bench.report import WIDTH, agents_object, print_agents

BENCHMARKS = ("agents",)
LIMIT_MISSED, NOT_MEASURED = 1, 2


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("names", nargs=-1, type=click.Choice(BENCHMARKS))
@click.option("--agents", type=click.IntRange(1, MOST), default=1_000, show_default=True, help="New agents.")
@click.option(
    "--latency-ms", type=click.IntRange(0), default=50, show_default=True, help="What each request waits, in ms."
)
@click.option(
    "--engine",
    "engines",
    multiple=True,
    type=click.Choice([engine.value for engine in Engine]),
    help="Only this engine; repeat for more. Default: each that is present.",
)
@click.option(
    "--host",
    "hosts",
    multiple=True,
    type=click.Choice([host.value for host in Host]),
    help="Only this provider host; repeat for more. Default: the project's own, and Pulumi's stock one beside it.",
)
@click.option("--json", "as_json", is_flag=True, help="Print an object instead of a table.")
def main(
    names: tuple[str, ...],
    agents: int,
    latency_ms: int,
    engines: tuple[str, ...],
    hosts: tuple[str, ...],
    *,
    as_json: bool,
) -> None:
    r"""Measures runs on the sandbox, beside what their requests alone need.

    \b
    agents   an up of many new agents, then a preview without changes, on each engine with each host

    Exit code 1: a promise about speed was missed. 2: a run failed, so that there is no number.
    """
    present, absent = contestants(
        [Engine(name) for name in engines] or [*Engine], [Host(name) for name in hosts] or [*Host]
    )
    machine, errors = Machine.here(pulumi()), Console(stderr=True, highlight=False)
    for name in names or BENCHMARKS:
        assert name == "agents"
    try:
        result = measure_agents(Conditions(agents, latency_ms), present, lambda what: errors.print(f"… {what}"))
    except BenchError as error:
        errors.print(str(error), markup=False)
        sys.exit(NOT_MEASURED)
    if as_json:
        print(json.dumps(agents_object(result, machine, absent), indent=2))
    else:
        print_agents(result, machine, absent, Console(width=WIDTH, highlight=False))
    sys.exit(0 if all(verdict.kept for verdict in result.verdicts()) else LIMIT_MISSED)


main()
