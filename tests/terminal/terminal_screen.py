"""A command on a real pseudo-terminal, and what a person sees on its screen."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyte

SIZES = (60, 80, 100, 160)
"""The widths at which progress is looked at, in columns."""
_PATIENCE_SECONDS = 100
_PROSE = "Diagnostics:"  # what follows are sentences, which a terminal may wrap
_BETWEEN_WRITES = 0.02  # of one frame; the next frame comes a tenth of a second later


class _Screen(pyte.Screen):  # type: ignore[misc,name-defined]  # the library has no types
    """A screen that notes which lines it had to wrap, and keeps those that leave it at its top.

    The library's own screen with a history looks at each attribute that is asked for, which takes most of its time.
    """

    def __init__(self, columns: int, lines: int) -> None:
        self.wrapped: set[str] = set()
        self._draws = False
        self._scrolled_off: list[Mapping[int, Any]] = []
        super().__init__(columns, lines)

    def draw(self, data: str) -> None:
        """Shows characters."""
        self._draws = True
        super().draw(data)
        self._draws = False

    def linefeed(self) -> None:
        """Goes to the next line: when it is told to, or in the middle of a text that is too wide."""
        if self._draws and not any(line.startswith(_PROSE) for line in self.shown(range(self.lines))):
            self.wrapped.update(self.shown([self.cursor.y]))
        super().linefeed()

    def index(self) -> None:
        """Moves the cursor down; from the last line, all lines up instead."""
        margins = self.margins or pyte.screens.Margins(0, self.lines - 1)
        if self.cursor.y == margins.bottom:
            self._scrolled_off.append(self.buffer[margins.top])
        super().index()

    def shown(self, rows: Iterable[int]) -> list[str]:
        """These rows without blanks at their ends: as `display` has them, which looks at every cell of the screen."""
        return [_text(self.buffer[row]) for row in rows]

    def scrolled_off(self) -> list[str]:
        """The rows above those on the screen."""
        return [_text(row) for row in self._scrolled_off]


def _text(row: Mapping[int, Any]) -> str:
    """The second cell of a wide character is empty."""
    return "".join([row[column].data for column in range(max(row, default=-1) + 1)]).rstrip()


class TerminalScreen:
    """A terminal with one command on it.

    Attributes:
        columns: its width.
        drawn: every screen that the command has drawn so far, as lines without blanks at their ends.
        output: all that was written, with its control codes.
    """

    def __init__(
        self, command: Sequence[str], environ: Mapping[str, str], folder: Path, columns: int, lines: int = 40
    ) -> None:
        self.columns = columns
        self._screen = _Screen(columns, lines)
        self._stream = pyte.ByteStream(self._screen)
        self.drawn: list[list[str]] = []
        self.output = ""
        self._lines: list[str] = []
        self._main, terminal = pty.openpty()
        self._set_size(columns, lines)
        _be_silent(terminal)
        self.process = subprocess.Popen(
            command,
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            cwd=folder,
            env={"TERM": "xterm", **environ, "LC_ALL": "C.UTF-8"},
            start_new_session=True,
            preexec_fn=_own_terminal,
        )
        os.close(terminal)

    def lines(self) -> list[str]:
        """What is on the screen now."""
        if self._screen.dirty or len(self._lines) != self._screen.lines:
            self._lines = self._screen.shown(range(self._screen.lines))
            self._screen.dirty.clear()
        return list(self._lines)

    def text(self) -> str:
        """What is on the screen now, as one text."""
        return "\n".join(self.lines()).rstrip()

    def everything(self) -> list[str]:
        """All lines, those that were scrolled off the screen first."""
        return self._screen.scrolled_off() + self.lines()

    def wait_for(self, condition: Callable[[str], bool]) -> str:
        """The screen once it fulfils the condition, and no part of a frame is under way."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while self._is_being_drawn() or not condition(self.text()):
            assert time.monotonic() < deadline, f"it does not come:\n{self.text()}"
            assert self._read(1.0), f"the command ended before:\n{self.text()}"
        return self.text()

    def wait_for_end(self) -> int:
        """The exit code of the command."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while self._read(1.0):
            assert time.monotonic() < deadline, f"the command does not end:\n{self.text()}"
        return self.process.wait(_PATIENCE_SECONDS)

    def press(self, keys: str) -> None:
        """Types on the keyboard."""
        os.write(self._main, keys.encode())

    def resize(self, columns: int, lines: int = 40) -> None:
        """Makes the window another size, as a person drags its edge."""
        self.columns = columns
        self._screen.resize(lines, columns)
        self._set_size(columns, lines)

    def close(self) -> None:
        """Ends the command and its terminal."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self._main)

    @property
    def too_wide(self) -> set[str]:
        """Lines that were wider than the terminal, so that it wrapped them. Sentences may be."""
        return self._screen.wrapped

    def _set_size(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self._main, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def _is_being_drawn(self) -> bool:
        return bool(select.select([self._main], [], [], _BETWEEN_WRITES)[0])

    def _read(self, seconds: float) -> bool:
        """Takes what the command has written. False if it has ended."""
        if not select.select([self._main], [], [], seconds)[0]:
            return True
        try:
            written = os.read(self._main, 65536)
        except OSError:  # Linux says so when nobody has the terminal open any longer
            return False
        self.output += written.decode(errors="replace")
        self._stream.feed(written)
        self.drawn.append(self.lines())
        return bool(written)


_OF_A_TERMINAL = ("TERM", "CI", "GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD", "NO_COLOR", "COLUMNS", "LINES")


def _be_silent(terminal: int) -> None:
    """Shows no key that a test presses: it would move the cursor under a line that is drawn again in place."""
    modes = termios.tcgetattr(terminal)
    modes[3] &= ~termios.ECHO
    termios.tcsetattr(terminal, termios.TCSANOW, modes)


def _own_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell ignores it for what it starts in the background


@contextlib.contextmanager
def on_a_terminal(
    command: Sequence[str],
    environ: Mapping[str, str],
    folder: Path,
    columns: int,
    lines: int = 40,
    asked: Mapping[str, str] | None = None,
) -> Iterator[TerminalScreen]:
    """A command on a terminal. Both end with the context.

    What the environment says of a terminal or a pipeline is left out: it is said of the one that runs the tests.
    `asked` are the variables that the command gets in any case.
    """
    kept = {name: value for name, value in environ.items() if name not in _OF_A_TERMINAL}
    screen = TerminalScreen(command, {**kept, **(asked or {})}, folder, columns, lines)
    try:
        yield screen
    finally:
        screen.close()
