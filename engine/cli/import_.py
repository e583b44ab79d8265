"""`import`: add existing resources to the stack's state.

Source of the file's format: pulumi/pulumi, `pkg/cmd/pulumi/operations/import.go`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from digo.text.json_text import loads
from engine.cli.flags import change_flags, operation_flags
from engine.cli.operation_flags import OperationFlags
from engine.cli.session import Session
from engine.cli.terminal import Invocation
from engine.deployment.context import ImportRequest
from engine.display.options import Kind
from engine.failure import ConfigurationFailure
from protocol.urn import is_default_provider


@click.command("import", short_help="Import resources into an existing stack")
@click.argument("resource_type", metavar="[TYPE]", required=False)
@click.argument("name", required=False)
@click.argument("identifier", metavar="[ID]", required=False)
@operation_flags
@change_flags
@click.option("--file", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="JSON file")
@click.option("--parent", default="", help="The parent as NAME=URN or as a URN")
@click.option("--provider", default="", help="The provider as NAME=URN or as a URN")
@click.option(
    "--protect",
    type=bool,
    is_flag=False,
    flag_value="true",
    default=True,
    help="Protect the resources from deletion (--protect=false: not)",
)
@click.option("--generate-code", is_flag=False, flag_value="true", hidden=True, expose_value=False)
@click.option("--out", "-o", hidden=True, expose_value=False)
@click.pass_obj
def import_(
    invocation: Invocation,
    /,
    resource_type: str | None,
    name: str | None,
    identifier: str | None,
    file: Path | None,
    parent: str,
    provider: str,
    *,
    protect: bool,
    **flags: Any,
) -> None:
    """Import one resource (TYPE NAME ID), or those that a JSON file lists, into the stack's state.

    Writes no program code. Declare the resources in your config or program; `preview` then shows differences.
    """
    from engine.cli.operation import Operation  # imported late: they need gRPC, which help does not
    from engine.deployment.importing import import_resources

    if file is not None and resource_type is not None:
        raise ConfigurationFailure("an import file and a resource on the command line exclude each other")
    if file is not None:
        requests = read_import_file(file, protect=protect)
    elif resource_type and name and identifier:
        requests = [ImportRequest(resource_type, name, identifier, _urn_of(parent), protect)]
        _refuse_provider(_urn_of(provider))
    else:
        raise ConfigurationFailure("an import needs a type, a name and an ID, or a file: `import TYPE NAME ID`")
    work = import_resources(requests)
    Operation(Session.open(invocation), Kind.IMPORT, work, OperationFlags.of(flags)).perform()


def read_import_file(path: Path, *, protect: bool) -> list[ImportRequest]:
    """Reads the resources of an import file; raises `ConfigurationFailure` that names the wrong entry."""
    try:
        document = loads(path.read_text(encoding="utf-8"))
        entries = document["resources"]
        names = document.get("nameTable") or {}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigurationFailure(f"{path}: expected a JSON object with a list 'resources'") from error
    requests = []
    for index, entry in enumerate(entries):
        missing = [key for key in ("type", "name", "id") if not entry.get(key)]
        if missing:
            raise ConfigurationFailure(f"{path}: resources[{index}] has no {' and no '.join(missing)}")
        parent, provider = (names.get(entry.get(role, ""), entry.get(role, "")) for role in ("parent", "provider"))
        _refuse_provider(provider)
        requests.append(ImportRequest(entry["type"], entry["name"], entry["id"], parent, protect))
    return requests


def _refuse_provider(urn: str) -> None:
    if urn and not is_default_provider(urn):
        raise ConfigurationFailure("the embedded engine does not support explicit providers; use the pulumi CLI")


def _urn_of(text: str) -> str:
    # Pulumi writes NAME=URN. Only its code generation needs the name.
    return text if text.startswith("urn:") else text.partition("=")[2]
