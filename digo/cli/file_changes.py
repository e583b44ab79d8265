"""Creates files, all of them or none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from digo.lists.key import ensure_key
from digo.system.atomic_file import write_file_atomically


@dataclass
class FileChanges:
    """The files created so far. An existing file is kept.

    Attributes:
        root: the project's folder.
        report: a line of output for each file.
    """

    root: Path
    report: list[str] = field(default_factory=list)
    _made: list[Path] = field(default_factory=list)
    _before: dict[Path, str] = field(default_factory=dict)

    @contextmanager
    def undone_on_error(self) -> Iterator[None]:
        """Inside, an error removes what was created before it, and restores changed files."""
        try:
            yield
        except BaseException:
            self._undo()
            raise

    def file(self, path: Path, text: str, *, executable: bool = False) -> None:
        """Creates a file, unless it exists. Whoever may read an executable file may run it."""
        self._folder(path.parent)
        try:
            with path.open("x", encoding="utf-8") as file:
                self._made.append(path)
                file.write(text)
            if executable:
                make_executable(path)
        except FileExistsError:
            self._report("kept", path)
            return
        self._report("made", path)

    def changed(self, path: Path, text: str) -> None:
        """Replaces the text of an existing file."""
        before = path.read_text(encoding="utf-8")
        if text == before:
            self._report("kept", path)
            return
        write_file_atomically(path, text)
        self._before[path] = before
        self._report("added to", path)

    def key(self, path: Path) -> None:
        """Creates a ledger key, unless there is one."""
        self._folder(path.parent)
        made = ensure_key(path)
        if made:
            self._made.append(path)
        self._report("made" if made else "kept", path)

    def shown(self, path: Path) -> str:
        """A path for messages and config: relative to the project if it is inside."""
        return (path.relative_to(self.root) if path.is_relative_to(self.root) else path).as_posix()

    def _report(self, what: str, path: Path) -> None:
        self.report.append(f"{what} {self.shown(path)}")

    def _folder(self, folder: Path) -> None:
        for parent in reversed([folder, *folder.parents]):
            if not parent.is_dir():
                parent.mkdir()
                self._made.append(parent)

    def _undo(self) -> None:
        for path, text in self._before.items():
            with suppress(OSError):
                write_file_atomically(path, text)
        for path in reversed(self._made):
            with suppress(OSError):
                path.rmdir() if path.is_dir() else path.unlink()


def make_executable(path: Path) -> None:
    """Lets everybody run a file who may read it."""
    mode = path.stat().st_mode
    path.chmod(mode | (mode & 0o444) >> 2)
