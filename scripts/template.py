"""Writes what is generated of the project template, `digo/new/template`: `python -m scripts.template`.

It has the pins of `requirements-run.txt` without their hashes, because pip would want hashes of the package itself too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from digo.new.record import RECORD, Record, digest
from digo.new.template import TEMPLATE, template_texts
from digo.schemas import KINDS, NOTICE, schema_text
from digo.system.atomic_file import write_all
from digo.version import VERSION

ROOT = Path(__file__).resolve().parents[1]
PINS = ROOT / "requirements-run.txt"
_PIN = re.compile(r"^([A-Za-z0-9][^\s=]*==[^\s\\]+(?: *;[^\\\n]*)?)", flags=re.MULTILINE)
_REQUIREMENTS = """\
# `digo upgrade` writes the next line. Other requirements can stand below it.
pulumi-digo=={version}
-c constraints.txt
"""
_CONSTRAINTS = """\
# The versions that pulumi-digo {version} was tested with. `digo upgrade` writes this file.
"""


def generated() -> dict[str, str]:
    """The text of each generated file, by its path. The record comes last: it has the others' digests."""
    texts = {
        "requirements.txt": _REQUIREMENTS.format(version=VERSION),
        "constraints.txt": "\n".join([_CONSTRAINTS.format(version=VERSION).strip(), *_pins()]) + "\n",
        **{f"schemas/{kind}.json": schema_text(kind) for kind in KINDS if kind != NOTICE},
    }
    files = {path: digest(text) for path, text in {**template_texts(), **texts}.items()}
    return {**texts, RECORD: Record(VERSION, "none", files).text()}


def _pins() -> Iterator[str]:
    return (match[1].strip() for match in _PIN.finditer(PINS.read_text(encoding="utf-8")))


def main() -> None:
    """Writes the files."""
    texts = {TEMPLATE / path: text for path, text in generated().items()}
    for path in texts:
        path.parent.mkdir(exist_ok=True)
    write_all(texts)


if __name__ == "__main__":
    main()
