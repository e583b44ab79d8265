"""The report of the benchmark `agents`: a table for people, an object for machines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.agents import AgentsResult, Measurement
from bench.conditions import Machine
from bench.contestants import Absent, pulumi
from bench.limits import REQUESTS_FACTOR, UP_MS_A_RESOURCE, Verdict

WIDTH = 110  # the same on a terminal and in a file


def print_verdicts(verdicts: Sequence[Verdict], console: Console) -> None:
    """Prints the machine, then each promise beside what was measured."""
    table = Table("promise", "measured", "limit", "", box=None, pad_edge=False)
    for verdict in verdicts:
        word = "kept" if verdict.kept else "MISSED"
        table.add_row(verdict.promise, f"{verdict.measured:,.2f}", f"≤ {verdict.limit:,.2f}", word)
    console.print(str(Machine.here(pulumi())), table, sep="\n")


def print_agents(result: AgentsResult, machine: Machine, absent: Sequence[Absent], console: Console) -> None:
    """Prints the measurements side by side, then each promise and whether it is kept."""
    conditions = result.conditions
    console.print(f"{conditions.agents:,} new agents, {conditions.latency_ms} ms a request, no CPS limit; {machine}")
    console.print(
        f"The POSTs alone, {conditions.concurrency} at once: {result.floor:.2f} s. Limit of an up: "
        f"{REQUESTS_FACTOR} x {result.floor:.2f} s + {UP_MS_A_RESOURCE:.0f} ms x {conditions.agents:,} = "
        f"{result.up_limit:.2f} s"
    )
    table = Table("", title_justify="left")
    for measurement in result.measurements:
        table.add_column(measurement.contestant.name, justify="right")
    for title, cell in _rows(result):
        table.add_row(title, *(cell(measurement) for measurement in result.measurements))
    console.print(table)
    for missing in absent:
        console.print(f"not measured: {missing.contestant.name} ({missing.reason})")
    for verdict in result.verdicts():
        word = "[green]kept[/]" if verdict.kept else "[red]missed[/]"
        console.print(f"{word}: {verdict.promise}: {verdict.measured:.5g}, limit {verdict.limit:.5g}")


def _rows(result: AgentsResult) -> Iterator[tuple[str, Callable[[Measurement], str]]]:
    agents = result.conditions.agents
    yield "up, s", lambda one: f"{one.up.seconds:.2f}"
    yield "  x the POSTs alone", lambda one: f"{one.up.seconds / result.floor:.2f}"
    yield f"  ms a resource beyond {REQUESTS_FACTOR} x the POSTs", lambda one: f"{result.overhead_ms(one):.2f}"
    yield "  CPU, s", lambda one: f"{one.up.cpu_seconds:.2f}"
    yield "  requests", lambda one: _requests(one.up_requests)
    yield "  peak MiB: engine, program, host", lambda one: _memory(one.up.peak_mib)
    yield "preview without changes, s", lambda one: f"{one.preview.seconds:.2f}"
    yield "  ms a resource", lambda one: f"{one.preview.seconds * 1000 / agents:.2f}"
    yield "  CPU, s", lambda one: f"{one.preview.cpu_seconds:.2f}"
    yield "  requests", lambda one: _requests(one.preview_requests)
    yield "  peak MiB: engine, program, host", lambda one: _memory(one.preview.peak_mib)


def _requests(counts: Mapping[str, int]) -> str:
    methods: dict[str, int] = {}
    for name, count in counts.items():
        method = name.partition(" ")[0]
        methods[method] = methods.get(method, 0) + count
    return ", ".join(f"{count} {method}" for method, count in sorted(methods.items()))


def _memory(mib: Mapping[str, float]) -> str:
    return ", ".join(f"{mib[part]:.0f}" for part in ("engine", "program", "host"))


def agents_object(result: AgentsResult, machine: Machine, absent: Sequence[Absent]) -> dict[str, Any]:
    """Everything that was measured, for `--json`. Times in seconds, memory in MiB."""
    return {
        "machine": asdict(machine),
        "conditions": asdict(result.conditions),
        "floor_seconds": result.floor,
        "up_limit_seconds": result.up_limit,
        "measurements": {
            one.contestant.name: {
                "up": {**asdict(one.up), "requests": dict(one.up_requests)},
                "up_to_floor": one.up.seconds / result.floor,
                "overhead_ms_a_resource": result.overhead_ms(one),
                "preview": {**asdict(one.preview), "requests": dict(one.preview_requests)},
            }
            for one in result.measurements
        },
        "not_measured": {missing.contestant.name: missing.reason for missing in absent},
        "limits": [{**asdict(verdict), "kept": verdict.kept} for verdict in result.verdicts()],
    }
