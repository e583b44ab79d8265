"""Tables in Markdown, for pages that scripts write, whole or in part."""

from __future__ import annotations

import re
from collections.abc import Iterable


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table, with a line break at its end."""
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |\n" for line in lines)


def with_table(page: str, mark: str, lines: str) -> str:
    """A page with the lines between `<!-- MARK -->` and `<!-- end -->`."""
    begin = re.escape(f"<!-- {mark} -->\n")
    return re.sub(rf"({begin}).*?(<!-- end -->)", lambda found: found[1] + lines + found[2], page, flags=re.DOTALL)
