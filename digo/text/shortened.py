"""Long values, cut so that what matters stays: the beginning, the end, and where two of them differ."""

from __future__ import annotations

from itertools import takewhile

CUT = "…"


def shortened(text: str, most: int) -> str:
    """The text in at most `most` characters: a long one is cut in the middle."""
    if len(text) <= most:
        return text
    end = (most - 1) // 2
    return text[: most - 1 - end] + CUT + (text[-end:] if end else "")


def shortened_pair(before: str, after: str, most: int) -> tuple[str, str]:
    """Both texts in at most `most` characters each, cut where they are the same: two that differ still do.

    `most` is at least 16.
    """
    if len(before) <= most and len(after) <= most:
        return before, after
    start = _common(before, after)
    end = _common(before[start:][::-1], after[start:][::-1])
    return _around(before, start, end, most), _around(after, start, end, most)


def _common(one: str, other: str) -> int:
    """How many characters both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _around(text: str, start: int, end: int, most: int) -> str:
    """The text with what is between its first `start` and its last `end` characters, which are cut."""
    context = most // 8
    head, tail = (_outer(part, context) for part in (text[:start], text[len(text) - end :]))
    return head + shortened(text[start : len(text) - end], most - len(head) - len(tail)) + tail


def _outer(text: str, context: int) -> str:
    """A common part: its two ends."""
    return text if len(text) <= 2 * context + 1 else text[:context] + CUT + text[-context:]
