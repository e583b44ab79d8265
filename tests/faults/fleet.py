"""The scene of profile `digo`: twenty resources, of which a run creates, adopts, replaces, forgets and leaves alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sandbox.testing import Sandbox
from tests.faults.cutting import FAULTS, Boundary
from tests.faults.project import CANARY, NUMBERS, Project
from tests.faults.scene import Scene

LIST_ID = "4711"
LATE_SECONDS = "1"

KEPT_AGENTS = range(5)
REPLACED, REPLACEMENT = 5, 15
FORGOTTEN_AGENT = 6
ADOPTED = range(7, 10)
CREATED = range(10, 14)

KEPT_LEADS = (50, 51)
CHANGED_LEAD = 52
FORGOTTEN_LEAD = 53
NEW_LEADS = (54, 55)


def agent(index: int, **fields: Any) -> dict[str, Any]:
    """An agent of the config; each index has its own name, number and intercom."""
    wanted = {"name": f"Agent {index:02}", "follow_me_number": NUMBERS[index], "intercom": f"{1000 + index}"}
    return wanted | fields


def lead(index: int, **fields: str) -> dict[str, str]:
    """A lead of the config."""
    return {"phone": NUMBERS[index], "name": f"Lead {index}", **fields}


def write_leads(project: Project, leads: list[dict[str, str]]) -> None:
    """Writes lists.yaml with one list."""
    columns = {"phone": "field_0", "name": "field_1", "otp": "field_5"}
    project.write("lists.yaml", {"lists": {"otp": {"id": int(LIST_ID), "columns": columns, "leads": leads}}})


def project(folder: Path, engine: str, sandbox: Sandbox) -> Project:
    """A project with nothing but the harness's settings."""
    made = Project(folder, engine, sandbox, CANARY)
    made.set_config(lateSeconds=LATE_SECONDS)
    return made


def write_before(project: Project) -> None:
    """The config that the state and the account are brought to, before the run that is cut."""
    kept = [*KEPT_AGENTS, REPLACED, FORGOTTEN_AGENT]
    project.agents(**{f"agent-{index:02}": agent(index) for index in kept})
    write_leads(project, [lead(index, otp="111111") for index in (*KEPT_LEADS, CHANGED_LEAD, FORGOTTEN_LEAD)])


def write_after(project: Project) -> None:
    """The config of the run that is cut."""
    kept = {f"agent-{index:02}": agent(index) for index in (*KEPT_AGENTS, *ADOPTED, *CREATED)}
    project.agents(**kept, **{f"agent-{REPLACED:02}": agent(REPLACEMENT)})
    leads = [lead(index, otp="111111") for index in (*KEPT_LEADS, *NEW_LEADS)]
    write_leads(project, [*leads, lead(CHANGED_LEAD, otp="222222")])


def add_adopted(sandbox: Sandbox) -> None:
    """Agents that somebody made in the panel, and that the config wants."""
    for index in ADOPTED:
        sandbox.add_agent(**agent(index))


def _create(index: int) -> Boundary:
    return Boundary(f"create-{index}", "POST", "/v1/agent", f"Agent {index:02}")


def _send(index: int) -> Boundary:
    return Boundary(f"lead-{index}", "POST", f"/v1/broadcast/lead/{LIST_ID}", f"Lead {index}")


WRITES = (
    *(_create(index) for index in (*CREATED, REPLACEMENT)),
    *(_send(index) for index in (*NEW_LEADS, CHANGED_LEAD)),
)

DIGO = Scene(
    "digo",
    project,
    write_before,
    add_adopted,
    write_after,
    steps={
        **{f"agent-{index:02}": "import" for index in ADOPTED},
        **{f"agent-{index:02}": "create" for index in CREATED},
        f"agent-{REPLACED:02}": "replace",
        f"agent-{FORGOTTEN_AGENT:02}": "delete",
        **{f"otp-{NUMBERS[index][-4:]}": "create" for index in NEW_LEADS},
        f"otp-{NUMBERS[CHANGED_LEAD][-4:]}": "update",
        f"otp-{NUMBERS[FORGOTTEN_LEAD][-4:]}": "delete",
    },
    boundaries=(
        Boundary("program-lists", "GET", "/v1/agents", nth=1),
        Boundary("host-lists", "GET", "/v1/agents", nth=2),
        *WRITES,
        Boundary("lists-after-creates", "GET", "/v1/agents", nth=3),
    ),
    of_program=frozenset({"program-lists"}),
    of_host=frozenset(),
    # Creates that the engine starts late on a busy machine are listed by a second read.
    more_reads=1,
    faults=dict(zip((write.name for write in WRITES), FAULTS, strict=True)),
    mending="create-10",
    # With the run in which each write has a fault, and the one that mends it: every way, every victim at every moment.
    # When the program is killed, what it has asked for may still be done, so such a cut is the last one.
    chain=(
        ("program-lists", "kill-engine-before"),
        ("host-lists", "kill-program-before"),
        ("create-10", "kill-engine-committed"),
        ("create-11", "kill-host-before"),
        ("create-11", "kill-engine-answered"),
        ("create-12", "outage-committed"),
        ("create-13", "kill-host-answered"),
        ("create-15", "kill-host-committed"),
        ("lead-52", "outage-before"),
        ("lead-52", "kill-program-committed"),
    ),
)
