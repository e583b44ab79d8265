"""Writes from the code what the documentation has of it: `python -m scripts.reference`.

These are docs/reference.md, docs/support.md, and tables of docs/config.md, docs/fleets.md and the profile's page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from digo.cli.main import root as digo
from digo.doctor.examine import CHECKS
from digo.doctor.support import matrix
from digo.plan.guards import REFUSES
from digo.schemas import MODELS, PARTS, field_table
from digo.settings.limits import GuardLimits
from digo.settings.stack_settings import COMMAND_KEYS, KEYS
from digo.settings.variables import ENGINE_VARIABLES, VARIABLES
from engine.cli.main import root as engine
from engine.failure import ExitCode
from sandbox.commands import main as sandbox
from scripts import profile_tables
from scripts.markdown_table import table, with_table

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGE = DOCS / "reference.md"
SUPPORT_PAGE = DOCS / "support.md"
CONFIG_PAGE = DOCS / "config.md"
FLEET_PAGE = DOCS / "fleets.md"
WIDTH = 100
HEAD = """\
# Reference

Made from the code by `make reference`; a test holds it to the code. What it is about: [config](config.md),
[lists](lists.md), [calls](calls.md), [records](records.md), [masking](masking.md), [how-to](howto/README.md).
"""
SUPPORT_HEAD = """\
# What is supported

Made from the code by `make reference`. `digo doctor` compares an installation with it: what is not in the table was not
tried. The pins are in the table. `make setup` installs those of every run and of the sandbox, and
`make setup EXTRAS="lists records"` those of extras as well. In a project without a clone it is
`pip install 'pulumi-digo[lists,records]'`. The extra `all` is all of them.
"""
PROGRAMS = (("digo", digo), ("digo engine", engine), ("digo sandbox", sandbox))


def reference() -> str:
    """The whole page."""
    parts = [HEAD, *_settings(), *_guards(), *_fields(), *_checks(), *_exit_codes(), *_commands()]
    return "\n".join(parts)


def _named(values: Mapping[str, str], prefix: str = "") -> Iterator[tuple[str, str]]:
    return ((f"`{prefix}{name}`", meaning) for name, meaning in values.items())


def _settings() -> Iterator[str]:
    yield "## Settings\n\n`pulumi config set digo:KEY VALUE`, in `Pulumi.<stack>.yaml`.\n"
    yield table(("key", "meaning"), _named(KEYS, "digo:"))
    yield "Read by single commands:\n"
    yield table(("key", "meaning"), _named(COMMAND_KEYS, "digo:"))
    yield "## Environment variables\n"
    yield table(("variable", "meaning"), _named(VARIABLES))
    yield "Pulumi's own, which the embedded engine takes as well unless the meaning says otherwise:\n"
    yield table(("variable", "meaning"), _named(ENGINE_VARIABLES))


def _guards() -> Iterator[str]:
    yield "## Guards\n\nAn approval lifts one for one plan: see [how-to](howto/approve-a-refused-plan.md).\n"
    yield table(("guard", "refuses"), ((f"`{guard.value}`", meaning) for guard, meaning in REFUSES.items()))
    yield "Their limits, a mapping in `Pulumi.<stack>.yaml` or `pulumi config set --path digo:guards.LIMIT NUMBER`:\n"
    limits = GuardLimits.model_fields.items()
    yield table(("limit", "of", "default"), ((f"`{n}`", str(f.description), f"{f.default:,}") for n, f in limits))


def _fields() -> Iterator[str]:
    yield "## Config files\n"
    for kind in MODELS:
        yield f"### `{kind}.yaml`\n"
        yield field_table(kind)
    for part in PARTS:
        yield f"### `{part}`\n"
        yield field_table(part)


def _checks() -> Iterator[str]:
    yield "## Checks of `digo doctor`\n\nIn this order. `--json` has their names.\n"
    yield table(("check", "is well if"), ((f"`{name}`", asks) for name, (asks, _) in CHECKS.items()))


def support() -> str:
    """The page about what is supported."""
    return "\n".join([SUPPORT_HEAD, table(("what", "version", "needed for"), matrix())])


def config() -> str:
    """The page about config, with the tables of fields as the models have them."""
    return _with_fields(CONFIG_PAGE)


def fleets() -> str:
    """The page about fleets, with the tables of fields as the models have them."""
    return _with_fields(FLEET_PAGE)


def _with_fields(path: Path) -> str:
    page = path.read_text(encoding="utf-8")
    for kind in (*MODELS, *PARTS):
        page = with_table(page, f"fields: {kind}", field_table(kind))
    return page


def _exit_codes() -> Iterator[str]:
    yield "## Exit codes\n\nOf `digo`:\n"
    yield table(("command", "exit code"), ((f"`{path}`", said) for path, said in exit_codes("digo", digo)))
    yield "Of `digo engine`, which are Pulumi's:\n"
    yield table(("exit code", "meaning"), ((str(code.value), code.name.lower().replace("_", " ")) for code in ExitCode))


def exit_codes(name: str, command: click.Command) -> Iterator[tuple[str, str]]:
    """Each command, and what its help says about its exit code."""
    for path, one, _ in _all(name, command):
        text = " ".join(f"{one.help or ''} {one.epilog or ''}".split())
        found = re.search(r"Exit codes?: (.*?\.)(?: [A-Z]|$)", text)
        if found:
            yield path, found[1].removesuffix(".")


def _commands() -> Iterator[str]:
    for name, command in PROGRAMS:
        yield f"## `{name}`\n"
        for path, one, context in _all(name, command):
            if one is not command:
                yield f"### `{path}`\n"
            yield f"```text\n{one.get_help(context).rstrip()}\n```\n"


def _all(name: str, command: click.Command) -> Iterator[tuple[str, click.Command, click.Context]]:
    """A command and all below it, each with the words that run it."""
    settings = {**command.context_settings, "terminal_width": WIDTH, "max_content_width": WIDTH}
    yield from _below(command, click.Context(command, info_name=name, **settings))


def _below(command: click.Command, context: click.Context) -> Iterator[tuple[str, click.Command, click.Context]]:
    yield context.command_path, command, context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is not None and not child.hidden:
                inner = click.Context(child, info_name=name, parent=context, **child.context_settings)
                yield from _below(child, inner)


if __name__ == "__main__":
    pages = {
        PAGE: reference,
        SUPPORT_PAGE: support,
        CONFIG_PAGE: config,
        FLEET_PAGE: fleets,
        profile_tables.PAGE: profile_tables.page_text,
    }
    for page, text in pages.items():
        page.write_text(text(), encoding="utf-8")
        print(f"wrote {page.name}")
