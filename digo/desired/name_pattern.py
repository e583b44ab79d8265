"""The pattern that agents' names must match. No pattern can hold a run for ever.

Python's `re` tries every way to match. `(a+)+b` has twice as many with each letter more, and nothing can interrupt it
in its own process. So patterns that can have many ways are matched by another process, which is killed at a time
limit. It uses `re` as well, so a pattern means the same here and there.
"""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterable, Sequence

from digo.system.limits import PATTERN_SECONDS
from digo.text.names import normal_name

MOST_LENGTH = 10_000
_CHEAP_STEPS = 1_000_000
_QUANTIFIERS = re.compile(r"[*+?{]")
# One line of JSON in: the pattern, and the names. One byte for each name out, at once.
_MATCHER = """
import json, re, sys
for line in sys.stdin.buffer:
    pattern, names = json.loads(line)
    match = re.compile(pattern).fullmatch
    for name in names:
        sys.stdout.buffer.write(b"y" if match(name) else b"n")
        sys.stdout.buffer.flush()
"""


class PatternTooSlow(Exception):
    """It is not known whether a name matches: the time limit has passed. The message says so, and what to do."""


class NamePattern:
    """A pattern; `pattern` is its text."""

    def __init__(self, pattern: str) -> None:
        """Compiles the pattern.

        Raises:
            ValueError: it is not a regular expression, or too long to be one.
        """
        if len(pattern) > MOST_LENGTH:
            raise ValueError(f"a pattern has at most {MOST_LENGTH:,} characters")
        try:
            self._compiled = re.compile(pattern)
        except (re.error, OverflowError, RecursionError) as problem:
            raise ValueError(f"it is not a regular expression: {problem}") from None
        self.pattern = pattern
        self._known: dict[str, bool] = {}
        self._too_slow: PatternTooSlow | None = None

    def matches(self, name: str) -> bool:
        """Whether the whole name matches, as people see it.

        Raises:
            PatternTooSlow: that takes too long. Once it has, it is not tried again.
        """
        seen = normal_name(name)
        if self._is_cheap(seen):
            return bool(self._compiled.fullmatch(seen))
        if seen not in self._known:
            self.prepare((seen,))
        return self._known[seen]

    def prepare(self, names: Iterable[str]) -> None:
        """Matches all these names at once, for `matches`. One process for all of them costs little.

        Raises:
            PatternTooSlow: see `matches`.
        """
        dear = [seen for seen in dict.fromkeys(map(normal_name, names)) if not self._is_cheap(seen)]
        unknown = [seen for seen in dear if seen not in self._known]
        if not unknown:
            return
        if self._too_slow is not None:
            raise self._too_slow
        found = self._matched(unknown)
        self._known.update((seen, one == ord("y")) for seen, one in zip(unknown, found, strict=False))
        if len(found) < len(unknown):
            self._too_slow = PatternTooSlow(
                f"the names were not all matched within {PATTERN_SECONDS.value():,} s; a repetition inside a "
                f"repetition, such as `(a+)+`, can take for ever: write it without, or {PATTERN_SECONDS.way_out}"
            )
            raise self._too_slow

    def _is_cheap(self, name: str) -> bool:
        """Whether there are few ways to match. Without groups, each quantifier has at most one for each character."""
        if "(" in self.pattern:
            return False
        steps: int = max(2, len(name)) ** (1 + len(_QUANTIFIERS.findall(self.pattern)))
        return steps <= _CHEAP_STEPS

    def _matched(self, names: Sequence[str]) -> bytes:
        """The answer for each name in order, as far as the time goes."""
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _MATCHER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        assert process.stdin is not None and process.stdout is not None
        limit = threading.Timer(PATTERN_SECONDS.value(), process.kill)
        limit.start()
        try:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.write(json.dumps([self.pattern, list(names)]).encode() + b"\n")
                process.stdin.close()
            return process.stdout.read()
        finally:
            limit.cancel()
            process.kill()
            process.stdout.close()
            process.wait()
