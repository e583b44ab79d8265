"""Tells whether a reply announces more items than it shows.

The page documents no paging of agents, but a gateway or a later version may begin to page. A list that is cut short
must never count as complete: the run would create the missing agents a second time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

TOTALS = ("x-total-count", "x-total", "total-count", "x-pagination-total-count", "x-result-count")
_PAGES = ("x-total-pages", "x-page-count", "x-pagination-page-count")
_NEXT = ("x-next-page", "x-next-cursor", "x-next", "x-continuation-token")
_MORE = ("x-has-more", "x-more", "x-truncated")
_NEXT_LINK = re.compile(
    r""";\s*rel\s*=\s*(?:(["'])(?:[^"']*\s)?next(?:\s[^"']*)?\1|next(?=\s*(?:[;,]|$)))""", re.IGNORECASE
)
_RANGE = re.compile(r"\s*(?:(\w+)[\s=]+)?(?:(\d+)-(\d+)|\*)/(\d+|\*)\s*", re.ASCII)
_PARTIAL = 206
_LISTS = ("data", "results", "items", "agents", "records", "rows", "list", "content", "value")


def shortfall(status: int, headers: Mapping[str, str], shown: int) -> str | None:
    """Says how a reply announces more than its `shown` items, or None if the list is complete.

    The text is the end of a sentence. `headers` have lower-case names.
    """
    if status == _PARTIAL:
        return "206 says that it is a part of the list"
    for name in TOTALS:
        if (total := whole_number(headers.get(name))) is not None and total > shown:
            return f"{name} announces {total:,} and it shows {shown:,}"
    if (text := headers.get("content-range")) and (more := _beyond(text, shown)):
        return more
    if has_next_link(headers):
        return "its Link header names a next page"
    for name in _PAGES:
        if (pages := whole_number(headers.get(name))) is not None and pages > 1:
            return f"{name} announces {pages:,} pages"
    for name in _NEXT:
        if headers.get(name, "").strip().lower() not in ("", "0", "null", "none", "false"):
            return f"{name} names a next page"
    for name in _MORE:
        if headers.get(name, "").strip().lower() in ("true", "1", "yes"):
            return f"{name} announces more"
    return None


def describe_envelope(content: Mapping[str, Any]) -> str | None:
    """Describes the list inside an envelope such as `{data: […], has_more: true}`.

    None if the object holds no list of objects.
    """
    for name in _LISTS:
        value = content.get(name)
        if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
            more = " and announces more" if announces_more(content, len(value)) else ""
            return f"`{name}` in it shows {len(value):,}{more}"
    return None


def announces_more(envelope: Mapping[str, Any], shown: int) -> bool:
    """Whether an envelope announces more than its `shown` items, by a count or a flag."""
    counts = (whole_number(envelope.get(name)) for name in ("total", "total_count", "totalCount", "count"))
    return has_more(envelope) or any(count is not None and count > shown for count in counts)


def has_more(envelope: Mapping[str, Any]) -> bool:
    """Whether a flag of an envelope says that another page follows."""
    return any(str(envelope.get(name)).strip().lower() in ("true", "1") for name in ("has_more", "hasMore"))


def has_next_link(headers: Mapping[str, str]) -> bool:
    """Whether the `Link` header (RFC 8288) has a relation `next`."""
    return bool(_NEXT_LINK.search(headers.get("link", "")))


def announced_total(headers: Mapping[str, str]) -> int | None:
    """The total number of items that the headers announce; None if none does."""
    totals = [whole_number(headers.get(name)) for name in TOTALS]
    if found := _RANGE.fullmatch(headers.get("content-range", "")):
        totals.append(whole_number(found[4]))
    return max((total for total in totals if total is not None), default=None)


def whole_number(value: object) -> int | None:
    """A count that came as a number or as text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return None
    text = str(value).strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 1000 else None


def _beyond(text: str, shown: int) -> str | None:
    found = _RANGE.fullmatch(text)
    if found is None:
        return f"its Content-Range cannot be read: {text.strip()[:80]}"
    unit, first, last, total = found.groups()
    if (unit or "").lower() == "bytes":
        whole = first in (None, "0") and (total == "*" or last is None or int(last) + 1 >= int(total))
    else:
        # Some services count from 0 and some from 1. The total is right for both.
        whole = total != "*" and int(total) <= shown and int(first or 0) <= 1
    return None if whole else f"Content-Range announces {text.strip()} and it shows {shown}"
