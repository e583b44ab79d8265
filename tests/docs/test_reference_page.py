"""docs/reference.md is what the code says, and its tables name all that the code reads."""

from __future__ import annotations

import re
from pathlib import Path

from digo.cli.commands import COMMANDS
from digo.cli.main import root as digo
from digo.desired.approvals import GuardName
from digo.plan.guards import REFUSES
from digo.settings.limits import GuardLimits
from digo.settings.secrets import variable_of
from digo.settings.stack_settings import COMMAND_KEYS
from digo.settings.variables import ENGINE_VARIABLES, VARIABLES
from scripts.reference import PAGE, exit_codes, reference

ROOT = Path(__file__).resolve().parents[2]
# The engine sets these for the program, and the tool for its own parts: nobody else does.
INTERNAL = {
    "DIGO_STACK_CONFIG",
    "PULUMI_CONFIG",
    "PULUMI_CONFIG_SECRET_KEYS",
    "PULUMI_DRY_RUN",
    "PULUMI_ORGANIZATION",
    "PULUMI_PROJECT",
    "PULUMI_RUNTIME_VIRTUALENV",
    "PULUMI_DIY_BACKEND_ZSTD",
}


def named(pattern: str, *folders: str) -> set[str]:
    """What the sources of some folders name."""
    sources = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in (".py", ".sh")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    return set(re.findall(rf"(?<![A-Z_])({pattern})(?![A-Z_])", text))


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), "`make reference` writes it"


def test_every_variable_that_the_code_names_is_in_the_table() -> None:
    # DIGO_STACK is a variable of the GitLab pipeline itself: its list of stacks.
    examples = {"DIGO_VAR_NAME", "DIGO_STACK"}
    found = named("DIGO_[A-Z_]*[A-Z]", "digo", "providers", "scripts", "sandbox") - examples - INTERNAL
    derived = {variable_of(name.removesuffix("File")) for name in COMMAND_KEYS if name.endswith("File")}
    assert found | derived <= {*VARIABLES, "DIGO_VAR_"}
    assert {name for name in VARIABLES if "…" not in name} <= found | derived | {f"{one}_FILE" for one in derived}


def test_every_variable_of_the_engine_is_in_the_table() -> None:
    found = named("PULUMI_[A-Z_]*[A-Z]", "engine", "digo/project", "scripts") - INTERNAL
    assert found == set(ENGINE_VARIABLES)


def test_every_command_limit_and_guard_is_there() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert [name for name in COMMANDS if f"`digo {name}" not in page] == []
    assert set(REFUSES) == set(GuardName)
    assert all(field.description for field in GuardLimits.model_fields.values())


def test_the_commands_that_pipelines_ask_have_their_exit_codes() -> None:
    said = dict(exit_codes("digo", digo))
    assert said["digo plan"].endswith("0 nothing to do, 2 changes, 3 a difference that no up can correct")
    assert {"digo validate", "digo drift", "digo compare", "digo report", "digo call"} <= set(said)
