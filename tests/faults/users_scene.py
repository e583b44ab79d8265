"""The scene of profile `smartflo`: users and lists that one up creates, changes, renames, adopts and deletes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sandbox.testing import Sandbox
from tests.faults import fleet
from tests.faults.cutting import Boundary
from tests.faults.project import NUMBERS, SMARTFLO_CANARY, Project
from tests.faults.scene import Scene

LEDGER_KEY = "a ledger key for the tests, of no worth"
COLUMNS = {"phone": "field_0", "name": "field_1", "otp": "field_5"}
CALLER, OTHER_CALLER = NUMBERS[90], NUMBERS[91]

KEPT, RENAMED, RENUMBERED, NEW_NUMBER, RECALLED, BLOCKED = 0, 2, 3, 13, 4, 5
REMOVED, ABSENT = 6, 7
ADOPTED, TAKEN_OVER = 8, 9
CREATED, CREATED_BLOCKED = 10, 11


def project(folder: Path, engine: str, sandbox: Sandbox) -> Project:
    """A project whose account lists users, and which deletes what is gone from config."""
    made = Project(folder, engine, sandbox, SMARTFLO_CANARY)
    made.environ["DIGO_LEDGER_KEY"] = LEDGER_KEY
    made.set_config(
        profile="smartflo",
        lateSeconds=fleet.LATE_SECONDS,
        deletes="delete",
        bulkRows=2,
        guards={"maxDeletePercent": 100, "maxRowDropPercent": 100},
    )
    return made


def user(index: int, name: str | None = None, **fields: Any) -> dict[str, Any]:
    """A user of the config, with all that a new one needs; each index has its own name, number and login."""
    return {
        "name": name or f"Agent {index:02}",
        "follow_me_number": NUMBERS[index],
        "email": f"agent{index}@example.com",
        "login_id": f"agent{index}",
        "user_role": 3,
        "caller_ids": [CALLER],
    } | fields


def rows(project: Project, name: str, names: dict[int, str]) -> str:
    """Writes a list's file: the name of each row by its number's index."""
    lines = [f"{NUMBERS[index]},{text},{index:06}" for index, text in names.items()]
    project.write(name, "\n".join(["phone,name,otp", *lines]) + "\n")
    return name


def lists(project: Project, **entries: dict[str, Any]) -> None:
    """Writes lists.yaml."""
    project.write("lists.yaml", {"lists": {key: {"columns": COLUMNS, **entry} for key, entry in entries.items()}})


def write_before(project: Project) -> None:
    project.agents(
        **{
            f"agent-{index:02}": user(index)
            for index in (KEPT, RENAMED, RENUMBERED, RECALLED, BLOCKED, REMOVED, ABSENT)
        }
    )
    lists(
        project,
        codes={"name": "Codes", "leads": [fleet.lead(index, otp="111111") for index in (50, 51, 52)]},
        known={
            "name": "Known",
            "source": rows(project, "known.csv", {index: f"Row {index}" for index in range(60, 65)}),
        },
        old={"name": "Old", "leads": [fleet.lead(70)]},
    )


def change_in_panel(sandbox: Sandbox) -> None:
    for index, name in ((ADOPTED, f"Agent {ADOPTED:02}"), (TAKEN_OVER, "Of the panel"), (20, "Nobody's")):
        sandbox.smartflo.add_user(NUMBERS[index], name=name, login_id=f"panel{index}")


def write_after(project: Project) -> None:
    short = {
        index: {"name": f"Agent {index:02}", "follow_me_number": NUMBERS[index]} for index in (ADOPTED, TAKEN_OVER)
    }
    wanted = {
        KEPT: user(KEPT),
        RENAMED: user(RENAMED, "Agent 02 renamed"),
        RENUMBERED: user(RENUMBERED, follow_me_number=NUMBERS[NEW_NUMBER]),
        RECALLED: user(RECALLED, caller_ids=[OTHER_CALLER]),
        BLOCKED: user(BLOCKED, blocked=True),
        ABSENT: user(ABSENT, absent=True),
        **short,
        CREATED: user(CREATED),
        CREATED_BLOCKED: user(CREATED_BLOCKED, blocked=True),
    }
    project.agents(**{f"agent-{index:02}": entry for index, entry in wanted.items()})
    leads = [fleet.lead(50, otp="111111"), fleet.lead(51, otp="222222"), fleet.lead(53, otp="111111")]
    known = {60: "Row 60", 61: "Row 61 new", 62: "Row 62", 65: "Row 65"}
    fresh = {index: f"Row {index}" for index in range(80, 84)}
    lists(
        project,
        codes={"name": "New codes", "leads": leads},
        known={"name": "Known", "source": rows(project, "known.csv", known)},
        fresh={"name": "Fresh", "source": rows(project, "fresh.csv", fresh)},
    )


def _agent(name: str, method: str, text: str | None = None, nth: int = 1) -> Boundary:
    return Boundary(name, method, "/v1/user" if method == "POST" else "/v1/user/*", text, nth)


def _rows(name: str, method: str, text: str) -> Boundary:
    return Boundary(name, method, "/v1/broadcast/leads/*", text)


def _reads(name: str, path: str, count: int) -> tuple[Boundary, ...]:
    return tuple(Boundary(f"{name}-{nth}", "GET", path, nth=nth) for nth in range(1, count + 1))


WRITES = (
    _agent("create", "POST", f"Agent {CREATED}"),
    _agent("create-blocked", "POST", f"Agent {CREATED_BLOCKED}"),
    _agent("take-over", "PATCH", f"Agent {TAKEN_OVER:02}"),
    _agent("rename", "PATCH", "Agent 02 renamed"),
    _agent("renumber", "PATCH", NUMBERS[NEW_NUMBER]),
    _agent("caller-ids", "PATCH", "caller_id"),
    _agent("block", "PATCH", "block_agent"),
    _agent("block-again", "PATCH", "block_agent", nth=2),
    _agent("delete", "DELETE"),
    _agent("delete-again", "DELETE", nth=2),
    Boundary("create-list", "POST", "/v1/broadcast/list"),
    Boundary("rename-list", "PUT", "/v1/broadcast/list/*"),
    Boundary("delete-list", "DELETE", "/v1/broadcast/list/*"),
    Boundary("new-lead", "POST", "/v1/broadcast/lead/*", "Lead 53"),
    Boundary("changed-lead", "POST", "/v1/broadcast/lead/*", "Lead 51"),
    _rows("delete-lead", "DELETE", NUMBERS[52]),
    _rows("delete-old-lead", "DELETE", NUMBERS[70]),
    _rows("rows-known", "POST", "Row 61 new"),
    _rows("rows-fresh", "POST", "Row 80"),
    _rows("rows-fresh-again", "POST", "Row 82"),
    _rows("delete-rows", "DELETE", NUMBERS[63]),
)

SMARTFLO = Scene(
    "smartflo",
    project,
    write_before,
    change_in_panel,
    write_after,
    steps={
        **{f"agent-{index:02}": "update" for index in (RENAMED, RENUMBERED, RECALLED, BLOCKED)},
        f"agent-{ADOPTED:02}": "import",
        **{f"agent-{index:02}": "create" for index in (TAKEN_OVER, CREATED, CREATED_BLOCKED)},
        **{f"agent-{index:02}": "delete" for index in (REMOVED, ABSENT)},
        f"AbsentAgent agent-{ABSENT:02}": "create",
        "BroadcastList fresh": "create",
        "BroadcastList codes": "update",
        "BroadcastList old": "delete",
        "codes-0153": "create",
        "codes-0151": "update",
        "codes-0152": "delete",
        "old-0170": "delete",
        "LeadShard fresh-1": "create",
        "LeadShard known-1": "update",
    },
    boundaries=(
        *_reads("users", "/v1/users", 3),
        *_reads("numbers", "/v1/my_number", 1),
        *_reads("lists", "/v1/broadcast/lists", 3),
        *_reads("leads", "/v1/broadcast/leads/*", 8),
        *_reads("batch", "/v1/broadcast/batch_status/*", 5),
        *WRITES,
    ),
    of_program=frozenset({"users-1", "lists-1"}),
    # An engine deletes when the program has ended.
    of_host=frozenset(
        {
            *("delete-again", "delete-list", "delete-lead", "delete-old-lead"),
            *("leads-6", "leads-7", "leads-8", "batch-5"),
        }
    ),
    more_reads=10,
    faults={
        "create": "lost-after",
        "take-over": "mid-body",
        "rename": "lost-before",
        "renumber": "status-after-commit",
        "caller-ids": "html-after-commit",
        "block": "truncated-json",
        "delete": "lost-after",
        "delete-again": "status-after-commit",
        "create-list": "rate-limited",
        "rename-list": "mid-body",
        "delete-list": "lost-after",
        "new-lead": "late",
        "changed-lead": "html-after-commit",
        "delete-lead": "lost-before",
        "delete-old-lead": "truncated-json",
        "rows-known": "lost-after",
        "rows-fresh": "mid-body",
        "rows-fresh-again": "batch-failed",
        "delete-rows": "html-after-commit",
    },
    mending="caller-ids",
    chain=(
        ("users-1", "kill-engine-before"),
        ("lists-1", "kill-program-before"),
        ("renumber", "kill-host-before"),
        ("create", "kill-engine-committed"),
        ("create-blocked", "kill-host-answered"),
        ("create-list", "kill-host-committed"),
        ("rows-known", "kill-engine-answered"),
        ("delete-rows", "kill-host-committed"),
        ("delete", "outage-before"),
    ),
)
