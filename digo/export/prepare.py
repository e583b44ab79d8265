"""Prepares an export: from the account to checked files that are ready to be written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from digo.desired import ConfigError
from digo.export.check import ExportCheck, places_of
from digo.export.entries import plan_export
from digo.export.files import Files
from digo.export.model import Export, ExportError, Refused
from digo.export.shared import environments_with
from digo.source.problems import Problem, format_problems


@dataclass(frozen=True)
class PreparedExport:
    """What an export writes, and what to report about it.

    Attributes:
        export: the entries.
        texts: the new content of each file.
        kept: positions of variables that differ from the account.
        pinned: positions of fields that got their value from another entry and now have it themselves.
        others: other environments that read these files and change with them.
    """

    export: Export
    texts: Mapping[Path, str]
    kept: tuple[str, ...]
    pinned: tuple[str, ...]
    others: tuple[str, ...] = ()


def prepare_export(proof: ExportCheck, content: Mapping[Path, bytes], country: str | None = None) -> PreparedExport:
    """The export of an account into an environment.

    What violates a rule of config is left out, with the rule as the reason, so the resulting files are valid.

    Args:
        proof: the current config, the account, and where config is read.
        content: the bytes of the environment's files of agents, from before config was read.
        country: two letters; numbers that the account writes without a country code are of this country.

    Raises:
        ExportError: nothing can be written correctly; the message gives the cause.
    """
    refused = Refused()
    kept: dict[tuple[str, str], str] = {}
    while True:
        export = plan_export(proof.before, proof.snapshot, country, refused, kept.keys(), proof.profile)
        files = Files(proof.folder, proof.root, content)
        files.add(export)
        if files.variables:
            kept |= files.variables
            continue
        texts = files.texts()
        try:
            if texts:
                proof.of(export, texts)
            others = environments_with(texts, files.folder, files.root)
            return PreparedExport(export, texts, tuple(kept.values()), tuple(files.pinned), others)
        except ConfigError as wrong:
            refused = _refused(refused, export, wrong)


def _refused(before: Refused, export: Export, wrong: ConfigError) -> Refused:
    """Adds the entries and changes that make config invalid to what is left out.

    Raises:
        ExportError: a problem concerns no entry that the export writes.
    """
    agents, changes = dict(before.agents), dict(before.changes)
    new = places_of(export.new)
    changed = {f"agents.{one.wanted.key}.{one.field}": (one.wanted.key, one.field) for one in export.changes}
    for problem in wrong.problems:
        if problem.where in new:
            agents[export.new[new[problem.where]].live.eid] = problem.message
        elif problem.where in changed:
            changes[changed[problem.where]] = problem.message
        else:
            raise ExportError(_nothing_written(wrong.problems))
    return Refused(agents, changes)


def _nothing_written(problems: tuple[Problem, ...]) -> str:
    lines = "\n".join(f"  {line}" for line in format_problems(problems, see_all="mend these first"))
    return (
        f"config would be wrong with what the account has, so nothing was written:\n{lines}\n"
        "  Next: change that in config or in the panel, and export again"
    )
