"""Builds the documentation site: `python -m scripts.site`. It is in `site/`, and needs no server.

A dead link, a dead anchor, or a page that is missing in the navigation (docs/site/conf.py) is an error.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "site"
OLDEST_PYTHON = (3, 11)


def build(source: Path, out: Path) -> int:
    """Builds the site.

    Args:
        source: the folder with the pages, as in the repository.
        out: the folder for the site. What is in it goes first.

    Returns:
        0 if all is well. Each problem is on standard error, with file and line.
    """
    from sphinx.cmd.build import build_main

    shutil.rmtree(out, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="digo-site-") as doctrees:
        strict = ["--quiet", "--fail-on-warning", "--nitpicky", "--builder", "html"]
        return build_main([*strict, "--conf-dir", str(ROOT / "docs" / "site"), "-d", doctrees, str(source), str(out)])


def main() -> int:
    """Builds the site of this repository. Returns 1 if a problem was found."""
    if sys.version_info < OLDEST_PYTHON:
        print(
            "the documentation site needs Python 3.11 or later: its generator has no version for this one "
            "(make PYTHON=python3.12 clean develop site)",
            file=sys.stderr,
        )
        return 1
    code = build(ROOT, OUT)
    if code == 0:
        print(f"{(OUT / 'index.html').relative_to(ROOT)} is the documentation site")
    return code


if __name__ == "__main__":
    sys.exit(main())
