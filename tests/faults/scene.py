"""What is cut: for each profile two configs, and all that an up from one to the other asks the API for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.testing import Sandbox
from tests.faults.cutting import Boundary
from tests.faults.project import Project

Cuts = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Scene:
    """The scenario of a profile.

    Attributes:
        profile: the profile's name.
        project: makes a project with the profile's settings, in a folder, for an engine.
        write_before: the config that state and account are brought to, before the run that is cut.
        change_in_panel: what somebody does in the panel after that.
        write_after: the config of the run that is cut.
        steps: what a preview of that run says. Resources that it does not name stay as they are.
        boundaries: every request of the uninterrupted run; a test holds it against the log of the sandbox.
        of_program: names of boundaries that come before there is a host to kill.
        of_host: names of boundaries that may come after the program's end.
        more_reads: how many more reads there may be, where a busy machine starts some writes late.
        faults: which fault strikes which write, in a run in which all these writes go wrong.
        mending: the write at which the run that is to mend those is cut: one that the run with faults has left open.
        chain: cuts one after the other, each in the run that was to mend the last one, as names of boundary and way.
    """

    profile: str
    project: Callable[[Path, str, Sandbox], Project]
    write_before: Callable[[Project], None]
    change_in_panel: Callable[[Sandbox], None]
    write_after: Callable[[Project], None]
    steps: Mapping[str, str]
    boundaries: Sequence[Boundary]
    of_program: frozenset[str]
    of_host: frozenset[str]
    more_reads: int
    faults: Mapping[str, str]
    mending: str
    chain: Cuts

    @property
    def writes(self) -> list[Boundary]:
        """The boundaries that can change the account."""
        return [boundary for boundary in self.boundaries if boundary.method != "GET"]

    def meets(self, boundary: Boundary, way: str) -> bool:
        """Whether what the way kills is there at that boundary."""
        absent = {"host": self.of_program, "program": self.of_host}
        return not any(way.startswith(f"kill-{victim}") and boundary.name in names for victim, names in absent.items())

    def boundary(self, name: str) -> Boundary:
        """The boundary of that name."""
        (found,) = [boundary for boundary in self.boundaries if boundary.name == name]
        return found
