"""Makes a page from a template. Every page is one file that loads nothing."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from digo.sanitize.terminal import one_line


def page_of(template: Path, **values: Any) -> str:
    """The page of a template with these values.

    The template may extend `base.html.j2` and import `parts.html.j2`. Every value is escaped. The filter `line` makes a
    text from outside fit for a place within a line, `count` gives a number its separators.

    Args:
        template: the template's file.
        values: what the template names; one that is missing is an error of ours.
    """
    return _environment(template.parent).get_template(template.name).render(**values)


@cache
def _environment(folder: Path) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([folder, Path(__file__).parent]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["line"] = one_line
    environment.filters["count"] = "{:,}".format
    return environment
